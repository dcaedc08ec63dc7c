/** Arrays of numbers that grow. */

type Numbers = Float64Array | Int32Array | Uint8Array;

/** A copy twice as long, with `fill` in its second half. */
export function twice<A extends Numbers>(array: A, fill = 0): A {
  const longer = new (array.constructor as new (length: number) => A)(array.length * 2);
  longer.set(array);
  if (fill !== 0) longer.fill(fill, array.length);
  return longer;
}
