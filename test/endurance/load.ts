/** What became of a load, and what it took of memory meanwhile. */
import type { Outcome } from '../../patterns/transaction.ts';
import type { LoadFigures } from './load-spec.ts';
import { type Memory, usageNow } from './memory.ts';

export class Load {
  asked = 0;
  readonly #timeoutMs: number;
  readonly #counts = { committed: 0, rejected: 0, refused: 0, unknown: 0 };
  readonly #tookMs: number[] = [];
  #latestMs = Number.NEGATIVE_INFINITY;
  #last: Memory = { rssMb: 0, heapMb: 0 };
  #rssMaxMb = 0;
  #heapMaxMb = 0;
  #sampleAt = 0;
  #lookedAt = performance.now();
  #cpuThen = process.cpuUsage();
  #starvedMs = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get pending(): number {
    const { committed, rejected, refused, unknown } = this.#counts;
    return this.asked - committed - rejected - refused - unknown;
  }

  settled(outcome: Outcome, began: number): void {
    const tookMs = performance.now() - began;
    this.#counts[outcome]++;
    this.#latestMs = Math.max(this.#latestMs, tookMs - this.#timeoutMs);
    if (outcome === 'committed') this.#tookMs.push(tookMs);
  }

  /** Notices when others had the processor: what came late by that much is not this process's doing. */
  look(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#cpuThen);
    this.#starvedMs = Math.max(this.#starvedMs, now - this.#lookedAt - (user + system) / 1000);
    this.#lookedAt = now;
    this.#cpuThen = process.cpuUsage();
  }

  /** Looks at memory now and then: a look costs some milliseconds. */
  sample(): void {
    const now = performance.now();
    if (now < this.#sampleAt && this.pending > 0) return;
    this.#sampleAt = now + sampleEveryMs;
    this.#last = usageNow();
    this.#rssMaxMb = Math.max(this.#rssMaxMb, this.#last.rssMb);
    this.#heapMaxMb = Math.max(this.#heapMaxMb, this.#last.heapMb);
  }

  figures(): LoadFigures {
    const sorted = this.#tookMs.sort((a, b) => a - b);
    const at = (share: number) => tenths(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return {
      asked: this.asked,
      ...this.#counts,
      unsettled: this.pending,
      medianMs: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
      latestMs: tenths(this.#latestMs),
      starvedMs: tenths(this.#starvedMs),
      ...this.#last,
      rssMaxMb: this.#rssMaxMb,
      heapMaxMb: this.#heapMaxMb,
    };
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

const sampleEveryMs = 1000;
