/** The topology turned round: the client binds and its servers connect, so that one that is dead is none of its endpoints. */
import type { LedgerLine } from '../history.ts';
import type { Evidence } from '../verdict.ts';
import { conclusiveRun } from './parts/conclusive-run.ts';
import type { Reproduction, ReproductionOptions } from './reproduction.ts';

export const serversThatConnect: Reproduction = {
  name: 'servers-that-connect',
  about: 'where servers connect to a client that binds, none waits for a dead one, and what that one held is lost',
  claim: 'A client that binds goes round a dead worker: its pipe goes with its connection.',
  source: 'zeromq/pyzmq, issue 170',
  async reproduce(options) {
    const reverse = await killOne('reverse', options);
    const control = await killOne('as-published', options);
    const checks = [
      {
        what: `answered later than ${delayedMs} ms, of ${reverse.due}, a server being down for ${downMs} ms`,
        expected: '0',
        measured: String(reverse.delayed),
        holds: reverse.delayed === 0,
      },
      {
        what: `the same where the client connects, of ${control.due}`,
        expected: 'more',
        measured: String(control.delayed),
        holds: control.delayed > 0,
      },
      {
        what: 'of those that were not answered, with another server than the victim',
        expected: '0',
        measured: String(reverse.lostElsewhere),
        holds: reverse.lostElsewhere === 0,
      },
      {
        what: 'of those that the victim had and had not answered, not lost',
        expected: '0',
        measured: `${reverse.heldAndSaved} (lost: ${reverse.lost})`,
        holds: reverse.heldAndSaved === 0 && reverse.lost > 0,
      },
    ];
    return { checks, figures: { reverse, control } };
  },
};

interface Figures {
  readonly due: number;
  readonly delayed: number;
  /** Told "unknown" or "refused". */
  readonly lost: number;
  readonly lostElsewhere: number;
  readonly heldAndSaved: number;
}

async function killOne(variant: string, options: ReproductionOptions): Promise<Figures> {
  options.onPhase(`a server down for ${downMs} ms: ${variant}`);
  const { row, evidence } = await conclusiveRun(
    {
      name: 'servers-that-connect',
      pattern: 'brokerless-req',
      variant,
      load: { model: 'closed', window: 6, durationMs: options.quick ? 1200 : 2500, timeoutMs: 5000 },
      restart: `after:${downMs}`,
      delayedMs,
      // Struck in passing: one that is stopped first would be given what the others were to have.
      faults: [{ fault: 'kill', target: 'server-1', trigger: 'now', atMs: 500, durationMs: downMs }],
    },
    options,
  );
  const { due, delayed, unknown, refused } = row;
  return { due, delayed, lost: unknown + refused, ...whereabouts(evidence) };
}

/** Where those were that got no answer, and what became of those that the victim had. */
function whereabouts({ history, ledgers }: Evidence): Pick<Figures, 'lostElsewhere' | 'heldAndSaved'> {
  const begun = history.find((line) => line.kind === 'fault')!.at;
  const idOf = new Map(history.flatMap((line) => (line.kind === 'invoked' ? [[line.n, line.id]] : [])));
  const settled = history.filter((line) => line.kind === 'settled');
  const lost = new Set(settled.filter(({ outcome }) => outcome !== 'committed').map(({ n }) => idOf.get(n)!));
  const seenBy = (node: string, kind: LedgerLine['kind'], until = Number.POSITIVE_INFINITY) => {
    const lines = ledgers.get(node) as readonly LedgerLine[];
    return new Set(lines.filter((line) => line.kind === kind && line.at <= until).map(({ id }) => id));
  };
  // What it did between the stamp and its death it may have answered.
  const died = history.find((line) => line.kind === 'fault' && line.phase === 'done')!.at;
  const answered = seenBy('server-1', 'executed', died);
  const held = [...seenBy('server-1', 'received', begun)].filter((id) => !answered.has(id));
  const others = [...ledgers.keys()].filter((node) => node !== 'server-1');
  return {
    lostElsewhere: [...lost].filter((id) => others.some((node) => seenBy(node, 'received').has(id))).length,
    heldAndSaved: held.filter((id) => !lost.has(id)).length,
  };
}

const downMs = 1000;
const delayedMs = 400;
