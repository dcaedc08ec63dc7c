/**
 * A script for sockets, and the two benches it runs on: processes over libzmq, and the model. After each step comes quiet,
 * so that what is seen depends on the script and not on luck.
 */
import type { Direction, Impairment } from '../../harness/worlds/impairment.ts';
import type { SocketSpec } from '../../patterns/machine.ts';
import { ModelBench } from './model-bench.ts';
import type { ScriptNode, Sending, Sight } from './nodes/script-machine.ts';
import { ProcessBench } from './process-bench.ts';

export interface Script {
  readonly nodes: Readonly<Record<string, ScriptedNode>>;
  readonly steps: readonly Step[];
  /** What each call goes over, where steps are to impair it: links of ours, or a network with a host for each node. */
  readonly over?: 'links' | 'hosts';
  /** How long nothing happens before the next step is taken, in milliseconds. */
  readonly quietMs?: number;
}

/** A node, by its name, listens there, or connects to others by theirs. */
export interface ScriptedNode {
  readonly spec: SocketSpec;
  readonly connect?: readonly string[];
  readonly echoes?: boolean;
  readonly resends?: boolean;
  /** Listens where that other node does. */
  readonly at?: string;
}

export type Step =
  | { readonly do: 'start' | 'kill' | 'stop' | 'pause' | 'resume'; readonly node: string }
  | { readonly do: 'stall'; readonly node: string; readonly forMs: number }
  | { readonly do: 'heal' }
  | {
      readonly do: 'impair';
      readonly caller: string;
      readonly listener: string;
      readonly impairment: Impairment;
      readonly directions?: readonly Direction[];
    }
  | ({
      readonly do: 'send';
      readonly node: string;
      readonly text: string;
      /** The next step does not wait for quiet. */
      readonly isHurried?: boolean;
    } & Partial<Sending>);

/** What each life of each node saw, under its name; a second life is `name/2`. */
export type Seen = Readonly<Record<string, readonly string[]>>;

export interface Played {
  readonly seen: Seen;
  /** Milliseconds from the beginning of a step until a life saw the last of such lines. */
  took(step: number, life: string, line: string): number;
}

export interface Bench {
  /** Microseconds, on the axis of the nodes' own clocks. */
  readonly now: number;
  endpointOf(name: string): string;
  /** Where that caller finds that listener. */
  doorOf(caller: string, listener: string): string;
  start(name: string, node: ScriptNode): Promise<void>;
  kill(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  stall(name: string, forMs: number): Promise<void>;
  send(name: string, sending: Sending): Promise<void>;
  impair(caller: string, listener: string, impairment: Impairment, directions: readonly Direction[]): Promise<void>;
  /** Of everything that was impaired. */
  heal(): Promise<void>;
  /** Resolves when nothing has happened for so long; with the log of each node that runs. */
  quiet(forMs: number): Promise<ReadonlyMap<string, readonly Sight[]>>;
  end(): Promise<void>;
}

export async function overLibzmq(script: Script): Promise<Played> {
  return play(script, await ProcessBench.of(script));
}

export function overTheModel(script: Script, seed = 1): Promise<Played> {
  // What TCP sends again, and when, hangs on how long a cut lasted.
  return play(script, new ModelBench(seed, script.over === 'hosts'));
}

async function play(script: Script, bench: Bench): Promise<Played> {
  const lives = new Map<string, number>();
  const logs = new Map<string, readonly Sight[]>();
  const begun: number[] = [];
  const isPaused = new Set<string>();
  try {
    for (const step of script.steps) {
      begun.push(bench.now);
      await take(step, script, bench);
      if (step.do === 'start') lives.set(step.node, (lives.get(step.node) ?? 0) + 1);
      if (step.do === 'pause') isPaused.add(step.node);
      if (step.do === 'resume' || step.do === 'kill') isPaused.delete(step.node);
      if (step.do === 'send' && step.isHurried) continue;
      for (const [node, log] of await bench.quiet(script.quietMs ?? quietMs)) {
        if (!isPaused.has(node)) logs.set(lives.get(node) === 1 ? node : `${node}/${lives.get(node)}`, [...log]);
      }
    }
  } finally {
    await bench.end();
  }
  const named = namesFor(script, bench);
  const sights = new Map(
    [...logs].sort().map(([life, log]) => [life, named(log.filter(isNews), life.split('/')[0]!)] as const),
  );
  return {
    seen: Object.fromEntries([...sights].map(([life, log]) => [life, log.map(({ line }) => line)])),
    took: (step, life, line) => (sights.get(life)!.findLast((one) => one.line === line)!.at - begun[step]!) / 1000,
  };
}

async function take(step: Step, { nodes }: Script, bench: Bench): Promise<void> {
  if (step.do === 'heal') await bench.heal();
  else if (step.do === 'impair') {
    const { caller, listener, impairment, directions = ['requests', 'replies'] } = step;
    await bench.impair(caller, listener, impairment, directions);
  } else if (step.do === 'stall') await bench.stall(step.node, step.forMs);
  else if (step.do === 'send') {
    const { text, count = 1, to, isReply = false } = step;
    await bench.send(step.node, { text, count, isReply, ...(to === undefined ? {} : { to }) });
  } else if (step.do === 'start') {
    const { node: name } = step;
    const { spec, connect, echoes = false, resends = false, at = name } = nodes[name]!;
    const doors = connect?.map((listener) => bench.doorOf(name, listener));
    const where = doors === undefined ? { bind: bench.endpointOf(at) } : { connect: doors };
    await bench.start(name, { spec, echoes, resends, ...where });
  } else await bench[step.do](step.node);
}

/** Puts names in the place of endpoints. */
function namesFor({ nodes }: Script, bench: Bench): (log: readonly Sight[], node: string) => Sight[] {
  const names = Object.keys(nodes);
  const named = (line: string, node: string) =>
    names.reduce(
      (said, name) => said.replace(bench.doorOf(node, name), name).replace(bench.endpointOf(name), name),
      line,
    );
  return (log, node) => log.map(({ line, at }) => ({ line: named(line, node), at }));
}

/** Whether an attempt to connect met a server as it died, and so was told as one more end, is luck. */
function isNews({ line }: Sight, n: number, log: readonly Sight[]): boolean {
  const [what, endpoint] = line.split(' ');
  if (what !== 'down') return true;
  return log.slice(0, n).findLast((before) => before.line === line || before.line === `up ${endpoint}`)?.line !== line;
}

/** Longer than any wait between two attempts to connect of a socket that tries every 20 ms. */
const quietMs = 150;
