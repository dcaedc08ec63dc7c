/** How many messages an endpoint that was never up takes before a send that does not block comes back. */
import { sendWithoutBlocking } from './nonblocking.ts';

export interface Swallowed {
  readonly highWaterMark: number;
  readonly immediate: boolean;
  readonly count: number;
  readonly expected: number;
}

export async function swallowed(): Promise<Swallowed[]> {
  const results: Swallowed[] = [];
  for (const [highWaterMark, immediate] of cases) {
    const { accepted } = await sendWithoutBlocking(highWaterMark, immediate, 1, 3000);
    results.push({ highWaterMark, immediate, count: accepted, expected: immediate ? 0 : highWaterMark });
  }
  return results;
}

const cases: readonly [number, boolean][] = [
  [1, false],
  [10, false],
  [1000, false],
  [1, true],
];
