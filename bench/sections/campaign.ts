import type { CompactResult } from '../../harness/campaigns/result.ts';
import { campaignNotes, noiseWords } from '../../harness/report/campaign-rows.ts';
import { campaignMarkdownTable } from '../../harness/report/campaign-table.ts';
import { counted } from '../../harness/report/words.ts';
import { defineSection, list } from './section.ts';

export const campaign = defineSection<CompactResult>({
  name: 'campaign',
  title: 'The campaign',
  asked: ({ repeats, contestants: [first] }) =>
    `The comparison, repeated: what does each pattern make of each scenario, and how sure is that? ${counted(repeats, 'block')}; ` +
    'all runs of a block have the same arrivals and the same faults at the same times, each in fresh processes, in rotated ' +
    'order. Medians over the blocks with bootstrapped 95 % intervals; duplicated, late and lost are totals over all runs. ' +
    `Under each row, what it differs from ${first?.name ?? 'the first'} of the same block: \`~\` is no more than noise. ` +
    '*Delay area* is what all callers together waited longer than is usual.',
  body: (result) => {
    const { skipped, lies, broken, inconclusive, again, failures } = campaignNotes(result);
    return (
      `${campaignMarkdownTable(result)}\n\n${noiseWords(result)}` +
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
    `node dist/harness/cli/main.js ${command.replace(/^privateer /, '')} --json > bench/results/campaign.json`,
  provenance: ({ machine, seed }) => ({ machine, seed }),
});
