/** A server's counters at their beginning: one object, to which all its parts add. */
import type { ServerCounters } from '../stats.ts';

export function serverCounters(): ServerCounters {
  return {
    requests: 0,
    executions: 0,
    committed: 0,
    rejected: 0,
    refusals: { lapsed: 0, uncommitted: 0, queueFull: 0, draining: 0, otherService: 0 },
    duplicates: 0,
    malformed: 0,
    answersHeld: 0,
    answersDropped: 0,
    brokersUp: 0,
    brokersLost: 0,
  };
}
