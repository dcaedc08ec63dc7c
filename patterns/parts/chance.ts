/**
 * Chance as a function of a seed and a key, instead of a stream: taking one draw away leaves every other as it was.
 * FNV-1a over the key, mixed with the seed by the finalizer of MurmurHash3.
 */
export function draw(seed: number, key: string): number {
  return seedFrom(seed, key) / 2 ** 32;
}

/** What `draw` is for keys that begin so and end in a number from 0, without making each key. */
export function drawsOf(seed: number, keyBeginning: string): (n: number) => number {
  const begun = hashed(0x811c9dc5 ^ seed, keyBeginning);
  return (n) => finished(hashedNumber(begun, n), seed) / 2 ** 32;
}

/** The seed of something that draws many times: see `drawNth`. */
export function seedFrom(seed: number, key: string): number {
  return finished(hashed(0x811c9dc5 ^ seed, key), seed);
}

function hashed(begun: number, text: string): number {
  let hash = begun;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The same of the number's decimal digits. */
function hashedNumber(begun: number, n: number): number {
  const before = n < 10 ? begun : hashedNumber(begun, Math.floor(n / 10));
  return Math.imul(before ^ (0x30 + (n % 10)), 0x01000193);
}

function finished(hash: number, seed: number): number {
  return mixed(hash ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
}

/** The `n`th draw of that seed: what `draw` is for a key that ends in a number, without making the key. */
export function drawNth(seed: number, n: number): number {
  return (mixed(mixed(seed ^ Math.imul(n + 1, 0x9e3779b1)) ^ seed) >>> 0) / 2 ** 32;
}

function mixed(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
