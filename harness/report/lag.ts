/** Where the load generator itself was late: what is drawn there says little about the pattern. */
import type { Frame } from './frame.ts';
import { box } from './svg.ts';

const lagLimitMs = 5;

export interface Lag {
  readonly any: boolean;
  /** The hatch over all rows between `top` and `bottom`. */
  draw(top: number, bottom: number): string;
}

export function lag(frame: Frame): Lag {
  const stretches = lagged(frame);
  const draw = (top: number, bottom: number) =>
    stretches.map(([from, until]) => box(from, top, until - from, bottom - top, 'lag')).join('');
  return { any: stretches.length > 0, draw };
}

/** From when a transaction was due until it was handed over, in pixels; stretches that touch are one. */
function lagged({ judgement, evidence, origin, x }: Frame): [from: number, until: number][] {
  const due = new Map(judgement.transactions.map(({ n, dueMs }) => [n, dueMs]));
  const late = evidence.history.flatMap((line) => {
    if (line.kind !== 'invoked') return [];
    const [dueMs, invokedMs] = [due.get(line.n), (line.at - origin) / 1000];
    if (dueMs === undefined || invokedMs - dueMs <= lagLimitMs) return [];
    const from = x(dueMs);
    return [[from, Math.max(x(invokedMs), from + 3)] as [number, number]];
  });
  late.sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, until] of late) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], until);
    else merged.push([from, until]);
  }
  return merged;
}
