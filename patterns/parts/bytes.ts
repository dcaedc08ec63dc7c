/** Bytes: as keys, compared, and put together. */

/** One character a byte, so that two keys are equal only if all their bytes are. */
export function keyOf(bytes: Uint8Array): string {
  let key = '';
  let i = 0;
  // Four at a time: this is done for every message that a broker takes in.
  for (; i + 4 <= bytes.length; i += 4) {
    key += String.fromCharCode(bytes[i]!, bytes[i + 1]!, bytes[i + 2]!, bytes[i + 3]!);
  }
  for (; i < bytes.length; i++) key += String.fromCharCode(bytes[i]!);
  return key;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One array for several; the only one itself where there is one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A copy of its own. Never `bytes.slice()`: a Buffer's is a view. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}

/**
 * Bytes that are to be kept: a view of something larger by more than `slack` is copied, so as not to keep that too. Small
 * ones are no views: whoever reads one takes a copy.
 */
export function toKeep(bytes: Uint8Array, slack = viewSlack): Uint8Array {
  // To ask a small array for its buffer would give it one.
  if (bytes.length <= smallBytes) return bytes;
  return bytes.buffer.byteLength > 2 * bytes.length + slack ? copyOf(bytes) : bytes;
}

/** Arrays of so many bytes live where objects do: to copy one costs no more than a view of it. */
export const smallBytes = 64;
/** Not worth a copy. */
const viewSlack = 1024;
