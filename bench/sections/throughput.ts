import type { ThroughputResult, ThroughputRow } from '../throughput.ts';
import { defineSection, rounded, table, withInterval } from './section.ts';

export const throughput = defineSection<ThroughputResult>({
  name: 'throughput',
  title: 'Throughput',
  asked: ({ rounds, blockMs, payloadBytes, concurrency, baseline }) =>
    'How many transactions a second does each pattern do, against bare zeromq.js sockets? Client and server (and broker) ' +
    `are processes of their own on loopback TCP, requests of ${payloadBytes} bytes are echoed, a server handles ` +
    `${concurrency} at once. Medians over ${rounds} rounds of ${blockMs} ms blocks in rotation, with 95 % intervals; the ratio is to ` +
    `${baseline} in the same round, one message a transaction. \`~\` marks what is inside the noise.`,
  body: ({ rows, baseline }) =>
    table(
      titles,
      rows.map((row) => cellsOf(row, baseline)),
      1,
    ),
  command: ({ seed }) => `npm run bench -- --only throughput --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

const titles = ['', 'window', 'ratio', 'a second', 'round trip, µs', 'failed'];

function cellsOf(
  { contestant, window, ratio, perSecond, roundTripUs, failed }: ThroughputRow,
  baseline: string,
): string[] {
  const isNoise = ratio.low <= 1 && ratio.high >= 1;
  const ratioWords = `${isNoise ? '~ ' : ''}${withInterval(ratio, (value) => value.toFixed(2))}`;
  return [
    contestant,
    String(window),
    contestant === baseline ? '1' : ratioWords,
    withInterval(perSecond, thousands),
    rounded(roundTripUs.median),
    String(failed),
  ];
}

function thousands(perSecond: number): string {
  return `${rounded(perSecond / 1000)} k`;
}
