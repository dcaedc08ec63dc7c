import type { MemoryResult } from '../memory.ts';
import { defineSection, table, withInterval } from './section.ts';

export const memory = defineSection<MemoryResult>({
  name: 'memory',
  title: 'Memory',
  asked: ({ pending, rounds }) =>
    `How much memory does a transaction that is pending take, with ${pending} of them? Heap and external memory after a ` +
    'collection, over what there was before; each asked by `connect` and its promise kept; the payload is one for all. ' +
    `Medians over ${rounds} processes, with the least and the most.`,
  body: ({ rows }) =>
    table(
      ['pattern', 'bytes a transaction', 'of which the promise'],
      rows.map(({ pattern, bytes, promiseBytes }) => [
        pattern,
        withInterval(bytes, whole),
        withInterval(promiseBytes, whole),
      ]),
      1,
    ),
  command: ({ seed }) => `npm run bench -- --only memory --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

function whole(value: number): string {
  return String(Math.round(value));
}
