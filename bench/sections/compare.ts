import type { Comparison } from '../../harness/compare.ts';
import { markdownTable, type Row } from '../../harness/report/table.ts';
import { subject } from '../../harness/report/words.ts';
import { defineSection, list } from './section.ts';

export const compare = defineSection<Comparison>({
  name: 'compare',
  title: 'The comparison',
  asked: () =>
    'What does each pattern delay, lose and repeat while one of three servers is killed, or paused for a second? Every ' +
    'row meets the same arrivals and the same faults. *Delayed* counts from the moment a transaction was due; *late* is ' +
    'an execution that began after its caller had been told; *lost* was never executed, and its caller told "unknown".',
  body: ({ rows }) =>
    compareTable({ rows }) +
    list('**Not conclusive:**', rows.filter(({ conclusive }) => !conclusive).map(doubtOf)) +
    list('**Claims that were not kept:**', rows.flatMap(brokenClaims)) +
    (rows.some((row) => brokenClaims(row).length > 0) ? '' : '\n\nEvery pattern kept what it claims of itself.'),
  command: ({ runs }) => {
    const seed = runs[0]?.seed ?? 1;
    return `node dist/harness/cli/main.js compare --seed ${seed} --json > bench/results/compare.json`;
  },
  provenance: ({ runs: [first] }) => (first === undefined ? {} : { machine: first.machine, seed: first.seed }),
});

/** The table alone: README shows it too. */
export function compareTable({ rows }: { readonly rows: readonly Row[] }): string {
  return markdownTable(rows);
}

function doubtOf({ pattern, variant, fault, doubts = [] }: Row): string {
  return `${subject(pattern, variant)}, ${fault}: ${doubts.join('; ')}`;
}

function brokenClaims({ pattern, variant, fault, claims }: Row): string[] {
  const broken = claims.filter(({ kept }) => !kept);
  return broken.map(({ claim, observed }) => {
    const instead = observed === undefined || observed === '' ? '' : `, but ${observed}`;
    return `${subject(pattern, variant)}, ${fault}: ${claim}${instead}`;
  });
}
