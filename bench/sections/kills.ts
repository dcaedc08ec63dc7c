import { milliseconds } from '../../harness/report/words.ts';
import type { KillsResult, KillsRow } from '../kills.ts';
import { killsPicture } from '../pictures/kills.ts';
import { defineSection, doubtful, table, withInterval } from './section.ts';

export const kills = defineSection<KillsResult>({
  name: 'kills',
  title: 'Failover after a kill',
  asked: ({ load: { ratePerSec, serviceMs } }) =>
    'How soon after a SIGKILL is everything that its victim held done, net of service? One of three servers is killed, at no ' +
    `fixed phase of anybody’s heartbeat, under ${ratePerSec} transactions a second of ${serviceMs} ms each. Failover counts from ` +
    'the moment before the kill until the last transaction that was with the victim is settled; net of service is that less ' +
    `the ${serviceMs} ms for which another server then works on it. Medians over the kills, with 95 % intervals.`,
  body: ({ rows, kills: each, doubts }) => table(titles, rows.map(cellsOf), 1) + repeated(each) + doubtful(doubts),
  pictures: (result) =>
    result.kills.length === 0
      ? []
      : [{ name: 'kills', says: 'Every failover after a kill as a dot, and their median', svg: killsPicture(result) }],
  command: ({ rows, seed }) => `npm run bench -- --only kills --kills ${rows[0]?.kills ?? 50} --seed ${seed}`,
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
  'duplicated',
];

function cellsOf(row: KillsRow): string[] {
  return [
    row.pattern,
    withInterval(row.netMs, milliseconds),
    withInterval(row.net95Ms, milliseconds),
    milliseconds(row.netMostMs),
    withInterval(row.blackoutMs, milliseconds),
    String(row.kills),
    String(row.dealtAgain),
    String(row.lost),
    String(row.duplicated),
  ];
}
