/** Latency against load, up to saturation. */
import type { LoadResult } from '../load.ts';
import { chart, type Series } from './chart.ts';
import { lookOf } from './look.ts';
import { microseconds } from './words.ts';

export function loadPicture({ rows }: LoadResult): string {
  const names = [...new Set(rows.map(({ contestant }) => contestant))];
  const series = names.flatMap((name): Series[] => {
    const own = rows.filter(({ contestant }) => contestant === name);
    const look = lookOf(name) ?? 'other';
    return [
      { name: `${name}, median`, look, points: own.map(({ share, p50Us }) => [share, p50Us.median]) },
      {
        name: `${name}, 99th percentile`,
        look,
        isDashed: true,
        points: own.map(({ share, p99Us }) => [share, p99Us.median]),
      },
    ];
  });
  return chart({
    title: 'Latency against load',
    says: `Median and 99th percentile of the time a transaction takes, by the share of its own capacity that is asked of ${names.join(', ')}.`,
    x: {
      label: 'share of what it does in a closed loop',
      scale: 'linear',
      ticks: [...new Set(rows.map(({ share }) => share))],
      words: (share) => `${Math.round(share * 100)} %`,
    },
    y: { label: 'from the moment it was due', scale: 'log', words: microseconds },
    series,
  });
}
