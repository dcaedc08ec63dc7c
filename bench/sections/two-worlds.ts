import { figureKinds } from '../../harness/campaigns/figures.ts';
import { exact } from '../../harness/intervals.ts';
import { counted, listed, milliseconds } from '../../harness/report/words.ts';
import { median } from '../statistics.ts';
import {
  type Both,
  type ComparedFigure,
  comparedCounts,
  comparedFigures,
  type Seen,
  type TwoWorldsCell,
  type TwoWorldsResult,
} from '../two-worlds.ts';
import { defineSection, doubtful, list, table } from './section.ts';

export const twoWorlds = defineSection<TwoWorldsResult>({
  name: 'two-worlds',
  title: 'The two worlds',
  asked: ({ runs, campaigns }) =>
    'Does the simulated world suffer from a fault as the real one does? Every scenario of the campaigns above, with real ' +
    `signals over libzmq ${listed(campaigns.map(({ repeats }) => counted(repeats, 'time')))}, and in virtual time ${runs} ` +
    'times: the median of those, and in brackets the least and the most of the real ones. Of what is rare, in how many of ' +
    'the runs there was any. ✓ is where the simulated figure lies within what the real runs had, ≈ where it is as near to ' +
    'that as is said under the table, and ✗ where it is not. ' +
    `The simulated world is told how fast the machine was, by some of these runs themselves: ${campaigns.map(paceWords).join('; or ')}.` +
    startWords(campaigns[0]!) +
    (campaigns.some(({ pace }) => pace.isUnseeded)
      ? ' Sockets wait between two calls as libzmq by itself has them do, alike in every process, as those of these runs did.'
      : ''),
  body: ({ cells, missing, doubts }) => {
    const lines = cells.map(lineOf);
    return (
      `${table(
        titles,
        lines.map(({ cell, judged }) => [cell.scenario, cell.contestant, ...judged.map(wordsOf)]),
        2,
      )}\n\n` +
      `${countWords(lines)} ${meaning}` +
      list('Not run in both worlds:', missingLines(missing)) +
      doubtful(doubts)
    );
  },
  command: ({ seed }) => `npm run bench -- --only two-worlds --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

function paceWords({ pace }: TwoWorldsResult['campaigns'][number]): string {
  const { hopMs, workMs, deathMs, proxyMs = 0 } = pace;
  const ways = `messages up to ${milliseconds(hopMs)} longer on their way`;
  const proxied = proxyMs === 0 ? '' : `, and ${milliseconds(proxyMs)} more by a proxy`;
  return `${ways}${proxied}, servers ${milliseconds(workMs)} longer with each request, killed processes ${milliseconds(deathMs)} longer until they are gone, and of several each after the one before`;
}

function startWords({ pace: { start } }: TwoWorldsResult['campaigns'][number]): string {
  if (start === undefined) return '';
  const { aloneMs, besideMs } = start;
  return ` Processes take ${milliseconds(aloneMs)} to start, and ${milliseconds(besideMs)} longer by each that starts at the same time.`;
}

const titles = [
  'scenario',
  'pattern',
  ...comparedFigures.map((name) => figureKinds[name].title),
  ...comparedCounts.map((name) => ({ duplicated: 'duplicated', lateExecutions: 'late', lost: 'lost' })[name]),
];

interface Line {
  readonly cell: TwoWorldsCell;
  readonly judged: readonly Judged[];
}

/** One figure of both worlds. */
interface Judged {
  readonly words: string;
  /** Undefined where neither world has such a figure. */
  readonly agrees?: Agreement;
}

type Agreement = '✓' | '≈' | '✗';

function lineOf(cell: TwoWorldsCell): Line {
  const figures = comparedFigures.map((name) => judgedFigure(name, cell));
  return { cell, judged: [...figures, ...comparedCounts.map((name) => judgedCount(cell.counts[name]))] };
}

/** The simulated median, within the least and the most of the real runs, widened by what a busy machine adds or takes. */
function judgedFigure(name: ComparedFigure, { figures, hiccupMs }: TwoWorldsCell): Judged {
  const { processes, simulated } = figures[name];
  if (processes.length === 0 && simulated.length === 0) return { words: '–' };
  const isTime = figureKinds[name].unit === 'ms';
  const words = isTime ? milliseconds : (value: number) => String(Math.round(value));
  const range = spanWords(processes, words);
  if (processes.length === 0 || simulated.length === 0) {
    return { words: simulated.length === 0 ? `none (${range})` : `${words(median(simulated))} (none)`, agrees: '✗' };
  }
  const [least, most, middle] = [Math.min(...processes), Math.max(...processes), median(simulated)];
  // Each is the worst of many, and so has the machine's worst in it.
  const slack = isTime ? Math.max(slackMs, hiccupMs) : slackTransactions;
  const isNear = middle >= least * (1 - slackShare) - slack && middle <= most * (1 + slackShare) + slack;
  const agrees = middle >= least && middle <= most ? '✓' : isNear ? '≈' : '✗';
  return { words: `${words(middle)} (${range})`, agrees };
}

/** The simulated share of runs, within the exact interval of the real one. */
function judgedCount({ processes, simulated }: Both<Seen>): Judged {
  const { low, high } = exact(processes.runsWith, processes.runs);
  const share = simulated.runsWith / simulated.runs;
  const [made, real] = [simulated, processes].map(({ runsWith, runs }) => `${runsWith} of ${runs}`);
  return { words: `${made} (${real})`, agrees: share >= low && share <= high ? '✓' : '✗' };
}

function spanWords(values: readonly number[], words: (value: number) => string): string {
  if (values.length === 0) return 'none';
  const [least, most] = [words(Math.min(...values)), words(Math.max(...values))];
  return least === most ? least : `${least} to ${most}`;
}

function wordsOf({ words, agrees }: Judged): string {
  return agrees === undefined ? words : `${agrees} ${words}`;
}

function countWords(lines: readonly Line[]): string {
  const all = lines.flatMap(({ judged }) => judged).filter(({ agrees }) => agrees !== undefined);
  const apart = titles.slice(2).flatMap((title, column) => {
    const count = lines.filter(({ judged }) => judged[column]!.agrees === '✗').length;
    return count === 0 ? [] : [`${title} ${count}`];
  });
  const near = all.filter(({ agrees }) => agrees === '≈').length;
  const agreeing = all.filter(({ agrees }) => agrees === '✓').length + near;
  const nearly = near === 0 ? '' : `, ${near} of them nearly`;
  const words = `**${agreeing} of ${counted(all.length, 'figure')} agree${nearly}.**`;
  return apart.length === 0 ? words : `${words} Apart: ${listed(apart)}.`;
}

/** One for each scenario and reason, with all whom it concerns. */
function missingLines(missing: TwoWorldsResult['missing']): string[] {
  const lines = new Map<string, string[]>();
  for (const { scenario, contestant, reason } of missing) {
    const why = `${scenario}, ${reason}`;
    lines.set(why, [...(lines.get(why) ?? []), contestant]);
  }
  return [...lines].map(([why, contestants]) => `${why}: ${listed(contestants)}`);
}

/** What a scheduler adds to a time, or a handful of transactions to a count, and the same for what lasts. */
const slackMs = 5;
const slackTransactions = 2;
const slackShare = 0.05;

const meaning =
  `A median agrees where it lies between the least and the most of the real runs, and nearly (≈) where that is widened at both ends by ${slackShare * 100} %, ` +
  `times by what the machine held up one transaction in a hundred by where nothing happened to anybody (at least ${slackMs} ms), ` +
  `counts by ${slackTransactions}. Of three runs, all lie on one side of what is usual in one case of four, so some cells of the ` +
  'library are apart by chance. What is rare agrees where the simulated share of runs lies in the exact 95 % interval of the real ' +
  'one. What the simulated world leaves out is that all processes share two cores: what comes in bursts takes each of them longer, ' +
  'and so does whatever happens while another process starts. Two real workers that have just enough to do are now ahead of it and ' +
  'now behind, with some hundred transactions delayed or none.';
