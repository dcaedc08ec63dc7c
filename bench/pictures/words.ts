/** How charts write figures at their axes. */

/** `500`, `20 k`, `1 M`. */
export function perSecondWords(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} M`;
  return value >= 1000 ? `${value / 1000} k` : String(value);
}

/** `100 µs`, `10 ms`, `1 s`. */
export function microseconds(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} s`;
  return value >= 1000 ? `${value / 1000} ms` : `${value} µs`;
}
