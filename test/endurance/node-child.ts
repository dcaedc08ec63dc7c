/** The entry of a trial's servers and brokers. It never outlives the trial: the channel closes when that is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type LedgerLine, LineWriter } from '../../harness/history.ts';
import { findPattern } from '../../harness/registry.ts';
import { endWithParent } from '../../harness/worlds/processes/end-with-parent.ts';
import { monotonicMicros } from '../../patterns/drivers/zeromq.ts';
import { serve, start } from '../../patterns/index.ts';
import { variantOf } from '../../patterns/names.ts';
import { listenerOf } from '../../patterns/pattern.ts';
import type { HandlerContext, Running, Server } from '../../patterns/transaction.ts';
import { usageNow } from './memory.ts';
import type { FromNode, NodeSpec, ToNode } from './node-spec.ts';

const spec = JSON.parse(process.argv[2]!) as NodeSpec;
const ledger = spec.ledger === undefined ? undefined : new LineWriter<LedgerLine>(spec.ledger);
let openGate: () => void;
const gateOpened = new Promise<void>((resolve) => {
  openGate = resolve;
});
let received = 0;
let begun = 0;
let workers = 0;
let isCounting = false;

endWithParent();
// Ctrl-C reaches the whole foreground group; the trial decides what it means.
process.on('SIGINT', () => undefined);

try {
  const { pattern } = await findPattern(spec.pattern);
  const { variant, settings, endpoints, concurrency } = spec;
  const listens = listenerOf(pattern, variantOf(pattern, variant)[1]) === 'server';
  const where = listens ? { bind: endpoints } : { connect: endpoints };
  const running: Running | Server =
    spec.role === 'server'
      ? await serve(pattern, { variant, concurrency, ...where, ...settings, trace: noted }, handler)
      : await start(pattern, 'broker', { variant, bind: endpoints, ...settings, trace: noted });
  process.on('message', ({ tell: what }: ToNode) => {
    if (what === 'open') openGate();
    else tell({ said: 'usage', usage: { ...usageNow(), stats: statsOf(running) } });
  });
  process.once('SIGTERM', () => void running.close({ drainMs: 1000 }).then(() => process.exit(0)));
  tell({ said: 'ready' });
} catch (error) {
  tell({ said: 'failed', message: (error as Error).message });
  process.exit(1);
}

function noted({ kind, client, sequence, attempt }: Readonly<Record<string, unknown>>): void {
  if (kind === 'worker-ready') workers++;
  else if (kind === 'worker-lost') workers--;
  else if (kind === 'received') received++;
  else return;
  tellCount();
  if (kind !== 'received') return;
  ledger?.write({ kind, id: `${client}:${sequence}`, attempt: Number(attempt), at: monotonicMicros() });
}

async function handler(request: Uint8Array, context: HandlerContext): Promise<Uint8Array> {
  const { id, attempt } = context;
  const { gate, ms, asks } = spec.work;
  const began = monotonicMicros();
  ledger?.write({ kind: 'executing', id, attempt, at: began });
  begun++;
  tellCount();
  if (gate) await gateOpened;
  if (ms !== undefined) await sleep(ms);
  if (asks && !context.mayCommit()) return Buffer.alloc(0);
  ledger?.write({ kind: 'executed', id, attempt, began, at: monotonicMicros() });
  return spec.work.echo ? request : Buffer.from(spec.name);
}

/** Once for all that happens in a turn. */
function tellCount(): void {
  if (isCounting) return;
  isCounting = true;
  setImmediate(() => {
    isCounting = false;
    tell({ said: 'count', received, begun, workers });
  });
}

function tell(message: FromNode): void {
  if (process.connected) process.send!(message);
}

function statsOf(running: Running | Server): Readonly<Record<string, unknown>> {
  return 'stats' in running ? { ...(running as Server).stats() } : {};
}
