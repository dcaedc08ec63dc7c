/** The course of a run: when its load began and ended. All in microseconds of the host's monotonic clock. */
import type { HistoryLine } from './history.ts';
import type { Scenario } from './scenario.ts';

export interface Course {
  readonly began: number;
  /** When no more transactions became due. */
  readonly loadEnd: number;
  /** When the load client had waited for everything; missing where it died before. */
  readonly ended: number | undefined;
  /** When the client died of a fault, each time: what was open then nobody waits for any more. */
  readonly clientDeaths: readonly number[];
  /** The last stamp of all. */
  readonly last: number;
}

export function courseOf(history: readonly HistoryLine[], load: Scenario['load']): Course {
  let began: number | undefined;
  let ended: number | undefined;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let lastDue = Number.NEGATIVE_INFINITY;
  for (const line of history) {
    first = Math.min(first, line.at);
    last = Math.max(last, line.at);
    if (line.kind === 'began') began ??= line.at;
    if (line.kind === 'ended') ended = line.at;
    if (line.kind === 'invoked') lastDue = Math.max(lastDue, line.due);
  }
  const start = began ?? first;
  // A closed loop that hangs has nothing due any more: its last due stamp would hide the very silence to be measured.
  const loadEnd = load.model === 'closed' ? Math.max(lastDue, start + load.durationMs * 1000) : lastDue;
  return { began: start, loadEnd, ended, clientDeaths: clientDeathsOf(history, ended ?? last), last };
}

/** Until everything had settled: after that it is told to end. */
function clientDeathsOf(history: readonly HistoryLine[], until: number): number[] {
  return history
    .filter((line) => line.kind === 'node' && line.node === 'client' && line.state === 'dead' && line.at <= until)
    .map(({ at }) => at);
}
