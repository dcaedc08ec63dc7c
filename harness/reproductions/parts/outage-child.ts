/**
 * A client of its own whose every server is dead, asked for so many transactions a second: what becomes of them, and of its
 * memory. A process of its own, so that what it takes is nobody else's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect, type TransactionError } from '../../../patterns/index.ts';
import type { AnyPattern } from '../../../patterns/pattern.ts';
import { endWithParent } from '../../worlds/processes/end-with-parent.ts';

export interface OutageSpec {
  readonly patternUrl: string;
  readonly endpoints: readonly string[];
  readonly ratePerSec: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
}

export interface OutageFigures {
  readonly asked: number;
  readonly refused: number;
  readonly unknown: number;
  readonly otherwise: number;
  /** The most that were pending at once. */
  readonly pendingMax: number;
  /** How long after its deadline the last one settled, by this process's own timers. */
  readonly latestMs: number;
  /** How long this process was kept from running, at worst: what is late by no more was late by that. */
  readonly starvedMs: number;
  /** What it took more of the system at the outage's end than when it was warm, in megabytes. */
  readonly rssGrowthMb: number;
}

const tickMs = 1;
const payload = new Uint8Array(64);
const spec = JSON.parse(process.argv[2]!) as OutageSpec;
endWithParent();
process.on('SIGINT', () => undefined);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const module = (await import(spec.patternUrl)) as Record<string, unknown>;
const pattern = Object.values(module).find(
  (value) => typeof value === 'object' && value !== null && 'variants' in value,
) as AnyPattern;
const client = await connect(pattern, { endpoints: spec.endpoints });
const told = { asked: 0, refused: 0, unknown: 0, otherwise: 0 };
let pendingMax = 0;
let latestMs = 0;
let starvedMs = 0;

await ask(spec.warmUpMs);
const before = rssMb();
await ask(spec.durationMs);
const rssGrowthMb = Math.round((rssMb() - before) * 10) / 10;
await client.close();
process.send!({ ...told, pendingMax, latestMs, starvedMs, rssGrowthMb } satisfies OutageFigures, () => process.exit(0));

/** Every millisecond what is due by then; resolves when all of it has settled. */
async function ask(durationMs: number): Promise<void> {
  const began = performance.now();
  let done = 0;
  let open = 0;
  for (let last = began; done < (durationMs / 1000) * spec.ratePerSec || open > 0; ) {
    const now = performance.now();
    starvedMs = Math.max(starvedMs, now - last - tickMs);
    last = now;
    const due = Math.min(durationMs, now - began) * (spec.ratePerSec / 1000);
    for (; done < due; done++) {
      open++;
      void transact().finally(() => open--);
    }
    pendingMax = Math.max(pendingMax, client.stats().pending);
    await sleep(tickMs);
  }
}

async function transact(): Promise<void> {
  const deadline = performance.now() + spec.timeoutMs;
  told.asked++;
  try {
    await client.transact(payload, { timeoutMs: spec.timeoutMs });
    told.otherwise++;
  } catch (error) {
    const { outcome } = error as TransactionError;
    if (outcome === 'refused' || outcome === 'unknown') told[outcome]++;
    else told.otherwise++;
  }
  latestMs = Math.max(latestMs, performance.now() - deadline);
}

function rssMb(): number {
  collectGarbage();
  return process.memoryUsage().rss / 1_048_576;
}
