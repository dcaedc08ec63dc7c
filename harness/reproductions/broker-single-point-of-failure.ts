/** What goes with a broker: the service for as long as it is away, and what was queued in it. */
import type { LedgerLine } from '../history.ts';
import type { ScenarioInput } from '../scenario.ts';
import type { Evidence } from '../verdict.ts';
import { type ConclusiveRun, conclusiveRun } from './parts/conclusive-run.ts';
import { article, type Check, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const brokerSinglePointOfFailure: Reproduction = {
  name: 'broker-single-point-of-failure',
  about:
    'while the only broker is away nothing is served, what was queued in it is gone, and callers that may ask again',
  claim:
    '“It’s also a single point of failure … the client and worker negotiation the status of a transaction only to renegotiate it when the broker fails”',
  source: article,
  async reproduce(options) {
    const once = await killBroker('at-most-once', `after:${downMs}`, options);
    const again = await killBroker('at-least-once', `after:${downMs}`, options);
    const never = await killBroker('at-least-once', 'never', options);
    const queued = queuedAtDeath(once.evidence);
    const saved = queued.filter((id) => committed(once.evidence).has(id));
    const inFlight = inFlightAtDeath(again.evidence);
    const gap = gapOf(once.evidence);
    const left = committedBetween(never.evidence, 'done', 'curing');
    const checks: Check[] = [
      {
        what: `nothing served, for a broker away for ${downMs} ms`,
        expected: `${downMs} ms or more`,
        measured: `${gap.ms.toFixed(0)} ms`,
        holds: gap.ms >= downMs,
      },
      {
        what: 'of which after it was back, for everybody to connect and register again',
        expected: `at most ${renegotiationMs} ms`,
        measured: `${gap.afterReturnMs.toFixed(0)} ms`,
        holds: gap.afterReturnMs <= renegotiationMs,
      },
      {
        what: `of ${queued.length} that were queued in it, answered where callers may not ask again`,
        expected: '0 of some',
        measured: `${saved.length} of ${queued.length}`,
        holds: saved.length === 0 && queued.length > 0,
      },
      {
        what: 'lost where they may',
        expected: '0',
        measured: String(again.row.unknown + again.row.refused),
        holds: again.row.unknown + again.row.refused === 0,
      },
      {
        what: 'executed more than once where they may',
        expected: `at most the ${inFlight} that were with workers`,
        measured: String(again.row.duplicated),
        holds: again.row.duplicated <= inFlight,
      },
      {
        what: 'served after the broker’s death where it does not come back',
        expected: '0',
        measured: String(left),
        holds: left === 0,
      },
    ];
    const lost = { queued: queued.length, saved: saved.length, unknown: once.row.unknown };
    return { checks, figures: { downMs, gap, lost, duplicated: again.row.duplicated, inFlight, servedWithout: left } };
  },
};

/** More than workers can take: the broker has the rest. */
async function killBroker(
  delivery: 'at-most-once' | 'at-least-once',
  restart: NonNullable<ScenarioInput['restart']>,
  options: ReproductionOptions,
): Promise<ConclusiveRun> {
  options.onPhase(`a broker killed, restart ${restart}, ${delivery}`);
  const durationMs = options.quick ? 1800 : 3000;
  return conclusiveRun(
    {
      name: 'broker-single-point-of-failure',
      pattern: 'majordomo',
      load: { model: 'closed', window: 60, durationMs, timeoutMs: 5000, delivery },
      handler: { serviceMs: 20 },
      restart,
      faults: [
        {
          fault: 'kill',
          target: 'broker-1',
          trigger: 'now',
          atMs: 500,
          durationMs: restart === 'never' ? durationMs - 500 : downMs,
        },
      ],
    },
    options,
  );
}

function stampOf({ history }: Evidence, wanted: 'begun' | 'done' | 'curing' | 'cured'): number {
  return history.find((line) => line.kind === 'fault' && line.phase === wanted)!.at;
}

/** From the death to the next answer, and how much of it there was still to wait when the broker was up again. */
function gapOf(evidence: Evidence): { readonly ms: number; readonly afterReturnMs: number } {
  const { history } = evidence;
  const died = stampOf(evidence, 'done');
  const back = history.find(
    (line) => line.kind === 'node' && line.node === 'broker-1' && line.at > died && isUp(line),
  )!;
  const next = history.find((line) => isCommit(line) && line.at > back.at)!;
  const early = history.filter((line) => isCommit(line) && line.at > died + inPipesMicros && line.at < back.at);
  if (early.length > 0) throw new Error(`${early.length} were answered while the broker was away`);
  return { ms: (next.at - died) / 1000, afterReturnMs: (next.at - back.at) / 1000 };
}

/** With the broker at its death and with no worker: what it had queued. */
function queuedAtDeath(evidence: Evidence): string[] {
  const begun = stampOf(evidence, 'begun');
  const open = openAt(evidence, begun);
  const given = new Set(linesOf(evidence).flatMap(({ kind, id }) => (kind === 'received' ? [id] : [])));
  const handed = evidence.history.filter((line) => line.kind === 'attempt' && line.at < begun - inPipesMicros);
  const withBroker = new Set(handed.map((line) => (line.kind === 'attempt' ? line.id : '')));
  return [...open].filter((id) => withBroker.has(id) && !given.has(id));
}

/** With workers at the broker's death, which have no way to answer. */
function inFlightAtDeath(evidence: Evidence): number {
  const open = openAt(evidence, stampOf(evidence, 'begun'));
  const given = linesOf(evidence).filter(({ kind, at }) => kind === 'received' && at <= stampOf(evidence, 'cured'));
  return new Set(given.map(({ id }) => id).filter((id) => open.has(id))).size;
}

function openAt({ history }: Evidence, moment: number): Set<string> {
  const idOf = new Map<number, string>();
  for (const line of history) {
    if (line.at > moment) break;
    if (line.kind === 'invoked') idOf.set(line.n, line.id);
    if (line.kind === 'settled') idOf.delete(line.n);
  }
  return new Set(idOf.values());
}

function committed({ history }: Evidence): Set<string> {
  const idOf = new Map(history.flatMap((line) => (line.kind === 'invoked' ? [[line.n, line.id]] : [])));
  return new Set(history.flatMap((line) => (isCommit(line) && line.kind === 'settled' ? [idOf.get(line.n)!] : [])));
}

function committedBetween(evidence: Evidence, from: 'done', until: 'curing'): number {
  const [begin, end] = [stampOf(evidence, from) + inPipesMicros, stampOf(evidence, until)];
  return evidence.history.filter((line) => isCommit(line) && line.at > begin && line.at < end).length;
}

function linesOf({ ledgers }: Evidence): LedgerLine[] {
  return [...ledgers.values()].flatMap((lines) => (lines instanceof Error ? [] : [...lines]));
}

function isCommit(line: Evidence['history'][number]): boolean {
  return line.kind === 'settled' && line.outcome === 'committed';
}

function isUp(line: Evidence['history'][number]): boolean {
  return line.kind === 'node' && line.state === 'up';
}

const downMs = 1000;
/** An attempt to connect every 50 ms, a worker’s announcement, a request and its execution: on a machine that does more. */
const renegotiationMs = 700;
/** What a dead broker had sent arrives all the same, and what a client has just sent it may not have read. */
const inPipesMicros = 30_000;
