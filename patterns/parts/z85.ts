/** Z85 (32/Z85): how CURVE keys are written, five printable characters for four bytes. */

/** The bytes that a text of Z85 stands for; undefined where it is none. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i += 5) {
    let value = 0;
    for (let j = i; j < i + 5; j++) {
      const digit = digits.indexOf(text[j]!);
      if (digit < 0) return undefined;
      value = value * 85 + digit;
    }
    if (value > 0xffffffff) return undefined;
    view.setUint32((i / 5) * 4, value);
  }
  return bytes;
}

/** @throws {RangeError} unless there are as many bytes as make whole groups of four. */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes are no multiple of four`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) {
    const value = view.getUint32(i);
    for (let j = 4; j >= 0; j--) text += digits[Math.floor(value / 85 ** j) % 85];
  }
  return text;
}

const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
