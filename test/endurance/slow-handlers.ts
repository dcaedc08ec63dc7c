/** Handlers that take three times as long as the lease commit all the same: a lease is for the frozen, not for the slow. */
import { connect } from '../../patterns/index.ts';
import type { Client } from '../../patterns/transaction.ts';
import { type Subject, subjects } from './cases.ts';
import { executions } from './ledgers.ts';
import { Processes } from './processes.ts';
import { each, type Finding, type Trial, type TrialOptions } from './trial.ts';

export const slowHandlers: Trial = {
  name: 'slow-handlers',
  asks: 'does a handler commit that takes longer than the lease?',
  async run(options: TrialOptions) {
    const all = await subjects(options.of);
    const leased = all.filter(({ pattern, variant }) => 'leases' in pattern.settings && variant.deliveries.length > 1);
    return each(
      'slow-handlers',
      leased,
      options,
      ({ title }) => title,
      (subject) => handleSlowly(subject, options.signal),
    );
  },
};

async function handleSlowly({ pattern, variantName: variant, title }: Subject, signal: AbortSignal): Promise<Finding> {
  const processes = new Processes(signal);
  let client: Client | undefined;
  try {
    const isBrokered = pattern.topology === 'broker';
    const endpoints = await processes.tcpEndpoints(isBrokered ? 1 : 2);
    const settings = 'retryMs' in pattern.settings ? { retryMs: leaseMs } : { heartbeatTimeoutMs: leaseMs };
    const common = { pattern: pattern.name, variant, settings, concurrency: count };
    if (isBrokered) await processes.start({ name: 'broker', role: 'broker', ...common, endpoints, work: {} });
    const ledgers = ['first', 'second'].map((name) => ({ path: `${processes.folder}/${name}.jsonl` }));
    for (const [index, name] of ['first', 'second'].entries()) {
      const where = isBrokered ? endpoints : [endpoints[index]!];
      const work = { ms: handlerMs, asks: true };
      await processes.start({ name, role: 'server', ...common, endpoints: where, work, ledger: ledgers[index]!.path });
    }
    const slots = 'slots' in pattern.settings ? { slots: count } : {};
    client = await connect(pattern, { variant, endpoints, ...settings, ...slots });
    await client.ready({ servers: endpoints.length, timeoutMs: 20_000 });
    const asked = Array.from({ length: count }, () => client!.transact(Buffer.from('slowly'), { timeoutMs: 20_000 }));
    const outcomes = await Promise.allSettled(asked);
    const committed = outcomes.filter(({ status }) => status === 'fulfilled').length;
    const twice = [...executions(ledgers).values()].filter((times) => times > 1).length;
    const row = { of: title, 'lease ms': leaseMs, 'handler ms': handlerMs, committed, 'executed twice': twice };
    return { row, broken: committed < count ? [`${committed} of ${count} committed`] : [], doubts: [] };
  } finally {
    await client?.close();
    await processes.close();
  }
}

const count = 50;
const leaseMs = 1000;
const handlerMs = 3000;
