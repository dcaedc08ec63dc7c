/** What is known of one transaction of a real run: by its client's word, by its servers' ledgers, and what befell them. */
import type { HistoryLine, LedgerLine } from '../history.ts';
import { farEndOf, nodesByEndpoint } from '../outages.ts';
import type { Evidence } from '../verdict.ts';
import type { Happening } from './space-time-text.ts';

/** In the order in which they happened; no more of them than there are rows in a picture that can be read. */
export function happeningsOf({ history, ledgers }: Evidence, id: string): Happening[] {
  const served = [...ledgers].flatMap(([node, lines]) =>
    lines instanceof Error ? [] : lines.filter((line) => line.id === id).map((line) => ({ node, line })),
  );
  const nodeAt = nodesByEndpoint(history);
  const own = inOrder([
    ...asked(served, history, id, nodeAt),
    ...done(served, history, id, nodeAt),
    ...told(history, id, served, nodeAt),
  ]);
  const [from, until] = [own[0]?.at ?? 0, own.at(-1)?.at ?? 0];
  const around = inOrder(befell(history, from, until, nodeAt)).slice(-(rowsMax / 2));
  return inOrder([...shortened(own, rowsMax - around.length), ...around]);
}

/** How it began and how it ended: what is left out is more of the same. */
function shortened(rows: readonly Happening[], most: number): readonly Happening[] {
  const [first, last] = [Math.ceil(most / 2), Math.floor(most / 2)];
  return rows.length <= most ? rows : [...rows.slice(0, first), ...rows.slice(rows.length - last)];
}

type Served = readonly { readonly node: string; readonly line: LedgerLine }[];

/** What the client did with it. To a broker, or to a server that never received it, a message has no other end. */
function asked(
  served: Served,
  history: readonly HistoryLine[],
  id: string,
  nodeAt: ReadonlyMap<string, string>,
): Happening[] {
  const hasCome = (peer: string, attempt: number) =>
    served.some(({ node, line }) => node === peer && line.kind === 'received' && line.attempt === attempt);
  return history.flatMap((line): Happening[] => {
    if (line.kind === 'invoked' && line.id === id) return [{ at: line.at, node: 'client', text: `transact ${id}` }];
    if (line.kind !== 'attempt' || line.id !== id) return [];
    const peer = nodeAt.get(line.peer ?? '');
    const own = { at: line.at, node: 'client' };
    if (peer === undefined) return [{ ...own, text: `sends, attempt ${line.attempt}` }];
    const text = `sends to ${peer}, attempt ${line.attempt}`;
    return [hasCome(peer, line.attempt) ? { ...own, text } : { ...own, text, to: peer }];
  });
}

/** What servers did. What a server received came by the broker where the client handed it to one. */
function done(
  served: Served,
  history: readonly HistoryLine[],
  id: string,
  nodeAt: ReadonlyMap<string, string>,
): Happening[] {
  const sent = history.filter((line) => line.kind === 'attempt' && line.id === id) as Extract<
    HistoryLine,
    { kind: 'attempt' }
  >[];
  return served.map(({ node, line }) => {
    const own = { at: line.at, node, text: `${words[line.kind]}, attempt ${line.attempt}` };
    if (line.kind !== 'received') return own;
    const before = sent.findLast(({ at, attempt }) => at <= line.at && attempt <= line.attempt);
    const peer = nodeAt.get(before?.peer ?? '');
    if (before === undefined || (peer !== undefined && peer !== node)) return { ...own, from: peer ?? 'client' };
    return { ...own, from: 'client', sentAt: before.at };
  });
}

function told(
  history: readonly HistoryLine[],
  id: string,
  served: Served,
  nodeAt: ReadonlyMap<string, string>,
): Happening[] {
  const invoked = history.find((line) => line.kind === 'invoked' && line.id === id);
  const broker = [...nodeAt.values()].find((node) => node.startsWith('broker'));
  return history.flatMap((line): Happening[] => {
    if (line.kind !== 'settled' || invoked?.kind !== 'invoked' || line.n !== invoked.n) return [];
    const own = {
      at: line.at,
      node: 'client',
      text: line.code === line.outcome ? line.code : `${line.outcome}: ${line.code}`,
    };
    const by = served
      .filter((one) => one.line.kind !== 'received' && one.line.kind !== 'executing' && one.line.at <= line.at)
      .at(-1);
    if (line.outcome !== 'committed' || by === undefined) return [own];
    return [broker === undefined ? { ...own, from: by.node, sentAt: by.line.at } : { ...own, from: broker }];
  });
}

/** What was done to nodes meanwhile, or before and not undone yet; and whom the client saw come and go. */
function befell(
  history: readonly HistoryLine[],
  from: number,
  until: number,
  nodeAt: ReadonlyMap<string, string>,
): Happening[] {
  const isMeanwhile = ({ at }: HistoryLine) => at >= from && at <= until;
  const lasting = new Map<number, Happening>();
  const rows: Happening[] = [];
  for (const line of history) {
    if (line.kind === 'fault' && line.phase === 'begun') {
      const row = { at: line.at, node: siteOf(line.node), text: `${line.fault} begins` };
      if (isMeanwhile(line)) rows.push(row);
      else if (line.at < from) lasting.set(line.index, row);
    }
    if (line.kind === 'fault' && line.phase === 'cured') {
      if (line.at < from) lasting.delete(line.index);
      else if (isMeanwhile(line)) rows.push({ at: line.at, node: siteOf(line.node), text: `${line.fault} is over` });
    }
    if (line.kind === 'node' && isMeanwhile(line))
      rows.push({ at: line.at, node: line.node, text: line.state.toUpperCase() });
    if (line.kind === 'peer' && isMeanwhile(line)) {
      const peer = nodeAt.get(line.peer) ?? line.peer.replace('tcp://', '');
      rows.push({ at: line.at, node: 'client', text: `${peer} ${line.up ? 'connected' : 'disconnected'}` });
    }
  }
  return [...lasting.values(), ...rows];
}

/** A link's end that serves; the load is the client's. */
function siteOf(node: string): string {
  return node === 'load' ? 'client' : farEndOf(node);
}

function inOrder(rows: readonly Happening[]): Happening[] {
  return [...rows].sort((a, b) => a.at - b.at);
}

const words = {
  received: 'receives',
  executing: 'begins',
  executed: 'executes',
  repeated: 'answers once more',
} as const;
const rowsMax = 30;
