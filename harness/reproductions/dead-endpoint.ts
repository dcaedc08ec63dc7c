/**
 * The failure this project began with: "a call to connect() without a bind is still considered a valid connection and so
 * this port would still receive a transaction but not actually send it to the server … just how long depends on the
 * restart time for the downed server" (R. Bucker, REST semi-realtime transactions, 2012).
 */
import type { ScenarioInput } from '../scenario.ts';
import { absencesOf } from './parts/absences.ts';
import { conclusiveRun } from './parts/conclusive-run.ts';
import { poolShares } from './parts/pool-share.ts';
import { swallowed } from './parts/swallowed.ts';
import { article, type Check, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const deadEndpoint: Reproduction = {
  name: 'dead-endpoint',
  about: 'a request routed to a dead endpoint waits until that server restarts, and a pool of clients stops',
  claim:
    '“a call to connect() without a bind is still considered a valid connection and so this port would still receive a ' +
    'transaction but not actually send it to the server … Just how long depends on the restart time for the downed ' +
    'server”; “The number of transactions queued per connection depends on the high water mark setting”',
  source: article,
  async reproduce(options) {
    const delay = await delays(options);
    const pool = await poolShares(options);
    options.onPhase('what an endpoint that was never up swallows');
    const counts = await swallowed();
    const checks: Check[] = [
      {
        what: `what its delay grows by, of each ms that the server is down (${pointsOf(delay)})`,
        expected: '0.9 to 1.1',
        measured: delay.slope.toFixed(3),
        holds: isBetween(delay.slope, 0.9, 1.1),
      },
      {
        what: 'delayed with immediate',
        expected: '0',
        measured: String(delay.controlDelayed),
        holds: delay.controlDelayed === 0,
      },
      ...pool.map(({ pattern, variant, shareDuringOutage, expected }) => ({
        what: `throughput of a pool of twelve with one of three servers down, ${pattern} ${variant}`,
        expected: `${percent(expected[0])} to ${percent(expected[1])}`,
        measured: percent(shareDuringOutage),
        holds: isBetween(shareDuringOutage, expected[0], expected[1]),
      })),
      ...counts.map(({ highWaterMark, immediate, count, expected }) => ({
        what: `swallowed by an endpoint that was never up, high-water mark ${highWaterMark}${immediate ? ', immediate' : ''}`,
        expected: String(expected),
        measured: String(count),
        holds: count === expected,
      })),
    ];
    return { checks, figures: { delay, pool, swallowed: counts } };
  },
};

function pointsOf({ points }: Delays): string {
  return points.map(({ awayMs, delayMs }) => `${awayMs.toFixed(0)} ms: ${delayMs.toFixed(0)} ms`).join(', ');
}

interface Point {
  /** How long the server was to be down, and how long it was, its own start included. */
  readonly restartMs: number;
  readonly awayMs: number;
  readonly delayMs: number;
}

interface Delays {
  readonly slope: number;
  readonly points: readonly Point[];
  /** Transactions that `immediate` delayed, over all of its runs. */
  readonly controlDelayed: number;
}

/** One client, three servers, one killed while idle: how long the transaction routed there takes. */
async function delays(options: ReproductionOptions): Promise<Delays> {
  const points: Point[] = [];
  let controlDelayed = 0;
  const turns = options.quick ? 1 : turnsOf;
  for (const restartMs of options.quick ? quickRestarts : restarts) {
    const measured: Omit<Point, 'restartMs'>[] = [];
    for (let turn = 0; turn < turns; turn++) {
      options.onPhase(`one client, a server down for ${restartMs} ms, ${turn + 1} of ${turns}`);
      const { row, evidence } = await runLonely('as-published', restartMs, options.seed + turn, options);
      const struck = evidence.history.find((line) => line.kind === 'fault' && line.phase === 'begun');
      const node = struck?.kind === 'fault' ? struck.node : '';
      measured.push({ awayMs: absencesOf(node, evidence)[0]!.awayMs, delayMs: row.worstMs });
    }
    points.push({ restartMs, ...measured.sort((a, b) => a.delayMs - b.delayMs)[turns >> 1]! });
    options.onPhase(`the control, immediate, a server down for ${restartMs} ms`);
    const { row: control } = await runLonely('immediate', restartMs, options.seed, options);
    controlDelayed += control.delayed + control.unknown + control.refused;
  }
  return { slope: slopeOf(points.map(({ awayMs, delayMs }) => [awayMs, delayMs])), points, controlDelayed };
}

function runLonely(variant: string, restartMs: number, seed: number, options: ReproductionOptions) {
  return conclusiveRun(lonely(variant, restartMs), { ...options, seed });
}

function lonely(variant: string, restartMs: number): Omit<ScenarioInput, 'seed'> {
  return {
    name: 'dead-endpoint-delay',
    pattern: 'brokerless-req',
    variant,
    settings: { slots: 1 },
    load: { ratePerSec: 100, arrivals: 'uniform', durationMs: restartMs + 1200, timeoutMs: restartMs + 5000 },
    handler: { serviceMs: 1 },
    restart: `after:${restartMs}`,
    delayedMs: Math.min(...restarts) / 2,
    faults: [{ fault: 'kill', target: 'server', atMs: 700, trigger: 'idle', durationMs: restartMs }],
  };
}

/** The slope of the line of least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const restarts = [250, 500, 1000, 2000];
const quickRestarts = [250, 1250];
/** Each delay is the median of so many runs: a restart's own duration varies. */
const turnsOf = 3;
