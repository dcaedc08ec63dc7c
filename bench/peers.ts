/**
 * How fast are we beside others? Every contestant in rotation within each round, so that what slows the machine down slows
 * all of them; a client process and a server process each, and a server or broker between them where there must be one.
 */
import { Reaper } from '../harness/worlds/processes/reaper.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { perSecond } from './rotation.ts';
import { type Contestant, contestantsOf, entryOf } from './side-by-side/contestants.ts';
import { Absent, PeerServer } from './side-by-side/peer-server.ts';
import { prepareC, preparePackages } from './side-by-side/preparation.ts';
import {
  hampered,
  headline,
  type NoiseFloor,
  noiseFloor,
  noRatios,
  type PeerRatio,
  peerRatios,
  type Ratios,
  rawOverC,
} from './side-by-side/ratios.ts';
import { type Estimate, estimate, shuffled } from './statistics.ts';
import { payloadBytes } from './throughput/lanes.ts';
import { ContestantProcesses } from './throughput/processes.ts';
import { where } from './where.ts';

export interface PeersResult extends RawResult {
  readonly rounds: number;
  readonly blockMs: number;
  readonly payloadBytes: number;
  readonly headline: Ratios;
  /** What voids the run where it is not what it should be. */
  readonly rawVsC: Estimate | null;
  readonly ratios: readonly PeerRatio[];
  readonly noise: readonly NoiseFloor[];
  readonly rows: readonly PeerRow[];
  readonly skipped: readonly Skipped[];
}

export interface PeerRow {
  readonly contestant: string;
  readonly window: number;
  readonly perSecond: Estimate;
  /** The mean round trip: window over throughput. */
  readonly roundTripUs: Estimate;
  readonly failed: number;
  /** Commits a second, block by block. */
  readonly samples: readonly number[];
}

export interface Skipped {
  readonly peer: string;
  readonly reason: string;
}

export const peers: Question = {
  name: 'peers',
  asks: 'How fast are we beside others: bare sockets, C, and who else does request and reply?',
  async ask(options): Promise<PeersResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const form = quick ? quickForm : fullForm;
    const { cells, skipped } = await measure(options, form);
    const ratios = peerRatios(cells, ours(quick), seed);
    const rawVsC = rawOverC(cells, seed);
    const doubts = hampered(rawVsC);
    const conclusive = doubts.length === 0;
    const head = { question: peers.name, quick, seed, machine: measuredAt, conclusive, doubts, ...form, payloadBytes };
    return {
      ...head,
      // A run that is void has none.
      headline: conclusive ? headline(ratios) : noRatios,
      rawVsC,
      ratios,
      noise: noiseFloor(cells, seed),
      rows: cells.map((cell) => rowOf(cell, seed)),
      skipped,
    };
  },
};

interface Form {
  readonly rounds: number;
  readonly blockMs: number;
}

interface Cell {
  readonly contestant: string;
  readonly window: number;
  readonly usPerTransaction: number[];
  failed: number;
}

interface Measured {
  readonly cells: readonly Cell[];
  readonly skipped: readonly Skipped[];
}

/** One contestant, with all its processes. */
interface Runner {
  readonly contestant: Contestant;
  readonly processes: ContestantProcesses;
  readonly cells: ReadonlyMap<number, Cell>;
  server?: PeerServer;
}

async function measure(options: AskOptions, { rounds, blockMs }: Form): Promise<Measured> {
  const field = new Field(options);
  try {
    await field.start();
    for (let round = -1; round < rounds; round++) {
      const phase = round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`;
      const turns = field.turns(round);
      // Many in flight are warm soonest, and warm what one alone needs too.
      for (const [runner, cell] of round < 0 ? turns.reverse() : turns) {
        options.onPhase(`peers: ${phase}: ${runner.contestant.name}`);
        await field.attempt(runner, () => (round < 0 ? warmUp(runner, cell, blockMs) : block(runner, cell, blockMs)));
      }
    }
    return { cells: field.running.flatMap(({ cells }) => [...cells.values()]), skipped: field.skipped };
  } finally {
    await field.stop();
  }
}

/** Everybody who takes part. A peer that can't is left out with the reason; we ourselves must. */
class Field {
  readonly skipped: Skipped[] = [];
  running: readonly Runner[] = [];
  readonly #options: AskOptions;
  readonly #reaper = new Reaper();

  constructor(options: AskOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { quick, signal, onPhase } = this.#options;
    onPhase('peers: preparing');
    const packages = once(() => preparePackages(signal));
    const program = once(() => prepareC(signal));
    for (const contestant of contestantsOf(quick)) {
      const { name, kind, roles, server } = contestant;
      const processes = new ContestantProcesses({ name, roles, entry: entryOf(contestant) }, this.#reaper, signal);
      const runner: Runner = { contestant, processes, cells: cellsOf(contestant) };
      this.running = [...this.running, runner];
      onPhase(`peers: starting ${name}`);
      await this.attempt(runner, async () => {
        if (kind === 'peer') await packages();
        if (kind === 'c') await program();
        if (server !== undefined) runner.server = await PeerServer.start(server, this.#reaper, signal);
        await processes.start(runner.server?.port);
      });
    }
  }

  /** @throws {Error} where we ourselves failed, or `signal`'s reason. */
  async attempt(runner: Runner, step: () => Promise<void>): Promise<void> {
    if (!this.running.includes(runner)) return;
    try {
      await step();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      const { name, kind } = runner.contestant;
      if (kind === 'ours' || kind === 'socket') throw error;
      const reason = error instanceof Absent ? error.message : `failed: ${(error as Error).message}`;
      this.skipped.push({ peer: name, reason });
      this.running = this.running.filter((other) => other !== runner);
      await end(runner);
    }
  }

  /** Every cell of a round, window by window, in an order that the seed draws: nobody always follows the same one. */
  turns(round: number): [Runner, Cell][] {
    const all = [...new Set(this.running.flatMap(({ contestant }) => contestant.windows))].sort((a, b) => a - b);
    return all.flatMap((window) => {
      const own = this.running.filter(({ cells }) => cells.has(window));
      const order = shuffled(own, this.#options.seed + 1000 * (round + 1) + window);
      return order.map((runner): [Runner, Cell] => [runner, runner.cells.get(window)!]);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map(end));
    this.#reaper.close();
  }
}

async function end({ processes, server }: Runner): Promise<void> {
  await processes.stop();
  await server?.stop();
}

async function block({ processes }: Runner, cell: Cell, blockMs: number): Promise<void> {
  const { elapsedMs, committed, failed } = await processes.block(cell.window, blockMs);
  cell.usPerTransaction.push((elapsedMs * 1000) / committed);
  cell.failed += failed;
}

/** The first seconds belong to the compiler: cold, everything looks slower than it is. */
async function warmUp(runner: Runner, { window }: Cell, blockMs: number): Promise<void> {
  const { processes, contestant, cells } = runner;
  const isLast = window === Math.min(...cells.keys());
  const enough = isLast ? (contestant.warmUpTransactions ?? 0) : 0;
  let warmed = 0;
  do warmed += (await processes.block(window, 4 * blockMs)).committed;
  while (warmed < enough);
}

function cellsOf({ name, windows }: Contestant): Map<number, Cell> {
  return new Map(windows.map((window) => [window, { contestant: name, window, usPerTransaction: [], failed: 0 }]));
}

function rowOf({ contestant, window, usPerTransaction, failed }: Cell, seed: number): PeerRow {
  const samples = perSecond(usPerTransaction);
  const roundTrips = usPerTransaction.map((us) => us * window);
  return {
    contestant,
    window,
    perSecond: estimate(samples, seed),
    roundTripUs: estimate(roundTrips, seed),
    failed,
    samples,
  };
}

function ours(quick: boolean): string[] {
  return contestantsOf(quick)
    .filter(({ kind }) => kind === 'ours')
    .map(({ name }) => name);
}

/** The same promise for everybody who asks. */
function once(make: () => Promise<void>): () => Promise<void> {
  let made: Promise<void> | undefined;
  return () => (made ??= make());
}

const fullForm: Form = { rounds: 12, blockMs: 500 };
/** As many rounds as a ratio takes, of fewer contestants. */
const quickForm: Form = { rounds: 10, blockMs: 150 };
