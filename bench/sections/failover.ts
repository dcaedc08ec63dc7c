import { milliseconds, percent } from '../../harness/report/words.ts';
import type { FailoverResult, FailoverRow } from '../failover.ts';
import { defineSection, doubtful, table, withInterval } from './section.ts';

export const failover = defineSection<FailoverResult>({
  name: 'failover',
  title: 'Failover',
  asked: ({ load }) =>
    'How long does a failover take, and is anything lost? One fault a run, at no fixed phase of anybody’s heartbeat, under ' +
    `${load.ratePerSec} transactions a second that take ${load.serviceMs} ms each, so that every victim holds several. ` +
    'Failover counts until the last transaction that was with the victim is settled, blackout is the longest stretch in ' +
    'which nothing at all committed: medians over the runs, with 95 % intervals, and the extremes.',
  body: ({ rows, runs, doubts }) => table(titles, rows.map(cellsOf), 2) + repeated(runs) + doubtful(doubts),
  command: ({ rows, seed }) => `npm run bench -- --only failover --kills ${rows[0]?.runs ?? 20} --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

/** Runs that were made again are told, so that nobody need wonder what was left out. */
function repeated(runs: FailoverResult['runs']): string {
  const repeats = runs.reduce((sum, run) => sum + run.repeats, 0);
  return repeats === 0 ? '' : `\n\nRuns that proved nothing and were made again: ${repeats}.`;
}

const titles = [
  'pattern',
  'fault',
  'runs',
  'dealt again',
  'lost',
  'unknown',
  'duplicated',
  'late',
  'failover',
  'least to most',
  'blackout',
];

function cellsOf(row: FailoverRow): string[] {
  const { failoverMs, blackoutMs } = row;
  return [
    row.pattern,
    row.fault,
    String(row.runs),
    String(row.dealtAgain),
    lossOf(row),
    String(row.unknown),
    String(row.duplicated),
    String(row.lateExecutions),
    failoverMs === null ? '–' : withInterval(failoverMs, milliseconds),
    failoverMs === null ? '–' : `${milliseconds(failoverMs.min)} to ${milliseconds(failoverMs.max)}`,
    blackoutMs === null ? '–' : withInterval(blackoutMs, milliseconds),
  ];
}

/** None seen is not none: the bound is what so few trials allow to be said. */
function lossOf({ lost, lossBound }: FailoverRow): string {
  if (lossBound === null) return `**${lost}**`;
  return `0 (at most ${percent(lossBound.ofDealtAgain)} of those, in ${percent(lossBound.ofRuns)} of faults)`;
}
