/** What a run or a campaign is called, and so its folder: when it began, what it is, and letters by which it differs from others of that second. */

export function newId(...what: readonly string[]): string {
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return [stamp, ...what, Math.random().toString(36).slice(2, 6)].join('-');
}

/** When that began, in milliseconds since 1970: to the second. NaN where it is no such name. */
export function begunAt(id: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
