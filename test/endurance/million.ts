/**
 * A million transactions with one deadline, or one signal, or one client that closes: they are settled in slices, so that the
 * event loop, and with it heartbeats and replies, goes on in between.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../patterns/index.ts';
import type { Client, TransactOptions } from '../../patterns/transaction.ts';
import { type Subject, subjects } from './cases.ts';
import { Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

type How = 'deadline' | 'signal' | 'close';

interface Case {
  readonly subject: Subject;
  readonly how: How;
}

export const million: Trial = {
  name: 'million',
  asks: 'when a million transactions end in one moment, for how long does nothing else get its turn?',
  async run(options: TrialOptions) {
    const able = (await subjects(options.of)).filter(({ variant }) => variant.topology !== 'clients');
    // The client is one for all variants of a pattern.
    const first = able.filter(({ pattern }, index) => able.findIndex((one) => one.pattern === pattern) === index);
    const cases = first.flatMap((subject) =>
      (['deadline', 'signal', 'close'] as const).map((how) => ({ subject, how })),
    );
    const titleOf = ({ subject, how }: Case) => `${subject.pattern.name}, ${how}`;
    return each('million', cases, { ...options, quick: false }, titleOf, (one) => end(one, options));
  },
};

async function end({ subject, how }: Case, { quick, count, signal }: TrialOptions): Promise<Finding> {
  const total = count ?? (quick ? 100_000 : 1_000_000);
  const processes = new Processes(signal);
  let client: Client | undefined;
  try {
    const { pattern, variantName: variant } = subject;
    const endpoints = await processes.tcpEndpoints(1);
    const common = { pattern: pattern.name, variant, settings: {}, concurrency: 1024, endpoints };
    if (pattern.topology === 'broker') await processes.start({ name: 'broker', role: 'broker', ...common, work: {} });
    // It takes what it is given, and answers heartbeats only.
    await processes.start({ name: 'server', role: 'server', ...common, work: { gate: true } });
    client = await connect(pattern, { variant, endpoints, pendingLimit: 4_194_304 });
    await client.ready({ timeoutMs: 20_000 });
    const asked = new Million(client, total);
    const at = await asked.begin(how);
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    const loop = new LongestTurn();
    asked.end(how);
    await asked.settled(signal);
    delays.disable();
    const longestMs = loop.stop();
    const tookMs = Math.round(performance.now() - at());
    const { peersSilent } = client.stats();
    const broken: string[] = [];
    if (longestMs.own > blockMaxMs) broken.push(`one turn took ${longestMs.own} ms of processor time`);
    if (peersSilent > 0) broken.push(`the server was suspected ${peersSilent} times`);
    const row = {
      of: pattern.name,
      how,
      transactions: total,
      'longest block ms': Math.round(delays.max / 1e6),
      'of it our own ms': longestMs.own,
      'all settled after ms': tookMs,
      suspicions: peersSilent,
    };
    return { row, broken, doubts: [] };
  } finally {
    await client?.close();
    await processes.close();
  }
}

class Million {
  readonly #client: Client;
  readonly #total: number;
  readonly #giveUp = new AbortController();
  #left = 0;

  constructor(client: Client, total: number) {
    this.#client = client;
    this.#total = total;
  }

  /** Asks for all; returns when they will have been told to end. */
  async begin(how: How): Promise<() => number> {
    const request = new Uint8Array(8);
    const deadline = performance.now() + deadlineMs;
    for (let n = 0; n < this.#total; n++) {
      const timeoutMs = how === 'deadline' ? Math.max(1, Math.round(deadline - performance.now())) : 3_600_000;
      const options: TransactOptions = how === 'signal' ? { timeoutMs, signal: this.#giveUp.signal } : { timeoutMs };
      this.#left++;
      this.#client.transact(request, options).catch(() => this.#left--);
      if (n % 1000 === 0) await nextTurn();
    }
    const now = performance.now();
    return () => (how === 'deadline' ? deadline : now);
  }

  end(how: How): void {
    if (how === 'signal') this.#giveUp.abort();
    else if (how === 'close') void this.#client.close();
  }

  async settled(signal: AbortSignal): Promise<void> {
    while (this.#left > 0) await sleep(10, undefined, { signal });
  }
}

/** The longest turn of the event loop in processor time: what others had of the processor meanwhile is not our doing. */
class LongestTurn {
  #longestMs = 0;
  #isOver = false;

  constructor() {
    let before = process.cpuUsage();
    const look = () => {
      const { user, system } = process.cpuUsage(before);
      this.#longestMs = Math.max(this.#longestMs, (user + system) / 1000);
      before = process.cpuUsage();
      if (!this.#isOver) setImmediate(look);
    };
    setImmediate(look);
  }

  stop(): { readonly own: number } {
    this.#isOver = true;
    return { own: Math.round(this.#longestMs) };
  }
}

const deadlineMs = 20_000;
/** Collectors have threads of their own, whose time is counted too. */
const blockMaxMs = 50;
