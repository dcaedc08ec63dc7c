/**
 * The entry of a trial's client: it makes a load for as long as it is told, and says how it went. A process of its own, so that
 * its memory is the client's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findPattern } from '../../harness/registry.ts';
import { endWithParent } from '../../harness/worlds/processes/end-with-parent.ts';
import { type Client, connect, type TransactionError } from '../../patterns/index.ts';
import { Load } from './load.ts';
import type { FromLoad, LoadSpec, LockStep, OpenLoad, ToLoad } from './load-spec.ts';

/** What the clients count together. */
interface Counted {
  rounds: number;
  readonly failures: Record<string, number>;
  mismatched: number;
}

const spec = JSON.parse(process.argv[2]!) as LoadSpec;
endWithParent();
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit(0));

const { pattern } = await findPattern(spec.pattern);
const { variant, place, settings } = spec;
const client: Client = await connect(pattern, { variant, ...place, ...settings });
process.on('message', (message: ToLoad) => void ('rounds' in message ? step(message) : run(message)));
tell({ said: 'ready' });

async function run({ durationMs, perSec, timeoutMs }: OpenLoad): Promise<void> {
  const load = new Load(timeoutMs);
  const began = performance.now();
  let asked = 0;
  for (let elapsed = 0; elapsed < durationMs; elapsed = performance.now() - began) {
    for (; asked < (elapsed * perSec) / 1000; asked++) ask(load, timeoutMs);
    load.look();
    load.sample();
    await sleep(1);
  }
  while (load.pending > 0 && performance.now() - began < durationMs + 2 * timeoutMs) {
    load.look();
    await sleep(1);
  }
  load.sample();
  tell({ said: 'ran', figures: load.figures() });
}

/** Several clients at once, each with one transaction at a time; one that listens where it alone can be called is by itself. */
async function step({ rounds, lanes, timeoutMs }: LockStep): Promise<void> {
  const listens = 'bind' in place;
  const others = listens
    ? []
    : Array.from({ length: lanes - 1 }, () => connect(pattern, { variant, ...place, ...settings }));
  const clients = [client, ...(await Promise.all(others))];
  const steps: Counted = { rounds: 0, failures: {}, mismatched: 0 };
  const began = performance.now();
  const share = Math.ceil(rounds / clients.length);
  await Promise.all(clients.map((one, lane) => stepAlone(one, lane, share, timeoutMs, steps)));
  tell({ said: 'stepped', steps: { ...steps, tookMs: performance.now() - began } });
}

/** Each may be asked once only, so that a reply that was lost is not hidden by another. */
async function stepAlone(one: Client, lane: number, rounds: number, timeoutMs: number, steps: Counted): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeUInt32LE(lane, 4);
  for (let n = 0; n < rounds; n++) {
    request.writeUInt32LE(n, 0);
    steps.rounds++;
    try {
      const reply = await one.transact(request, { timeoutMs, delivery: 'at-most-once' });
      if (!request.equals(reply)) steps.mismatched++;
    } catch (error) {
      const { code } = error as TransactionError;
      steps.failures[code] = (steps.failures[code] ?? 0) + 1;
    }
  }
}

function ask(load: Load, timeoutMs: number): void {
  const began = performance.now();
  load.asked++;
  client.transact(Buffer.alloc(64), { timeoutMs }).then(
    () => load.settled('committed', began),
    ({ outcome }: TransactionError) => load.settled(outcome, began),
  );
}

function tell(message: FromLoad): void {
  if (process.connected) process.send!(message);
}
