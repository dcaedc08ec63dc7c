/**
 * Clients with one transaction at a time each, millions of times: no reply is lost and none is another's. libzmq loses one in
 * millions where a high-water mark of 1 is in the wrong place (libzmq #4750).
 */
import { placesOf, type Subject, subjects } from './cases.ts';
import { Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

interface Case {
  readonly subject: Subject;
  readonly transport: 'tcp' | 'ipc';
}

export const lockStep: Trial = {
  name: 'lock-step',
  asks: 'is a reply lost in millions of round trips, one at a time?',
  async run(options: TrialOptions) {
    const all = await subjects(options.of);
    const cases = all.flatMap((subject) => (['tcp', 'ipc'] as const).map((transport) => ({ subject, transport })));
    const titleOf = ({ subject, transport }: Case) => `${subject.title}, ${transport}`;
    return each('lock-step', cases, { ...options, quick: false }, titleOf, (one) => step(one, options));
  },
};

/** Clients at once: enough to keep two cores busy, and few enough that a batch of their requests is of a few. */
const lanes = 4;

/** Of each transport, so that a pattern makes three million. */
async function step({ subject, transport }: Case, { quick, count, signal }: TrialOptions): Promise<Finding> {
  const rounds = count ?? (quick ? 5000 : 1_500_000);
  const processes = new Processes(signal);
  try {
    const { pattern, variantName: variant } = subject;
    const places = await placesOf(subject, processes, { servers: 1, transport });
    const common = { pattern: pattern.name, variant, settings: {}, concurrency: 1, work: { echo: true } };
    const start = (role: 'broker' | 'server') =>
      processes.start({ name: role, role, ...common, endpoints: places.of(role, 0) });
    if (places.hasBrokers) await start('broker');
    await start('server');
    const place = places.client;
    const load = await processes.load({ name: 'client', pattern: pattern.name, variant, place, settings: {} });
    const { failures, mismatched, tookMs, ...steps } = await load.step({ rounds, lanes, timeoutMs: 30_000 });
    const failed = Object.values(failures).reduce((sum, times) => sum + times, 0);
    const row = {
      of: subject.title,
      transport,
      'round trips': steps.rounds,
      'without a reply': failed,
      "with another's": mismatched,
      'per second': Math.round(steps.rounds / (tookMs / 1000)),
    };
    const broken = failed + mismatched > 0 ? [`${JSON.stringify(failures)}, ${mismatched} mismatched`] : [];
    return { row, broken, doubts: [] };
  } finally {
    await processes.close();
  }
}
