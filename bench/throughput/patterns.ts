/** A pattern's processes, as a user of the library would write them. */
import { type Client, connect, type Security, serve, start, TransactionError } from '../../patterns/index.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { type Contestant, concurrency } from './contestants.ts';
import { askInLanes } from './lanes.ts';
import { offered } from './offer.ts';
import type { Asker, Block, ChildSpec, Tasks } from './peer.ts';

export async function servePattern(
  { variant }: Contestant,
  pattern: AnyPattern,
  endpoint: string,
  keys?: ChildSpec['keys'],
): Promise<void> {
  const where = pattern.topology === 'broker' ? { connect: endpoint } : { bind: endpoint };
  const security: { security?: Security } =
    keys === undefined ? {} : { security: { secretKey: keys.server.secretKey, clients: [keys.client.publicKey] } };
  const given = { ...where, concurrency, ...security, ...(variant === undefined ? {} : { variant }) };
  await serve(pattern, given, (request) => request);
}

export async function startBroker(pattern: AnyPattern, endpoint: string): Promise<void> {
  await start(pattern, 'broker', { bind: endpoint });
}

/** A client for each window, made when it is first asked for and kept, so that no block pays for connecting. */
export function askPattern(
  { variant, settings }: Pick<Contestant, 'variant' | 'settings'>,
  pattern: AnyPattern,
  endpoint: string,
  keys?: ChildSpec['keys'],
): Asker {
  const security: { security?: Security } =
    keys === undefined ? {} : { security: { serverKey: keys.server.publicKey, secretKey: keys.client.secretKey } };
  const clients = new Map<number, Client>();
  const clientOf = async (window: number): Promise<Client> => {
    const before = clients.get(window);
    if (before !== undefined) return before;
    const given = { ...(variant === undefined ? {} : { variant }), ...settings?.(window) };
    const client = await connect(pattern, { endpoints: endpoint, ...security, ...given });
    await client.ready();
    clients.set(window, client);
    return client;
  };
  return async (window, forMs, bytes) => askClient(await clientOf(window), window, forMs, bytes);
}

/** What is due goes out when it is due, through a client of its own. */
export function offerToPattern(pattern: AnyPattern, endpoint: string): Required<Tasks>['offer'] {
  let connected: Promise<Client> | undefined;
  return async (given) => {
    const client = await (connected ??= readyClient(pattern, endpoint));
    return offered((request) => client.transact(request), given, isOutcome);
  };
}

async function readyClient(pattern: AnyPattern, endpoints: string): Promise<Client> {
  const client = await connect(pattern, { endpoints });
  await client.ready();
  return client;
}

/** Only what committed counts: a transaction that was refused cost its lane time and gave it nothing. */
export function askClient(client: Client, window: number, forMs: number, bytes?: number): Promise<Block> {
  return askInLanes((request) => client.transact(request), { window, forMs, bytes, mayFail: isOutcome });
}

function isOutcome(error: unknown): boolean {
  return error instanceof TransactionError;
}
