import type { LayersResult } from '../layers.ts';
import { defineSection, rounded, table, withInterval } from './section.ts';

export const layers = defineSection<LayersResult>({
  name: 'layers',
  title: 'Layers',
  asked: ({ rounds, payloadBytes }) =>
    `What does each layer cost a transaction of ${payloadBytes} bytes? The machines are wired to each other without sockets; ` +
    `the driver has its sockets, and no machine. Medians over ${rounds} rounds, with 95 % intervals.`,
  body: ({ rows }) =>
    table(
      ['layer', 'what', 'µs a transaction'],
      rows.map(({ layer, what, us }) => [layer, what, withInterval(us, rounded)]),
      2,
    ),
  command: ({ seed }) => `npm run bench -- --only layers --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});
