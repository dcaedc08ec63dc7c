/**
 * How fast the machine was, so that the simulated world may be told: its timings are those of one machine in a good hour. All
 * of it is told from a few cells of the campaign itself: what messages and work take from quiet runs, or where there is one,
 * from an overload, in which a little adds up with every request; what holds processes up from the latest of the quiet; what
 * issuing and handing over take from a burst; what is done for the first time from the first commit; what orders take from a
 * link that is told to let messages go; what a death takes from the plainest kill; what a start takes from a client that comes
 * back, and three servers that come back at one time.
 */
import { seenOf } from '../harness/campaigns/figures.ts';
import type { CompactCell, CompactResult } from '../harness/campaigns/result.ts';
import type { Pace } from '../harness/worlds/simulated/pace.ts';
import { median } from './statistics.ts';

/** What is measured in both worlds, each a figure of one contestant in one scenario: the median over its runs. */
export const gauges = {
  /** A quiet transaction without a broker, by two messages; and one with, by four. */
  directMs: { scenario: 'none', contestant: 'freelance', figure: 'p50Ms' },
  brokeredMs: { scenario: 'none', contestant: 'majordomo', figure: 'p50Ms' },
  /** One in a hundred of the quiet ones takes longer. */
  heldUpMs: { scenario: 'none', contestant: 'freelance', figure: 'p99Ms' },
  /** From a kill until its client knows. */
  detectedMs: { scenario: 'kill-and-restart', contestant: 'freelance', figure: 'detectedMs' },
  /** How long the last of a queue waits, without a broker, and with one that gives each worker one request at a time. */
  drainedMs: { scenario: 'overload', contestant: 'freelance', figure: 'worstMs' },
  drainedByBrokerMs: { scenario: 'overload', contestant: 'majordomo', figure: 'worstMs' },
  /** Until a link that kept messages for a second has been told to let them go, and they have come. */
  obeyedMs: { scenario: 'grey-failure', contestant: 'majordomo', figure: 'failoverMs' },
  /** How long nothing commits while the client issues five hundred, of which it hands over few, and where it hands over all. */
  issuedMs: { scenario: 'burst', contestant: 'brokerless-req/retry', figure: 'blackoutMs' },
  begunMs: { scenario: 'burst', contestant: 'freelance', figure: 'blackoutMs' },
  /** How long nothing commits from the beginning on, where one server of three is not there: it is the first that takes long. */
  firstMs: { scenario: 'dead-endpoint', contestant: 'freelance', figure: 'blackoutMs' },
  /** A transaction over a link that has a proxy, of which a fault makes use but once. */
  proxiedMs: { scenario: 'reconnect-storm', contestant: 'freelance', figure: 'p50Ms' },
  /** How long nothing commits while one process starts, and while three do at one time. */
  startedMs: { scenario: 'client-kill', contestant: 'freelance', figure: 'blackoutMs' },
  allStartedMs: { scenario: 'everything-down', contestant: 'freelance', figure: 'blackoutMs' },
} as const;
export type Gauge = keyof typeof gauges;
export type Gauged = Readonly<Partial<Record<Gauge, number>>>;

/** Without those that it did not measure. */
export function gaugedBy(campaign: Pick<CompactResult, 'cells' | 'noiseFloor'>): Gauged {
  const { noiseFloor } = campaign;
  const known = Object.entries(gauges).flatMap(([gauge, { scenario, contestant, figure }]) => {
    // Its twin is the same pattern: what that was seen to do is no less true of it.
    const names = contestant === noiseFloor.contestant ? [contestant, noiseFloor.again] : [contestant];
    const ms = medianMs(campaign, scenario, names, figure);
    return ms === undefined ? [] : [[gauge, ms]];
  });
  return Object.fromEntries(known);
}

/** By which what was measured takes as long in both worlds. On average a message takes half of `hopMs`. */
export function paceBetween(real: Gauged, simulated: Gauged): Pace {
  const more = (gauge: Gauge) =>
    real[gauge] === undefined || simulated[gauge] === undefined ? 0 : real[gauge] - simulated[gauge];
  const hopMs = more('brokeredMs') - more('directMs');
  return { hopMs, workMs: more('directMs') - hopMs, deathMs: more('detectedMs') };
}

/** A gauge in virtual time, at such a pace. */
export type Simulated = (gauge: Gauge, pace: Pace) => Promise<number>;

/**
 * The same, so that queues empty as fast in both worlds, where that was measured. Servers that always have a request wait for
 * nothing but their work; a worker of a broker waits for two messages as well.
 */
export async function paceUnderLoad(quiet: Pace, real: Gauged, simulated: Simulated): Promise<Pace> {
  const fits = (pace: Pace, name: 'workMs' | 'hopMs', gauge: Gauge) =>
    solved(real[gauge], pace[name], (ms) => simulated(gauge, { ...pace, [name]: ms }));
  const working = { ...quiet, workMs: await fits(quiet, 'workMs', 'drainedMs') };
  return { ...working, hopMs: await fits(working, 'hopMs', 'drainedByBrokerMs') };
}

/** An amount that one gauge alone tells, where that was measured; it is looked for from the usual one on. */
function amountBy(name: 'holdUpMs' | 'coldMs' | 'orderMs', gauge: Gauge, usualMs: number) {
  return async (pace: Pace, real: Gauged, simulated: Simulated): Promise<Pick<Pace, typeof name>> => {
    const wanted = real[gauge];
    if (wanted === undefined) return {};
    return { [name]: await solvedAmount(wanted, usualMs, (ms) => simulated(gauge, { ...pace, [name]: ms })) };
  };
}

/** For how long processes are held up. */
export const holdUpPace = amountBy('holdUpMs', 'heldUpMs', 1.5);

/** How much longer what is done for the first time takes: by so much, it is the first commit that a run waits longest for. */
export const coldPace = amountBy('coldMs', 'firstMs', 3);

/** What an order takes until it has been told. */
export const orderPace = amountBy('orderMs', 'obeyedMs', 0.5);

/** What issuing a transaction and handing over an attempt of it cost the client, where that was measured. */
export async function issuePace(
  pace: Pace,
  { issuedMs, begunMs }: Gauged,
  simulated: Simulated,
): Promise<Pick<Pace, 'issueMs' | 'attemptMs'>> {
  if (issuedMs === undefined || begunMs === undefined) return {};
  const issuing = (issueMs: number) => simulated('issuedMs', { ...pace, issueMs });
  const issueMs = await solvedAmount(issuedMs, usualIssueMs, issuing, usualIssueMs);
  const handing = (attemptMs: number) => simulated('begunMs', { ...pace, issueMs, attemptMs });
  return { issueMs, attemptMs: await solvedAmount(begunMs, usualAttemptMs, handing, usualAttemptMs) };
}

/** What a proxy adds to each of a transaction's two messages, where that was measured. */
export function proxyPace({ directMs, proxiedMs }: Gauged): Pick<Pace, 'proxyMs'> {
  if (directMs === undefined || proxiedMs === undefined) return {};
  return { proxyMs: Math.max(0, (proxiedMs - directMs) / 2) };
}

/** How long processes take to start, where that was measured. */
export async function startPace(pace: Pace, real: Gauged, simulated: Simulated): Promise<Pick<Pace, 'start'>> {
  const { startedMs, allStartedMs } = real;
  if (startedMs === undefined || allStartedMs === undefined) return {};
  const at = (gauge: Gauge, start: NonNullable<Pace['start']>) => simulated(gauge, { ...pace, start });
  const aloneMs = await solvedAmount(startedMs, usualStartMs, (ms) => at('startedMs', { aloneMs: ms, besideMs: 0 }));
  const besideMs = await solvedAmount(allStartedMs, usualStartMs, (ms) =>
    at('allStartedMs', { aloneMs, besideMs: ms }),
  );
  return { start: { aloneMs, besideMs } };
}

/** What has a gauge be as wanted, by two points: it is all but proportional to that. As it is where nothing is wanted. */
async function solved(
  wanted: number | undefined,
  guessMs: number,
  gauged: (ms: number) => Promise<number>,
  stepMs = Math.max(usualStepMs, guessMs),
): Promise<number> {
  if (wanted === undefined) return guessMs;
  const moreMs = guessMs + stepMs;
  const [low, high] = [await gauged(guessMs), await gauged(moreMs)];
  if (high <= low) throw new Error(`a gauge of ${low} ms at ${guessMs} is ${high} ms at ${moreMs}`);
  return guessMs + ((wanted - low) * stepMs) / (high - low);
}

/** The same of what can't be less than nothing. */
async function solvedAmount(...asked: Parameters<typeof solved>): Promise<number> {
  return Math.max(0, await solved(...asked));
}

/** By how much the machine held up one transaction in a hundred where nothing happened to anybody. */
export function hiccupMs(campaign: Pick<CompactResult, 'cells'>, contestant: string): number {
  const [middle, late] = (['p50Ms', 'p99Ms'] as const).map((figure) =>
    medianMs(campaign, quietScenario, [contestant], figure),
  );
  return middle === undefined || late === undefined ? 0 : late - middle;
}

function medianMs(
  { cells }: Pick<CompactResult, 'cells'>,
  scenario: string,
  contestants: readonly string[],
  figure: keyof CompactCell['figures'],
): number | undefined {
  const ofThem = cells.filter((one) => one.scenario === scenario && contestants.includes(one.contestant));
  const samples = ofThem.flatMap(({ figures }) => seenOf(figures[figure]?.samples ?? []));
  return samples.length === 0 ? undefined : median(samples);
}

const usualStartMs = 250;
const usualIssueMs = 0.01;
const usualAttemptMs = 0.02;
/** Far enough that chance does not count. */
const usualStepMs = 1;

/** Where nothing happens to anybody. */
const quietScenario = gauges.directMs.scenario;
