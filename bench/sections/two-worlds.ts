import { figureKinds } from '../../harness/campaigns/figures.ts';
import { exact } from '../../harness/intervals.ts';
import { counted, listed, milliseconds } from '../../harness/report/words.ts';
import type { Pace } from '../../harness/worlds/simulated/pace.ts';
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
  asked: ({ runs, campaign, pace }) =>
    'Does the simulated world suffer from a fault as the real one does? Every scenario of the library above, with real ' +
    `signals over libzmq ${counted(campaign.repeats, 'time')}, and in virtual time ${runs} times: the median of those, and in ` +
    'brackets the least and the most of the real ones. Of what is rare, in how many of the runs there was any. ✓ is where the ' +
    'simulated figure lies within what the real runs had, ≈ where it is as near to that as is said under the table, and ✗ ' +
    `where it is not. The simulated world is told how fast the machine was, by some of these runs themselves: ${paceWords(pace)}.` +
    startWords(pace),
  body: ({ cells, again, missing, doubts, campaign }) => {
    const lines = cells.map(lineOf);
    return (
      `${table(
        titles,
        lines.map(({ cell, judged }) => [cell.scenario, cell.contestant, ...judged.map(wordsOf)]),
        2,
      )}\n\n` +
      `${countWords(lines)}${againWords(again, cells)} ${meaning(campaign.repeats)}` +
      list('Not run in both worlds:', missingLines(missing)) +
      doubtful(doubts)
    );
  },
  command: ({ seed }) => `npm run bench -- --only two-worlds --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

function paceWords({
  hopMs,
  workMs,
  deathMs,
  proxyMs = 0,
  issueMs = 0,
  attemptMs = 0,
  coldMs = 0,
  orderMs = 0,
  holdUpMs = 0,
}: Pace): string {
  const ways = `messages up to ${longer(hopMs)} on their way`;
  const proxied = proxyMs === 0 ? '' : `, and ${milliseconds(proxyMs)} more by a proxy`;
  const microseconds = (ms: number) => `${Math.round(ms * 1000)} µs`;
  const handed =
    issueMs === 0 && attemptMs === 0
      ? ''
      : `, the client ${microseconds(issueMs)} with each transaction and ${microseconds(attemptMs)} with each attempt that it hands over`;
  const cold =
    coldMs === 0 ? '' : `, processes ${milliseconds(coldMs)} longer over each thing that they do for the first time`;
  const ordered =
    orderMs === 0
      ? ''
      : `, orders ${milliseconds(orderMs)} until they are told, one after the other, by a harness whose timers are late as others’ are, TCP waiting by a kernel’s 250 ticks a second`;
  const held =
    holdUpMs === 0 ? '' : `, each process held up ten times a second for ${milliseconds(holdUpMs)} on average`;
  return `${ways}${proxied}${ordered}${held}, servers ${longer(workMs)} with each request${handed}${cold}, killed processes ${longer(deathMs)} until they are gone, and of several each after the one before`;
}

function longer(ms: number): string {
  return `${milliseconds(Math.abs(ms))} ${ms < 0 ? 'shorter' : 'longer'}`;
}

function startWords({ start }: Pace): string {
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

/** The simulated share of runs, within the exact interval of the real one; nearly, where its own only reaches into that. */
function judgedCount({ processes, simulated }: Both<Seen>): Judged {
  const real = exact(processes.runsWith, processes.runs);
  const made = exact(simulated.runsWith, simulated.runs);
  const share = simulated.runsWith / simulated.runs;
  const isNear = made.low <= real.high && made.high >= real.low;
  const agrees = share >= real.low && share <= real.high ? '✓' : isNear ? '≈' : '✗';
  const [ofMade, ofReal] = [simulated, processes].map(({ runsWith, runs }) => `${runsWith} of ${runs}`);
  return { words: `${ofMade} (${ofReal})`, agrees };
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
  const { all, agreeing, near } = tally(lines);
  const apart = titles.slice(2).flatMap((title, column) => {
    const count = lines.filter(({ judged }) => judged[column]!.agrees === '✗').length;
    return count === 0 ? [] : [`${title} ${count}`];
  });
  const nearly = near === 0 ? '' : `, ${near} of them nearly`;
  const words = `**${agreeing} of ${counted(all, 'figure')} agree${nearly}.**`;
  return apart.length === 0 ? words : `${words} Apart: ${listed(apart)}.`;
}

/** What comes of it where the real world is held against itself, and where the simulated one is, of the same pattern in the same scenarios. */
function againWords(again: readonly TwoWorldsCell[], cells: readonly TwoWorldsCell[]): string {
  const contestant = again[0]?.contestant;
  if (contestant === undefined) return '';
  const same = again.map(({ scenario }) => scenario);
  const simulated = cells.filter((cell) => cell.contestant === contestant && same.includes(cell.scenario));
  return (
    ` For comparison, the real world against itself: ${contestant} was measured a second time in the same campaign, and in ` +
    `the place of the simulated runs those agree in ${shareWords(again)}. Of the same pattern in the same scenarios the ` +
    `simulated world agrees in ${shareWords(simulated)}.`
  );
}

function shareWords(cells: readonly TwoWorldsCell[]): string {
  const { all, agreeing, near } = tally(cells.map(lineOf));
  return `${agreeing} of ${counted(all, 'figure')}, ${near} of them nearly`;
}

/** How many figures there are, and how many of them agree, those included that do nearly. */
function tally(lines: readonly Line[]): { all: number; agreeing: number; near: number } {
  const judged = lines.flatMap((line) => line.judged).flatMap(({ agrees }) => agrees ?? []);
  const near = judged.filter((one) => one === '≈').length;
  return { all: judged.length, agreeing: near + judged.filter((one) => one === '✓').length, near };
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

/** Of so many real runs each. */
function meaning(runs: number): string {
  return (
    `A median agrees where it lies between the least and the most of the real runs, and nearly (≈) where that is widened at both ends by ${slackShare * 100} %, ` +
    `times by what the machine held up one transaction in a hundred by where nothing happened to anybody (at least ${slackMs} ms), ` +
    `counts by ${slackTransactions}. All of ${runs} runs lie on one side of what is usual in one case of ${2 ** (runs - 1)}, so few ` +
    'cells are apart by chance, and more of them where there are two courses that are taken about as often. What is rare agrees ' +
    'where the simulated share of runs lies in the exact 95 % interval of the real one, and nearly where its own interval reaches ' +
    'into that. What the simulated world leaves out is that all processes share two cores: on a busy machine whatever comes at ' +
    'one time takes each of them longer, and so does what happens while another process starts.'
  );
}
