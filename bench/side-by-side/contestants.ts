/** Who is measured side by side: ours, bare sockets, C, and peers of the registry with the servers they need. */
import { fileURLToPath } from 'node:url';
import type { Role } from '../throughput/peer.ts';
import { beanstalkdServer, natsServer, rabbitmqServer, redisServer, type ServerProgram } from './server-programs.ts';

export interface Contestant {
  readonly name: string;
  readonly windows: readonly number[];
  readonly roles: readonly Role[];
  /** Who measures beside whom: ours are the numerators. */
  readonly kind: 'ours' | 'socket' | 'c' | 'peer';
  /** The server between its own two processes. */
  readonly server?: ServerProgram;
  /** Transactions at a window of one before anything counts: what is cold looks slower than it is. */
  readonly warmUpTransactions?: number;
}

/** Transactions in flight from one client. */
export const windows = [1, 16, 128, 1024] as const;

export const freelance = 'freelance';
export const majordomo = 'majordomo, four workers';
export const raw = 'zeromq.js DEALER/ROUTER';
/** The same program a second time: what differs between the two is the noise. */
export const rawAgain = 'zeromq.js DEALER/ROUTER, again';
/** What packing gives where nothing is promised. */
export const packed = 'zeromq.js DEALER/ROUTER, packed';
export const rawReq = 'zeromq.js REQ/REP';
export const rawBroker = 'zeromq.js, three hops';
export const c = 'C libzmq DEALER/ROUTER';
export const nats = ['nats.js, one responder', 'nats.js, four responders'] as const;

const two = ['server', 'client'] as const;
const three = ['broker', 'server', 'client'] as const;
const warmUpTransactions = 20_000;

export const contestants: readonly Contestant[] = [
  { name: freelance, windows, roles: two, kind: 'ours' },
  { name: majordomo, windows, roles: three, kind: 'ours', warmUpTransactions },
  { name: raw, windows, roles: two, kind: 'socket' },
  { name: rawAgain, windows: [1, 128, 1024], roles: two, kind: 'socket' },
  { name: packed, windows, roles: two, kind: 'socket' },
  // In lock-step one socket has one transaction in flight, whatever the window.
  { name: rawReq, windows: [1], roles: two, kind: 'socket' },
  { name: rawBroker, windows, roles: three, kind: 'socket', warmUpTransactions },
  { name: c, windows, roles: two, kind: 'c' },
  { name: nats[0], windows, roles: two, kind: 'peer', server: natsServer },
  { name: nats[1], windows, roles: two, kind: 'peer', server: natsServer },
  { name: 'grpc-js, unary', windows, roles: two, kind: 'peer' },
  { name: 'undici to node:http', windows, roles: two, kind: 'peer' },
  { name: 'Redis lists', windows, roles: two, kind: 'peer', server: redisServer },
  { name: 'Redis streams', windows, roles: two, kind: 'peer', server: redisServer },
  { name: 'RabbitMQ RPC', windows, roles: two, kind: 'peer', server: rabbitmqServer },
  { name: 'beanstalkd', windows, roles: two, kind: 'peer', server: beanstalkdServer },
];

/** What the six ratios take, and what voids them: all that a trial measures. */
const inTrials: ReadonlyMap<string, readonly number[]> = new Map([
  [freelance, [1, 128, 1024]],
  [majordomo, [1, 128]],
  [raw, [1, 128]],
  [rawBroker, [1]],
  [c, [128, 1024]],
  [nats[0], [128]],
  [nats[1], [128]],
]);

export function contestantsOf(quick: boolean): readonly Contestant[] {
  if (!quick) return contestants;
  return contestants.flatMap((contestant) => {
    const own = inTrials.get(contestant.name);
    return own === undefined ? [] : [{ ...contestant, windows: own }];
  });
}

/** The module that its processes begin with. */
export function entryOf({ kind }: Contestant): string {
  return kind === 'peer' ? peerEntry : ownEntry;
}

const ownEntry = fileURLToPath(new URL('child.js', import.meta.url));
const peerEntry = fileURLToPath(new URL('../../../bench/peers/dist/bench/peers/child.js', import.meta.url));
