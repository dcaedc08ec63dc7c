/** A legend: marks with their words, in as many rows as they need. */
import { label, widthOf } from './svg.ts';

export interface Mark {
  readonly words: string;
  /** Draws it, 12 wide, around the middle height `y`. */
  readonly mark: (x: number, y: number) => string;
}

/** From `top` downwards, between `left` and `right`. */
export function flowed(marks: readonly Mark[], left: number, top: number, right: number) {
  let [x, y] = [left, top];
  const drawn = marks.map(({ words, mark }) => {
    const wide = 18 + widthOf(words) + 20;
    if (x + wide > right && x > left) [x, y] = [left, y + 20];
    const one = mark(x, y - 4) + label(x + 18, y, words, 'quiet');
    x += wide;
    return one;
  });
  return { body: drawn.join(''), bottom: y + 6 };
}
