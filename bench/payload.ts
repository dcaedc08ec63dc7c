/** What does a transaction cost as its payload grows? The same window for all, so that only the bytes differ. */
import type { Question, RawResult } from './question.ts';
import { type Cell, type Entrant, estimates, type Form, inRotation, perSecond } from './rotation.ts';
import { type Estimate, estimate, type Fit, fitted, ratios } from './statistics.ts';
import { baseline, concurrency, contestants } from './throughput/contestants.ts';
import type { Role } from './throughput/peer.ts';
import { partyOf } from './throughput.ts';
import { where } from './where.ts';

export interface PayloadResult extends RawResult, Form {
  readonly window: number;
  readonly concurrency: number;
  readonly baseline: string;
  readonly rows: readonly PayloadRow[];
  readonly fits: readonly PayloadFit[];
}

export interface PayloadRow {
  readonly contestant: string;
  readonly bytes: number;
  /** Its throughput over the baseline's of the same round. */
  readonly ratio: Estimate;
  readonly perSecond: Estimate;
  /** Requests alone, in 10^6 bytes; the replies are as many. */
  readonly megabytesPerSecond: Estimate;
  readonly cpuUs: Readonly<Record<Role, Estimate>>;
  readonly failed: number;
  /** Commits a second, block by block. */
  readonly samples: readonly number[];
}

export interface PayloadFit {
  readonly contestant: string;
  /** Of the time a transaction over its bytes, from so many on. */
  readonly fit: Fit;
  readonly fromBytes: number;
}

export const payload: Question = {
  name: 'payload',
  asks: 'What does a transaction cost as its payload grows?',
  async ask(options): Promise<PayloadResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const form = quick ? quickForm : fullForm;
    const cells = await inRotation(payload.name, entrantsOf(quick), form, options);
    const rows = cells.map((cell) => rowOf(cell, cells, seed));
    const fits = [...new Set(rows.map(({ contestant }) => contestant))].map((contestant) => fitOf(contestant, rows));
    const head = { question: payload.name, quick, seed, machine: measuredAt, conclusive: true, doubts: [] };
    return { ...head, ...form, window, concurrency, baseline, rows, fits };
  },
};

function entrantsOf(quick: boolean): Entrant[] {
  return contestants
    .filter(({ name }) => (quick ? inTrials : taking).includes(name))
    .map((contestant) => ({
      party: partyOf(contestant),
      cells: (quick ? fewSizes : sizes).map((bytes) => ({ window, bytes })),
    }));
}

function rowOf(cell: Cell, cells: readonly Cell[], seed: number): PayloadRow {
  const { contestant, bytes, usPerTransaction, cpuUs, failed } = cell;
  const raw = cells.find((other) => other.contestant === baseline && other.bytes === bytes)!;
  const samples = perSecond(usPerTransaction);
  const megabytes = samples.map((perSecond) => (perSecond * bytes) / 1_000_000);
  return {
    contestant,
    bytes,
    ratio: estimate(ratios(raw.usPerTransaction, usPerTransaction), seed),
    perSecond: estimate(samples, seed),
    megabytesPerSecond: estimate(megabytes, seed),
    cpuUs: estimates(cpuUs, seed),
    failed,
    samples,
  };
}

/** Nothing has no logarithm, and a few bytes cost nothing beside the rest. */
function fitOf(contestant: string, rows: readonly PayloadRow[]): PayloadFit {
  const own = rows.filter((row) => row.contestant === contestant && row.bytes >= fromBytes);
  return { contestant, fromBytes, fit: fitted(own.map(({ bytes, perSecond }) => [bytes, 1 / perSecond.median])) };
}

const window = 16;
const sizes = [0, 64, 1024, 16_384, 131_072, 1_048_576];
const fewSizes = [0, 1024, 131_072, 1_048_576];
const fromBytes = 1024;
const taking = [baseline, 'brokerless-req/retry', 'freelance', 'majordomo'];
const inTrials = [baseline, 'freelance'];
const fullForm: Form = { rounds: 10, blockMs: 250 };
const quickForm: Form = { rounds: 2, blockMs: 100 };
