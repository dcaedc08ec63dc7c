/** Who takes part in the question of throughput, and at which windows. */
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';

export interface Contestant {
  readonly name: string;
  readonly windows: readonly number[];
  /** The pattern it is; undefined for sockets with nothing around them. */
  readonly pattern: AnyPattern | undefined;
  readonly variant?: string;
  /** Settings of its client that the window asks for. */
  readonly settings?: (window: number) => Readonly<Record<string, number>>;
}

/** Transactions in flight from one client. */
const windows = [1, 16, 128, 1024] as const;
/** Without the last where a slot is a few sockets: libzmq has a thousand for a process. */
const windowsOfSlots = [1, 16, 128] as const;

/** What the others are measured by: one message a transaction, and no promise of anything. */
export const baseline = 'DEALER/ROUTER, raw';
export const rawReq = 'REQ/REP, raw';

/** A slot carries one transaction, so a full window takes as many; fewer than the default would be another pattern. */
const slots = (window: number) => ({ slots: Math.max(window, brokerlessReq.settings.slots.default) });
const brokerless = { windows: windowsOfSlots, pattern: brokerlessReq, settings: slots };

export const contestants: readonly Contestant[] = [
  { name: baseline, windows, pattern: undefined },
  // In lock-step one socket has one transaction in flight, whatever the window.
  { name: rawReq, windows: [1], pattern: undefined },
  { ...brokerless, name: 'brokerless-req/as-published', variant: 'as-published' },
  { ...brokerless, name: 'brokerless-req/retry', variant: 'retry' },
  { name: 'freelance', windows, pattern: freelance },
  { name: 'majordomo', windows, pattern: majordomo },
];

/** Requests that a server handles at once, the same for all: majordomo has one worker, of as much credit. */
export const concurrency = 16;
