/** Every failover as a dot, and the median with its interval. */

import { scaleLinear } from 'd3-scale';
import { dots, label, line } from '../../harness/report/svg.ts';
import { milliseconds } from '../../harness/report/words.ts';
import type { Kill, KillsResult, KillsRow } from '../kills.ts';
import { left, picture, right } from './chart.ts';
import { lookOf } from './look.ts';

export function killsPicture({ rows, kills, load }: Pick<KillsResult, 'rows' | 'kills' | 'load'>): string {
  const most = Math.max(...kills.map((kill) => netOf(kill, load.serviceMs)));
  const x = scaleLinear([0, Math.max(1, most)], [left + 40, right + 120]);
  const bottom = top + rows.length * rowHeight;
  const marks = x.ticks(8).map((tick) => {
    const at = x(tick);
    return line(at, top - 10, at, bottom, 'grid') + label(at, bottom + 20, milliseconds(tick), 'quiet', 'middle');
  });
  return picture(
    {
      title: 'Failover after a SIGKILL, net of service',
      says: rows.map((row) => `${row.pattern}: median ${milliseconds(row.netMs.median)}`).join('; '),
      height: bottom + 50,
    },
    marks,
    rows.map((row, place) => strip(row, kills, load.serviceMs, (value) => x(value), top + place * rowHeight)),
  );
}

function strip(
  row: KillsRow,
  kills: readonly Kill[],
  serviceMs: number,
  x: (ms: number) => number,
  at: number,
): string {
  const own = kills.filter(({ pattern }) => pattern === row.pattern);
  // Spread by their number, so that dots of one place don't hide each other.
  const places = own.map((kill, i) => [x(netOf(kill, serviceMs)), at + 34 + ((i * 7) % 11) * 3] as const);
  const { low, median, high } = row.netMs;
  const words = `${row.pattern}: median ${milliseconds(median)}, 95th percentile ${milliseconds(row.net95Ms.median)}, ${own.length} kills`;
  return (
    label(left, at + 10, words) +
    dots(places, `kill ${lookOf(row.pattern)}`) +
    line(x(low), at + 74, x(high), at + 74, 'interval') +
    line(x(median), at + 68, x(median), at + 80, 'interval')
  );
}

function netOf({ failoverMs }: Kill, serviceMs: number): number {
  return failoverMs - serviceMs;
}

const top = 56;
const rowHeight = 96;
