/** A lane for each node: brokers first, then servers, then whoever else there was. */
import type { NodeState } from '../history.ts';
import type { Frame, Section } from './frame.ts';
import { left } from './frame.ts';
import { box, label } from './svg.ts';

interface Stretch {
  readonly state: NodeState;
  readonly fromMs: number;
  readonly untilMs: number;
}

const roomy = { pitch: 20, thick: 12 };
const tight = { pitch: 14, thick: 10 };

/** A death shorter than a pixel must still be seen. */
const leastWidth = 1.5;

export function lanes(frame: Frame): Section {
  const nodes = stretches(frame);
  const { pitch, thick } = nodes.size > 8 ? tight : roomy;
  const drawn = (top: number) =>
    [...nodes].map(([node, parts], index) => lane(frame, node, parts, top + index * pitch, thick)).join('');
  return { height: nodes.size * pitch + 4, draw: drawn };
}

function lane(frame: Frame, node: string, parts: readonly Stretch[], top: number, thick: number): string {
  const name = label(left - 10, top + thick - 1.5, node, 'quiet', 'end');
  const bars = parts.map(({ state, fromMs, untilMs }) => {
    const from = frame.x(fromMs);
    return box(from, top, Math.max(frame.x(untilMs) - from, leastWidth), thick, state);
  });
  return name + bars.join('');
}

/** The states that can be seen: what came before the load or after the axis ends is not drawn. */
export function statesShown(frame: Frame): Set<NodeState> {
  return new Set([...stretches(frame).values()].flat().map(({ state }) => state));
}

function stretches({ evidence, endMs, origin }: Frame): Map<string, Stretch[]> {
  const changes = new Map<string, { state: NodeState; atMs: number }[]>();
  for (const line of evidence.history) {
    if (line.kind !== 'node') continue;
    const change = { state: line.state, atMs: (line.at - origin) / 1000 };
    changes.set(line.node, [...(changes.get(line.node) ?? []), change]);
  }
  const nodes = [...changes].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }));
  return new Map(
    nodes.map(([node, lines]) => {
      lines.sort((a, b) => a.atMs - b.atMs);
      const parts = lines.map(({ state, atMs }, index) => ({
        state,
        fromMs: Math.max(atMs, 0),
        untilMs: Math.min(lines[index + 1]?.atMs ?? endMs, endMs),
      }));
      return [node, parts.filter(({ fromMs, untilMs }) => untilMs > fromMs).sort(alarmsLast)];
    }),
  );
}

/** A stretch that is widened to be seen is drawn over its neighbours, not under them. */
function alarmsLast(a: Stretch, b: Stretch): number {
  return Number(a.state !== 'up') - Number(b.state !== 'up');
}

function rank(node: string): number {
  if (node.startsWith('broker')) return 0;
  return node.startsWith('server') ? 1 : 2;
}
