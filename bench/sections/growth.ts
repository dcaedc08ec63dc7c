/** The sections of all questions of growth: one table, and what it comes to. */
import { percent } from '../../harness/report/words.ts';
import { type GrowthResult, type GrowthRow, isKnown } from '../growth/growth.ts';
import { growthPicture } from '../pictures/growth.ts';
import type { Fit } from '../statistics.ts';
import { defineSection, doubtful, rounded, type Section, table, thousands, two, withInterval } from './section.ts';

/** `counted` is what there is more of: one word, as `clients`. */
export function growthSection(counted: string, title: string, asked: (result: GrowthResult) => string): Section {
  return defineSection<GrowthResult>({
    name: counted,
    title,
    asked: (result) =>
      `${asked(result)} Processor time is for a thousand transactions, of all of a role’s processes and libzmq’s threads, ` +
      'less what they take when nobody asks anything, which stands beside it; “–” where that is nearly all. Medians over ' +
      `${result.passes * result.blocks} blocks of ${result.blockMs} ms, in ${result.passes} passes up and down, with 95 % intervals.`,
    body: (result) =>
      [sentences(result, counted), tableOf(result.rows, counted)].join('\n\n') + doubtful(result.doubts),
    pictures: (result) => [
      { name: counted, says: `What a transaction costs as ${counted} get more`, svg: growthPicture(counted, result) },
    ],
    command: ({ seed }) => `npm run bench -- --only ${counted} --seed ${seed}`,
    provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
  });
}

/** The exponent first: 0 is a cost that stays, 1 one that grows in proportion. */
function sentences({ fits, sizes }: GrowthResult, counted: string): string {
  return fits
    .map(({ contestant, role, fit, largest, largestOverSmallest, gross, grossLargestOverSmallest }) => {
      const ends = `with ${largest} it is ${rounded(largestOverSmallest)} times that with ${sizes[0]}`;
      const whole =
        gross === undefined
          ? ''
          : ` With all that it does anyway, heartbeats above all, it grows as ${powerOf(gross, counted)}: with ` +
            `${sizes.at(-1)} it is ${rounded(grossLargestOverSmallest)} times that with ${sizes[0]}.`;
      return `- ${contestant}: the ${role}’s cost of a transaction grows as ${powerOf(fit, counted)}; ${ends}.${whole}`;
    })
    .join('\n');
}

function powerOf({ exponent, low, high }: Fit, counted: string): string {
  const flat = low <= 0 && high >= 0 ? '~ ' : '';
  return `${counted} to the power ${flat}${two(exponent)} (${two(low)} to ${two(high)})`;
}

const roles = ['client', 'broker', 'server'] as const;

function tableOf(rows: readonly GrowthRow[], counted: string): string {
  const present = roles.filter((role) => rows.some(({ cpuUs }) => cpuUs[role].median > 0));
  const idle = present.filter((role) => role !== 'client');
  const titles = ['', counted, 'in flight', 'a second', ...present.map((role) => `${role}, ms per 1000`)];
  const cells = rows.map((row) => [
    row.contestant,
    String(row.size),
    String(row.inFlight),
    withInterval(row.perSecond, thousands),
    ...present.map((role) =>
      row.cpuUs[role].median === 0 || !isKnown(row, role) ? '–' : withInterval(row.netUs[role], rounded),
    ),
    ...idle.map((role) => (row.cpuUs[role].median === 0 ? '–' : percent(row.idleShare[role].median))),
  ]);
  return table([...titles, ...idle.map((role) => `${role}, idle`)], cells, 1);
}
