/** Losing, doing twice, or neither: what a server's death costs by what the caller allows, and by what the handler remembers. */
import { conclusiveRun } from './parts/conclusive-run.ts';
import { article, type Reproduction, type ReproductionOptions } from './reproduction.ts';

export const losingOrRetrying: Reproduction = {
  name: 'losing-or-retrying',
  about:
    'asking once loses what a killed server held; asking again loses none and may do it twice; a key prevents that',
  claim: '“At first I did not like the idea of losing the transaction(s) but I’m warming to the idea”',
  source: article,
  async reproduce(options) {
    const once = await killHolding('at-most-once', false, options);
    const again = await killHolding('at-least-once', false, options);
    const keyed = await killHolding('at-least-once', true, options);
    const checks = [
      atLeast('asked once: told "unknown"', once.unanswered, 1),
      none('asked once: executed twice', once.duplicated),
      none('asked until answered: told "unknown" or "refused"', again.unanswered),
      atLeast(
        'asked until answered: executed twice, the server having died between its effect and its answer',
        again.duplicated,
        1,
      ),
      none('asked until answered, effects keyed by the transaction: told "unknown" or "refused"', keyed.unanswered),
      none('asked until answered, effects keyed by the transaction: effects made twice', keyed.duplicated),
      atLeast('so keyed: answered without another effect', keyed.repeated, 1),
    ];
    return { checks, figures: { once, again, keyed } };
  },
};

/** Killed right after its effect, with others waiting: the case in which neither end can know. */
async function killHolding(
  delivery: 'at-most-once' | 'at-least-once',
  idempotent: boolean,
  options: ReproductionOptions,
) {
  options.onPhase(`a server dies between effect and answer: ${delivery}${idempotent ? ', effects keyed' : ''}`);
  const kills = options.quick ? 1 : 5;
  const { row, evidence } = await conclusiveRun(
    {
      name: 'losing-or-retrying',
      pattern: 'freelance',
      load: { model: 'closed', window: 12, durationMs: 400 + kills * everyMs, timeoutMs: 5000, delivery },
      handler: { serviceMs: 5, concurrency: 2, idempotent },
      restart: 'after:200',
      faults: Array.from({ length: kills }, (_, turn) => ({
        fault: 'kill-at',
        target: `server-${(turn % 3) + 1}`,
        atMs: 400 + turn * everyMs,
        durationMs: 300,
        with: { point: 'after-execute' },
      })),
    },
    options,
  );
  const lines = [...evidence.ledgers.values()].flatMap((ledger) => (ledger instanceof Error ? [] : [...ledger]));
  const repeated = lines.filter(({ kind }) => kind === 'repeated').length;
  return { kills, due: row.due, unanswered: row.unknown + row.refused, duplicated: row.duplicated, repeated };
}

function none(what: string, count: number) {
  return { what, expected: '0', measured: String(count), holds: count === 0 };
}

function atLeast(what: string, count: number, least: number) {
  return { what, expected: `${least} or more`, measured: String(count), holds: count >= least };
}

const everyMs = 800;
