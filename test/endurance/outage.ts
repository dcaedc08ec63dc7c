/**
 * Every server is down at once while transactions go on being asked for: killed, so that connections end, or paused, so that they
 * stay up and swallow what is sent. Every transaction settles by its deadline, and memory stays where it was.
 */
import { placesOf, type Subject, subjects } from './cases.ts';
import type { LoadFigures } from './load-spec.ts';
import { type Node, Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

interface Case {
  readonly subject: Subject;
  /** Servers, or the brokers in front of them. */
  readonly target: 'servers' | 'brokers';
  readonly kind: 'killed' | 'paused';
}

export const outage: Trial = {
  name: 'outage',
  asks: 'with every server down, does every transaction settle by its deadline, and does memory stay where it was?',
  async run(options: TrialOptions) {
    const cases: Case[] = [];
    for (const subject of await subjects(options.of)) {
      const targets =
        subject.pattern.topology === 'broker' ? (['servers', 'brokers'] as const) : (['servers'] as const);
      for (const target of targets)
        for (const kind of ['killed', 'paused'] as const) cases.push({ subject, target, kind });
    }
    const titleOf = ({ subject, target, kind }: Case) => `${subject.title}, ${target} ${kind}`;
    return each('outage', cases, { ...options, quick: false }, titleOf, (one) => goDown(one, options));
  },
};

async function goDown(one: Case, { quick, signal }: TrialOptions): Promise<Finding> {
  const processes = new Processes(signal);
  try {
    const { pattern, variantName: variant } = one.subject;
    const slots = 'slots' in pattern.settings ? { slots: one.subject.variant.topology === 'clients' ? 16 : 64 } : {};
    const places = await placesOf(one.subject, processes, { servers: 2, settings: slots });
    const common = { pattern: pattern.name, variant, settings: {}, concurrency: 64, work: {} };
    const brokers: Node[] = [];
    const servers: Node[] = [];
    const start = async (nodes: Node[], role: 'broker' | 'server', index: number) =>
      nodes.push(await processes.start({ name: role, role, ...common, endpoints: places.of(role, index) }));
    for (const index of places.hasBrokers ? [0, 1] : []) await start(brokers, 'broker', index);
    for (const index of [0, 1]) await start(servers, 'server', index);
    const place = places.client;
    const load = await processes.load({ name: 'client', pattern: pattern.name, variant, place, settings: slots });
    const run = (durationMs: number) => load.run({ durationMs, perSec, timeoutMs });

    const before = await run(quick ? 2000 : 10_000);
    const brokerBefore = await rssOf(brokers);
    const victims = one.target === 'brokers' ? brokers : servers;
    await Promise.all(victims.map((victim) => (one.kind === 'killed' ? victim.kill() : victim.pause())));
    const during = await run(quick ? 4000 : 30_000);
    const brokerGrowth = one.target === 'brokers' ? 0 : (await rssOf(brokers)) - brokerBefore;
    for (const victim of victims) {
      if (one.kind === 'killed') await processes.start(victim.spec);
      else victim.resume();
    }
    const after = await run(3000);
    return finding(one, before, during, after, Math.round(brokerGrowth));
  } finally {
    await processes.close();
  }
}

/** The most that one of them takes. */
async function rssOf(nodes: readonly Node[]): Promise<number> {
  const usages = await Promise.all(nodes.map((node) => node.usage()));
  return Math.max(0, ...usages.map(({ rssMb }) => rssMb));
}

function finding(
  one: Case,
  before: LoadFigures,
  during: LoadFigures,
  after: LoadFigures,
  brokerGrowth: number,
): Finding {
  const rssGrowth = Math.round(during.rssMaxMb - before.rssMaxMb);
  const heapGrowth = Math.round(during.heapMaxMb - before.heapMaxMb);
  const broken: string[] = [];
  const unsettled = during.unsettled + after.unsettled;
  if (unsettled > 0) broken.push(`${unsettled} never settled`);
  if (during.latestMs - during.starvedMs > lateMax) broken.push(`one settled ${during.latestMs} ms after its deadline`);
  for (const [what, growth] of Object.entries({ rss: rssGrowth, heap: heapGrowth })) {
    if (growth > growthMaxMb) broken.push(`${what} grew by ${growth} MB`);
  }
  if (brokerGrowth > brokerGrowthMaxMb) broken.push(`a broker grew by ${brokerGrowth} MB`);
  const doubts: string[] = [];
  if (before.committed < before.asked) doubts.push(`with all up only ${before.committed} of ${before.asked} committed`);
  if (during.asked < during.committed * 2) doubts.push('most committed: they were not down');
  const row = {
    of: one.subject.title,
    down: `${one.target} ${one.kind}`,
    asked: during.asked,
    committed: during.committed,
    refused: during.refused,
    unknown: during.unknown,
    'latest after deadline ms': during.latestMs,
    'starved ms': during.starvedMs,
    'rss before MB': before.rssMaxMb,
    'rss growth MB': rssGrowth,
    'heap before MB': before.heapMaxMb,
    'heap growth MB': heapGrowth,
    'broker growth MB': brokerGrowth,
    'then committed': `${after.committed}/${after.asked}`,
  };
  return { row, broken, doubts };
}

const perSec = 1000;
const timeoutMs = 2000;
const lateMax = 50;
const growthMaxMb = 20;
/** A broker holds what waits for its servers, and its heap's young generation grows to what passes through. */
const brokerGrowthMaxMb = 40;
