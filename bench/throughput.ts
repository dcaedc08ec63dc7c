/**
 * What does reliability cost? Round trip and throughput of every pattern, in rotation with bare sockets, so that what
 * slows the machine down slows all of them. Closed loop on purpose: it is the cost that is asked for, not the latency.
 */
import { fileURLToPath } from 'node:url';
import { machine } from '../harness/machine.ts';
import { Reaper } from '../harness/worlds/processes/reaper.ts';
import type { AskOptions, Question, RawResult } from './question.ts';
import { type Estimate, estimate, ratios, spreadOf } from './statistics.ts';
import { baseline, type Contestant, concurrency, contestants, windows } from './throughput/contestants.ts';
import { payloadBytes } from './throughput/lanes.ts';
import type { Role } from './throughput/peer.ts';
import { ContestantProcesses, type Costed, type Party } from './throughput/processes.ts';

export interface ThroughputResult extends RawResult {
  readonly rounds: number;
  readonly blockMs: number;
  readonly payloadBytes: number;
  readonly concurrency: number;
  readonly baseline: string;
  readonly rows: readonly ThroughputRow[];
}

export interface ThroughputRow {
  readonly contestant: string;
  readonly window: number;
  /** Its throughput over the baseline's of the same round and window. */
  readonly ratio: Estimate;
  readonly perSecond: Estimate;
  /** The mean round trip: window over throughput. */
  readonly roundTripUs: Estimate;
  /** Microseconds a transaction: the median absolute deviation of the blocks. */
  readonly madUs: number;
  /** Processor time a transaction, of each role's processes: also milliseconds for a thousand. */
  readonly cpuUs?: Readonly<Record<Role, Estimate>>;
  readonly failed: number;
  /** Commits a second, block by block. */
  readonly samples: readonly number[];
}

export const throughput: Question = {
  name: 'throughput',
  asks: 'How many transactions a second does each pattern do, against bare zeromq.js sockets?',
  async ask(options): Promise<ThroughputResult> {
    const where = machine();
    const { rounds, blockMs } = options.quick ? quickForm : fullForm;
    const cells = await measure(options, rounds, blockMs);
    return {
      question: throughput.name,
      quick: options.quick,
      seed: options.seed,
      machine: where,
      conclusive: true,
      doubts: [],
      rounds,
      blockMs,
      payloadBytes,
      concurrency,
      baseline,
      rows: cells.map((cell) => rowOf(cell, cells, options.seed)),
    };
  },
};

/** One contestant at one window: its blocks, by round. */
interface Cell {
  readonly contestant: string;
  readonly window: number;
  readonly usPerTransaction: number[];
  readonly cpuUs: Readonly<Record<Role, number[]>>;
  failed: number;
}

async function measure(options: AskOptions, rounds: number, blockMs: number): Promise<Cell[]> {
  const { signal, onPhase } = options;
  const reaper = new Reaper();
  const running = new Map(contestants.map((each) => [each, new ContestantProcesses(partyOf(each), reaper, signal)]));
  const cells = new Map<string, Cell>();
  try {
    for (const [{ name }, processes] of running) {
      onPhase(`throughput: starting ${name}`);
      await processes.start();
    }
    for (let round = -1; round < rounds; round++) {
      for (const [contestant, window] of orderOf(round)) {
        onPhase(`throughput: ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}: ${contestant.name}`);
        const processes = running.get(contestant)!;
        if (round < 0) await processes.block(window, warmUpMs(blockMs));
        else record(cellOf(cells, contestant.name, window), await processes.costed(window, blockMs));
      }
    }
  } finally {
    await Promise.all([...running.values()].map((processes) => processes.stop()));
    reaper.close();
  }
  return contestants.flatMap(({ name, windows: own }) => own.map((window) => cellOf(cells, name, window)));
}

function record(cell: Cell, { block, cpuUs }: Costed): void {
  cell.usPerTransaction.push((block.elapsedMs * 1000) / block.committed);
  for (const role of roles) cell.cpuUs[role].push(cpuUs[role] / block.committed);
  cell.failed += block.failed;
}

function partyOf({ name, pattern }: Contestant): Party {
  return { name, roles: [...(pattern?.topology === 'broker' ? (['broker'] as const) : []), 'server', 'client'], entry };
}

/** Every cell of a round, window by window, with another contestant first each time. */
function orderOf(round: number): [Contestant, number][] {
  return windows.flatMap((window) => {
    const own = contestants.filter(({ windows: its }) => its.includes(window));
    const first = (round + own.length) % own.length;
    return [...own.slice(first), ...own.slice(0, first)].map((contestant): [Contestant, number] => [
      contestant,
      window,
    ]);
  });
}

function cellOf(cells: Map<string, Cell>, contestant: string, window: number): Cell {
  const key = `${contestant} ${window}`;
  const cell = cells.get(key) ?? newCell(contestant, window);
  cells.set(key, cell);
  return cell;
}

function newCell(contestant: string, window: number): Cell {
  return { contestant, window, usPerTransaction: [], cpuUs: { client: [], broker: [], server: [] }, failed: 0 };
}

function rowOf(
  { contestant, window, usPerTransaction, cpuUs, failed }: Cell,
  cells: readonly Cell[],
  seed: number,
): ThroughputRow {
  const raw = cells.find((cell) => cell.contestant === baseline && cell.window === window)!;
  const samples = usPerTransaction.map((us) => 1_000_000 / us);
  const spread = spreadOf(
    contestant,
    usPerTransaction.map((us) => us / 1000),
  );
  const roundTrips = usPerTransaction.map((us) => us * window);
  return {
    contestant,
    window,
    // Less time a transaction is more throughput, so the baseline's stands above.
    ratio: estimate(ratios(raw.usPerTransaction, usPerTransaction), seed),
    perSecond: estimate(samples, seed),
    roundTripUs: estimate(roundTrips, seed),
    madUs: spread.mad * 1000,
    cpuUs: {
      client: estimate(cpuUs.client, seed),
      broker: estimate(cpuUs.broker, seed),
      server: estimate(cpuUs.server, seed),
    },
    failed,
    samples,
  };
}

/** The first seconds belong to the compiler: cold, a pattern looks a quarter slower than it is. */
function warmUpMs(blockMs: number): number {
  return 4 * blockMs;
}

const entry = fileURLToPath(new URL('throughput-child.js', import.meta.url));
const roles = ['client', 'broker', 'server'] as const;
const fullForm = { rounds: 10, blockMs: 400 };
const quickForm = { rounds: 2, blockMs: 100 };
