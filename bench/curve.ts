/** What does encryption cost? The same pattern with and without CURVE, in rotation. */
import { keyPair } from '../patterns/index.ts';
import type { Question, RawResult } from './question.ts';
import { type Cell, type Entrant, estimates, type Form, inRotation, perSecond } from './rotation.ts';
import { type Estimate, estimate, ratios } from './statistics.ts';
import { contestants } from './throughput/contestants.ts';
import { payloadBytes } from './throughput/lanes.ts';
import type { Role } from './throughput/peer.ts';
import { partyOf } from './throughput.ts';
import { where } from './where.ts';

export interface CurveResult extends RawResult, Form {
  readonly payloadBytes: number;
  readonly rows: readonly CurveRow[];
}

export interface CurveRow {
  readonly pattern: string;
  readonly window: number;
  readonly plainPerSecond: Estimate;
  readonly curvePerSecond: Estimate;
  /** The time a transaction takes with CURVE over that without, in the same round. */
  readonly ratio: Estimate;
  readonly plainCpuUs: Readonly<Record<Role, Estimate>>;
  readonly curveCpuUs: Readonly<Record<Role, Estimate>>;
}

export const curve: Question = {
  name: 'curve',
  asks: 'What does encryption cost?',
  async ask(options): Promise<CurveResult> {
    const { quick, seed } = options;
    const measuredAt = where();
    const form = quick ? quickForm : fullForm;
    const cells = await inRotation(curve.name, await entrants(), form, options);
    const rows = windows.map((window) => rowOf(window, cells, seed));
    const head = { question: curve.name, quick, seed, machine: measuredAt, conclusive: true, doubts: [] };
    return { ...head, ...form, payloadBytes, rows };
  },
};

async function entrants(): Promise<Entrant[]> {
  const party = partyOf(contestants.find(({ name }) => name === pattern)!);
  const cells = windows.map((window) => ({ window }));
  const keys = { server: await keyPair(), client: await keyPair() };
  return [
    { party, cells },
    { party: { ...party, name: secured, contestant: pattern, particulars: { keys } }, cells },
  ];
}

function rowOf(window: number, cells: readonly Cell[], seed: number): CurveRow {
  const of = (contestant: string) => cells.find((cell) => cell.contestant === contestant && cell.window === window)!;
  const [plain, secure] = [of(pattern), of(secured)];
  return {
    pattern,
    window,
    plainPerSecond: estimate(perSecond(plain.usPerTransaction), seed),
    curvePerSecond: estimate(perSecond(secure.usPerTransaction), seed),
    ratio: estimate(ratios(secure.usPerTransaction, plain.usPerTransaction), seed),
    plainCpuUs: estimates(plain.cpuUs, seed),
    curveCpuUs: estimates(secure.cpuUs, seed),
  };
}

const pattern = 'freelance';
const secured = 'freelance, with CURVE';
const windows = [1, 128];
const fullForm: Form = { rounds: 10, blockMs: 400 };
const quickForm: Form = { rounds: 3, blockMs: 100 };
