import type { Estimate } from '../statistics.ts';
import type { ThroughputResult, ThroughputRow } from '../throughput.ts';
import { againstBaseline, defineSection, rounded, table, thousands, withInterval } from './section.ts';

export const throughput = defineSection<ThroughputResult>({
  name: 'throughput',
  title: 'Throughput',
  asked: ({ rounds, blockMs, payloadBytes, concurrency, baseline }) =>
    'How many transactions a second does each pattern do, against bare zeromq.js sockets? Client and server (and broker) ' +
    `are processes of their own on loopback TCP, requests of ${payloadBytes} bytes are echoed, a server handles ` +
    `${concurrency} at once. Medians over ${rounds} rounds of ${blockMs} ms blocks in rotation, with 95 % intervals; the ratio is to ` +
    `${baseline} in the same round, one message a transaction. The processor time is that of all of a role’s processes, ` +
    'libzmq’s threads included, for a thousand transactions. `~` marks what is inside the noise.',
  body: ({ rows, baseline }) =>
    table(
      titles,
      rows.map((row) => cellsOf(row, baseline)),
      1,
    ),
  command: ({ seed }) => `npm run bench -- --only throughput --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

const titles = [
  '',
  'window',
  'ratio',
  'a second',
  'round trip, µs',
  'client’s ms per 1000',
  'broker’s',
  'server’s',
  'failed',
];

function cellsOf(
  { contestant, window, ratio, perSecond, roundTripUs, cpuUs, failed }: ThroughputRow,
  baseline: string,
): string[] {
  return [
    contestant,
    String(window),
    contestant === baseline ? '1' : againstBaseline(ratio),
    withInterval(perSecond, thousands),
    rounded(roundTripUs.median),
    ...(['client', 'broker', 'server'] as const).map((role) => processorTime(cpuUs?.[role])),
    String(failed),
  ];
}

/** Microseconds a transaction are milliseconds for a thousand. A role that is not there takes none. */
function processorTime(us: Estimate | undefined): string {
  return us === undefined || us.median === 0 ? '–' : rounded(us.median);
}
