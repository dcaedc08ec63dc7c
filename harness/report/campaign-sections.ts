/** What a campaign's page says in figures: how it was made, what came out of each scenario, and which claims were kept. */
import { figureKinds } from '../campaigns/figures.ts';
import type { CompactResult } from '../campaigns/result.ts';
import { campaignNotes, figureWords, noiseWords, toldCounts } from './campaign-rows.ts';
import { type CampaignLine, campaignLines, campaignTitles, countTitles } from './campaign-table.ts';
import { type Cell, link, paragraph, section, table } from './html.ts';
import { element, escaped } from './svg.ts';
import { counted, rarely } from './words.ts';

/** How it can be made again, where it was made, and what is not as it should be. */
export function campaignHead(result: CompactResult): string {
  const { command, machine, seed, finished, noiseFloor } = result;
  const { cpu, cores, platform, node, zeromq, libzmq } = machine;
  const { lies, broken, inconclusive } = campaignNotes(result);
  const items = [
    ...itemsOf(finished ? [] : ['runs are missing yet'], 'Not finished', 'doubtful'),
    ...itemsOf(lies, 'Lies', 'wrong'),
    ...itemsOf(broken, 'Claim broken', 'wrong'),
    ...itemsOf(inconclusive, 'Inconclusive', 'doubtful'),
  ];
  return [
    element('p', {}, element('code', {}, escaped(command)), ` · seed ${seed}`),
    element(
      'p',
      { class: 'quiet' },
      escaped(`${cpu}, ${counted(cores, 'core')}, ${platform}, Node ${node}, zeromq ${zeromq} (libzmq ${libzmq}). `),
      escaped(`${noiseFloor.contestant} takes part twice: “${noiseFloor.again}” is the same once more.`),
    ),
    listOf(items),
  ].join('');
}

/** Which there were none of, and which were made again. */
export function campaignRunNotes(result: CompactResult): string {
  const { skipped, again, failures } = campaignNotes(result);
  return listOf([
    ...itemsOf(skipped, 'Skipped', 'quiet'),
    ...itemsOf(again, 'Run again, as it proved nothing', 'quiet'),
    ...itemsOf(failures, 'Run again, as it could not be made', 'quiet'),
  ]);
}

function itemsOf(lines: readonly string[], name: string, look: string): string[] {
  return lines.map((line) => element('li', {}, element('span', { class: look }, `${name}: `), escaped(line)));
}

function listOf(items: readonly string[]): string {
  return items.length === 0 ? '' : element('ul', {}, ...items);
}

/** A table for each scenario: medians over the blocks with their intervals, and what each differs from the first. */
export function campaignFigures(result: CompactResult): string {
  const heads: Cell[] = [
    { html: 'pattern' },
    ...campaignTitles.map((title) => ({ html: escaped(title), align: 'r' as const })),
  ];
  const tables = result.scenarios.map(({ name, about }) => {
    const rows = campaignLines(result, name).map(rowOf);
    const heading = element('h3', {}, escaped(name));
    const figures = table(`${name}: ${captionWords}`, heads, rows);
    return heading + (about === undefined ? '' : paragraph(about)) + figures + partsOf(result, name);
  });
  return section('Figures', paragraph(noiseWords(result)), ...tables);
}

/** What failovers are made of, and in how many runs came what should not: with the 95 % interval of each. */
function partsOf({ cells, repeats }: CompactResult, scenario: string): string {
  const right = (html: string): Cell => ({ html, align: 'r' });
  const rows = cells
    .filter((cell) => cell.scenario === scenario && cell.skipped === undefined)
    .map(({ contestant, figures, counts }): Cell[] => [
      { html: escaped(contestant) },
      ...failoverParts.map((name) => right(inTwoLines(figureWords(figures[name], name, repeats)))),
      ...toldCounts.map((name) => right(inTwoLines(rarely(counts[name].runsWith, counts[name].runs, 'run')))),
    ]);
  const heads: Cell[] = [
    { html: 'pattern' },
    ...failoverParts.map((name) => right(figureKinds[name].title)),
    ...toldCounts.map((name) => right(`${countTitles[name]} in`)),
  ];
  return table(`${scenario}: ${partsWords}`, heads, rows);
}

const failoverParts = ['detectedMs', 'blackoutMs', 'failoverMs', 'recoveredMs', 'healedMs', 'lastZombieMs'] as const;
const partsWords =
  'the parts of failovers, each where it came to pass, and the runs in which there was any of what should be rare';

const captionWords = 'medians over the blocks, with their 95 % intervals; ~ is a difference that may be none';

function rowOf({ mark, name, cells }: CampaignLine): Cell[] {
  const isDifference = mark === ' ';
  const said = isDifference
    ? element('span', { class: 'quiet' }, escaped(name.trim()))
    : `${escaped(name)} <span class="${markLooks[mark]}">${markWords[mark]}</span>`;
  const body = cells.map((cell): Cell => {
    const text = inTwoLines(cell);
    return { html: isDifference ? `<span class="quiet">${text}</span>` : text, align: 'r' };
  });
  const missing = campaignTitles.slice(cells.length).map((): Cell => ({ html: '' }));
  return [{ html: said }, ...body, ...missing];
}

/** An interval below its median: side by side they are wider than a page. */
function inTwoLines(figure: string): string {
  return escaped(figure).replace(' (', '<br>(');
}

const markWords = { '✓': '', '✗': '✗ broken', '?': '? inconclusive', '–': '' } as const;
const markLooks = { '✓': 'well', '✗': 'wrong', '?': 'doubtful', '–': 'quiet' } as const;

/** Every claim that was put to the test, and the runs that broke it. */
export function campaignClaims({ cells }: CompactResult): string {
  const tested = cells.flatMap(({ contestant, scenario, claims, runs }) =>
    claims.map((claim) => ({ contestant, scenario, runs, ...claim })),
  );
  if (tested.length === 0) return '';
  const rows = tested.map(({ contestant, scenario, runs, claim, kept, of, broken }): Cell[] => {
    const where = broken.slice(0, brokenMost).map(({ run, observed }) => {
      const folder = runs.find(({ id }) => id === run)?.folder;
      const name = folder === undefined ? escaped(run) : link(`${folder}/index.html`, run);
      return observed === '' ? name : `${escaped(observed)}: ${name}`;
    });
    return [
      { html: escaped(contestant) },
      { html: escaped(scenario) },
      { html: escaped(claim) },
      { html: kept === of ? `${kept} of ${of}` : `<span class="wrong">${kept} of ${of}</span>`, align: 'r' },
      {
        html: [...where, ...(broken.length > brokenMost ? [`and ${broken.length - brokenMost} more`] : [])].join(
          '<br>',
        ),
      },
    ];
  });
  const heads: Cell[] = [
    { html: 'pattern' },
    { html: 'scenario' },
    { html: 'claim' },
    { html: 'kept in runs', align: 'r' },
    { html: 'broken by' },
  ];
  return section('Claims', table('What patterns say of themselves, held against every run that counts', heads, rows));
}

/** Of the runs that broke a claim: all of them are in the table of runs. */
const brokenMost = 3;
