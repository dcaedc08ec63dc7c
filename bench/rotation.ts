/** Contestants in rounds: every round has a block of each cell, in an order that the seed draws. */
import { Reaper } from '../harness/worlds/processes/reaper.ts';
import type { AskOptions } from './question.ts';
import { type Estimate, estimate, shuffled } from './statistics.ts';
import { payloadBytes } from './throughput/lanes.ts';
import type { Role } from './throughput/peer.ts';
import { ContestantProcesses, type Costed, type Party } from './throughput/processes.ts';

/** A contestant, and what it is asked. */
export interface Entrant {
  readonly party: Party;
  readonly cells: readonly CellSpec[];
}

export interface CellSpec {
  readonly window: number;
  readonly bytes?: number;
}

/** One contestant, asked one thing: its blocks, by round. */
export interface Cell {
  readonly contestant: string;
  readonly window: number;
  readonly bytes: number;
  readonly usPerTransaction: readonly number[];
  /** Processor time a transaction. */
  readonly cpuUs: Readonly<Record<Role, readonly number[]>>;
  readonly failed: number;
}

export interface Form {
  readonly rounds: number;
  readonly blockMs: number;
}

/** @throws {Error} where one of them failed, or `signal`'s reason. Leaves no process behind. */
export async function inRotation(
  question: string,
  entrants: readonly Entrant[],
  { rounds, blockMs }: Form,
  { seed, signal, onPhase }: AskOptions,
): Promise<Cell[]> {
  const reaper = new Reaper();
  const runners = entrants.map((entrant) => runnerOf(entrant, reaper, signal));
  try {
    for (const { name, processes } of runners) {
      onPhase(`${question}: starting ${name}`);
      await processes.start();
    }
    for (let round = -1; round < rounds; round++) {
      for (const { runner, cell } of turnsOf(runners, seed + 1000 * (round + 1))) {
        onPhase(`${question}: ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}: ${runner.name}`);
        const { window, bytes } = cell;
        // The first seconds belong to the compiler: cold, a pattern looks a quarter slower than it is.
        if (round < 0) await runner.processes.block(window, 4 * blockMs, bytes);
        else record(cell, await runner.processes.costed(window, blockMs, bytes));
      }
    }
  } finally {
    await Promise.all(runners.map(({ processes }) => processes.stop()));
    reaper.close();
  }
  return runners.flatMap(({ cells }) => cells);
}

/** Commits a second, block by block. */
export function perSecond(usPerTransaction: readonly number[]): number[] {
  return usPerTransaction.map((us) => 1_000_000 / us);
}

export function estimates(cpuUs: Cell['cpuUs'], seed: number): Record<Role, Estimate> {
  return {
    client: estimate(cpuUs.client, seed),
    broker: estimate(cpuUs.broker, seed),
    server: estimate(cpuUs.server, seed),
  };
}

interface Runner {
  readonly name: string;
  readonly processes: ContestantProcesses;
  readonly cells: readonly Recorded[];
}

interface Recorded extends Cell {
  readonly usPerTransaction: number[];
  readonly cpuUs: Readonly<Record<Role, number[]>>;
  failed: number;
}

function runnerOf({ party, cells }: Entrant, reaper: Reaper, signal: AbortSignal): Runner {
  const { name } = party;
  return {
    name,
    processes: new ContestantProcesses(party, reaper, signal),
    cells: cells.map(({ window, bytes = payloadBytes }) => {
      const cpuUs = { client: [], broker: [], server: [] };
      return { contestant: name, window, bytes, usPerTransaction: [], cpuUs, failed: 0 };
    }),
  };
}

/** Cells that ask the same stand together, so that what is compared is measured close by. */
function turnsOf(runners: readonly Runner[], seed: number): { runner: Runner; cell: Recorded }[] {
  const groups = new Map<string, { runner: Runner; cell: Recorded }[]>();
  for (const runner of runners) {
    for (const cell of runner.cells) {
      const asked = `${cell.window} ${cell.bytes}`;
      groups.set(asked, [...(groups.get(asked) ?? []), { runner, cell }]);
    }
  }
  return [...groups.values()].flatMap((group, n) => shuffled(group, seed + n));
}

function record(cell: Recorded, { block, cpuUs }: Costed): void {
  cell.usPerTransaction.push((block.elapsedMs * 1000) / block.committed);
  for (const role of ['client', 'broker', 'server'] as const) cell.cpuUs[role].push(cpuUs[role] / block.committed);
  cell.failed += block.failed;
}
