/** Writes histories and ledgers by hand, in milliseconds from the load's beginning, for tests of the verdict. */
import type { HistoryLine, LedgerLine } from '../../harness/history.ts';
import { parseScenario, type ScenarioInput } from '../../harness/scenario.ts';
import { type Judged, type Judgement, judge } from '../../harness/verdict.ts';
import type { FailureCode, Outcome } from '../../patterns/transaction.ts';

/** Far from zero, so that a stamp taken for a duration shows. */
const began = 7_000_000;
const stamp = (ms: number) => began + Math.round(ms * 1000);

const codes: Record<Outcome, FailureCode | 'committed'> = {
  committed: 'committed',
  refused: 'unsent',
  unknown: 'deadline',
  rejected: 'rejected',
};

export interface Told {
  readonly due?: number;
  readonly invoked?: number;
  /** When it settled; missing where it never did. */
  readonly at?: number;
  readonly outcome?: Outcome;
  readonly matched?: boolean;
  /** Where and when it was executed. */
  readonly executed?: readonly { readonly by?: string; readonly began?: number; readonly attempt?: number }[];
}

export class RunRecord {
  readonly history: HistoryLine[] = [{ kind: 'began', at: began }];
  readonly ledgers = new Map<string, LedgerLine[] | Error>();
  readonly #scenario: Partial<ScenarioInput>;
  #count = 0;

  constructor(scenario: Partial<ScenarioInput> = {}) {
    this.#scenario = scenario;
  }

  at(ms: number): number {
    return stamp(ms);
  }

  /** One transaction; by default due at 0, invoked when due, and never settled nor executed. Returns its id. */
  told({ due = 0, invoked = due, at, outcome = 'committed', matched = true, executed = [] }: Told): string {
    const n = this.#count++;
    const id = `load:${n + 1}`;
    this.history.push({ kind: 'invoked', n, id, due: stamp(due), at: stamp(invoked) });
    if (at !== undefined) this.settled(n, outcome, at, matched);
    for (const { by = 'server-1', began: from = due, attempt = 1 } of executed) this.executed(by, id, from, attempt);
    return id;
  }

  /** So many, `everyMs` apart and each answered after a millisecond, executed by server-2. */
  answered(count: number, fromMs: number, everyMs: number): void {
    for (let k = 0; k < count; k++) {
      const due = fromMs + k * everyMs;
      this.told({ due, at: due + 1, executed: [{ by: 'server-2' }] });
    }
  }

  settled(n: number, outcome: Outcome, at: number, matched = true): void {
    this.history.push({ kind: 'settled', n, outcome, code: codes[outcome], matched, at: stamp(at) });
  }

  attempt(id: string, attempt: number, peer: string | undefined, at: number): void {
    this.history.push({ kind: 'attempt', id, attempt, ...(peer === undefined ? {} : { peer }), at: stamp(at) });
  }

  received(node: string, id: string, at: number, attempt = 1): void {
    this.#ledger(node).push({ kind: 'received', id, attempt, at: stamp(at) });
  }

  executed(node: string, id: string, from: number, attempt = 1): void {
    this.#ledger(node).push({ kind: 'executed', id, attempt, began: stamp(from), at: stamp(from + 0.5) });
  }

  node(node: string, endpoint: string): void {
    if (node.startsWith('server')) this.#ledger(node);
    this.history.push({ kind: 'node', node, endpoint, state: 'up', at: stamp(0) });
  }

  fault(phase: 'begun' | 'done' | 'curing' | 'cured', at: number, index = 0, node = 'server-1', fault = 'kill'): void {
    this.history.push({ kind: 'fault', fault, index, node, phase, at: stamp(at) });
  }

  ended(at: number): this {
    this.history.push({ kind: 'ended', at: stamp(at) });
    return this;
  }

  judge(): Judgement {
    const scenario = parseScenario({ name: 'by-hand', pattern: 'some', seed: 1, ...this.#scenario });
    return judge({ scenario, history: this.history, ledgers: this.ledgers });
  }

  #ledger(node: string): LedgerLine[] {
    const lines = this.ledgers.get(node) ?? [];
    if (lines instanceof Error) throw lines;
    this.ledgers.set(node, lines);
    return lines;
  }
}

/** The judgement of a single transaction whose client lived to the end. */
export function judgeOne(told: Told): { readonly transaction: Judged; readonly verdict: Judgement['verdict'] } {
  const record = new RunRecord();
  record.told(told);
  const { transactions, verdict } = record.ended(10_000).judge();
  return { transaction: transactions[0]!, verdict };
}

/** So many executions, as `told` takes them. */
export const times = (count: number): object[] => Array.from({ length: count }, () => ({}));

/** Where server-1 listens in a record that was `killed`. */
export const victim = 'tcp://victim';

/** Sixty quiet transactions, 10 ms apart from 0 to 590; server-1 is killed at 600 and back at 1600; the load ends at 2000. */
export function killed(scenario: ConstructorParameters<typeof RunRecord>[0] = {}): RunRecord {
  const record = new RunRecord({ faults: [{ fault: 'kill', target: 'server-1', atMs: 600 }], ...scenario });
  record.node('server-1', victim);
  record.answered(60, 0, 10);
  for (const [phase, at] of [
    ['begun', 600],
    ['done', 602],
    ['curing', 1500],
    ['cured', 1600],
  ] as const) {
    record.fault(phase, at);
  }
  return record;
}

/** In flight at the victim when the fault began; unless told otherwise settled 120 ms after it. */
export function caught(record: RunRecord, at: number | 'never' = 720): void {
  const id = record.told({ due: 590, ...(at === 'never' ? {} : { at }), executed: [{ by: 'server-2', attempt: 2 }] });
  record.attempt(id, 1, victim, 591);
}
