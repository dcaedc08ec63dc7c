/** A broker's counters at their beginning. */
import type { BrokerCounters } from '../stats.ts';

export function brokerCounters(): BrokerCounters {
  return {
    requests: 0,
    answers: 0,
    refusals: { expired: 0, queueFull: 0, servicesFull: 0, tooLarge: 0, draining: 0 },
    duplicates: 0,
    retries: 0,
    abandoned: 0,
    malformed: 0,
    workersUp: 0,
    workersLost: 0,
    disconnects: 0,
    answersHeld: 0,
    answersDropped: 0,
  };
}
