/** Latency against load, up to saturation. */
import type { LoadResult, LoadRow } from '../load.ts';
import { chart, type Series } from './chart.ts';
import { lookOf } from './look.ts';
import { microseconds } from './words.ts';

export function loadPicture({ rows }: LoadResult): string {
  const names = [...new Set(rows.map(({ contestant }) => contestant))];
  const series = names.flatMap((name): Series[] => {
    const own = rows.filter(({ contestant }) => contestant === name);
    const look = lookOf(name) ?? 'other';
    return [
      { name: `${name}, median`, look, points: pointsOf(own, 'p50Us') },
      {
        name: `${name}, 99th percentile`,
        look,
        isDashed: true,
        points: pointsOf(own, 'p99Us'),
      },
    ].filter(({ points }) => points.length > 0);
  });
  return chart({
    title: 'Latency against load',
    says: `Median and 99th percentile of the time a transaction takes, by the share of its own capacity that is asked of ${names.join(', ')}.`,
    x: {
      label: 'share of what it gets done of more than it can do',
      scale: 'linear',
      ticks: [...new Set(rows.map(({ share }) => share))],
      words: (share) => `${Math.round(share * 100)} %`,
    },
    y: { label: 'from the moment it was due', scale: 'log', words: microseconds },
    series,
  });
}

function pointsOf(rows: readonly LoadRow[], figure: 'p50Us' | 'p99Us'): [share: number, us: number][] {
  return rows.flatMap((row): [number, number][] =>
    row[figure] === undefined ? [] : [[row.share, row[figure].median]],
  );
}
