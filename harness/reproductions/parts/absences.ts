/** When a node was away: from its death until it was up again. */
import type { Evidence } from '../../verdict.ts';

export interface Absence {
  readonly died: number;
  readonly back: number;
  readonly awayMs: number;
}

export function absencesOf(node: string, { history }: Evidence): Absence[] {
  const marks = history.filter((line) => line.kind === 'node' && line.node === node);
  return marks.flatMap(({ at, ...line }, index) => {
    const next = marks[index + 1];
    if (line.kind !== 'node' || line.state !== 'dead' || next === undefined) return [];
    return [{ died: at, back: next.at, awayMs: (next.at - at) / 1000 }];
  });
}
