import { percent } from '../../harness/report/words.ts';
import type { LoadResult, LoadRow } from '../load.ts';
import { loadPicture } from '../pictures/load.ts';
import { defineSection, doubtful, rounded, table, thousands, withInterval } from './section.ts';

export const load = defineSection<LoadResult>({
  name: 'load',
  title: 'Latency under load',
  asked: ({ rounds, blockMs, payloadBytes, concurrency }) =>
    'How long does a transaction take under load, up to saturation? Poisson arrivals, in an open loop: latency counts from ' +
    'the moment a transaction was due. A load is a share of what the same contestant gets done when more is due than it can do; requests ' +
    `of ${payloadBytes} bytes are echoed, and a server handles ${concurrency} at once. Medians over ${rounds} rounds of ` +
    `${blockMs} ms, with 95 % intervals; the lag is how late the client itself handed over one in a hundred, which is in the latency.`,
  body: ({ rows, doubts }) => table(titles, rows.map(cellsOf), 1) + doubtful(doubts),
  pictures: (result) => [{ name: 'load', says: 'Latency against load, up to saturation', svg: loadPicture(result) }],
  command: ({ seed }) => `npm run bench -- --only load --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

const titles = ['', 'load', 'a second', 'median, µs', '99th percentile, µs', 'lag, µs', 'failed'];

function cellsOf({ contestant, share, ratePerSec, p50Us, p99Us, lag99Us, failed }: LoadRow): string[] {
  return [
    contestant,
    percent(share),
    thousands(ratePerSec),
    p50Us === undefined ? '–' : withInterval(p50Us, rounded),
    p99Us === undefined ? '–' : withInterval(p99Us, rounded),
    rounded(lag99Us.median),
    String(failed),
  ];
}
