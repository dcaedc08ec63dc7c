import type { CompactResult } from '../../harness/campaigns/result.ts';
import { campaignNotes, noiseWords } from '../../harness/report/campaign-rows.ts';
import { campaignMarkdownTable } from '../../harness/report/campaign-table.ts';
import { counted, listed } from '../../harness/report/words.ts';
import { begunAt } from '../../harness/run-id.ts';
import { defineSection, list, type Section } from './section.ts';

/** The core scenarios, repeated most. */
export const campaign = campaignSection(
  'campaign',
  'The campaign',
  'The comparison, repeated: what does each pattern make of each scenario, and how sure is that?',
  campaignMarkdownTable,
);

/** All of the library: a table for each scenario, under what it shows. */
export const library = campaignSection(
  'library',
  'Every scenario',
  'What does each pattern make of every scenario of [the library](harness/scenarios)?',
  (result) =>
    result.scenarios
      .map(({ name, about = '' }) => `### ${name}\n\n${about}\n\n${campaignMarkdownTable(result, name)}`)
      .join('\n\n'),
);

function campaignSection(
  name: 'campaign' | 'library',
  title: string,
  question: string,
  tables: (result: CompactResult) => string,
): Section {
  return defineSection<CompactResult>({
    name,
    title,
    asked: ({ repeats, contestants: [first] }) =>
      `${question} ${counted(repeats, 'block')}; ` +
      'all runs of a block have the same arrivals and the same faults at the same times, each in fresh processes, in rotated ' +
      'order. Medians over the blocks with bootstrapped 95 % intervals; duplicated, late and lost are totals over all runs. ' +
      `Under each row, what it differs from ${first?.name ?? 'the first'} of the same block: \`~\` is no more than noise. ` +
      '*Delay area* is what all callers together waited longer than is usual.',
    body: (result) => {
      const { skipped, lies, broken, inconclusive, again, failures } = campaignNotes(result);
      return (
        `${tables(result)}\n\n${noiseWords(result)}${goesWords(result)}` +
        (broken.length + lies.length > 0 ? '' : '\n\nEvery pattern kept what it claims of itself, in every run.') +
        list('**Lies:**', lies) +
        list('**Claims that were not kept:**', broken) +
        list('**Not conclusive:**', inconclusive) +
        list('Skipped:', skipped) +
        list('Made again, as they proved nothing:', again) +
        list('Made again, as they could not be made:', failures)
      );
    },
    command: ({ command }) =>
      `node dist/harness/cli/main.js ${command.replace(/^privateer /, '')} --json > bench/results/${name}.json`,
    provenance: ({ machine, seed }) => ({ machine, seed }),
  });
}

/** One that was gone on with later met the machine in another hour, and so at another pace. */
function goesWords({ cells }: CompactResult): string {
  const begun = cells.flatMap(({ runs }) => runs.map(({ id }) => begunAt(id))).sort((a, b) => a - b);
  const goes = begun.filter((date, index) => index === 0 || date - begun[index - 1]! > pauseMs);
  if (goes.length < 2) return '';
  const dates = goes.map((date) => `${new Date(date).toISOString().slice(0, 16).replace('T', ' ')} UTC`);
  return ` Made in ${goes.length} goes, which began at ${listed(dates)}.`;
}

/** Longer than any of the library's runs takes, with all its tries. */
const pauseMs = 1_800_000;
