/** A campaign's figures in words: the same on the terminal and on pages. */
import { type Difference, type Figure, type FigureName, figureKinds, reachOf, seenOf } from '../campaigns/figures.ts';
import type { CompactCell, CompactResult } from '../campaigns/result.ts';
import type { Estimate } from '../statistics.ts';
import { noFigure } from './row.ts';
import { counted, listed, milliseconds, percent } from './words.ts';

/** The figures that are told of every cell; `result.json` has all of them. */
export const toldFigures = ['inTimeShare', 'outageShare', 'failoverMs', 'blackoutMs', 'p99Ms', 'delayAreaMs'] as const;

export const toldCounts = ['duplicated', 'lateExecutions', 'lost'] as const;

/** `15 ms (12 to 18 ms)`: a median over the blocks, with its 95 % interval where that is wider than its words. */
export function figureWords(figure: Figure | undefined, name: FigureName, blocks: number): string {
  if (figure === undefined) return noFigure;
  const seen = seenOf(figure.samples).length;
  const words = estimateWords(figure, seen, (value) => valueWords(value, name));
  return seen === blocks ? words : `${words} in ${seen} of ${blocks}`;
}

/** `−3 ms (−5 to −1 ms)`, with `~` before it where that may as well be none. */
export function differenceWords(difference: Difference | undefined, name: FigureName): string {
  if (difference === undefined) return noFigure;
  const seen = seenOf(difference.samples).length;
  const words = estimateWords(difference, seen, (value) => signed(value, name));
  return difference.isNoise ? `~ ${words}` : words;
}

/** What stands under a table: what was skipped, made again, proved nothing or broke a claim, and how much is noise. */
export function campaignNotes(result: CompactResult): { readonly [kind in NoteKind]: readonly string[] } {
  const { cells, noiseFloor, failures } = result;
  const { again } = noiseFloor;
  return {
    skipped: skippedLines(cells.filter(({ contestant }) => contestant !== again)),
    lies: cells.flatMap(liesOf),
    broken: cells.flatMap(brokenOf),
    inconclusive: cells.flatMap(inconclusiveOf),
    again: cells.flatMap(({ runs }) =>
      runs
        .filter(({ block, id }) => runs.findLast((one) => one.block === block)?.id !== id)
        .map(({ id, doubts }) => `${id} (${doubts.join('; ')})`),
    ),
    failures: failures.map(({ folder, reason }) => `${folder} (${reason})`),
  };
}

type NoteKind = 'skipped' | 'lies' | 'broken' | 'inconclusive' | 'again' | 'failures';

/** How much a contestant differs from itself, in a sentence or two. */
export function noiseWords({ noiseFloor, repeats }: CompactResult): string {
  const { contestant, differences, called, of } = noiseFloor;
  const reaches = toldFigures.flatMap((name) => {
    const all = Object.entries(differences).map(([scenario, each]) => ({ scenario, reach: reachOf(each[name]) }));
    const most = all.reduce((a, b) => (b.reach > a.reach ? b : a), { scenario: '', reach: 0 });
    if (!all.some(({ scenario }) => differences[scenario]?.[name] !== undefined)) return [];
    const where = most.reach === 0 ? '' : ` (${most.scenario})`;
    return [`${figureKinds[name].title} ${amount(most.reach, name)}${where}`];
  });
  const floor =
    reaches.length === 0
      ? `Noise floor: ${contestant} has not met itself yet.`
      : `Noise floor, ${contestant} against itself: at most ${listed(reaches)}; ${called} of ${of} such differences ` +
        'would have been called one by their interval.';
  return repeats >= blocksEnough
    ? floor
    : `${floor} With fewer than ${blocksEnough} blocks no interval of a median is as sure as 95 %.`;
}

function estimateWords({ median, low, high }: Estimate, seen: number, words: (value: number) => string): string {
  if (seen < 2) return words(median);
  const [lowest, highest] = [words(low), words(high)];
  if (lowest === highest) return words(median);
  const unit = / \S+$/.exec(highest)?.[0] ?? '';
  return `${words(median)} (${lowest.endsWith(unit) ? lowest.slice(0, lowest.length - unit.length) : lowest} to ${highest})`;
}

function valueWords(value: number, name: FigureName): string {
  const { unit } = figureKinds[name];
  if (unit === 'share') return percent(value);
  return unit === 'ms' ? milliseconds(value) : String(Math.round(value * 100) / 100);
}

function signed(value: number, name: FigureName): string {
  const words = amount(Math.abs(value), name);
  return value === 0 || /^0 /.test(words) ? words : `${value < 0 ? '−' : '+'}${words}`;
}

/** A difference of shares is in points of a hundred: a tenth of 50 % is another thing. */
function amount(value: number, name: FigureName): string {
  return figureKinds[name].unit === 'share' ? `${Math.round(value * 1000) / 10} points` : valueWords(value, name);
}

/** One for each scenario and reason, with all whom it concerns. */
function skippedLines(cells: readonly CompactCell[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { scenario, contestant, skipped } of cells) {
    if (skipped === undefined) continue;
    const why = `${scenario}, ${skipped}`;
    lines.set(why, [...(lines.get(why) ?? []), contestant]);
  }
  return [...lines].map(([why, contestants]) => `${why}: ${listed(contestants)}`);
}

function liesOf({ contestant, scenario, runs }: CompactCell): string[] {
  return runs
    .filter(({ lies }) => lies.length > 0)
    .map(({ id, lies }) => `${contestant}, ${scenario}: ${listed(lies)}: ${id}`);
}

function brokenOf({ contestant, scenario, claims }: CompactCell): string[] {
  return claims
    .filter(({ broken }) => broken.length > 0)
    .map(({ claim, broken, of }) => {
      const [first] = broken;
      const seen = first!.observed === '' ? first!.run : `${first!.observed}: ${first!.run}`;
      return `${contestant}, ${scenario}: ${claim}: not in ${broken.length} of ${counted(of, 'run')} (${seen})`;
    });
}

/** Blocks whose last run proved nothing: there is no figure of them. */
function inconclusiveOf({ contestant, scenario, runs }: CompactCell): string[] {
  const last = runs.filter((run) => runs.findLast(({ block }) => block === run.block) === run);
  return last
    .filter(({ counts }) => !counts)
    .map(({ block, doubts }) => `${contestant}, ${scenario}, block ${block + 1}: ${doubts.join('; ')}`);
}

/** All of so few samples lie on one side of their population's median with less than 5 %. */
const blocksEnough = 6;
