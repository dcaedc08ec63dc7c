/**
 * The harness is killed, at a moment drawn: while it starts, before a fault, while the fault lasts, while it is cured. For
 * each fault there is, by being there. Nothing of the run may stay: no process, no network namespace, no socket file and
 * no temporary folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { carrierOf, type Fault } from '../../harness/faults/fault.ts';
import { findFaults, findPattern } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { placesOf } from '../../harness/targets.ts';
import { namesOf, namespaces, removeNamespaces } from '../../harness/worlds/processes/hosts/namespaces.ts';
import { draw } from '../../patterns/parts/chance.ts';
import { processesWith } from './command-lines.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

export const killedHarness: Trial = {
  name: 'killed-harness',
  asks: 'does anything stay of a run whose harness is killed, at any moment of any fault?',
  async run(options: TrialOptions) {
    const all = await casesOf(await findFaults('processes'));
    const title = ({ fault, target, moment }: Case) => `${fault.name} on ${target}, ${moment}`;
    const chosen = (options.quick ? sample(all) : all).filter((one) => title(one).includes(options.of));
    return each('killed-harness', chosen, options, title, (one) => killDuring(one, options.signal));
  },
};

/** `starting`: at any time, from the first on. `before`: under load. `during`: it has taken hold. `cure`: that has begun. */
const moments = ['starting', 'before', 'during', 'cure'] as const;

interface Case {
  readonly fault: Fault;
  readonly target: string;
  readonly moment: (typeof moments)[number];
  /** Milliseconds from that moment. */
  readonly laterMs: number;
}

async function casesOf(faults: ReadonlyMap<string, Fault>): Promise<Case[]> {
  const { pattern } = await findPattern(scenario.pattern);
  const places = placesOf(parseScenario({ ...scenario, name: 'any' }), pattern);
  return [...faults.values()].flatMap((fault) =>
    moments.map((moment) => {
      const chance = (what: string) => draw(1, `${fault.name}:${moment}:${what}`);
      const targets = fault.strikes === 'link' ? places.links : places.nodes.filter((node) => takes(fault, node));
      const target = fault.strikes === 'load' ? 'load' : targets[Math.floor(chance('target') * targets.length)]!;
      return { fault, target, moment, laterMs: chance('later') * (moment === 'starting' ? startMs : shortlyMs) };
    }),
  );
}

/** With what it does by default. */
function takes(fault: Fault, node: string): boolean {
  const role = node.replace(/-\d+$/, '') as 'server' | 'broker' | 'client';
  return fault.strikes === 'node' && fault.refuses?.(role, fault.options?.parse({}) ?? {}) === undefined;
}

/** One of each kind, and of the first two another, at different moments. */
function sample(cases: readonly Case[]): Case[] {
  const kinds = new Map<string, Case[]>();
  for (const one of cases) {
    const { fault } = one;
    const kind = [fault.strikes, carrierOf(fault), fault.strikes === 'link' && fault.followsMessages].join();
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  return [...kinds.values()].flatMap((ofKind, index) =>
    (index < 2 ? [2, 3] : [2]).map((n) => {
      const wanted = moments[(index * 3 + n) % moments.length];
      const some = ofKind.filter(({ moment }) => moment === wanted);
      return some[Math.floor(draw(2, `${index}:${n}`) * some.length)]!;
    }),
  );
}

async function killDuring(one: Case, signal: AbortSignal): Promise<Finding> {
  const row = { fault: one.fault.name, target: one.target, moment: one.moment };
  const missing = await one.fault.preflight?.();
  if (missing !== undefined) return { row: { ...row, result: `skipped: ${missing}` }, broken: [], doubts: [] };
  const run = new Run(one);
  try {
    const doubt = await run.comesTo(one, signal);
    if (doubt !== undefined) return { row: { ...row, result: 'not tested' }, broken: [], doubts: [doubt] };
    await sleep(one.laterMs);
    const left = await run.killed();
    return { row: { ...row, result: left.length === 0 ? 'nothing is left' : 'LEFT' }, broken: left, doubts: [] };
  } finally {
    await run.close();
  }
}

/** A run of the command line's, by which it is known everywhere: its name is its scenario's and its socket's. */
class Run {
  readonly #folder = mkdtempSync(join(tmpdir(), 'privateer-killed-'));
  readonly #name = `killed-${this.#folder.slice(-6).toLowerCase()}`;
  readonly #temporary = join(this.#folder, 'temporary');
  readonly #socket = join(this.#folder, `${this.#name}.socket`);
  readonly #harness: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #said: Promise<string>;

  constructor({ fault, target, moment }: Case) {
    mkdirSync(this.#temporary);
    const event = {
      fault: fault.name,
      target,
      atMs: moment === 'before' ? longMs : 0,
      // What lies in wait for its moment does so for as long as it may last.
      durationMs: moment !== 'cure' ? longMs : fault.manner === 'in-wait' ? 2000 : 100,
      ...(fault.manner === 'by-victim' || fault.strikes !== 'node' ? { trigger: 'now' } : {}),
    };
    const topology =
      carrierOf(fault) === 'hosts' ? {} : { topology: { ...scenario.topology, endpoints: [`ipc://${this.#socket}`] } };
    const file = join(this.#folder, `${this.#name}.json`);
    writeFileSync(file, JSON.stringify({ ...scenario, name: this.#name, ...topology, faults: [event] }));
    this.#harness = spawn(process.execPath, [main, 'run', file, '--runs', join(this.#folder, 'runs')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: this.#temporary },
    });
    this.#ended = once(this.#harness, 'exit');
    this.#said = text(this.#harness.stderr!);
  }

  /** Resolves with why it did not. */
  async comesTo({ moment }: Case, signal: AbortSignal): Promise<string | undefined> {
    const sign = { starting: '', before: '"kind":"began"', during: '"phase":"done"', cure: '"phase":"curing"' }[moment];
    for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(5)) {
      signal.throwIfAborted();
      if (this.#harness.exitCode !== null) return `the harness ended by itself: ${await this.#said}`;
      if (sign === '' || this.#history().includes(sign)) return undefined;
    }
    return `it never came to ${sign}`;
  }

  /** Resolves with what is left in the end. */
  async killed(): Promise<string[]> {
    this.#harness.kill('SIGKILL');
    await this.#ended;
    for (const end = performance.now() + cleaningMs; performance.now() < end; await sleep(20)) {
      if (this.#left().length === 0) return [];
    }
    return this.#left();
  }

  async close(): Promise<void> {
    this.#harness.kill('SIGKILL');
    await this.#ended;
    for (const pid of this.#processes()) process.kill(pid, 'SIGKILL');
    removeNamespaces(this.#namespaces());
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #left(): string[] {
    return [
      ...this.#processes().map((pid) => `process ${pid}`),
      ...this.#namespaces().map((name) => `network namespace ${name}`),
      ...(existsSync(this.#socket) ? ['the socket file'] : []),
      ...readdirSync(this.#temporary).map((name) => `temporary ${name}`),
    ];
  }

  #processes(): number[] {
    return [...processesWith(this.#name), ...processesWith(`--privateer-reaper\0${this.#harness.pid}\0`)];
  }

  #namespaces(): string[] {
    return namespaces(namesOf('any', this.#harness.pid));
  }

  #history(): string {
    const runs = join(this.#folder, 'runs');
    const [id] = existsSync(runs) ? readdirSync(runs) : [];
    const path = join(runs, id ?? '', 'history.jsonl');
    return id !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}

const longMs = 600_000;
const scenario = {
  pattern: 'majordomo',
  seed: 1,
  topology: { servers: 2, brokers: 1 },
  load: { ratePerSec: 100, durationMs: longMs },
  handler: { serviceMs: 10 },
  restart: 'after:100',
} as const;

/** By then a run has load. */
const startMs = 1500;
const shortlyMs = 50;
const patienceMs = 30_000;
const cleaningMs = 5000;
const main = fileURLToPath(new URL('../../harness/cli/main.js', import.meta.url));
