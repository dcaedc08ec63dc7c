/** Makes RESULTS.md, and README's table, of the raw files. Pure but for reading them: no figure comes from elsewhere. */
import type { Comparison } from '../harness/compare.ts';
import { between } from './between.ts';
import { rawFile } from './raw-files.ts';
import { compareTable } from './sections/compare.ts';
import type { Picture, Provenance, Section } from './sections/section.ts';
import { sections } from './sections/sections.ts';

/** The raw files that are there, parsed, by name. */
export type RawFiles = ReadonlyMap<string, unknown>;

/** @throws {Error} naming a file that is not JSON. */
export function readRawFiles(folder: string): RawFiles {
  const files = sections.map(({ name }) => [name, rawFile(name, folder)] as const);
  return new Map(files.filter(([, file]) => file !== undefined));
}

/** The whole of RESULTS.md. A raw file that is missing leaves its section out. */
export function resultsPage(files: RawFiles): string {
  const told = sections.filter(({ name }) => files.has(name));
  return `${[head, ...told.map((section) => sectionText(section, files.get(section.name)))].join('\n\n')}\n`;
}

/**
 * README with the comparison's table between its marks; as it is where there is no comparison.
 * @throws {Error} where README lacks the marks.
 */
export function readmeWithTable(readme: string, files: RawFiles): string {
  const comparison = files.get('compare') as Comparison | undefined;
  if (comparison === undefined) return readme;
  return between(readme, 'compare', compareTable(comparison));
}

/** The pictures that the page shows, by the path that it shows them under. */
export function resultsPictures(files: RawFiles): ReadonlyMap<string, string> {
  const told = sections.filter(({ name }) => files.has(name));
  return new Map(
    told.flatMap((section) =>
      (section.pictures?.(files.get(section.name)) ?? []).map((picture) => [pathOf(picture), picture.svg] as const),
    ),
  );
}

function pathOf({ name }: Picture): string {
  return `${picturesFolder}/${name}.svg`;
}

function sectionText(section: Section, raw: unknown): string {
  const { quick, ...provenance } = section.provenance(raw);
  const trial = quick ? ['**A trial run, too short to count.**'] : [];
  return [
    `## ${section.title}`,
    section.asked(raw),
    ...trial,
    ...(section.pictures?.(raw) ?? []).map((picture) => `![${picture.says}](${pathOf(picture)})`),
    section.body(raw),
    `\`\`\`sh\n${section.command(raw)}\n\`\`\``,
    provenanceText(provenance),
  ].join('\n\n');
}

/** Only what the raw file says of itself. */
function provenanceText({ machine, seed }: Provenance): string {
  const { cpu, cores, platform, node, zeromq, libzmq, loadBefore, date, commit } = machine ?? {};
  const parts = [
    cpu === undefined ? undefined : `${cpu}, ${cores} cores, ${platform}`,
    node === undefined ? undefined : `Node ${node}`,
    zeromq === undefined ? undefined : `zeromq ${zeromq}${libzmq === undefined ? '' : ` (libzmq ${libzmq})`}`,
    loadBefore === undefined ? undefined : `load before ${loadBefore.toFixed(2)}`,
    seed === undefined ? undefined : `seed ${seed}`,
    date,
    commit === undefined ? undefined : `commit ${commit}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'The raw file names neither machine nor seed.' : `Measured on: ${parts.join(' · ')}.`;
}

/** Where the pictures are, from the root. */
export const picturesFolder = 'bench/results/pictures';

const head = `# Results

Written by \`npm run results\` from the raw files in [bench/results](bench/results); a test holds this page to them. Compare
ratios, not single figures: two cores run client, servers and broker at once. Build first: \`npm run build\`.`;
