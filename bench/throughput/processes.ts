/** One contestant's processes, kept alive from its first block to its last. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import type { Reaper } from '../../harness/worlds/processes/reaper.ts';
import type { Block, ChildSpec, FromChild, Role, ToChild } from './peer.ts';

/** Whose processes, and what they run. */
export interface Party {
  readonly name: string;
  readonly roles: readonly Role[];
  /** The module that each of them begins with. */
  readonly entry: string;
}

export class ContestantProcesses {
  readonly #contestant: Party;
  readonly #reaper: Reaper;
  readonly #signal: AbortSignal;
  readonly #children: ChildProcess[] = [];
  #client: ChildProcess | undefined;

  constructor(contestant: Party, reaper: Reaper, signal: AbortSignal) {
    this.#contestant = contestant;
    this.#reaper = reaper;
    this.#signal = signal;
  }

  /** Resolves when all of them are ready. Without a port, where somebody else listens, they have their own. */
  async start(port?: number): Promise<void> {
    const ports = port === undefined ? await freePorts(2) : [port, port];
    const [endpoint, backEndpoint] = ports.map((each) => `tcp://127.0.0.1:${each}`) as [string, string];
    for (const role of this.#contestant.roles) {
      const child = await this.#start({ contestant: this.#contestant.name, role, endpoint, backEndpoint });
      if (role === 'client') this.#client = child;
    }
  }

  /** @throws {Error} where nothing committed, or no end came: there is no figure for that. */
  async block(window: number, forMs: number): Promise<Block> {
    const { name } = this.#contestant;
    const client = this.#client!;
    client.send({ tell: 'block', window, forMs } satisfies ToChild);
    const message = await this.#heard(client, 'block', forMs + patienceMs);
    if (message.block.committed === 0) throw new Error(`${name} committed nothing at window ${window}`);
    return message.block;
  }

  /** Ends every process; resolves when none is left. They hold nothing that would be lost. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }

  async #start(spec: ChildSpec): Promise<ChildProcess> {
    const child = fork(this.#contestant.entry, [JSON.stringify(spec)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#children.push(child);
    const { pid } = child;
    if (pid !== undefined) {
      this.#reaper.watch(pid);
      child.once('exit', () => this.#reaper.forget(pid));
    }
    await this.#heard(child, 'ready', patienceMs);
    return child;
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
