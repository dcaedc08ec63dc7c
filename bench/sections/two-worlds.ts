import { milliseconds, subject } from '../../harness/report/words.ts';
import { type ComparedFigure, comparedFigures, type TwoWorldsResult, type TwoWorldsRow } from '../two-worlds.ts';
import { defineSection, doubtful, list, table } from './section.ts';

export const twoWorlds = defineSection<TwoWorldsResult>({
  name: 'two-worlds',
  title: 'The two worlds',
  asked: ({ runs }) =>
    'Does the simulated world suffer from a fault as the real one does? The same scenarios, ' +
    `${runs.processes} runs of each over libzmq with real signals and ${runs.simulated} in virtual time: the median, and ` +
    'the least and the most in brackets. A world of the mind has no other load on its machine, so it is a little faster.',
  body: ({ rows, doubts }) =>
    table(titles, rows.flatMap(linesOf), 2) + list('**Apart:**', rows.flatMap(apart)) + doubtful(doubts),
  command: ({ seed }) => `npm run bench -- --only two-worlds --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

const titles = ['pattern', 'fault', 'world', 'failover', 'blackout', 'unknown', 'delayed'];

function linesOf(row: TwoWorldsRow): string[][] {
  return (['processes', 'simulated'] as const).map((world) => [
    subject(row.pattern, row.variant),
    row.fault,
    world,
    ...comparedFigures.map((figure) => spread(row[world][figure], wordsOf(figure))),
  ]);
}

function spread(values: readonly number[], words: (value: number) => string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, most] = [words(sorted[0]!), words(sorted.at(-1)!)];
  const median = words(medianOf(values));
  return least === most ? median : `${median} (${least} to ${most})`;
}

/** The simulated median, where it lies outside what the real runs had by more than noise. */
function apart({ pattern, variant, fault, processes, simulated }: TwoWorldsRow): string[] {
  return comparedFigures.flatMap((figure) => {
    const median = medianOf(simulated[figure]);
    const [least, most] = [Math.min(...processes[figure]), Math.max(...processes[figure])];
    const slack = Math.max(slackLeast, (most - least) / 2, most * slackShare);
    if (median >= least - slack && median <= most + slack) return [];
    const words = wordsOf(figure);
    return [
      `${subject(pattern, variant)}, ${fault}: ${figure} ${words(median)}, not ${words(least)} to ${words(most)}`,
    ];
  });
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function wordsOf(figure: ComparedFigure): (value: number) => string {
  return figure.endsWith('Ms') ? milliseconds : (value) => String(Math.round(value));
}

/** In milliseconds, or transactions; and as a share of the figure. */
const slackLeast = 15;
const slackShare = 0.1;
