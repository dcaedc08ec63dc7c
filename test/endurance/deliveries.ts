/**
 * Servers and brokers are struck again and again while transactions come at a steady rate; then the ledgers are read. At most
 * once: none is executed twice, by whichever of client and broker tried again. At least once: none is lost, of which there was
 * a server all the time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectSettings, connect } from '../../patterns/index.ts';
import type { Client, Delivery, TransactionError } from '../../patterns/transaction.ts';
import { type Places, placesOf, type Subject, subjects } from './cases.ts';
import { executions, triedAgain } from './ledgers.ts';
import type { NodeSpec } from './node-spec.ts';
import { type Node, Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';
import { untilQuiet } from './until.ts';

/** `both`: by turns. */
type Fault = 'kill' | 'pause' | 'both';

interface Case {
  readonly subject: Subject;
  readonly delivery: Delivery;
  readonly target: 'server' | 'broker';
  readonly fault: Fault;
}

export const deliveries: Trial = {
  name: 'deliveries',
  asks: 'is a transaction executed at most once, or at least once, as was asked, whatever is struck?',
  async run(options: TrialOptions) {
    const cases: Case[] = [];
    for (const subject of await subjects(options.of)) {
      const targets = subject.pattern.topology === 'broker' ? (['server', 'broker'] as const) : (['server'] as const);
      for (const delivery of subject.variant.deliveries)
        for (const target of targets)
          for (const fault of options.quick ? (['both'] as const) : (['kill', 'pause'] as const))
            cases.push({ subject, delivery, target, fault });
    }
    // In a test what can't try again is left out, and so is what the tests of faults are about.
    const chosen = options.quick ? cases.filter(mayBeRepeatedWrongly) : cases;
    const titleOf = ({ subject, delivery, target, fault }: Case) => `${subject.title}, ${delivery}, ${target} ${fault}`;
    return each('deliveries', chosen, options, titleOf, (one) => strike(one, options));
  },
};

function mayBeRepeatedWrongly({ subject, delivery }: Case): boolean {
  return delivery === 'at-most-once' && subject.variant.deliveries.length > 1;
}

async function strike(one: Case, { quick, signal }: TrialOptions): Promise<Finding> {
  const processes = new Processes(signal);
  let client: Client | undefined;
  try {
    const world = new StruckWorld(one, processes);
    await world.open();
    client = await world.connect();
    await client.ready({ servers: world.peers, timeoutMs: 20_000 });
    const load = new Load(client, one.delivery, quick ? 200 : 500);
    const durationMs = quick ? 3000 : 60_000;
    await Promise.all([load.run(durationMs, signal), world.strikeFor(durationMs, signal)]);
    const ledgers = world.ledgers.map((path) => ({ path }));
    await untilQuiet(() => executions(ledgers).size, quietMs, signal);
    return finding(one, load, executions(ledgers), world);
  } finally {
    await client?.close();
    await processes.close();
  }
}

/** Two of each role: while one is struck there is the other. */
class StruckWorld {
  readonly ledgers: string[] = [];
  strikes = 0;
  readonly #case: Case;
  readonly #processes: Processes;
  #places: Places | undefined;
  readonly #victims: Node[] = [];

  constructor(one: Case, processes: Processes) {
    this.#case = one;
    this.#processes = processes;
  }

  async open(): Promise<void> {
    const { subject, delivery } = this.#case;
    const { pattern, variantName: variant } = subject;
    const places = await placesOf(subject, this.#processes, { servers: 2, settings: slotsOf(subject) });
    this.#places = places;
    const common = { pattern: pattern.name, variant, settings: {}, concurrency };
    for (const index of places.hasBrokers ? [0, 1] : []) {
      await this.#start({ name: 'broker', role: 'broker', ...common, endpoints: places.of('broker', index), work: {} });
    }
    for (const index of [0, 1]) {
      const ledger = `${this.#processes.folder}/server-${index}.jsonl`;
      const endpoints = places.of('server', index);
      // Where it may be executed once only, it is not asked whether it may: the promise must hold without that.
      const work = { ms: serviceMs, asks: delivery === 'at-least-once' };
      await this.#start({ name: `server-${index}`, role: 'server', ...common, endpoints, work, ledger });
      this.ledgers.push(ledger);
    }
  }

  get peers(): number {
    return this.#places!.peers;
  }

  async connect(): Promise<Client> {
    const { subject } = this.#case;
    const { client: place } = this.#places!;
    const settings = { variant: subject.variantName, ...place, ...slotsOf(subject) };
    return connect(subject.pattern, settings as ConnectSettings);
  }

  async strikeFor(durationMs: number, signal: AbortSignal): Promise<void> {
    const end = performance.now() + durationMs - recoveryMs;
    for (let turn = 0; performance.now() < end; turn++) {
      await sleep(breatherMs, undefined, { signal });
      await this.#strike(turn, signal);
      this.strikes++;
    }
  }

  async #strike(turn: number, signal: AbortSignal): Promise<void> {
    const index = turn % this.#victims.length;
    const victim = this.#victims[index]!;
    const { fault } = this.#case;
    if (fault === 'pause' || (fault === 'both' && turn % 2 === 1)) {
      victim.pause();
      await sleep(pauseMs, undefined, { signal });
      victim.resume();
      return;
    }
    await victim.kill();
    this.#victims[index] = await this.#processes.start(victim.spec);
  }

  async #start(spec: NodeSpec): Promise<void> {
    const node = await this.#processes.start(spec);
    if (spec.role === this.#case.target) this.#victims.push(node);
  }
}

/** Transactions at a steady rate, and what their caller was told of each. */
class Load {
  readonly told = new Map<string, TransactionError['code'] | 'committed'>();
  readonly client: Client;
  readonly #delivery: Delivery;
  readonly #perSec: number;

  constructor(client: Client, delivery: Delivery, perSec: number) {
    this.client = client;
    this.#delivery = delivery;
    this.#perSec = perSec;
  }

  async run(durationMs: number, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    const asked: Promise<void>[] = [];
    for (let elapsed = 0; elapsed < durationMs; elapsed = performance.now() - began) {
      while (asked.length < (elapsed * this.#perSec) / 1000) asked.push(this.#ask(asked.length + 1));
      await sleep(2, undefined, { signal });
    }
    await Promise.all(asked);
  }

  async #ask(sequence: number): Promise<void> {
    const id = `${this.client.clientId}:${sequence}`;
    const asked = this.client.transact(Buffer.from(id), { delivery: this.#delivery, timeoutMs });
    this.told.set(
      id,
      await asked.then(
        () => 'committed' as const,
        ({ code }: TransactionError) => code,
      ),
    );
  }
}

/** In lock-step a slot is taken for as long as a server takes; where the client listens, each slot takes an endpoint. */
function slotsOf({ pattern, variant }: Subject): Readonly<Record<string, number>> {
  return 'slots' in pattern.settings ? { slots: variant.topology === 'clients' ? 48 : 256 } : {};
}

function finding(
  { subject, delivery, target, fault }: Case,
  { told, client }: Load,
  executed: ReadonlyMap<string, number>,
  { strikes, ledgers }: StruckWorld,
): Finding {
  const ids = [...told.keys()];
  const committed = ids.filter((id) => told.get(id) === 'committed');
  const uncommitted = ids.length - committed.length;
  const twice = [...executed.values()].filter((times) => times > 1).length;
  const phantom = committed.filter((id) => !executed.has(id)).length;
  const refused = ids.filter((id) => definiteCodes.has(told.get(id)!));
  const falselyRefused = refused.filter((id) => executed.has(id)).length;
  const again = triedAgain(ledgers.map((path) => ({ path }))).size;
  const broken: string[] = [];
  const { survives } = subject.variant.claims;
  const isOnce = delivery === 'at-most-once';
  if (isOnce && twice > 0) broken.push(`${twice} were executed twice`);
  if (phantom > 0) broken.push(`${phantom} committed and were never executed`);
  if (falselyRefused > 0) broken.push(`${falselyRefused} were refused and executed`);
  const isSurvived = (fault === 'both' ? ['kill', 'pause'] : [fault]).every((one) => survives.includes(one));
  const mustCommit = !isOnce && target === 'server' && isSurvived;
  if (mustCommit && uncommitted > 0) broken.push(`${uncommitted} did not commit`);
  const hit = isOnce ? uncommitted + client.stats().peersSilent : again;
  const doubts = strikes === 0 || (hit === 0 && mustBeHit(subject, isOnce, fault)) ? ['the faults hit nothing'] : [];
  const row = {
    of: subject.title,
    delivery,
    fault: `${target} ${fault}`,
    strikes,
    transactions: ids.length,
    committed: committed.length,
    refused: refused.length,
    unknown: uncommitted - refused.length,
    'tried again': again,
    'executed twice': twice,
  };
  return { row, broken, doubts };
}

/** A REQ that may not try again only waits for what is paused: nobody sees that it was hit. */
function mustBeHit({ pattern }: Subject, isOnce: boolean, fault: Case['fault']): boolean {
  return fault !== 'pause' || !isOnce || 'heartbeatTimeoutMs' in pattern.settings;
}

const definiteCodes = new Set<string>(['unsent', 'full', 'not-executed', 'withdrawn']);
const timeoutMs = 5000;
/** One server alone has room for the whole load. */
const concurrency = 64;
/** So long that every server holds some at any time: a broker may give eight in a row to the workers of one. */
const serviceMs = 40;
/** Longer than the heartbeat timeout, and than the time until a request is sent again. */
const pauseMs = 900;
/** Between two strikes: who was struck serves again by then. */
const breatherMs = 600;
/** Nothing is struck at the end of the load. */
const recoveryMs = 1500;
const quietMs = 500;
