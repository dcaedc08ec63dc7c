/** Throughput against window: ours beside everybody else. */
import type { PeersResult } from '../peers.ts';
import { rawAgain } from '../side-by-side/contestants.ts';
import { chart, type Series } from './chart.ts';
import { lookOf } from './look.ts';
import { perSecondWords } from './words.ts';

export function windowsPicture({ rows, payloadBytes }: PeersResult): string {
  const names = [...new Set(rows.map(({ contestant }) => contestant))].filter((name) => name !== rawAgain);
  const series = names
    .map((name): Series => {
      const own = rows.filter(({ contestant }) => contestant === name);
      const points = own.map(({ window, perSecond }) => [window, perSecond.median] as const);
      const look = lookOf(name);
      return { name, look: look ?? 'other', isBehind: look === undefined, points };
    })
    // A single point has no course.
    .filter(({ points }) => points.length > 1);
  return chart({
    title: 'Throughput against window',
    says: `Transactions of ${payloadBytes} bytes a second, by how many one client has in flight, of ${names.join(', ')}.`,
    x: {
      label: 'in flight from one client',
      scale: 'log',
      ticks: [...new Set(rows.map(({ window }) => window))],
      words: String,
    },
    y: { label: 'committed transactions a second', scale: 'log', words: perSecondWords },
    series,
  });
}
