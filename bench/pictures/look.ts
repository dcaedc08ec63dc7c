/** One colour for each of those who are in several pictures. */
import { c, freelance, majordomo, nats, raw, rawBroker } from '../side-by-side/contestants.ts';
import { baseline } from '../throughput/contestants.ts';

/** `s0` to `s7`; nothing for those behind. */
export function lookOf(contestant: string): string | undefined {
  return looks.get(contestant);
}

const looks: ReadonlyMap<string, string> = new Map([
  [freelance, 's0'],
  [majordomo, 's1'],
  ['majordomo', 's1'],
  [raw, 's2'],
  [baseline, 's2'],
  [c, 's3'],
  [rawBroker, 's4'],
  [nats[0], 's5'],
]);
