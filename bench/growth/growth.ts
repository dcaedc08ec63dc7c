/**
 * How what a transaction costs grows with how many there are of something: of clients, servers, workers. Every size is a
 * set of processes of its own, up for its blocks alone, since thousands of idle sockets would be in everybody's way; the
 * sizes are gone through several times, up and down, so that a machine which grows slower is no growth.
 */
import { fileURLToPath } from 'node:url';
import { Reaper } from '../../harness/worlds/processes/reaper.ts';
import type { AskOptions, RawResult } from '../question.ts';
import { type Estimate, estimate, type Fit, fitted } from '../statistics.ts';
import type { Particulars, Role } from '../throughput/peer.ts';
import { ContestantProcesses } from '../throughput/processes.ts';
import { where } from '../where.ts';

export interface GrowthResult extends RawResult, Form {
  /** In flight at one of the smallest size, and whether each further one adds as many. */
  readonly window: number;
  readonly rows: readonly GrowthRow[];
  readonly fits: readonly GrowthFit[];
}

export interface GrowthRow {
  readonly contestant: string;
  readonly size: number;
  readonly inFlight: number;
  readonly perSecond: Estimate;
  /** Processor time a transaction, of each role's processes: also milliseconds for a thousand. */
  readonly cpuUs: Readonly<Record<Role, Estimate>>;
  /** The same without what that role takes while nobody asks anything, as for heartbeats. */
  readonly netUs: Readonly<Record<Role, Estimate>>;
  /** The share of a processor that it takes then. */
  readonly idleShare: Readonly<Record<Role, Estimate>>;
  readonly failed: number;
  /** Commits a second, block by block. */
  readonly samples: readonly number[];
}

export interface GrowthFit {
  readonly contestant: string;
  readonly role: Role;
  /** Of the processor time a transaction, net, over the size. */
  readonly fit: Fit;
  /** The largest size at which it is known, and what it is there over what it is at the smallest. */
  readonly largest: number;
  readonly largestOverSmallest: number;
  /** The same of all that the role takes while it is asked, for whatever it takes it. */
  readonly gross: Fit;
  readonly grossLargestOverSmallest: number;
}

export interface Form {
  readonly sizes: readonly number[];
  readonly passes: number;
  readonly blocks: number;
  readonly blockMs: number;
  /** For how long it is seen what they take when nobody asks: longer than any heartbeat's interval. */
  readonly idleMs: number;
}

/** What one question counts, and how it is made. */
export interface Plan {
  readonly question: string;
  readonly contestants: readonly GrowthContestant[];
  readonly fullForm: Form;
  readonly quickForm: Form;
  readonly window: number;
  /** The transactions that are in flight, at that size, from all clients together. */
  inFlight(size: number): number;
}

export interface GrowthContestant {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Whose processor time is fitted. */
  readonly fitted: Role;
  particulars(size: number): Particulars | Promise<Particulars>;
  /** Left out of trials. */
  readonly inFullOnly?: boolean;
}

export async function askGrowth(given: Plan, options: AskOptions): Promise<GrowthResult> {
  const { quick, seed } = options;
  const plan = quick ? { ...given, contestants: given.contestants.filter((each) => !each.inFullOnly) } : given;
  const { question, window } = plan;
  const measuredAt = where();
  const form = quick ? plan.quickForm : plan.fullForm;
  const cells = await measured(plan, form, options);
  const rows = cells.map((cell) => rowOf(cell, plan, seed));
  const fits = plan.contestants.flatMap((contestant) => fitOf(contestant, rows));
  const doubts = rows.filter(({ failed }) => failed > 0).map(doubtOf);
  const head = { question, quick, seed, machine: measuredAt, conclusive: doubts.length === 0, doubts };
  return { ...head, ...form, window, rows, fits };
}

interface Cell {
  readonly contestant: GrowthContestant;
  readonly size: number;
  readonly perSecond: number[];
  readonly cpuUs: Readonly<Record<Role, number[]>>;
  readonly netUs: Readonly<Record<Role, number[]>>;
  readonly idleShare: Readonly<Record<Role, number[]>>;
  failed: number;
}

async function measured(plan: Plan, form: Form, options: AskOptions): Promise<Cell[]> {
  const cells = form.sizes.flatMap((size) => plan.contestants.map((contestant) => cellOf(contestant, size)));
  const reaper = new Reaper();
  try {
    for (let pass = 0; pass < form.passes; pass++) {
      for (const cell of pass % 2 === 0 ? cells : cells.toReversed()) {
        options.onPhase(`${plan.question}: pass ${pass + 1} of ${form.passes}: ${cell.contestant.name}, ${cell.size}`);
        await measureOne(cell, plan, form, reaper, options.signal);
      }
    }
  } finally {
    reaper.close();
  }
  return cells;
}

async function measureOne(cell: Cell, plan: Plan, form: Form, reaper: Reaper, signal: AbortSignal): Promise<void> {
  const { name, roles, particulars } = cell.contestant;
  const party = { name: `${plan.question}/${name}`, roles, entry, particulars: await particulars(cell.size) };
  const processes = new ContestantProcesses(party, reaper, signal);
  try {
    await processes.start();
    const inFlight = plan.inFlight(cell.size);
    await processes.block(inFlight, 3 * form.blockMs);
    const idle = await idleShares(processes, form.idleMs);
    for (let block = 0; block < form.blocks; block++) {
      const { block: done, cpuUs } = await processes.costed(inFlight, form.blockMs);
      cell.perSecond.push((done.committed * 1000) / done.elapsedMs);
      cell.failed += done.failed;
      for (const role of allRoles) {
        cell.cpuUs[role].push(cpuUs[role] / done.committed);
        // What is left of a role that does nothing is noise, and has no logarithm.
        const net = Math.max(cpuUs[role] - idle[role] * done.elapsedMs * 1000, cpuUs[role] / 1000);
        cell.netUs[role].push(net / done.committed);
        cell.idleShare[role].push(idle[role]);
      }
    }
  } finally {
    await processes.stop();
  }
}

/** The share of a processor that each role takes while nobody asks for anything. */
async function idleShares(processes: ContestantProcesses, forMs: number): Promise<Record<Role, number>> {
  const [began, before] = [performance.now(), await processes.cpuUs()];
  await new Promise((resolve) => setTimeout(resolve, forMs));
  const after = await processes.cpuUs();
  const elapsedUs = (performance.now() - began) * 1000;
  const share = (role: Role) => (after[role] - before[role]) / elapsedUs;
  return { client: share('client'), broker: share('broker'), server: share('server') };
}

function cellOf(contestant: GrowthContestant, size: number): Cell {
  const lists = () => ({ client: [], broker: [], server: [] });
  return { contestant, size, perSecond: [], cpuUs: lists(), netUs: lists(), idleShare: lists(), failed: 0 };
}

function rowOf({ contestant, size, perSecond, failed, ...cell }: Cell, plan: Plan, seed: number): GrowthRow {
  const each = (samples: Readonly<Record<Role, number[]>>) => ({
    client: estimate(samples.client, seed),
    broker: estimate(samples.broker, seed),
    server: estimate(samples.server, seed),
  });
  return {
    contestant: contestant.name,
    size,
    inFlight: plan.inFlight(size),
    perSecond: estimate(perSecond, seed),
    cpuUs: each(cell.cpuUs),
    netUs: each(cell.netUs),
    idleShare: each(cell.idleShare),
    failed,
    samples: perSecond,
  };
}

/** None where it is known at too few sizes. */
function fitOf({ name, fitted: role }: GrowthContestant, rows: readonly GrowthRow[]): GrowthFit[] {
  const own = rows.filter((row) => row.contestant === name);
  const known = own.filter((row) => isKnown(row, role));
  if (known.length < 3) return [];
  const points = known.map(({ size, netUs }) => [size, netUs[role].median] as const);
  const grossPoints = own.map(({ size, cpuUs }) => [size, cpuUs[role].median] as const);
  return [
    {
      contestant: name,
      role,
      fit: fitted(points),
      largest: points.at(-1)![0],
      largestOverSmallest: lastOverFirst(points),
      gross: fitted(grossPoints),
      grossLargestOverSmallest: lastOverFirst(grossPoints),
    },
  ];
}

function lastOverFirst(points: readonly (readonly [size: number, us: number])[]): number {
  return points.at(-1)![1] / points[0]![1];
}

/** A role that is all but taken up by what it does anyway puts that off while it is asked: what is left says nothing of the asking. */
export function isKnown({ cpuUs, netUs }: GrowthRow, role: Role): boolean {
  return netUs[role].median >= knownShare * cpuUs[role].median;
}

function doubtOf({ contestant, size, failed }: GrowthRow): string {
  return `${contestant}, ${size}: ${failed} transactions failed`;
}

const allRoles = ['client', 'broker', 'server'] as const;
const knownShare = 0.2;
const entry = fileURLToPath(new URL('child.js', import.meta.url));
