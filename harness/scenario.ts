/** A scenario is plain data: who takes part, what load, which faults, and the seed from which everything random comes. */
import { z } from 'zod';
import { MisuseError } from '../patterns/transaction.ts';
import { highWaterMarkDefault, kernelBytes } from './worlds/simulated/timings.ts';

const whole = (min: number, max: number) => z.int().min(min).max(max);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and "-"');

const nodeForm = '((server|broker)(s|-[1-9][0-9]*)?|client|minority|majority)';
const targetForm = new RegExp(`^(${nodeForm}(/${nodeForm})?|load)$`);

/** Each of one node, link or load: one event that means several counts for each of them. */
export const faultsMax = 64;
export const faultAtMsMax = 3_600_000;

const faultSchema = z.strictObject({
  fault: name,
  /**
   * `server-1`, `broker-1` or `client`; `server` or `broker`, one of them drawn by the seed; `servers` or `brokers`, all
   * of them; `minority` or `majority` of the servers, drawn by the seed. Of a link, its two ends in the order in which a
   * request passes them, as in `client/server-1` or `broker/servers`; or one node, for the links that bring it requests.
   */
  target: z
    .string()
    .regex(
      targetForm,
      'server-1, server, servers, minority, majority, broker-1, broker, brokers or client; or two of them with "/" between',
    )
    .default('server'),
  /** From the load's beginning; jittered by up to `jitterMs`, drawn by the seed. */
  atMs: z.number().min(0).max(faultAtMsMax),
  jitterMs: whole(0, 60_000).default(0),
  /**
   * `holding-in-flight`: once the target, a server, has received a request that it has not executed; `busy`: once its
   * handler runs; `idle`: once it holds none. `now`: at the time alone, as for all that are no servers. `afterRequests`:
   * on the how manyth request that it receives from the time on, exactly, if the load lasts that long.
   */
  trigger: z
    .union([
      z.enum(['holding-in-flight', 'busy', 'idle', 'now']),
      z.strictObject({ afterRequests: whole(1, 1_000_000_000) }),
    ])
    .default('holding-in-flight'),
  /** How long it lasts, for faults that the cure ends. A killed process comes back by the restart policy. */
  durationMs: whole(1, 3_600_000).default(1000),
  /** What the fault takes besides. */
  with: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
});

export const scenarioSchema = z.strictObject({
  /** Where its JSON Schema is: for editors. */
  $schema: z.string().optional(),
  name,
  /** One paragraph: what it shows, and what to expect. */
  about: z.string().max(2000).optional(),
  pattern: name,
  variant: name.optional(),
  seed: whole(0, 2 ** 32 - 1),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
  topology: z
    .strictObject({
      servers: whole(1, 64).default(3),
      brokers: whole(0, 8).default(1),
      /** Where those that listen do so: the servers, the brokers or the client. Free ports on loopback by default. */
      endpoints: z.array(z.string()).optional(),
    })
    .prefault({}),
  load: z
    .strictObject({
      /** `open`: due by a plan, whatever becomes of them. `closed`: so many in lock-step, each due when the one before settled. */
      model: z.enum(['open', 'closed']).default('open'),
      ratePerSec: whole(1, 1_000_000).default(300),
      window: whole(1, 100_000).default(12),
      /** `jittered`: one in each slot of 1/rate, anywhere in it. `uniform`: at its beginning. `poisson`: independent of each other. */
      arrivals: z.enum(['jittered', 'uniform', 'poisson']).default('jittered'),
      durationMs: whole(1, 86_400_000).default(3500),
      payloadBytes: whole(0, 1_048_000).default(64),
      timeoutMs: whole(1, 3_600_000).default(3000),
      delivery: z.enum(['at-most-once', 'at-least-once']).optional(),
      /** `spread`: each transaction has a timeout of its own, from a fifth of `timeoutMs` up to it. Of the simulated world alone. */
      timeouts: z.enum(['equal', 'spread']).default('equal'),
      /** The share that their callers give up, at a time of their own before the deadline. Of the simulated world alone. */
      abandonedShare: z.number().min(0).max(1).default(0),
      /** The caller takes parts of an answer as they come, and can't have it begin anew. */
      stream: z.boolean().default(false),
      /** Further transactions, on top of the rate: what faults on the load come to, and they put it here. */
      surges: z
        .array(
          z.strictObject({
            atMs: z.number().min(0).max(faultAtMsMax),
            durationMs: z.number().min(0).max(86_400_000),
            transactions: whole(1, 10_000_000),
          }),
        )
        .max(64)
        .default([]),
      /** The numbers of the transactions that are issued, in order; all where it is missing. For cutting a run down. */
      only: z.array(whole(0, 2 ** 48 - 2)).optional(),
    })
    .prefault({}),
  handler: z
    .strictObject({
      serviceMs: z.number().min(0).max(3_600_000).default(5),
      concurrency: whole(1, 65_536).default(1),
      /** An answer comes in so many parts, a millisecond apart; whole where it is 0. */
      parts: whole(0, 1000).default(0),
      /** Effects are keyed by the transaction's id: what any server has done is answered, and not done again. */
      idempotent: z.boolean().default(false),
    })
    .prefault({}),
  network: z
    .strictObject({
      /** What each message takes on its way, at most: drawn by the seed, and in order. Of the simulated world alone. */
      latencyMs: z.number().min(0).max(10_000).default(0),
      /** What both kernels' buffers take for a process that reads nothing. Of the simulated world alone. */
      bufferBytes: whole(1024, 1_000_000_000).default(kernelBytes),
      /** Messages that a pipe holds where its socket names none. Of the simulated world alone. */
      highWaterMark: whole(2, 1_000_000).default(highWaterMarkDefault),
    })
    .prefault({}),
  restart: z
    .union([
      z.enum(['never', 'daemontools']),
      z.string().regex(/^after:[0-9]{1,7}$/, 'never, daemontools or after:<ms>'),
    ])
    .default('after:1000'),
  /** A committed transaction that took longer than this, from when it was due, was delayed. */
  delayedMs: whole(1, 3_600_000).default(50),
  faults: z.array(faultSchema).max(faultsMax).default([]),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type FaultEvent = Scenario['faults'][number];

/** @throws {MisuseError} naming the first wrong field by its path. */
export function parseScenario(given: unknown): Scenario {
  const result = scenarioSchema.safeParse(given);
  if (result.success) return result.data;
  const issue = innermost(result.error.issues[0]!);
  const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...issue.path, ...keys].join('.') || 'scenario';
  throw new MisuseError(path, valueAt(given, [...issue.path, ...keys]), issue.message);
}

/** Of what may be one thing or another: what is wrong with the one that was meant, the deepest of it. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const meant = issue.errors.flatMap(([first]) => (first === undefined || isOfOtherType(first) ? [] : [first]));
  const deepest = meant.findLast(({ path }) => path.length === Math.max(...meant.map((one) => one.path.length)));
  if (deepest === undefined) return issue;
  const inner = innermost(deepest);
  return { ...inner, path: [...issue.path, ...inner.path] };
}

function isOfOtherType({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Whether it asks for something that only the simulated world has: its name, and what was given. */
export function simulatedAlone({ load, network }: Scenario): readonly [name: string, given: unknown] | undefined {
  const has: readonly (readonly [string, unknown, unknown])[] = [
    ['network.latencyMs', network.latencyMs, 0],
    ['network.bufferBytes', network.bufferBytes, kernelBytes],
    ['network.highWaterMark', network.highWaterMark, highWaterMarkDefault],
    ['load.timeouts', load.timeouts, 'equal'],
    ['load.abandonedShare', load.abandonedShare, 0],
  ];
  const found = has.find(([, given, otherwise]) => given !== otherwise);
  return found && [found[0], found[1]];
}

/**
 * The scenario's faults in one word, for tables and claims: `none`, or each fault's name, with the role of its target
 * where that is no server, and how often, where more than once: `kill`, `broker-pause`, `kill-x3+client-kill`.
 */
export function faultName(scenario: Scenario): string {
  const times = new Map<string, number>();
  for (const { fault, target } of scenario.faults) {
    const role = /^(broker|client)(?!.*\/)/.exec(target)?.[0];
    const called = role === undefined ? fault : `${role}-${fault}`;
    times.set(called, (times.get(called) ?? 0) + 1);
  }
  if (times.size === 0) return 'none';
  return [...times].map(([called, count]) => (count === 1 ? called : `${called}-x${count}`)).join('+');
}
