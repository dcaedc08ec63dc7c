/**
 * A server freezes while it is responsible for a hundred requests, every one is dealt out again and answered elsewhere,
 * and it thaws. What it then begins or commits of them is late. Its control has leases off: unless that one is late with
 * nearly all, the freeze tested nothing.
 */
import { connect } from '../../patterns/index.ts';
import type { Client } from '../../patterns/transaction.ts';
import { type Subject, subjects } from './cases.ts';
import { executions, type LedgerOf } from './ledgers.ts';
import { type Node, Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';
import { until, untilQuiet } from './until.ts';

/**
 * Where the hundred are when their server freezes: in its buffers, unread; read, and behind one whose handler runs; or all in
 * handlers that ask `mayCommit()` before their effect.
 */
type Where = 'buffered' | 'queued' | 'begun';

interface Case {
  readonly subject: Subject;
  readonly where: Where;
  readonly leases: boolean;
}

export const zombies: Trial = {
  name: 'zombies',
  asks: 'what does a server that froze with a hundred requests still begin or commit when it thaws?',
  async run(options: TrialOptions) {
    const cases: Case[] = [];
    for (const subject of await subjects(options.of)) {
      if (!('leases' in subject.pattern.settings) || !subject.variant.deliveries.includes('at-least-once')) continue;
      for (const where of holdings(subject, options.quick)) {
        for (const leases of [true, false]) cases.push({ subject, where, leases });
      }
    }
    const titleOf = ({ subject, where, leases }: Case) => `${subject.title}, ${where}, leases ${leases ? 'on' : 'off'}`;
    return each('zombies', cases, options, titleOf, (one) => freeze(one, options.signal));
  },
};

/** A worker of Majordomo has one request at a time: there are none behind it. */
function holdings({ pattern }: Subject, quick: boolean): Where[] {
  return quick || pattern.topology === 'broker' ? ['buffered', 'begun'] : ['buffered', 'queued', 'begun'];
}

async function freeze(one: Case, signal: AbortSignal): Promise<Finding> {
  const processes = new Processes(signal);
  let client: Client | undefined;
  try {
    const world = new FrozenWorld(one, processes);
    await world.open();
    client = await world.connect();
    await client.ready({ timeoutMs: 20_000 });
    const held = await world.holdAndFreeze(client, signal);
    const successor = await world.server('second', { asks: true });
    const outcomes = await Promise.allSettled(held);
    const { late, begunLate } = await world.thaw(client, signal);
    const elsewhere = executions([world.ledgerOf(successor)]).size;
    return finding(one, outcomes, elsewhere, begunLate, late);
  } finally {
    await client?.close();
    await processes.close();
  }
}

/** The victim, its successor, and a broker where the pattern has one. */
class FrozenWorld {
  readonly #case: Case;
  readonly #processes: Processes;
  readonly #settings: Readonly<Record<string, unknown>>;
  #endpoints: string[] = [];
  #victim: Node | undefined;
  /** Ids of the hundred. */
  readonly #held = new Set<string>();

  constructor(one: Case, processes: Processes) {
    this.#case = one;
    this.#processes = processes;
    this.#settings = { leases: one.leases };
  }

  async open(): Promise<void> {
    const { pattern, variantName: variant } = this.#case.subject;
    this.#endpoints = await this.#processes.tcpEndpoints(pattern.topology === 'broker' ? 1 : 2);
    const common = {
      pattern: pattern.name,
      variant,
      endpoints: this.#endpoints,
      settings: {},
      concurrency: 1,
      work: {},
    };
    const isBrokered = pattern.topology === 'broker';
    const broker = isBrokered ? await this.#processes.start({ name: 'broker', role: 'broker', ...common }) : undefined;
    this.#victim = await this.server('first', { gate: true, asks: true });
    await broker?.has({ workers: 1 });
  }

  async server(name: 'first' | 'second', work: object): Promise<Node> {
    const { subject, where } = this.#case;
    const isBrokered = subject.pattern.topology === 'broker';
    return this.#processes.start({
      name,
      pattern: subject.pattern.name,
      variant: subject.variantName,
      role: 'server',
      endpoints: isBrokered ? this.#endpoints : [this.#endpoints[name === 'first' ? 0 : 1]!],
      settings: this.#settings,
      concurrency: where === 'begun' || isBrokered || name === 'second' ? count : 1,
      work,
      ledger: `${this.#processes.folder}/${name}.jsonl`,
    });
  }

  ledgerOf(node: Node): LedgerOf {
    return { path: node.spec.ledger!, ids: this.#held };
  }

  async connect(): Promise<Client> {
    const { pattern, variantName: variant } = this.#case.subject;
    const slots = 'slots' in pattern.settings ? { slots: count } : {};
    return connect(pattern, { variant, endpoints: this.#endpoints, ...this.#settings, ...slots });
  }

  /** Makes the victim responsible for the hundred, and stops it. */
  async holdAndFreeze(client: Client, signal: AbortSignal): Promise<Promise<Uint8Array>[]> {
    const victim = this.#victim!;
    const { where } = this.#case;
    if (where === 'buffered') victim.pause();
    const sent = Array.from({ length: count }, (_, index) => {
      const id = `${client.clientId}:${index + 1}`;
      this.#held.add(id);
      return client.transact(Buffer.from(id), { timeoutMs });
    });
    // Whoever waits for them hears of it.
    for (const one of sent) one.catch(() => undefined);
    if (where !== 'buffered') {
      await victim.has({ received: count, begun: where === 'begun' ? count : 1 });
      victim.pause();
    }
    signal.throwIfAborted();
    return sent;
  }

  /** Lets it go on until it serves again and is done with what it had: what of the hundred it began and committed. */
  async thaw(client: Client, signal: AbortSignal): Promise<{ begunLate: number; late: number }> {
    const victim = this.#victim!;
    const ledger = this.ledgerOf(victim);
    const begunBefore = executions([ledger], 'executing').size;
    victim.resume();
    victim.openGate();
    let isServing = false;
    const ask = async () => {
      while (!isServing) isServing = Buffer.from(await client.transact(Buffer.from('awake?'))).toString() === 'first';
    };
    await Promise.all([ask(), until('the victim serves again', () => isServing, signal)]);
    await untilQuiet(() => executions([ledger], 'executing').size + executions([ledger]).size, quietMs, signal);
    const begunLate = executions([ledger], 'executing').size - begunBefore;
    return { begunLate, late: executions([ledger]).size };
  }
}

function finding(
  { subject, where, leases }: Case,
  outcomes: readonly PromiseSettledResult<Uint8Array>[],
  elsewhere: number,
  begunLate: number,
  committedLate: number,
): Finding {
  const committed = outcomes.filter(({ status }) => status === 'fulfilled').length;
  const late = where === 'begun' ? committedLate : Math.max(begunLate, committedLate);
  const broken: string[] = [];
  const doubts: string[] = [];
  if (committed < count) broken.push(`${committed} of ${count} committed`);
  if (elsewhere < count) doubts.push(`only ${elsewhere} of ${count} were executed elsewhere`);
  if (leases && begunLate + committedLate > 0) broken.push(`${begunLate} began late, ${committedLate} committed late`);
  if (!leases && late < controlMin)
    doubts.push(`the control was late with ${late} of ${count}: the freeze tests nothing`);
  const row = {
    of: subject.title,
    where,
    leases,
    committed,
    elsewhere,
    'began late': begunLate,
    'committed late': committedLate,
  };
  return { row, broken, doubts };
}

const count = 100;
/** Of the control's hundred, so many at least must be late. */
const controlMin = 95;
const timeoutMs = 20_000;
const quietMs = 500;
