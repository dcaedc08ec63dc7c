/**
 * The entry of every process of a run: a server, a broker or the load client, as its one argument says. It never
 * outlives its harness: the channel to it closes when the harness is gone, however it went.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMicros } from '../../../patterns/drivers/zeromq.ts';
import { serve, start } from '../../../patterns/index.ts';
import type { AnyPattern } from '../../../patterns/pattern.ts';
import type { Handler, HandlerContext, Running } from '../../../patterns/transaction.ts';
import { type LedgerLine, LineWriter } from '../../history.ts';
import { answerTo, inParts, partMs } from '../../load.ts';
import { type RecordedLine, recorded } from '../../replay/recording.ts';
import type { Scenario } from '../../scenario.ts';
import { wiringOf } from '../../wiring.ts';
import { endWithParent } from './end-with-parent.ts';
import { importPattern } from './import-pattern.ts';
import { runLoad } from './load-client.ts';
import { drainMs, type FromChild, type NodeSpec } from './node-spec.ts';
import { Orders, ordered } from './orders.ts';

const spec = JSON.parse(process.argv[2]!) as NodeSpec;
const orders = new Orders();
endWithParent();
// Ctrl-C reaches the whole foreground group; the harness decides what it means.
process.on('SIGINT', () => undefined);

try {
  const pattern = listenedTo(await importPattern(spec.patternUrl));
  if (spec.role === 'client') await runLoad(pattern, spec, tell);
  else stopOnSignal(spec.role === 'server' ? await serveLoad(pattern) : await startBroker(pattern));
} catch (error) {
  tell({ said: 'failed', message: (error as Error).message });
  process.exit(1);
}

async function serveLoad(pattern: AnyPattern): Promise<Running> {
  const { scenario, endpoints } = spec;
  const ledger = new LineWriter<LedgerLine>(spec.file);
  const advertise = spec.advertise === undefined ? {} : { advertise: spec.advertise };
  const listens = wiringOf(scenario, pattern).listener === 'server';
  const where = listens ? { bind: endpoints, ...advertise } : { connect: endpoints };
  const { variant } = scenario;
  const { concurrency } = scenario.handler;
  return serve(
    pattern,
    {
      ...where,
      concurrency,
      ...(variant === undefined ? {} : { variant }),
      ...scenario.settings,
      trace: ({ kind, client, sequence, attempt }) => {
        if (kind !== 'received') return;
        ledger.write({ kind, id: `${client}:${sequence}`, attempt: Number(attempt), at: monotonicMicros() });
        orders.at('after-receive');
      },
    },
    scenario.handler.parts === 0 ? handlerOf(ledger, scenario) : partsHandlerOf(ledger, scenario),
  );
}

function handlerOf(ledger: LineWriter<LedgerLine>, scenario: Scenario): Handler {
  return (request, context) => execute(ledger, scenario, request, context);
}

/** The same, with its answer a part at a time. */
function partsHandlerOf(ledger: LineWriter<LedgerLine>, scenario: Scenario): Handler {
  return async function* (request, context) {
    const answer = await execute(ledger, scenario, request, context);
    if (answer.length === 0) return;
    for (const [index, part] of inParts(answer, scenario.handler.parts).entries()) {
      if (index > 0) await sleep(partMs);
      yield part;
    }
  };
}

/** Takes its time, asks whether it may still commit, and writes the effect before it answers. */
async function execute(
  ledger: LineWriter<LedgerLine>,
  { handler: { serviceMs, idempotent } }: Scenario,
  request: Uint8Array,
  context: HandlerContext,
): Promise<Uint8Array> {
  const { id, attempt } = context;
  const began = monotonicMicros();
  ledger.write({ kind: 'executing', id, attempt, at: began });
  orders.at('before-execute');
  const ms = serviceMs + orders.slowMs;
  if (ms > 0) await sleep(ms);
  if (!context.mayCommit()) return Buffer.alloc(0);
  if (idempotent && !claim(id)) {
    ledger.write({ kind: 'repeated', id, attempt, at: monotonicMicros() });
    return answerTo(id, request);
  }
  ledger.write({ kind: 'executed', id, attempt, began, at: monotonicMicros() });
  orders.at('after-execute');
  setTimeout(() => orders.at('after-reply'), replyLeavesMs);
  return answerTo(id, request);
}

/** Whether the effect is this one's to make: of all servers of a run only the first may, as a table's unique key has it. */
function claim(id: string): boolean {
  const folder = join(dirname(spec.file), '..', 'effects');
  mkdirSync(folder, { recursive: true });
  try {
    closeSync(openSync(join(folder, id.replace(':', '-')), 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function startBroker(pattern: AnyPattern): Promise<Running> {
  const { scenario, endpoints } = spec;
  const variant = scenario.variant === undefined ? {} : { variant: scenario.variant };
  return start(pattern, 'broker', { bind: endpoints, ...variant, ...scenario.settings });
}

function stopOnSignal(running: Running): void {
  process.once('SIGTERM', () => void running.close({ drainMs }).then(() => process.exit(0)));
  tell({ said: 'ready' });
}

function tell(message: FromChild): void {
  if (process.connected) process.send!(message);
}

function listenedTo(pattern: AnyPattern): AnyPattern {
  const isAimedAt = spec.scenario.faults.some(({ target }) => target === spec.node);
  const obedient = isAimedAt && spec.role !== 'server' ? ordered(pattern, orders) : pattern;
  if (spec.recording === undefined) return obedient;
  const recording = new LineWriter<RecordedLine>(spec.recording);
  return recorded(obedient, (line) => recording.write(line));
}

/** By then a reply has left for the network. */
const replyLeavesMs = 5;
