/** The page of a folder of runs, and of a single run: everything that is drawn of them, and a link to all that it is made of. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { MisuseError } from '../../patterns/transaction.ts';
import { resultFile } from '../campaigns/folder.ts';
import type { CompactResult } from '../campaigns/result.ts';
import { campaignClaims, campaignFigures, campaignHead, campaignRunNotes } from './campaign-sections.ts';
import { isRunFolder, readExhibit } from './exhibit.ts';
import { failovers } from './failovers.ts';
import { type Field, fieldOf, type Plan } from './field.ts';
import { grid } from './grid.ts';
import { figure, html, paragraph, section } from './html.ts';
import { percentiles } from './percentiles.ts';
import { type Picture, standalone } from './picture.ts';
import { writeRunPage } from './run-page.ts';
import { convictions, runsTable, type ShownRun } from './runs-sections.ts';
import { element, escaped } from './svg.ts';
import { counted } from './words.ts';

/**
 * Writes `index.html` into a folder that a run or a campaign left, or any with runs' folders in it, and pictures beside it.
 * @returns the page's path.
 * @throws {MisuseError} for a folder without runs.
 */
export function writePage(folder: string): string {
  const page = join(folder, 'index.html');
  if (isRunFolder(folder)) {
    const { exhibit, evidence } = readExhibit(folder);
    writeRunPage(folder, exhibit, evidence);
    return page;
  }
  const shown = runFoldersIn(folder).map((path) => {
    const { exhibit, evidence } = readExhibit(path);
    writeRunPage(path, exhibit, evidence);
    return { path: relative(folder, path), exhibit };
  });
  if (shown.length === 0) throw new MisuseError('folder', folder, 'it takes a folder that a run or a campaign left');
  const result = resultIn(folder);
  writeFileSync(page, result === undefined ? pageOfRuns(folder, shown) : pageOfCampaign(folder, shown, result));
  return page;
}

/** In the order of their names, however deep they lie. What lies within a run's folder is that run's. */
function runFoldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort(inOrder)
    .flatMap((path) => (isRunFolder(path) ? [path] : runFoldersIn(path)));
}

/** The tenth block comes after the ninth. */
function inOrder(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function pageOfRuns(folder: string, shown: readonly ShownRun[]): string {
  const field = fieldOf(shown.map(({ exhibit }) => exhibit));
  const title = `${basename(resolve(folder))}: ${counted(shown.length, 'run')}`;
  const about = paragraph(`${field.contestants.join(', ')} in ${field.ordeals.join(', ')}.`);
  const body = [pictures(folder, field), convictions(shown), section('Runs', runsTable(folder, shown))];
  return html(title, element('h1', {}, escaped(title)) + about + body.join(''));
}

/** Under the names that the campaign gives them, and of those that were made again only the last. */
function pageOfCampaign(folder: string, shown: readonly ShownRun[], result: CompactResult): string {
  const places = new Map(result.cells.flatMap((cell) => cell.runs.map((run) => [run.folder, { cell, run }])));
  const named = shown.flatMap(({ path, exhibit }) => {
    const place = places.get(path);
    if (place === undefined) return [];
    const { contestant, scenario } = place.cell;
    return [{ path, counts: place.run.counts, exhibit: { ...exhibit, contestant, ordeal: scenario } }];
  });
  const field = fieldOf(
    named.filter(({ counts }) => counts).map(({ exhibit }) => exhibit),
    planOf(result),
  );
  const title = `${counted(result.contestants.length - 1, 'contestant')} in ${counted(result.scenarios.length, 'scenario')}, ${counted(result.repeats, 'block')}`;
  const body = [
    campaignHead(result),
    pictures(folder, field),
    campaignFigures(result),
    campaignClaims(result),
    convictions(named),
    section('Runs', campaignRunNotes(result), runsTable(folder, named)),
  ];
  return html(title, element('h1', {}, escaped(title)) + body.join(''));
}

function planOf({ scenarios, contestants, cells }: CompactResult): Plan {
  const whyNot = (scenario: string, contestant: string) =>
    cells
      .find((cell) => cell.scenario === scenario && cell.contestant === contestant)
      ?.skipped?.replace(`${contestant} `, '') ?? 'no run that counts';
  return { ordeals: scenarios.map(({ name }) => name), contestants: contestants.map(({ name }) => name), whyNot };
}

/** Undefined for a folder that is none of a campaign. */
function resultIn(folder: string): CompactResult | undefined {
  const path = join(folder, resultFile);
  if (!existsSync(path)) return undefined;
  try {
    const result = JSON.parse(readFileSync(path, 'utf8')) as CompactResult;
    if (Array.isArray(result?.cells)) return result;
  } catch {
    // It is told below.
  }
  throw new MisuseError('folder', folder, `its ${resultFile} must be what a campaign came to`);
}

/** All that is drawn of a field, each also in a file of its own. */
function pictures(folder: string, field: Field): string {
  const draw = (file: string, picture: Picture, caption: string) => {
    writeFileSync(join(folder, `${file}.svg`), standalone(picture));
    return figure(picture, caption);
  };
  const dots = failovers(field);
  return [
    section('The whole field', draw('grid', grid(field), captions.grid)),
    dots === undefined ? '' : section('Failovers', draw('failovers', dots, captions.failovers)),
    section('How long callers waited', draw('percentiles', percentiles(field), captions.percentiles)),
  ].join('');
}

const captions = {
  grid: 'Each place is one contestant in one scenario: above, how much was committed in time, and what became of the rest; below, when faults lasted.',
  failovers: 'A dot for each fault that hit transactions under way. The scale is logarithmic.',
  percentiles:
    'By percentile; both scales are logarithmic. Whoever got no answer counts as having waited at least to the deadline.',
} as const;
