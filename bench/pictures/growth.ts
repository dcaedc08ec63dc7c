/** What a transaction costs against how many there are of something. */
import { type GrowthResult, isKnown } from '../growth/growth.ts';
import { chart, type Series } from './chart.ts';
import { lookOf } from './look.ts';
import { microseconds } from './words.ts';

/** `counted` is what there is more of: one word, as `clients`. */
export function growthPicture(counted: string, { rows, fits, sizes }: GrowthResult): string {
  const series = fits.map(({ contestant, role }): Series => {
    const own = rows.filter((row) => row.contestant === contestant);
    const points = own
      .filter((row) => isKnown(row, role))
      .map(({ size, netUs }) => [size, netUs[role].median] as const);
    return { name: `${contestant}, ${role}`, look: lookOf(contestant) ?? 'other', points };
  });
  return chart({
    title: `What a transaction costs as ${counted} get more`,
    says: `Processor time a transaction, by the number of ${counted}, of ${series.map(({ name }) => name).join('; ')}.`,
    x: { label: counted, scale: 'log', ticks: sizes, words: String },
    y: { label: 'processor time a transaction', scale: 'log', words: microseconds },
    series,
  });
}
