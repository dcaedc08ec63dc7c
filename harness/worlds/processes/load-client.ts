/** The load client: issues what the plan says is due, whatever becomes of it, and writes down what it was told. */
import { monotonicMicros } from '../../../patterns/drivers/zeromq.ts';
import { type Client, connect, type Note, TransactionError } from '../../../patterns/index.ts';
import type { AnyPattern } from '../../../patterns/pattern.ts';
import { type HistoryLine, LineWriter, readLines } from '../../history.ts';
import { isAnswer, payloadOf, planArrivals } from '../../load.ts';
import { wiringOf } from '../../wiring.ts';
import { drainMs, type FromChild, type NodeSpec, type ToChild } from './node-spec.ts';

export async function runLoad(pattern: AnyPattern, spec: NodeSpec, tell: (message: FromChild) => void): Promise<void> {
  const { scenario, life = 1 } = spec;
  const clientId = life === 1 ? firstClientId : `${firstClientId}-${life}`;
  const history = new LineWriter<HistoryLine>(spec.file);
  const { listener } = wiringOf(scenario, pattern);
  const { peers = 0 } = spec;
  const client = await connect(pattern, {
    ...(listener === 'client' ? { bind: spec.endpoints } : { endpoints: spec.endpoints }),
    clientId,
    ...(scenario.variant === undefined ? {} : { variant: scenario.variant }),
    ...scenario.settings,
    trace: (note) => writeNote(history, clientId, note),
  });
  const leaving = new AbortController();
  process.once('SIGTERM', () => {
    leaving.abort();
    void client.close({ drainMs }).then(() => process.exit(0));
  });
  const load = life === 1 ? await beginning() : continuing();
  if (scenario.load.model === 'open') await load.open();
  else await load.closed();
  history.write({ kind: 'ended', at: monotonicMicros() });
  tell({ said: 'ended' });

  async function beginning(): Promise<Load> {
    if (peers > 0) await client.ready({ servers: peers, timeoutMs: readyTimeoutMs });
    tell({ said: 'ready' });
    await told('begin');
    const began = monotonicMicros();
    history.write({ kind: 'began', at: began });
    tell({ said: 'began', at: began });
    return new Load(client, spec, history, leaving.signal, began);
  }

  /** What was due before is nobody's; what is due from here on waits for nobody. */
  function continuing(): Load {
    tell({ said: 'ready' });
    const began = readLines<HistoryLine>(spec.file).find(({ kind }) => kind === 'began')!.at;
    return new Load(client, spec, history, leaving.signal, began, monotonicMicros());
  }
}

class Load {
  readonly #began: number;
  /** Nothing that was due earlier is issued. */
  readonly #from: number;
  readonly #client: Client;
  readonly #spec: NodeSpec;
  readonly #history: LineWriter<HistoryLine>;
  /** Once it is to end, all that it asks is refused. */
  readonly #leaving: AbortSignal;
  readonly #open = new Set<Promise<void>>();

  constructor(
    client: Client,
    spec: NodeSpec,
    history: LineWriter<HistoryLine>,
    leaving: AbortSignal,
    began: number,
    from: number = began,
  ) {
    this.#began = began;
    this.#from = from;
    this.#client = client;
    this.#spec = spec;
    this.#history = history;
    this.#leaving = leaving;
  }

  /** Every arrival when it is due, none skipped, none waiting for a reply. */
  async open(): Promise<void> {
    const plan = planArrivals(this.#spec.scenario);
    const { only: named } = this.#spec.scenario.load;
    const only = named === undefined ? undefined : new Set(named);
    const from = this.#from - this.#began;
    for (let next = plan.findLastIndex(({ at }) => at < from) + 1; next < plan.length; ) {
      const now = monotonicMicros() - this.#began;
      while (next < plan.length && plan[next]!.at <= now) {
        const { n, at } = plan[next++]!;
        if (only?.has(n) !== false) this.#issue(n, this.#began + at);
      }
      if (next < plan.length) await sleep((plan[next]!.at - now) / 1000);
    }
    await this.#settled();
  }

  /** So many in lock-step: each asks again as soon as it was answered. */
  async closed(): Promise<void> {
    const { window, durationMs } = this.#spec.scenario.load;
    const end = this.#began + durationMs * 1000;
    const { only } = this.#spec.scenario.load;
    // A life's numbers are its own: nobody knows how far the one before it came.
    let next = this.#from === this.#began ? 0 : 1_000_000 * (this.#spec.life! - 1);
    const lane = async () => {
      // Refused at once, it would ask again for ever.
      while (monotonicMicros() < end && !this.#leaving.aborted) {
        const n = only === undefined ? next : only[next];
        next++;
        if (n === undefined) return;
        await this.#issue(n, monotonicMicros());
      }
    };
    void Promise.all(Array.from({ length: window }, lane));
    await sleep(Math.max(0, (end - monotonicMicros()) / 1000));
    await this.#settled();
  }

  #issue(n: number, due: number): Promise<void> {
    const settled = this.#transact(n, due);
    this.#open.add(settled);
    void settled.finally(() => this.#open.delete(settled));
    return settled;
  }

  async #transact(n: number, due: number): Promise<void> {
    const { scenario } = this.#spec;
    const { timeoutMs, delivery, stream } = scenario.load;
    const id = `${this.#client.clientId}:${n + 1}`;
    const request = payloadOf(scenario, n);
    const at = monotonicMicros();
    // A deadline counts from when the transaction was due, as its latency does.
    const left = Math.max(1, Math.ceil(timeoutMs - (at - due) / 1000));
    this.#history.write({ kind: 'invoked', n, id, due, at });
    const settle = (
      outcome: 'committed' | TransactionError['outcome'],
      code: 'committed' | TransactionError['code'],
      matched: boolean,
    ) => this.#history.write({ kind: 'settled', n, outcome, code, matched, at: monotonicMicros() });
    try {
      const options = { id, timeoutMs: left, ...(delivery ? { delivery } : {}) };
      const reply = await (stream
        ? whole(this.#client.stream(request, options))
        : this.#client.transact(request, options));
      settle('committed', 'committed', isAnswer(reply, id, request));
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      settle(error.outcome, error.code, true);
    }
  }

  /** All settled, or so long after the last deadline that they never will be: the verdict calls those stuck. */
  async #settled(): Promise<void> {
    const patience = sleep(this.#spec.scenario.load.timeoutMs + stuckAfterMs);
    await Promise.race([Promise.all(this.#open), patience]);
  }
}

async function whole(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for await (const part of parts) read.push(part);
  return Buffer.concat(read);
}

function writeNote(history: LineWriter<HistoryLine>, clientId: string, note: Note): void {
  const at = monotonicMicros();
  if (note.kind === 'attempt') {
    const peer = note['peer'] === undefined ? {} : { peer: String(note['peer']) };
    const attempt = Number(note['attempt']);
    history.write({ kind: 'attempt', id: `${clientId}:${note['sequence']}`, attempt, ...peer, at });
  } else if (note.kind === 'peer-up' || note.kind === 'peer-down') {
    const cause = note['cause'] === undefined ? {} : { cause: String(note['cause']) };
    history.write({ kind: 'peer', peer: String(note['peer']), up: note.kind === 'peer-up', ...cause, at });
  }
}

function told(what: ToChild['tell']): Promise<void> {
  return new Promise((resolve) => {
    process.on('message', (message: ToChild) => {
      if (message.tell === what) resolve();
    });
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const firstClientId = 'load';
const readyTimeoutMs = 10_000;
const stuckAfterMs = 1000;
