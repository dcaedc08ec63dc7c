/** What a section of RESULTS.md is: one raw file, told. Pure: the same file gives the same text. */
import { markdownTable } from 'markdown-table';
import type { Estimate } from '../statistics.ts';
import type { Where } from '../where.ts';

export interface Section {
  /** The raw file's name, without `.json`. */
  readonly name: string;
  readonly title: string;
  /** What was asked, and how it was answered. */
  asked(raw: unknown): string;
  /** The table, and what has to be said beneath it. */
  body(raw: unknown): string;
  /** What a picture says better than the table. */
  pictures?(raw: unknown): readonly Picture[];
  /** Makes the raw file again. */
  command(raw: unknown): string;
  /** Where the raw file says that it was made. */
  provenance(raw: unknown): Provenance;
}

export interface Picture {
  /** Its file's, without `.svg`. */
  readonly name: string;
  /** For those who can't see it. */
  readonly says: string;
  readonly svg: string;
}

/** Raw files of other makers than `npm run bench` may say less. */
export interface Provenance {
  readonly machine?: Partial<Where>;
  readonly seed?: number;
  readonly quick?: boolean;
}

/** Types the raw file where it is read: it was written by this project, and a test holds the page to it. */
export function defineSection<Raw>(section: {
  readonly name: string;
  readonly title: string;
  asked(raw: Raw): string;
  body(raw: Raw): string;
  pictures?(raw: Raw): readonly Picture[];
  command(raw: Raw): string;
  provenance(raw: Raw): Provenance;
}): Section {
  return section as Section;
}

/** A table whose first `words` columns are words; the rest are figures. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[], words: number): string {
  const align = titles.map((_, column) => (column < words ? 'l' : 'r'));
  return markdownTable([[...titles], ...rows.map((row) => [...row])], { align });
}

/** `12.3 (11.9 to 12.8)`: a median and its 95 % interval. */
export function withInterval({ median, low, high }: Estimate, words: (value: number) => string): string {
  return `${words(median)} (${words(low)} to ${words(high)})`;
}

/** One line each, under what they have in common; nothing where there are none. */
export function list(head: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n\n${head}\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

/** A figure to three places that matter. */
export function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** A ratio to what stands in the same table as 1; marked where it may as well be 1. */
export function againstBaseline(ratio: Estimate): string {
  const isNoise = ratio.low <= 1 && ratio.high >= 1;
  return `${isNoise ? '~ ' : ''}${withInterval(ratio, (value) => value.toFixed(2))}`;
}

/** `12.3 k` */
export function thousands(value: number): string {
  return `${rounded(value / 1000)} k`;
}

/** To two places, with a minus sign that is one. */
export function two(value: number): string {
  return value.toFixed(2).replace('-', '−');
}

/** The figures that `npm run bench` is not sure of, and why. */
export function doubtful(doubts: readonly string[]): string {
  return list('**Not conclusive:**', doubts);
}
