import { percent, subject } from '../../harness/report/words.ts';
import { defineSection, type Provenance, rounded, table } from './section.ts';

/** What `privateer reproduce dead-endpoint --json` prints. */
interface Reproduced extends Provenance {
  readonly reproduced: boolean;
  readonly delay: {
    readonly slope: number;
    readonly points: readonly { readonly restartMs: number; readonly delayMs: number }[];
    readonly controlDelayed: number;
  };
  readonly pool: readonly {
    readonly pattern: string;
    readonly variant: string;
    readonly shareDuringOutage: number;
    readonly expected: readonly [number, number];
  }[];
  readonly swallowed: readonly {
    readonly highWaterMark: number;
    readonly immediate: boolean;
    readonly count: number;
    readonly expected: number;
  }[];
}

export const deadEndpoint = defineSection<Reproduced>({
  name: 'reproduce-dead-endpoint',
  title: 'The dead endpoint',
  asked: () =>
    'Does a request that is routed to a dead endpoint wait until that server restarts, and what does that do to a pool of ' +
    'twelve lock-step clients with one of three servers down?',
  body: ({ reproduced, delay, pool, swallowed }) =>
    [
      reproduced ? 'Reproduced.' : '**Not reproduced**: a figure below is not what was expected.',
      table(
        ['pattern', 'throughput while one of three is down', 'expected'],
        pool.map(({ pattern, variant, shareDuringOutage, expected }) => [
          subject(pattern, variant),
          percent(shareDuringOutage),
          `${percent(expected[0])} to ${percent(expected[1])}`,
        ]),
        1,
      ),
      `The delay grows with the downtime at a slope of ${rounded(delay.slope)} (expected 0.9 to 1.1); with ` +
        `\`immediate\`, ${delay.controlDelayed} transactions were delayed (expected 0).`,
      table(
        ['server down for', 'transaction delayed by'],
        delay.points.map(({ restartMs, delayMs }) => [`${restartMs} ms`, `${Math.round(delayMs)} ms`]),
        0,
      ),
      'What an endpoint that was never up swallows before a send that does not block comes back:',
      table(
        ['high-water mark', 'immediate', 'swallowed', 'expected'],
        swallowed.map(({ highWaterMark, immediate, count, expected }) => [
          String(highWaterMark),
          immediate ? 'yes' : 'no',
          String(count),
          String(expected),
        ]),
        0,
      ),
    ].join('\n\n'),
  command: () =>
    'node dist/harness/cli/main.js reproduce dead-endpoint --json > bench/results/reproduce-dead-endpoint.json',
  provenance: ({ machine, seed }) => ({ ...(machine ? { machine } : {}), ...(seed === undefined ? {} : { seed }) }),
});
