import { milliseconds } from '../../harness/report/words.ts';
import type { KillsResult, KillsRow } from '../kills.ts';
import { killsPicture } from '../pictures/kills.ts';
import type { Estimate } from '../statistics.ts';
import { defineSection, doubtful, table, withInterval } from './section.ts';

export const kills = defineSection<KillsResult>({
  name: 'kills',
  title: 'Failover after a kill',
  asked: ({ load: { ratePerSec, serviceMs } }) =>
    'How soon after a SIGKILL is everything that its victim held done, net of service? One of three servers is killed, at no ' +
    `fixed phase of anybody’s heartbeat, under ${ratePerSec} transactions a second of ${serviceMs} ms each. Failover counts from ` +
    'the moment before the kill until the last transaction that was with the victim is settled; net of service is that less ' +
    `the ${serviceMs} ms for which another server then works on it. Medians over the kills, with 95 % intervals. Freelance is held to a ` +
    `median of ${heldMs.median} ms and a 95th percentile of ${heldMs.p95} ms; what falls short of it is bold.`,
  body: ({ rows, kills: each, doubts }) => table(titles, rows.map(cellsOf), 1) + repeated(each) + doubtful(doubts),
  pictures: (result) =>
    result.kills.length === 0
      ? []
      : [{ name: 'kills', says: 'Every failover after a kill as a dot, and their median', svg: killsPicture(result) }],
  command: ({ asked, seed }) => `npm run bench -- --only kills --kills ${asked} --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

/** Runs that were made again are told, so that nobody need wonder what was left out. */
function repeated(each: KillsResult['kills']): string {
  const repeats = each.reduce((sum, kill) => sum + kill.repeats, 0);
  return repeats === 0 ? '' : `\n\nRuns that proved nothing and were made again: ${repeats}.`;
}

const titles = [
  'pattern',
  'failover, net',
  '95th percentile',
  'most',
  'blackout',
  'kills',
  'dealt again',
  'lost',
  'unknown',
  'duplicated',
  'started late',
];

function cellsOf(row: KillsRow): string[] {
  return [
    row.pattern,
    held(row.netMs, heldMs.median),
    held(row.net95Ms, heldMs.p95),
    milliseconds(row.netMostMs),
    withInterval(row.blackoutMs, milliseconds),
    String(row.kills),
    String(row.dealtAgain),
    String(row.lost),
    String(row.unknown),
    String(row.duplicated),
    String(row.lateExecutions),
  ];
}

function held(figure: Estimate, most: number): string {
  const words = withInterval(figure, milliseconds);
  return figure.median <= most ? words : `**${words}**`;
}

const heldMs = { median: 10, p95: 30 };
