/**
 * Two million messages of strangers, malformed or hostile, while an honest client is served. What is attacked stays alive, its
 * memory bounded, and the honest client loses nothing.
 */
import { type Subject, subjects } from './cases.ts';
import type { LoadFigures } from './load-spec.ts';
import type { Usage } from './node-spec.ts';
import { type LoadProcess, type Node, Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

interface Case {
  readonly subject: Subject;
  readonly victim: 'broker' | 'server' | 'client';
}

export const hostile: Trial = {
  name: 'hostile',
  asks: 'do two million malformed or hostile messages harm a broker, a server or a client, or those they serve?',
  async run(options: TrialOptions) {
    const cases: Case[] = [];
    const seen = new Set<string>();
    for (const subject of await subjects(options.of)) {
      const isBrokered = subject.pattern.topology === 'broker';
      // Servers of one pattern are the same in every variant.
      if (!seen.has(subject.pattern.name)) cases.push({ subject, victim: isBrokered ? 'broker' : 'server' });
      seen.add(subject.pattern.name);
      // A REQ reads nothing but the answer to what it asked; that one would be a server's own lie.
      if ('window' in subject.pattern.settings) cases.push({ subject, victim: 'client' });
    }
    const titleOf = ({ subject, victim }: Case) => `${subject.title}, its ${victim}`;
    return each('hostile', cases, { ...options, quick: false }, titleOf, (one) => attack(one, options));
  },
};

async function attack({ subject, victim }: Case, { quick, count, signal }: TrialOptions): Promise<Finding> {
  const processes = new Processes(signal);
  try {
    const { pattern, variantName: variant } = subject;
    const isBrokered = pattern.topology === 'broker';
    const [honest, lying] = await processes.tcpEndpoints(2);
    const common = { pattern: pattern.name, variant, settings: {}, concurrency: 16, endpoints: [honest!], work: {} };
    const nodes: Node[] = [];
    if (isBrokered) nodes.push(await processes.start({ name: 'broker', role: 'broker', ...common }));
    nodes.push(await processes.start({ name: 'server', role: 'server', ...common }));
    const isClient = victim === 'client';
    const messages = count ?? (quick ? 12_000 : 2_000_000);
    const attacker = await processes.attacker({
      pattern: pattern.name,
      as: isClient ? 'server' : 'clients',
      endpoint: isClient ? lying! : honest!,
      messages,
      seed: 7,
    });
    const place = { endpoints: isClient ? [honest!, lying!] : [honest!] };
    const load = await processes.load({ name: 'client', pattern: pattern.name, variant, place, settings: {} });
    const run = (durationMs: number) => load.run({ durationMs, perSec: honestPerSec, timeoutMs });

    const before = await run(quick ? 500 : 2000);
    const watched = await Watched.begin(nodes[0]!);
    const began = performance.now();
    const attacked = attacker.attack();
    const during = await runMeanwhile(load, attacked, watched);
    const tookMs = performance.now() - began;
    const { sent, identities } = await attacked;
    const after = await run(quick ? 500 : 2000);
    await watched.look();
    return finding({ subject, victim }, { before, during, after }, watched, { sent, identities, messages, tookMs });
  } finally {
    await processes.close();
  }
}

/** The honest client's load, in stretches, for as long as the attack lasts. */
async function runMeanwhile(load: LoadProcess, attacked: Promise<unknown>, watched: Watched): Promise<LoadFigures[]> {
  let isOver = false;
  attacked.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  const figures: LoadFigures[] = [];
  do {
    figures.push(await load.run({ durationMs: 1000, perSec: honestPerSec, timeoutMs }));
    await watched.look();
  } while (!isOver);
  return figures;
}

/** What is attacked, or stands nearest to it, and what it takes. */
class Watched {
  readonly before: Usage;
  peakMb: number;
  last: Usage;
  readonly #node: Node;

  private constructor(node: Node, before: Usage) {
    this.#node = node;
    this.before = before;
    this.last = before;
    this.peakMb = before.rssMb;
  }

  static async begin(node: Node): Promise<Watched> {
    return new Watched(node, await node.usage());
  }

  get isAlive(): boolean {
    return this.#node.isAlive;
  }

  async look(): Promise<void> {
    this.last = await this.#node.usage();
    this.peakMb = Math.max(this.peakMb, this.last.rssMb);
  }
}

interface Loads {
  readonly before: LoadFigures;
  readonly during: readonly LoadFigures[];
  readonly after: LoadFigures;
}

interface Assault {
  readonly sent: Readonly<Record<string, number>>;
  readonly identities: number;
  readonly messages: number;
  readonly tookMs: number;
}

function finding(one: Case, { before, during, after }: Loads, watched: Watched, assault: Assault): Finding {
  const { 'not taken': untaken = 0, ...taken } = assault.sent;
  const sent = Object.values(taken).reduce((sum, count) => sum + count, 0);
  const asked = during.reduce((sum, one) => sum + one.asked, 0);
  const committed = during.reduce((sum, one) => sum + one.committed, 0);
  const isClient = one.victim === 'client';
  const [rssBefore, rssPeak, rssAfter] = isClient
    ? [before.rssMb, Math.max(...during.map(({ rssMaxMb }) => rssMaxMb)), after.rssMb]
    : [watched.before.rssMb, watched.peakMb, watched.last.rssMb];
  const broken: string[] = [];
  if (!watched.isAlive) broken.push('it died');
  if (committed < asked) broken.push(`the honest client committed ${committed} of ${asked}`);
  if (after.committed < after.asked) broken.push(`afterwards it committed ${after.committed} of ${after.asked}`);
  if (rssPeak - rssBefore > growthMaxMb) broken.push(`it grew from ${rssBefore} to ${rssPeak} MB`);
  const stats = JSON.stringify(watched.last.stats);
  const doubts = sent < assault.messages / 2 ? [`only ${sent} of ${assault.messages} were taken`] : [];
  const row = {
    of: one.subject.pattern.name,
    victim: one.victim,
    'hostile messages': sent,
    'not taken': untaken,
    identities: assault.identities,
    seconds: Math.round(assault.tookMs / 1000),
    'honest committed': `${committed}/${asked}`,
    'p99 before ms': before.p99Ms,
    'p99 during ms': Math.max(...during.map(({ p99Ms }) => p99Ms)),
    'max during ms': Math.max(...during.map(({ maxMs }) => maxMs)),
    'rss before MB': rssBefore,
    'peak MB': rssPeak,
    'after MB': rssAfter,
    'heap after MB': isClient ? after.heapMb : watched.last.heapMb,
    figures: stats,
  };
  return { row, broken, doubts };
}

const honestPerSec = 100;
const timeoutMs = 10_000;
/** What may wait in queues and pipes at once, by their limits, and room for what a collector has not come to. */
const growthMaxMb = 400;
