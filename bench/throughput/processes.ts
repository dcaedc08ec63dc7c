/** One contestant's processes, kept alive from its first block to its last. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import type { Reaper } from '../../harness/worlds/processes/reaper.ts';
import { payloadBytes } from './lanes.ts';
import type { Block, ChildSpec, FromChild, Offer, Offered, Particulars, Role, ToChild } from './peer.ts';

/** Whose processes, and what they run. */
export interface Party {
  readonly name: string;
  /** What they are told that they are; its name, by default. */
  readonly contestant?: string;
  readonly roles: readonly Role[];
  /** The module that each of them begins with. */
  readonly entry: string;
  readonly particulars?: Particulars;
}

/** A block, and the processor time that each role's processes took for it. */
export interface Costed {
  readonly block: Block;
  readonly cpuUs: Readonly<Record<Role, number>>;
}

export class ContestantProcesses {
  readonly #contestant: Party;
  readonly #reaper: Reaper;
  readonly #signal: AbortSignal;
  readonly #children: { readonly role: Role; readonly child: ChildProcess }[] = [];

  constructor(contestant: Party, reaper: Reaper, signal: AbortSignal) {
    this.#contestant = contestant;
    this.#reaper = reaper;
    this.#signal = signal;
  }

  /** Resolves when all of them are ready. Without a port, where somebody else listens, they have their own. */
  async start(port?: number): Promise<void> {
    const ports = port === undefined ? await freePorts(2) : [port, port];
    const [endpoint, backEndpoint] = ports.map((each) => `tcp://127.0.0.1:${each}`) as [string, string];
    const { name, contestant = name, roles, particulars } = this.#contestant;
    for (const role of roles) await this.#start({ contestant, role, endpoint, backEndpoint, ...particulars });
  }

  /** @throws {Error} where nothing committed, or no end came: there is no figure for that. */
  async block(window: number, forMs: number, bytes = payloadBytes): Promise<Block> {
    const tell: ToChild = { tell: 'block', window, forMs, payloadBytes: bytes };
    const { block } = await this.#told(this.#client, tell, 'block', forMs + patienceMs);
    if (block.committed === 0) throw new Error(`${this.#contestant.name} committed nothing at window ${window}`);
    return block;
  }

  /** The same, with what it cost. Whatever else a process does meanwhile, as heartbeats, is in it. */
  async costed(window: number, forMs: number, bytes?: number): Promise<Costed> {
    const before = await this.cpuUs();
    const block = await this.block(window, forMs, bytes);
    const after = await this.cpuUs();
    const used = (role: Role) => after[role] - before[role];
    return { block, cpuUs: { client: used('client'), broker: used('broker'), server: used('server') } };
  }

  /** Sends what is due when it is due. @throws {Error} where no end came. */
  async offer(offer: Offer): Promise<Offered> {
    const tell: ToChild = { tell: 'offer', ...offer };
    return (await this.#told(this.#client, tell, 'offered', offer.forMs + patienceMs)).offered;
  }

  /** The processor time that each role's processes have taken since they began. */
  async cpuUs(): Promise<Record<Role, number>> {
    const used = { client: 0, broker: 0, server: 0 };
    for (const { role, child } of this.#children) {
      used[role] += (await this.#told(child, { tell: 'cpu' }, 'cpu', patienceMs)).us;
    }
    return used;
  }

  /** Ends every process; resolves when none is left. They hold nothing that would be lost. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }

  get #client(): ChildProcess {
    return this.#children.find(({ role }) => role === 'client')!.child;
  }

  #told<Kind extends FromChild['said']>(
    child: ChildProcess,
    tell: ToChild,
    kind: Kind,
    withinMs: number,
  ): Promise<Said<Kind>> {
    child.send(tell);
    return this.#heard(child, kind, withinMs);
  }

  async #start(spec: ChildSpec): Promise<void> {
    const child = fork(this.#contestant.entry, [JSON.stringify(spec)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#children.push({ role: spec.role, child });
    const { pid } = child;
    if (pid !== undefined) {
      this.#reaper.watch(pid);
      child.once('exit', () => this.#reaper.forget(pid));
    }
    await this.#heard(child, 'ready', startMs);
  }

  /** The child's next message, which must be of that kind. */
  #heard<Kind extends FromChild['said']>(child: ChildProcess, kind: Kind, withinMs: number): Promise<Said<Kind>> {
    const { name } = this.#contestant;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        this.#signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onMessage = (message: FromChild) => {
        if (message.said === kind) end(() => resolve(message as Said<Kind>));
        else end(() => reject(new Error(`${name}: ${message.said === 'failed' ? message.message : message.said}`)));
      };
      const onExit = () => end(() => reject(new Error(`${name}: a process ended early`)));
      const onAbort = () => end(() => reject(this.#signal.reason as Error));
      const timer = setTimeout(
        () => end(() => reject(new Error(`${name}: no ${kind} within ${withinMs} ms`))),
        withinMs,
      );
      child.on('message', onMessage).on('exit', onExit);
      if (this.#signal.aborted) onAbort();
      this.#signal.addEventListener('abort', onAbort);
    });
  }
}

type Said<Kind extends FromChild['said']> = Extract<FromChild, { said: Kind }>;

const patienceMs = 15_000;
/** Thousands of sockets take a while. */
const startMs = 60_000;
