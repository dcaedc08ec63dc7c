/**
 * A scenario drawn from a seed: topology, settings, load and faults, each from a few values that matter (swarm testing).
 * Every draw has a key of its own, so that one more dial leaves the others as they were.
 */
import { variantOf } from '../../patterns/names.ts';
import { draw } from '../../patterns/parts/chance.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { carrierOf, type Failpoint, type LinkFault, type NodeFault } from '../faults/fault.ts';
import { killAt, ofOthers, ofServers } from '../faults/kill-at.ts';
import { planArrivals } from '../load.ts';
import { parseScenario, type Scenario, type ScenarioInput } from '../scenario.ts';
import { placesOf } from '../targets.ts';
import { recoveryMs } from './laws.ts';
import type { Faults } from './trial.ts';

export interface Contestant {
  readonly pattern: AnyPattern;
  readonly variant: string;
}

type FaultInput = NonNullable<ScenarioInput['faults']>[number];

export function drawScenario(seed: number, { pattern, variant }: Contestant, all: Faults): Scenario {
  const kinds = [...all.values()].filter((fault) => fault.strikes === 'node');
  const choose = chooser(seed);
  const isBrokered = pattern.topology === 'broker';
  const servers = choose('servers', [3, 3, 3, 2, 4]);
  const brokers = isBrokered ? choose('brokers', [1, 1, 2]) : 1;
  // A third of the runs leave every claim its room: one server is never touched, and there is time for each fault.
  const isCalm = draw(seed, 'calm') < 0.35;
  const serviceMs = isCalm ? choose('calm service', [0, 1, 5]) : choose('service', [0, 1, 5, 5, 20, 400]);
  const ratePerSec = isCalm
    ? choose('calm rate', [50, 100, 200])
    : serviceMs < 100
      ? choose('rate', [100, 200, 400, 1000, 10_000])
      : choose('slow rate', [10, 20, 50]);
  // Handlers that outlast a heartbeat's patience, beside freezes that they sleep through, are a world of their own.
  const isSlow = serviceMs >= 100;
  const timeoutMs = isCalm ? 6000 : isSlow ? 3000 : choose('timeout', [300, 1000, 3000, 3000]);
  const model = choose('model', ['open', 'open', 'open', 'closed'] as const);
  const [, { deliveries }] = variantOf(pattern, variant);
  const handler = {
    serviceMs,
    concurrency: choose('concurrency', [1, 1, 2, 4]),
    parts: choose('parts', [0, 0, 0, 1, 3, 12]),
  };
  const window = choose('lanes', [4, 12]);
  const isAtOnce = handler.serviceMs === 0;
  const inHand = isAtOnce ? window : Math.min(window, servers * handler.concurrency);
  const perMs = model === 'open' ? ratePerSec / 1000 : inHand / (handler.serviceMs + (isAtOnce ? 0.4 : 0.7));
  const durationMs = Math.ceil(Math.min(transactions / perMs, durationMsMax));
  const hasFreezes = kinds.some(({ name }) => name === 'pause') && draw(seed, 'freezes') < 0.2;
  const drawn = drawSettings(pattern, choose, isSlow, isCalm);
  const settings = hasFreezes && !isSlow ? { ...drawn, ...cramped(pattern, choose) } : drawn;
  // Freezes about as long as a heartbeat's patience are the ones that machines may judge differently.
  const patience = Number(settings['heartbeatTimeoutMs'] ?? pattern.settings['heartbeatTimeoutMs']?.default ?? 300);
  const near = [Math.round(patience * 0.97), Math.round(patience * 1.05)];
  const faults = drawFaults(seed, choose, kinds, {
    servers: isCalm ? servers - 1 : servers,
    brokers: isBrokered && !isCalm ? brokers : 0,
    hasClient: !isCalm,
    durationMs,
    durations: [...near, ...(isSlow ? [130, 200, 300] : [20, 150, 300, 700, 1500])],
  });
  const freezes = hasFreezes ? drawFreezes(seed, servers, durationMs, patience) : undefined;
  const scenario = parseScenario({
    name: `swarm-${seed}`,
    pattern: pattern.name,
    variant,
    seed,
    settings,
    topology: { servers, brokers },
    load: {
      model,
      ratePerSec,
      arrivals: choose('arrivals', ['jittered', 'poisson', 'uniform'] as const),
      durationMs,
      window,
      timeoutMs,
      payloadBytes: choose('payload', isCalm ? [0, 64, 64, 1000] : [0, 64, 64, 64, 1000, 1000, 30_000]),
      timeouts: !isCalm && draw(seed, 'timeouts') < 0.3 ? 'spread' : 'equal',
      abandonedShare: !isCalm && draw(seed, 'abandoned') < 0.15 ? 0.3 : 0,
      stream: !isCalm && choose('stream', [false, true]),
      ...(isCalm || draw(seed, 'delivery') < 0.5 ? {} : { delivery: choose('which delivery', deliveries) }),
    },
    handler,
    network: {
      latencyMs: choose('latency', [0, 0, 0, 2, 15]),
      ...(!isCalm && draw(seed, 'tight network') < 0.2 ? tightNetwork : {}),
    },
    restart: choose('restart', ['after:50', 'after:300', 'after:1000', 'daemontools']),
    faults: freezes ?? faults,
  });
  const further = isCalm ? [] : [...drawLinkFaults(seed, scenario, pattern, all), ...drawSurge(seed, scenario, all)];
  const whole =
    further.length === 0 ? scenario : parseScenario({ ...scenario, faults: [...scenario.faults, ...further] });
  const hasSurge = further.some(({ target }) => target === 'load');
  return model === 'open' && serviceMs <= 20 && !hasSurge && draw(seed, 'tail') < 0.3 ? withTail(whole) : whole;
}

/** On links, of one carrier: hosts of their own have no proxy between them. */
function drawLinkFaults(seed: number, scenario: Scenario, pattern: AnyPattern, all: Faults): FaultInput[] {
  const choose = chooser(seed);
  const onLinks = [...all.values()].filter((fault) => fault.strikes === 'link');
  const carrier = choose('carrier', ['proxy', 'proxy', 'proxy', 'hosts'] as const);
  const kinds = onLinks.filter((fault) => carrierOf(fault) === carrier);
  const { links } = placesOf(scenario, pattern);
  const count = kinds.length === 0 ? 0 : choose('link faults', [0, 0, 1, 1, 2]);
  return Array.from({ length: count }, (_, k): FaultInput => {
    const fault = choose(`link fault ${k}`, kinds);
    return {
      fault: fault.name,
      target: choose(`link ${k}`, links),
      atMs: Math.round(draw(seed, `link fault at ${k}`) * scenario.load.durationMs * 1000) / 1000,
      trigger: choose(`link trigger ${k}`, ['now', 'now', 'holding-in-flight'] as const),
      durationMs: choose(`link fault lasts ${k}`, [20, 150, 300, 700, 1500]),
      with: drawOptions(fault, (key, from) => choose(`${key} of link fault ${k}`, from)),
    };
  });
}

/** Of what the fault takes, one of a few values each; half of them stand as they are by default. */
function drawOptions(
  { options }: LinkFault,
  choose: <T>(key: string, options: readonly T[]) => T,
): Record<string, number | string> {
  const taken = Object.entries(linkDials).filter(([name]) => Object.hasOwn(options.shape, name));
  return Object.fromEntries(
    taken.flatMap(([name, values]) => (choose(`whether ${name}`, [true, false]) ? [[name, choose(name, values)]] : [])),
  );
}

function drawSurge(seed: number, { load }: Scenario, all: Faults): FaultInput[] {
  const choose = chooser(seed);
  const kinds = [...all.values()].filter((fault) => fault.strikes === 'load');
  if (kinds.length === 0 || load.model === 'closed' || draw(seed, 'surge') > 0.12) return [];
  const { name: fault } = choose('which surge', kinds);
  const atMs = Math.round(draw(seed, 'surge at') * load.durationMs);
  return [{ fault, target: 'load', atMs, durationMs: 100, with: choose('how much', surges[fault] ?? [{}]) }];
}

function chooser(seed: number): <T>(key: string, options: readonly T[]) => T {
  return (key, options) => options[Math.floor(draw(seed, key) * options.length)]!;
}

/** After everything has healed the load comes back for a moment: it must commit then. */
function withTail(scenario: Scenario): Scenario {
  const { load, faults } = scenario;
  const over = Math.max(load.durationMs, ...faults.map(({ atMs, durationMs }) => atMs + durationMs + cureMs));
  const from = over + recoveryMs(scenario) + 1000;
  const long = { ...scenario, load: { ...load, durationMs: Math.ceil(from) + 500 } };
  let last = 0;
  const only = planArrivals(long).flatMap(({ n, at }) => {
    const isIn = at < load.durationMs * 1000 || (at >= from * 1000 && at > last + 40_000);
    if (isIn) last = at;
    return isIn ? [n] : [];
  });
  return { ...long, load: { ...long.load, only } };
}

/** Faults that do not overlap on one node, at no phase of anything. */
function drawFaults(
  seed: number,
  choose: <T>(key: string, options: readonly T[]) => T,
  kinds: readonly NodeFault[],
  where: { servers: number; brokers: number; hasClient: boolean; durationMs: number; durations: readonly number[] },
): FaultInput[] {
  const { servers, brokers, hasClient, durationMs, durations } = where;
  const faults: FaultInput[] = [];
  const busyUntil = new Map<string, number>();
  const count = kinds.length === 0 ? 0 : choose('faults', [0, 1, 1, 2, 2, 3, 4]);
  const hardest = kinds.filter(({ name }) => hard.includes(name));
  for (let k = 0; k < count; k++) {
    const kind = choose(`fault ${k}`, [...kinds, ...hardest, ...hardest]);
    const { name: fault, manner } = kind;
    const role = draw(seed, `role ${k}`);
    const isBroker = brokers > 0 && role < 0.2;
    const number = 1 + Math.floor(draw(seed, `target ${k}`) * (isBroker ? brokers : servers));
    const isClient = hasClient && role > 0.9 && mayStrikeClient(kind);
    const target = isClient ? 'client' : `${isBroker ? 'broker' : 'server'}-${number}`;
    const isFirst = manner === 'from-the-start';
    const atMs = isFirst ? 0 : Math.round(draw(seed, `at ${k}`) * durationMs * 1200) / 1000;
    const duration = choose(`duration ${k}`, durations);
    if (atMs < (busyUntil.get(target) ?? 0)) continue;
    const trigger = isFirst ? 'now' : choose(`trigger ${k}`, ['now', 'now', 'holding-in-flight'] as const);
    // A killed node is away for as long as its restart takes, and a trigger may come late: nothing else until then.
    busyUntil.set(target, atMs + duration + 4000);
    const particulars =
      fault === killAt.name ? { with: drawStep(target, (key, from) => choose(`${key} ${k}`, from)) } : {};
    faults.push({ fault, target, atMs, trigger, durationMs: duration, ...particulars });
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** With some options or other. */
export function mayStrikeClient({ refuses }: NodeFault): boolean {
  return refuses?.('client', { point: ofOthers[0] }) === undefined;
}

/** Where a node kills itself, and the how manyth time it comes there. */
function drawStep(
  target: string,
  choose: <T>(key: string, options: readonly T[]) => T,
): { point: Failpoint; hit: number } {
  const point = choose('point', target.startsWith('server') ? ofServers : ofOthers);
  return { point, hit: choose('hit', [1, 1, 2, 5, 20]) };
}

/** Little room at each server, so that what a frozen one held finds none elsewhere. */
function cramped(
  { settings }: AnyPattern,
  choose: <T>(key: string, options: readonly T[]) => T,
): Record<string, number | boolean> {
  const small = {
    window: choose('cramped window', [1, 2, 4]),
    queueLimit: choose('cramped queue', [1, 2, 65_536]),
    heartbeatTimeoutMs: 100,
    heartbeatIntervalMs: 20,
    leases: true,
  };
  return Object.fromEntries(Object.entries(small).filter(([name]) => Object.hasOwn(settings, name)));
}

/** One server after the other freezes for a moment, again and again: about as long as it takes to be suspected. */
function drawFreezes(seed: number, servers: number, durationMs: number, patienceMs: number): FaultInput[] {
  const freezes: FaultInput[] = [];
  for (let k = 0, at = 0; at < durationMs && k < freezesMax; k++) {
    const lasts = Math.round(patienceMs * (0.4 + 1.4 * draw(seed, `freeze ${k}`)));
    const target = `server-${1 + Math.floor(draw(seed, `freezes ${k}`) * servers)}`;
    freezes.push({ fault: 'pause', target, atMs: Math.round(at), trigger: 'now', durationMs: lasts });
    at += lasts + patienceMs * draw(seed, `between ${k}`);
  }
  return freezes;
}

/** Half of the runs have limits that bite. Of the settings half stand as they are, the others take one of a few values. */
function drawSettings(
  { settings }: AnyPattern,
  choose: <T>(key: string, options: readonly T[]) => T,
  isSlow: boolean,
  isCalm: boolean,
): Record<string, number | boolean> {
  const drawn: Record<string, number | boolean> = {};
  const isTight = !isCalm && choose('tight', [true, false]);
  for (const [name, values] of Object.entries(isTight ? { ...dials, ...limits } : dials)) {
    if (Object.hasOwn(settings, name) && choose(`whether ${name}`, [true, false])) drawn[name] = choose(name, values);
  }
  if (isSlow && Object.hasOwn(settings, 'heartbeatTimeoutMs')) drawn['heartbeatTimeoutMs'] = 100;
  const { heartbeatTimeoutMs } = drawn;
  if (heartbeatTimeoutMs !== undefined) drawn['heartbeatIntervalMs'] = Math.ceil(Number(heartbeatTimeoutMs) / 5);
  return drawn;
}

/** Values for settings by their names: a pattern that has one of these takes part. */
const dials: Readonly<Record<string, readonly (number | boolean)[]>> = {
  heartbeatTimeoutMs: [100, 250, 1000],
  reconnectMs: [10, 100],
  replyCacheLimit: [0, 16],
  highWaterMark: [2, 10],
  retryMs: [50, 200],
  leases: [true, false],
};
const limits: typeof dials = {
  window: [1, 4, 16, 64],
  queueLimit: [1, 4, 32],
  totalQueueLimit: [4, 32],
  queueLimitBytes: [1024, 8192, 100_000],
  replyCacheBytes: [0, 2000],
  pendingLimit: [16, 64],
  slots: [1, 4, 30],
};
/** Options of faults on links by their names. */
const linkDials: Readonly<Record<string, readonly (number | string)[]>> = {
  direction: ['requests', 'replies'],
  delayMs: [5, 40, 150],
  jitterMs: [20, 60],
  bytesPerSec: [20_000, 100_000, 1_000_000],
  message: [2, 5, 20],
};
const surges: Readonly<Record<string, readonly Record<string, number>[]>> = {
  burst: [{ transactions: 20 }, { transactions: 100 }],
  overload: [{ factor: 2 }, { factor: 4 }],
};
/** So little room that senders are told to wait. */
const tightNetwork = { bufferBytes: 8192, highWaterMark: 4 };
const freezesMax = 16;
/** They do the most, and come more often than others. */
export const hard: readonly string[] = ['kill', 'pause'];

/** How long a trigger, a restart and a boot may take. */
const cureMs = 3500;
/** So many are due, unless that takes too long. */
const transactions = 200;
const durationMsMax = 3000;
