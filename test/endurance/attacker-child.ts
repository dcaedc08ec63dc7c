/**
 * The entry of an attacker: raw sockets, and below them raw connections. Some never read an answer; the others do, and come back
 * under a new identity all the time. They go no faster than they are read: that nobody can keep up with a flood is no finding.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Dealer, Router } from 'zeromq';
import { endWithParent } from '../../harness/worlds/processes/end-with-parent.ts';
import { emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';
import type { Attacked, AttackerSpec } from './attacker-spec.ts';
import { type Attack, attacksOn, type Dice, diceOf, drawn, encodedLies, randomBytes } from './attacks.ts';
import { greeting, handshake } from './handshake.ts';

const spec = JSON.parse(process.argv[2]!) as AttackerSpec;
const dice = diceOf(spec.seed);
const attacks = attacksOn(spec.pattern);
const sent: Record<string, number> = {};
let identities = 0;

endWithParent();
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit(0));
process.once('message', () => {
  void (spec.as === 'clients' ? attackServer() : attackClients()).then(() =>
    process.send!({ sent, identities } satisfies Attacked),
  );
});
process.send!('ready');

async function attackServer(): Promise<void> {
  const wild = spec.endpoint.startsWith('tcp:') ? new WildConnections(spec.endpoint, dice) : undefined;
  const share = Math.ceil(spec.messages / (readers + deaf));
  const turns = Math.ceil(share / messagesPerIdentity);
  const comeAndGo = async () => {
    for (let turn = 0; turn < turns; turn++) {
      const socket = stranger();
      await attackFrom(socket, messagesPerIdentity);
      await isRead(socket);
      socket.close();
      wild?.attack();
    }
  };
  const neverRead = async () => {
    const socket = stranger();
    await attackFrom(socket, share);
    socket.close();
  };
  const all = [...Array.from({ length: readers }, comeAndGo), ...Array.from({ length: deaf }, neverRead)];
  await Promise.all(all);
  wild?.end();
}

async function attackFrom(socket: Dealer, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await send(socket, drawn(attacks, dice));
    if (n % 16 === 0) await nextTurn();
  }
}

/** Waits for the answer to a question, behind all that was sent before it; a while only, for some are no longer answered. */
async function isRead(socket: Dealer): Promise<void> {
  await socket.send(question(spec.pattern)).catch(() => undefined);
  socket.receiveTimeout = answerPatienceMs;
  for (;;) {
    const frames = await socket.receive().catch(() => undefined);
    if (frames === undefined || isAnswer(frames)) return;
  }
}

function question(pattern: string): Uint8Array[] {
  if (pattern === 'majordomo') return ['MDPC02', '\u0001', 'mmi.read?', 'x'].map((text) => Buffer.from(text, 'latin1'));
  const ping = encode({
    ...emptyEnvelope(),
    kind: Kind.ping,
    client: 'read?',
    service: 'default',
    remaining: 1_000_000,
  });
  return pattern === 'freelance' ? [ping] : [new Uint8Array(0), ping];
}

function isAnswer(frames: readonly Buffer[]): boolean {
  return frames.some((frame) => frame.includes('read?'));
}

/** What there is no room for waits until there is some. */
async function send(socket: Dealer, attack: Attack): Promise<void> {
  try {
    await socket.send(attack.make(dice));
    sent[attack.name] = (sent[attack.name] ?? 0) + 1;
  } catch {
    sent['not taken'] = (sent['not taken'] ?? 0) + 1;
  }
}

/** One in eight asks for credit by its routing id, as our workers do. */
function stranger(): Dealer {
  const socket = new Dealer({ sendTimeout: 5000, linger: 0, sendHighWaterMark: 100 });
  if (dice(8) === 0) {
    const id = Buffer.concat([Buffer.from('PVW\u0001', 'latin1'), randomBytes(dice, 0), Buffer.alloc(12, dice(256))]);
    id.writeUInt32LE(dice(2 ** 32), 4);
    id.writeUInt32LE(identities, 12);
    socket.routingId = id as unknown as string;
  }
  socket.connect(spec.endpoint);
  identities++;
  return socket;
}

/** Answers whatever a client says, and goes on without being asked. */
async function attackClients(): Promise<void> {
  const router = new Router({ sendTimeout: 20, linger: 0 });
  await router.bind(spec.endpoint);
  const clients = new Set<string>();
  let last: Buffer[] = [];
  const listen = async () => {
    for await (const frames of router) {
      clients.add(frames[0]!.toString('latin1'));
      if (!frames.some(isRequest)) last = frames;
    }
  };
  void listen();
  for (let n = 0; n < spec.messages; ) {
    if (clients.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const client of clients) {
      const lie = dice(3) === 0 ? encodedLies(last, dice) : drawn(attacks, dice).make(dice);
      try {
        await router.send([Buffer.from(client, 'latin1'), ...lie.map(harmless)]);
        sent['lies'] = (sent['lies'] ?? 0) + 1;
        n++;
      } catch {
        clients.delete(client);
      }
    }
    if (n % 64 === 0) await nextTurn();
  }
  router.close();
}

/** No sign of life: whoever gives one is a server that was named to the client, and is given work that it may keep. */
function harmless(frame: Uint8Array): Uint8Array {
  if (frame.length >= 60 && frame[0] === 0x50 && frame[1] === 0x56 && frame[4] === Kind.pong) frame[4] = Kind.ping;
  return frame;
}

/** What it was asked it may answer as it likes: that would be a server's own lie, and no stranger's. */
function isRequest(frame: Buffer): boolean {
  return frame.length >= 60 && frame[0] === 0x50 && frame[1] === 0x56 && frame[4] === 1;
}

/** Below ZeroMQ: what no socket of its would send. */
class WildConnections {
  readonly #port: number;
  readonly #dice: Dice;
  readonly #open: Socket[] = [];

  constructor(endpoint: string, ofDice: Dice) {
    this.#port = Number(endpoint.split(':').at(-1));
    this.#dice = ofDice;
  }

  attack(): void {
    const kinds = [
      'garbage',
      'a frame of 2^62 bytes',
      'half a multipart',
      'half a greeting',
      'nothing at all',
    ] as const;
    const kind = kinds[this.#dice(kinds.length)]!;
    const socket = connectTcp(this.#port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(this.#bytes(kind));
    sent[`wild: ${kind}`] = (sent[`wild: ${kind}`] ?? 0) + 1;
    // They stay, in silence, until there are many.
    this.#open.push(socket);
    if (this.#open.length > wildMax) this.#open.shift()!.destroy();
  }

  end(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #bytes(kind: string): Buffer {
    if (kind === 'garbage') return Buffer.from(randomBytes(this.#dice, 2000));
    if (kind === 'half a greeting') return greeting.subarray(0, this.#dice(64));
    if (kind === 'nothing at all') return Buffer.alloc(0);
    if (kind === 'half a multipart') return Buffer.concat([handshake, ...Array.from({ length: 50 }, () => moreFrame)]);
    const huge = Buffer.alloc(9);
    huge[0] = 2;
    huge.writeBigUInt64BE(2n ** 62n, 1);
    return Buffer.concat([handshake, huge, randomBytes(this.#dice, 100)]);
  }
}

const moreFrame = Buffer.concat([Buffer.of(1, 200), Buffer.alloc(200, 7)]);

const readers = 14;
const deaf = 2;
const messagesPerIdentity = 100;
const answerPatienceMs = 2000;
const wildMax = 100;
