/**
 * The proxy: a process of its own, so that a busy harness delays nothing. It ends with its harness, as the channel to it
 * closes then.
 */
import { monotonicMicros } from '../../../../patterns/drivers/zeromq.ts';
import type { Impairment } from '../../impairment.ts';
import { endWithParent } from '../end-with-parent.ts';
import { importPattern } from '../import-pattern.ts';
import { Link } from './link.ts';
import type { FromRelay, RelaySpec, ToRelay } from './relay-spec.ts';

const spec = JSON.parse(process.argv[2]!) as RelaySpec;
const { isHeartbeat } = await importPattern(spec.patternUrl);
const struck = (id: number) => tell({ said: 'struck', id, at: monotonicMicros() });
const links = new Map(spec.links.map((one) => [one.name, new Link(one, spec.seed, isHeartbeat, struck)]));
const impaired = new Map<number, { readonly link: Link; readonly impairment: Impairment }>();

endWithParent();
process.on('SIGINT', () => undefined);
process.on('message', (message: ToRelay) => {
  obey(message).then(
    () => tell({ said: 'done', id: message.id }),
    (error: Error) => tell({ said: 'failed', id: message.id, message: error.message }),
  );
});

try {
  await Promise.all([...links.values()].map((link) => link.open()));
  tell({ said: 'ready' });
} catch (error) {
  tell({ said: 'failed', message: (error as Error).message });
  process.exit(1);
}

async function obey(message: ToRelay): Promise<void> {
  if (message.tell === 'impair') {
    const link = links.get(message.link)!;
    impaired.set(message.id, { link, impairment: message.impairment });
    await link.impair(message.id, message.impairment, message.directions);
    return;
  }
  const { link, impairment } = impaired.get(message.id)!;
  impaired.delete(message.id);
  await link.heal(message.id, impairment);
}

function tell(message: FromRelay): void {
  if (process.connected) process.send!(message);
}
