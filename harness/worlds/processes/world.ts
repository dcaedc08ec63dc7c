/** Real processes over real sockets: the world that proves. */

import { setMaxListeners } from 'node:events';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMicros } from '../../../patterns/drivers/zeromq.ts';
import { type HistoryLine, LineWriter } from '../../history.ts';
import type { FoundPattern } from '../../registry.ts';
import type { Scenario } from '../../scenario.ts';
import { placesOf } from '../../targets.ts';
import { absentIn, peersPresent, type Wiring, wiringOf } from '../../wiring.ts';
import type { LinkVictim } from '../impairment.ts';
import type { NodeRole, ServerState, World } from '../world.ts';
import { Hosts } from './hosts/hosts.ts';
import { type Lines, linesOf, linksBetweenHosts } from './lines.ts';
import type { FromChild, NodeSpec } from './node-spec.ts';
import { freeEndpoints } from './ports.ts';
import { Reaper } from './reaper.ts';
import { Relay } from './relay/relay.ts';
import { type RestartPolicy, Supervisor } from './supervisor.ts';

export class ProcessWorld implements World {
  readonly #scenario: Scenario;
  readonly #found: FoundPattern;
  readonly #folder: string;
  readonly #history: LineWriter<HistoryLine>;
  readonly #reaper = new Reaper();
  /** Its own, so that what still listens to it goes with this world, and not with the last of a campaign's. */
  readonly #signal: AbortSignal;
  readonly #forgetSignal: () => void;
  /** Whether every node writes down what its machine is told and does. */
  readonly #records: boolean;
  readonly #wiring: Wiring;
  readonly #nodes: Supervisor[] = [];
  readonly #socketFiles: string[] = [];
  #relay: Relay | undefined;
  #lines: Lines | undefined;
  /** Where nodes have hosts of their own. */
  #hosts: Hosts | undefined;
  /** Nodes that are not there from the start. */
  readonly #absent: ReadonlySet<string>;
  #client: Supervisor | undefined;
  #clientSaid: (message: FromChild) => void = () => undefined;
  #clientDied: () => void = () => undefined;

  constructor(scenario: Scenario, found: FoundPattern, folder: string, signal: AbortSignal, records = false) {
    this.#records = records;
    if (records) mkdirSync(join(folder, 'recordings'));
    this.#scenario = scenario;
    this.#found = found;
    this.#folder = folder;
    [this.#signal, this.#forgetSignal] = following(signal);
    this.#wiring = wiringOf(scenario, found.pattern);
    this.#absent = absentIn(scenario);
    this.#history = new LineWriter(this.#historyPath);
  }

  get #historyPath(): string {
    return join(this.#folder, 'history.jsonl');
  }

  /** The servers, the brokers and the client, by name: what faults choose from. */
  get nodes(): readonly Supervisor[] {
    return this.#client === undefined ? this.#nodes : [...this.#nodes, this.#client];
  }

  get links(): readonly LinkVictim[] {
    return this.#relay?.links ?? this.#hosts?.links ?? [];
  }

  get interrupted(): Promise<never> {
    return this.#abortable(new Promise<never>(() => undefined));
  }

  /** Starts everything; resolves when the client is ready to load. */
  async start(): Promise<void> {
    const { servers, brokers } = this.#wiring;
    const endpoints = await this.#endpoints();
    for (const endpoint of endpoints) if (endpoint.startsWith('ipc://')) this.#own(endpoint.slice('ipc://'.length));
    this.#lines = await linesOf(this.#scenario, this.#found.pattern, endpoints);
    if (this.#lines.specs.length > 0) {
      this.#relay = new Relay(
        { seed: this.#scenario.seed, patternUrl: this.#found.url, links: this.#lines.specs },
        this.#reaper,
      );
      await this.#abortable(this.#relay.ready());
    }
    await Promise.all(Array.from({ length: brokers }, (_, index) => this.#startNode('broker', index)));
    await Promise.all(Array.from({ length: servers }, (_, index) => this.#startNode('server', index)));
    this.#client = this.#supervise('client', 0, 'never');
    await this.#abortable(this.#client.start());
  }

  /** Begins the load; resolves with the stamp from which its plan counts. */
  beginLoad(): Promise<number> {
    const began = new Promise<number>((resolve) => {
      this.#clientSaid = (message) => {
        if (message.said === 'began') resolve(message.at);
      };
    });
    this.#client!.tell({ tell: 'begin' });
    return this.#abortable(began);
  }

  /** Resolves when everything was issued and has settled, or the wait for that is over. */
  loadEnded(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#clientSaid = (message) => {
        if (message.said === 'ended') resolve();
      };
    });
    const died = new Promise<never>((_, reject) => {
      this.#clientDied = () => reject(new Error('the load client died'));
    });
    return this.#abortable(Promise.race([ended, died]));
  }

  write(line: HistoryLine): void {
    this.#history.write(line);
  }

  now(): number {
    return monotonicMicros();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const ends = signal === undefined ? this.#signal : AbortSignal.any([this.#signal, signal]);
    return sleep(Math.max(0, ms), undefined, { signal: ends });
  }

  async until(node: Supervisor, state: ServerState, patienceMs: number): Promise<boolean> {
    const patience = this.now() + patienceMs * 1000;
    while (!node.isIn(state)) {
      if (this.now() > patience) return false;
      await new Promise((next) => setImmediate(next));
    }
    return true;
  }

  haltAfter(node: Supervisor, requests: number, patienceMs: number): Promise<boolean> {
    return node.haltAfter(requests, patienceMs);
  }

  /** Every node up, and no ledger grown for a while: whatever was still on its way has arrived. */
  async quiet(): Promise<void> {
    const patience = performance.now() + quietPatienceMs;
    let size = -1;
    for (let since = performance.now(); performance.now() < patience; ) {
      const grown = this.#ledgerBytes();
      if (grown !== size || this.#nodes.some((node) => node.state !== 'up')) since = performance.now();
      else if (performance.now() - since >= quietMs) return;
      size = grown;
      await this.sleep(20);
    }
  }

  /** Ends every process, asking first; resolves when none is left. */
  async stop(patienceMs: number): Promise<void> {
    await this.#client?.stop(patienceMs);
    await Promise.all(this.#nodes.map((node) => node.stop(patienceMs)));
    await this.#relay?.close();
    this.#hosts?.close();
    for (const path of this.#socketFiles) rmSync(path, { force: true });
    this.#history.close();
    this.#reaper.close();
    this.#forgetSignal();
  }

  /** Where those that listen do so. */
  async #endpoints(): Promise<readonly string[]> {
    const { pattern } = this.#found;
    const links = await linksBetweenHosts(this.#scenario);
    if (links.length === 0) return this.#scenario.topology.endpoints ?? freeEndpoints(this.#wiring.endpoints);
    this.#hosts = new Hosts(placesOf(this.#scenario, pattern).nodes, links, this.#reaper);
    await this.#hosts.open();
    const { listener, endpoints } = this.#wiring;
    return Array.from({ length: endpoints }, (_, index) => {
      const host = this.#hosts!.addressOf(listener === 'client' ? 'client' : `${listener}-${index + 1}`);
      return `tcp://${host}:${hostsPort + index}`;
    });
  }

  /** A socket file outlives a server that was killed: it goes with this world, or with the harness. */
  #own(path: string): void {
    this.#socketFiles.push(path);
    this.#reaper.own(path);
  }

  #startNode(role: NodeRole, index: number): Promise<void> {
    const node = this.#supervise(role, index, this.#scenario.restart as RestartPolicy);
    this.#nodes.push(node);
    return this.#absent.has(node.name) ? node.stayAway() : this.#abortable(node.start());
  }

  #supervise(role: NodeRole, index: number, policy: RestartPolicy): Supervisor {
    const name = role === 'client' ? 'client' : `${role}-${index + 1}`;
    const found = this.#lines!.publicEndpoint(name);
    const isProxied = role === 'server' && found !== undefined && !this.#lines!.endpointsFor(name).includes(found);
    const spec: NodeSpec = {
      node: name,
      role,
      patternUrl: this.#found.url,
      scenario: this.#scenario,
      endpoints: this.#lines!.endpointsFor(name),
      ...(this.#hosts === undefined ? {} : { host: this.#hosts.namespaceOf(name) }),
      ...(role === 'client' ? { peers: peersPresent(this.#wiring, this.#absent) } : {}),
      ...(isProxied ? { advertise: found } : {}),
      file: role === 'client' ? this.#historyPath : join(this.#folder, 'ledgers', `${name}.jsonl`),
      ...(this.#records ? { recording: join(this.#folder, 'recordings', `${name}.jsonl`) } : {}),
    };
    const isAimedAt = this.#scenario.faults.some(({ target }) => target === name);
    const endpoint = found === undefined ? {} : { endpoint: found };
    return new Supervisor(
      spec,
      policy,
      this.#reaper,
      (state) => {
        if (role !== 'client' || isAimedAt)
          this.write({ kind: 'node', node: name, ...endpoint, state, at: this.now() });
        if (role === 'client' && state === 'dead' && !this.#client!.isStruck) this.#clientDied();
      },
      role === 'client' ? (message) => this.#clientSaid(message) : undefined,
    );
  }

  #ledgerBytes(): number {
    return this.#nodes.reduce((bytes, { spec }) => bytes + sizeOf(spec.file), 0);
  }

  #abortable<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => reject(this.#signal.reason as Error);
      if (this.#signal.aborted) onAbort();
      this.#signal.addEventListener('abort', onAbort, { once: true });
      promise.then(resolve, reject).finally(() => this.#signal.removeEventListener('abort', onAbort));
    });
  }
}

/** A signal that aborts when that one does, until it is told to forget it. */
function following(signal: AbortSignal): [follower: AbortSignal, forget: () => void] {
  const controller = new AbortController();
  // Each fault of a scenario, and each process, waits with an ear on it.
  setMaxListeners(0, controller.signal);
  const onAbort = () => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return [controller.signal, () => signal.removeEventListener('abort', onAbort)];
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Hosts that are a run's own have no other listeners. */
const hostsPort = 5555;
const quietMs = 300;
const quietPatienceMs = 10_000;
