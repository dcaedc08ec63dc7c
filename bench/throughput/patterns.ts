/** A pattern's processes, as a user of the library would write them. */
import { type Client, connect, serve, start, TransactionError } from '../../patterns/index.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { type Contestant, concurrency } from './contestants.ts';
import { askInLanes } from './lanes.ts';
import type { Asker, Block } from './peer.ts';

export async function servePattern({ variant }: Contestant, pattern: AnyPattern, endpoint: string): Promise<void> {
  const where = pattern.topology === 'broker' ? { connect: endpoint } : { bind: endpoint };
  await serve(pattern, { ...where, concurrency, ...(variant === undefined ? {} : { variant }) }, (request) => request);
}

export async function startBroker(pattern: AnyPattern, endpoint: string): Promise<void> {
  await start(pattern, 'broker', { bind: endpoint });
}

/** A client for each window, made when it is first asked for and kept, so that no block pays for connecting. */
export function askPattern(
  { variant, settings }: Pick<Contestant, 'variant' | 'settings'>,
  pattern: AnyPattern,
  endpoint: string,
): Asker {
  const clients = new Map<number, Client>();
  const clientOf = async (window: number): Promise<Client> => {
    const before = clients.get(window);
    if (before !== undefined) return before;
    const given = { ...(variant === undefined ? {} : { variant }), ...settings?.(window) };
    const client = await connect(pattern, { endpoints: endpoint, ...given });
    await client.ready();
    clients.set(window, client);
    return client;
  };
  return async (window, forMs, bytes) => askClient(await clientOf(window), window, forMs, bytes);
}

/** Only what committed counts: a transaction that was refused cost its lane time and gave it nothing. */
export function askClient(client: Client, window: number, forMs: number, bytes?: number): Promise<Block> {
  return askInLanes((request) => client.transact(request), { window, forMs, bytes, mayFail: isOutcome });
}

export function isOutcome(error: unknown): boolean {
  return error instanceof TransactionError;
}
