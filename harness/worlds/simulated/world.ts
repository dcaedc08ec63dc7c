/**
 * All machines in one process, in virtual time, replayable to the byte: the world that finds. Scripts (the story, faults)
 * wait for promises; time stands still while they think.
 */
import type { BrokerMachine, ClientMachine, Effects, Micros, Note, ServerMachine } from '../../../patterns/machine.ts';
import { variantOf } from '../../../patterns/names.ts';
import { draw, seedFrom } from '../../../patterns/parts/chance.ts';
import type { AnyPattern, Variant } from '../../../patterns/pattern.ts';
import type { Cure, Failpoint } from '../../faults/fault.ts';
import { doneKinds, type HistoryLine, type LedgerLine, type NodeState } from '../../history.ts';
import type { Scenario } from '../../scenario.ts';
import { settingsOf } from '../../settings.ts';
import { endsOf, placesOf } from '../../targets.ts';
import type { Evidence } from '../../verdict.ts';
import { absentIn, endpointsOf, peersPresent, type Wiring, wiringOf } from '../../wiring.ts';
import type { Direction, Impairment, LinkVictim } from '../impairment.ts';
import type { NodeRole, ServerState, World, WorldNode } from '../world.ts';
import { Conductor } from './conductor.ts';
import { EventQueue } from './event-queue.ts';
import { leftoversOf } from './leftovers.ts';
import type { Ends } from './link-faults.ts';
import { SimulatedLoadClient } from './load-client.ts';
import { Network } from './network.ts';
import { SimulatedNode } from './node.ts';
import { modelled, type Pace, type Work, waysOf, workOf } from './pace.ts';
import { SimulatedProcess } from './process.ts';
import { simulatedServer } from './server.ts';
import { Starts } from './starts.ts';
import { States } from './states.ts';
import type { Watcher } from './watcher.ts';

export class SimulatedWorld implements World {
  readonly #nodes: SimulatedNode[] = [];
  /** Machines that threw, in a sentence each. */
  readonly failures: string[] = [];
  /** Machines that were not done in the end. */
  readonly leftovers: string[] = [];
  readonly #scenario: Scenario;
  readonly #pattern: AnyPattern;
  readonly #variant: Variant;
  readonly #settings: AnyPattern['settings'];
  readonly #wiring: Wiring;
  readonly #absent: ReadonlySet<string>;
  readonly #queue = new EventQueue(firstMoment);
  readonly #network: Network;
  readonly #starts: Starts;
  readonly #work: Work;
  readonly #issueTakes: Micros;
  readonly #attemptTakes: Micros;
  readonly #conductor: Conductor;
  readonly #watcher: Watcher | undefined;
  readonly #history: HistoryLine[] = [];
  readonly #effects = new Set<string>();
  readonly #ledgers = new Map<string, LedgerLine[]>();
  /** Where in its ledger the lines of a server's life begin. */
  readonly #lifeBegan = new Map<string, number>();
  /** How many requests each server has received. */
  readonly #received = new Map<string, number>();
  readonly #states: States;
  #client: SimulatedLoadClient | undefined;
  #clientNode: SimulatedNode | undefined;
  /** Endpoints that the client was told to do without. */
  readonly #unlisted = new Set<string>();
  /** Who is to be told when a message has met its fate, by its impairment's number. */
  readonly #struck = new Map<number, (at: number) => void>();
  #impairments = 0;
  #isStirred = false;
  #isPumping = false;
  #isOver = false;
  #written = 0;

  constructor(scenario: Scenario, pattern: AnyPattern, watcher?: Watcher, pace: Pace = modelled) {
    this.#scenario = scenario;
    this.#pattern = pattern;
    const [, variant] = variantOf(pattern, scenario.variant);
    this.#variant = variant;
    this.#wiring = wiringOf(scenario, pattern);
    this.#absent = absentIn(scenario);
    this.#settings = settingsOf(pattern, scenario) as AnyPattern['settings'];
    const links = {
      isHeartbeat: pattern.isHeartbeat,
      struck: (id: number) => this.#resolve(() => this.#struck.get(id)?.(this.now())),
      happened: watcher?.onLink?.bind(watcher),
    };
    this.#work = workOf(pace);
    this.#issueTakes = Math.round((pace.issueMs ?? 0) * 1000);
    this.#attemptTakes = Math.round((pace.attemptMs ?? 0) * 1000);
    this.#states = new States(this.#queue, this.#resolve);
    const conducting = { seed: seedFrom(scenario.seed, 'conductor'), pace, states: this.#states };
    this.#conductor = new Conductor(this.#queue, conducting, this.#resolve);
    this.#starts = new Starts(this.#queue, pace.start);
    this.#network = new Network(this.#queue, seedFrom(scenario.seed, 'network'), waysOf(scenario, pace), links);
    this.#watcher = watcher;
    watcher?.begins?.(() => this.#queue.now);
  }

  get nodes(): readonly SimulatedNode[] {
    return this.#clientNode === undefined ? this.#nodes : [...this.#nodes, this.#clientNode];
  }

  get links(): readonly LinkVictim[] {
    return placesOf(this.#scenario, this.#pattern).links.map((name) => ({
      name,
      impair: (impairment, directions, struck) => this.#impair(name, impairment, directions, struck),
    }));
  }

  get evidence(): Evidence {
    return { scenario: this.#scenario, history: this.#history, ledgers: this.#ledgers };
  }

  /** How many events have come about. */
  get events(): number {
    return this.#queue.planned;
  }

  async start(): Promise<void> {
    const { servers, brokers } = this.#wiring;
    const endpoints = this.#endpoints();
    for (let k = 1; k <= brokers; k++) this.#add('broker', k, endpoints);
    await this.#started('broker');
    for (let k = 1; k <= servers; k++) this.#add('server', k, endpoints);
    await this.#started('server');
    this.#client = this.#makeClient(endpoints);
    this.#clientNode = this.#makeClientNode(this.#client);
    this.#clientNode.startAtOnce();
    await new Promise<void>((ready, reject) => {
      this.#client!.whenReady(peersPresent(this.#wiring, this.#absent), () => this.#resolve(ready));
      this.#queue.at(this.now() + readyTimeoutMs * 1000, () => this.#resolve(() => reject(new Error('never ready'))));
      this.#pump();
    });
  }

  beginLoad(): Promise<number> {
    return Promise.resolve(this.#client!.begin(() => this.#loadEnded()));
  }

  loadEnded(): Promise<void> {
    return new Promise((ended) => {
      this.#loadEnded = () => this.#resolve(ended);
    });
  }

  write(line: HistoryLine): void {
    this.#history.push(line);
  }

  now(): number {
    return this.#queue.now;
  }

  sleep(ms: number): Promise<void> {
    return this.#conductor.waits(Math.round(Math.max(0, ms) * 1000) + this.#conductor.oversleeps());
  }

  until(node: WorldNode, state: ServerState, patienceMs: number): Promise<boolean> {
    return this.#states.until(node.name, () => this.#isIn(state, node.name), patienceMs, true);
  }

  haltAfter(node: WorldNode, requests: number, patienceMs: number): Promise<boolean> {
    const received = () => this.#received.get(node.name) ?? 0;
    const last = received() + requests;
    const coming = this.#states.until(node.name, () => received() >= last, patienceMs);
    if (!this.#conductor.isTimed) return coming;
    return coming.then((hasCome) => {
      if (hasCome) void node.halt();
      return hasCome;
    });
  }

  quiet(): Promise<void> {
    return new Promise((quiet) => {
      let written = -1;
      let since = this.now();
      const patience = this.now() + quietPatienceMs * 1000;
      const look = () => {
        const isUp = this.#nodes.every((node) => node.state === 'up');
        if (!isUp || written !== this.#written) since = this.now();
        written = this.#written;
        if (this.now() - since >= quietMs * 1000 || this.now() >= patience) this.#resolve(quiet);
        else this.#queue.at(this.now() + 20_000, look);
      };
      look();
    });
  }

  /** Every machine drains, and it is said of each that could not. */
  async stop(patienceMs: number): Promise<void> {
    if (patienceMs > 0 && this.failures.length === 0) await this.#drain(patienceMs);
    this.#isOver = true;
    for (const node of this.nodes) node.stop(false);
  }

  async #drain(patienceMs: number): Promise<void> {
    const all = [this.#client?.process, ...this.#nodes.map(({ process }) => process)];
    const processes = all.filter((process) => process !== undefined);
    for (const process of processes) process.call(() => process.machine.drain(this.now()));
    // What a link held until the end may be begun as long as its deadline is counted from when it came.
    const { load, handler } = this.#scenario;
    const patience = this.now() + (patienceMs + load.timeoutMs + handler.serviceMs) * 1000;
    await this.sleep(drainLookMs);
    while (this.now() < patience && processes.some(({ machine }) => !machine.drained)) await this.sleep(drainLookMs);
    for (const { name, machine } of processes) {
      this.leftovers.push(...leftoversOf(name, machine as ClientMachine | ServerMachine | BrokerMachine));
    }
    const pending = this.#client?.process.machine.pending ?? 0;
    if (pending > 0) this.leftovers.push(`the client has ${pending} transactions pending in the end`);
  }

  #loadEnded: () => void = () => undefined;

  #endpoints(): string[] {
    const { listener, endpoints } = this.#wiring;
    const made = () => Array.from({ length: endpoints }, (_, index) => `tcp://${listener}-${index + 1}`);
    return this.#scenario.topology.endpoints ?? made();
  }

  #add(role: 'server' | 'broker', number: number, all: readonly string[]): void {
    const name = `${role}-${number}`;
    const endpoints = endpointsOf(this.#wiring, role, number - 1, all);
    const endpoint = role === this.#wiring.listener ? { endpoint: endpoints[0]! } : {};
    const setup = {
      name,
      role: role as NodeRole,
      seed: seedFrom(this.#scenario.seed, name),
      restart: this.#scenario.restart,
      begin: (life: number, passes: (point: Failpoint) => void) =>
        role === 'server'
          ? this.#makeServer(name, life, endpoints, passes)
          : this.#makeBroker(name, life, endpoints, passes),
      changed: (state: 'up' | 'dead' | 'paused') => {
        this.write({ kind: 'node', node: name, ...endpoint, state, at: this.now() });
        this.#watcher?.state?.(name, state);
        this.#states.changed(name);
      },
      late: (isLate: boolean) => this.#watcher?.late?.(name, isLate),
      listed: (isListed: boolean) => {
        if (role === this.#wiring.listener) this.#list(endpoints[0]!, isListed);
      },
    };
    if (role === 'server') this.#ledgers.set(name, []);
    this.#nodes.push(new SimulatedNode(setup, this.#queue, this.#starts, this.#conductor, this.#resolve));
  }

  async #impair(
    link: string,
    impairment: Impairment,
    directions: readonly Direction[],
    struck?: (at: number) => void,
  ): Promise<Cure> {
    const { faults } = this.#network;
    const [ends, id] = [endsOf(link), ++this.#impairments];
    if (struck !== undefined) this.#struck.set(id, struck);
    if (this.#conductor.isTimed) await this.#ordered(ends);
    faults.impair(id, impairment, ends, directions);
    this.#watcher?.link?.(link, impairment, true);
    return async () => {
      if (this.#conductor.isTimed) await this.#ordered(ends);
      faults.heal(id, impairment, ends);
      this.#watcher?.link?.(link, impairment, false);
    };
  }

  /** Resolves when a link does as it is told. */
  async #ordered(ends: Ends): Promise<void> {
    await this.#conductor.waits(this.#conductor.tells());
    const connections = this.#network.faults.connectionsOf(ends);
    await this.#conductor.waits(this.#network.proxyBetween(...ends)?.obeys(connections) ?? 0);
  }

  #list(endpoint: string, isListed: boolean): void {
    if (isListed) this.#unlisted.delete(endpoint);
    else this.#unlisted.add(endpoint);
    const { process } = this.#client!;
    process.call(() => process.machine.endpoints(process.now, this.#listed()));
  }

  /** An empty list changes nothing. */
  #listed(): readonly string[] {
    const all = this.#endpoints();
    const list = all.filter((one) => !this.#unlisted.has(one));
    return list.length === 0 ? all : list;
  }

  async #started(role: NodeRole): Promise<void> {
    const ofRole = this.#nodes.filter((node) => node.role === role);
    const started = ofRole.filter(({ name }) => !this.#absent.has(name)).map((node) => node.start());
    for (const node of ofRole) if (this.#absent.has(node.name)) node.stayAway();
    this.#pump();
    await Promise.all(started);
  }

  #makeClient(endpoints: readonly string[]): SimulatedLoadClient {
    return new SimulatedLoadClient({
      scenario: this.#scenario,
      pattern: this.#pattern,
      settings: this.#settings,
      bind: this.#wiring.listener === 'client' ? endpoints : [],
      endpoints: () => (this.#wiring.listener === 'client' ? [] : this.#listed()),
      delivery: this.#scenario.load.delivery ?? this.#variant.deliveries[0],
      network: this.#network,
      watcher: this.#watcher,
      write: (line) => this.write(line),
      issueTakes: this.#issueTakes,
      attemptTakes: this.#attemptTakes,
      coldTakes: this.#work.cold,
      failed: (error) => this.#failed('client', error),
    });
  }

  #makeClientNode(client: SimulatedLoadClient): SimulatedNode {
    const isAimedAt = this.#scenario.faults.some(({ target }) => target === 'client');
    const setup = {
      name: 'client',
      role: 'client' as const,
      seed: seedFrom(this.#scenario.seed, 'client'),
      restart: 'never',
      begin: (life: number, passes: (point: Failpoint) => void) => client.begins(life, passes),
      drains: () => client.takesNoMore(),
      leaves: () => client.givesUp(),
      changed: (state: NodeState) => {
        if (isAimedAt) this.write({ kind: 'node', node: 'client', state, at: this.now() });
        this.#watcher?.state?.('client', state);
      },
      late: (isLate: boolean) => this.#watcher?.late?.('client', isLate),
    };
    return new SimulatedNode(setup, this.#queue, this.#starts, this.#conductor, this.#resolve);
  }

  #makeServer(
    node: string,
    life: number,
    endpoints: readonly string[],
    passes: (point: Failpoint) => void,
  ): SimulatedProcess {
    const listens = this.#wiring.listener === 'server';
    const { handler } = this.#scenario;
    this.#lifeBegan.set(node, this.#ledgers.get(node)!.length);
    return simulatedServer({
      node,
      life,
      pattern: this.#pattern,
      handler,
      work: this.#work,
      effects: this.#effects,
      setup: {
        bind: listens ? endpoints : [],
        connect: listens ? [] : endpoints,
        service: 'default',
        concurrency: handler.concurrency,
        incarnation:
          1 + Math.floor(draw(this.#scenario.seed, `incarnation:${node}@${this.#queue.now}`) * (2 ** 32 - 1)),
        settings: this.#settings,
      },
      network: this.#network,
      watcher: this.#watcher,
      write: (line) => {
        this.#ledgers.get(node)!.push(line);
        this.#written++;
        if (line.kind === 'received') this.#received.set(node, (this.#received.get(node) ?? 0) + 1);
        this.#states.changed(node);
      },
      passes,
      failed: (error) => this.#failed(node, error),
    });
  }

  #makeBroker(
    node: string,
    life: number,
    bind: readonly string[],
    passes: (point: Failpoint) => void,
  ): SimulatedProcess {
    const make = (effects: Effects) => this.#pattern.broker!({ bind, settings: this.#settings }, effects);
    const note = (one: Note) => this.#watcher?.noted?.(node, one);
    const facade = { note, passes };
    const failed = (error: unknown) => this.#failed(node, error);
    return new SimulatedProcess(this.#network, `${node}/${life}`, make, facade, failed, this.#watcher);
  }

  #failed(node: string, error: unknown): void {
    this.failures.push(`${node}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #isIn(state: ServerState, name: string): boolean {
    const isUp = this.#nodes.find((node) => node.name === name)?.state === 'up';
    const ledger = (isUp ? this.#ledgers.get(name) : undefined) ?? [];
    const from = this.#lifeBegan.get(name) ?? 0;
    if (state === 'busy') {
      const last = ledger.findLastIndex(({ kind }) => kind !== 'received');
      return last >= from && ledger[last]!.kind === 'executing';
    }
    const holds = ledger.length > from && !doneKinds.has(ledger.at(-1)!.kind);
    return holds === (state === 'holding');
  }

  /** Lets a script go on before anything else happens. */
  readonly #resolve = (resolve: () => void): void => {
    this.#isStirred = true;
    resolve();
  };

  /** Lets events happen until a script is to go on; then that, until it waits again. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const go = () => {
      this.#isStirred = false;
      while (!this.#isStirred && !this.#isOver) {
        if (!this.#queue.step()) {
          this.failures.push('nothing is left to happen, and the story is not over');
          return;
        }
      }
      if (!this.#isOver) setImmediate(go);
    };
    setImmediate(go);
  }
}

/** Not zero, so that a stamp taken for a duration shows. */
const firstMoment = 1_000_000_000;
const readyTimeoutMs = 10_000;
const quietMs = 300;
const drainLookMs = 20;
const quietPatienceMs = 10_000;
