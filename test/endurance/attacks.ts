/**
 * What strangers send: junk, and things that are nearly right. Made of a seed, so that a message that does harm is found again.
 * Written from the RFCs and the envelope's layout, not with the encoders that are under attack.
 */
import { type Envelope, emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';

export type Frames = Uint8Array[];
/** Chance, in whole numbers from 0 to below `n`. */
export type Dice = (n: number) => number;

export interface Attack {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** As a DEALER sends it. */
  make(dice: Dice): Frames;
}

/** xorshift32. */
export function diceOf(seed: number): Dice {
  let state = seed | 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

export function randomBytes(dice: Dice, lengthMax: number): Uint8Array {
  const bytes = new Uint8Array(dice(lengthMax + 1));
  for (let i = 0; i < bytes.length; i++) bytes[i] = dice(256);
  return bytes;
}

/** One whose every field is allowed. */
export function someEnvelope(dice: Dice, given: Partial<Envelope> = {}): Envelope {
  return {
    ...emptyEnvelope(),
    kind: (1 + dice(7)) as Envelope['kind'],
    client: name(dice, 16),
    slot: dice(2) === 0 ? dice(16) : dice(2 ** 32),
    sequence: dice(2 ** 31) * 2 ** dice(17),
    attempt: dice(65_536),
    epoch: dice(2 ** 32),
    incarnation: dice(3) === 0 ? 0 : dice(2 ** 32),
    leaseUntil: dice(2 ** 31) * 2 ** dice(17),
    remaining: dice(2 ** 32),
    service: dice(2) === 0 ? 'default' : name(dice, 255),
    payload: randomBytes(dice, 200),
    ...given,
  };
}

function name(dice: Dice, lengthMax: number): string {
  return Array.from({ length: 1 + dice(lengthMax) }, () => String.fromCharCode(33 + dice(94))).join('');
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function truncated(dice: Dice): Uint8Array {
  const whole = encode(someEnvelope(dice));
  return whole.subarray(0, dice(whole.length));
}

/** Its lengths are not those of its parts: huge ones, and such as point behind the end. */
function miscounted(dice: Dice): Uint8Array {
  const frame = Buffer.from(encode(someEnvelope(dice)));
  if (dice(2) === 0) frame.writeUInt32LE(dice(2) === 0 ? 0xffffffff : dice(2 ** 32), 56);
  else frame.writeUInt16LE(dice(65_536), 34);
  if (dice(4) === 0) frame[4] = dice(256);
  if (dice(4) === 0) frame[5] = dice(256);
  return frame;
}

function envelopeBytes(dice: Dice): Uint8Array {
  const kinds = [truncated, miscounted, (d: Dice) => encode(someEnvelope(d))];
  return kinds[dice(kinds.length)]!(dice);
}

/** A frame of as many of the smallest envelopes as it has room for, and at its end one that claims the rest of the world. */
function hugeBatch(dice: Dice): Uint8Array {
  const tiny = encode(
    someEnvelope(dice, { kind: Kind.request, service: dice(2) === 0 ? '' : 'default', payload: new Uint8Array(0) }),
  );
  const count = Math.floor(1_000_000 / tiny.length);
  return Buffer.concat([...Array.from({ length: count }, () => tiny), miscounted(dice)]);
}

const empty = new Uint8Array(0);
const header = (dice: Dice) => ascii(['MDPC01', 'MDPC02', 'MDPW01', 'MDPW02', 'MDPX09', 'MDPW0', ''][dice(7)]!);
const command = (dice: Dice) => Uint8Array.of(dice(8));
/** What 0.1 has before everything, and 0.2 has not. */
const delimited = (dice: Dice, frames: Frames): Frames => (dice(2) === 0 ? [empty, ...frames] : frames);

function asWorker(dice: Dice, commands: readonly [v1: number, v2: number], rest: Frames): Frames {
  const isFirst = dice(2) === 0;
  return isFirst
    ? [empty, ascii('MDPW01'), Uint8Array.of(commands[0]), ...rest]
    : [ascii('MDPW02'), Uint8Array.of(commands[1]), ...rest];
}

function asClient(dice: Dice, service: Uint8Array, body: Frames): Frames {
  return dice(2) === 0
    ? [empty, ascii('MDPC01'), service, ...body]
    : [ascii('MDPC02'), Uint8Array.of(1), service, ...body];
}

/** Whatever the pattern: bytes, and envelopes that are not quite. */
const anywhere: readonly Attack[] = [
  {
    name: 'random frames',
    weight: 20,
    make: (dice) => Array.from({ length: 1 + dice(6) }, () => randomBytes(dice, dice(20) === 0 ? 5000 : 120)),
  },
  { name: 'empty frames', weight: 5, make: (dice) => Array.from({ length: 1 + dice(40) }, () => empty) },
  { name: 'truncated envelopes', weight: 10, make: (dice) => delimited(dice, [truncated(dice)]) },
  { name: 'wrong counts, huge lengths', weight: 10, make: (dice) => delimited(dice, [miscounted(dice)]) },
  {
    name: 'replies from strangers',
    weight: 10,
    make: (dice) => delimited(dice, [encode(someEnvelope(dice, { kind: Kind.reply }))]),
  },
  { name: 'any envelope', weight: 10, make: (dice) => delimited(dice, [encode(someEnvelope(dice))]) },
  { name: 'batches of thousands', weight: 0.02, make: (dice) => delimited(dice, [hugeBatch(dice)]) },
  {
    name: 'FLP, nearly',
    weight: 5,
    make: (dice) => [randomBytes(dice, 30), ascii('PING'), ...(dice(2) === 0 ? [envelopeBytes(dice)] : [])],
  },
  {
    name: 'addresses as deep as can be',
    weight: 2,
    make: (dice) => [...Array.from({ length: dice(20) }, () => randomBytes(dice, 8)), empty, envelopeBytes(dice)],
  },
];

/** Majordomo's wire, of both versions. */
const mdp: readonly Attack[] = [
  {
    name: 'unknown commands',
    weight: 10,
    make: (dice) => delimited(dice, [header(dice), command(dice), randomBytes(dice, 40), empty, envelopeBytes(dice)]),
  },
  { name: 'READY with a new name', weight: 20, make: (dice) => asWorker(dice, [1, 1], [ascii(name(dice, 40))]) },
  {
    name: 'READY with a giant name',
    weight: 0.05,
    make: (dice) => asWorker(dice, [1, 1], [new Uint8Array(100_000).fill(65 + dice(26))]),
  },
  {
    name: 'requests for new services',
    weight: 20,
    make: (dice) => asClient(dice, ascii(name(dice, 40)), [envelopeBytes(dice)]),
  },
  {
    name: 'requests of other makes for new services',
    weight: 5,
    make: (dice) => asClient(dice, ascii(name(dice, 8)), [randomBytes(dice, 500)]),
  },
  {
    name: 'requests for a giant name',
    weight: 0.05,
    make: (dice) => asClient(dice, new Uint8Array(100_000).fill(65 + dice(26)), [envelopeBytes(dice)]),
  },
  { name: 'junk for the service', weight: 5, make: (dice) => asClient(dice, ascii('default'), [envelopeBytes(dice)]) },
  {
    name: 'MMI, any',
    weight: 5,
    make: (dice) => asClient(dice, ascii(`mmi.${name(dice, 10)}`), [randomBytes(dice, 30)]),
  },
  {
    name: 'answers from strangers',
    weight: 10,
    make: (dice) => asWorker(dice, [3, 3 + dice(2)], [randomBytes(dice, 8), empty, envelopeBytes(dice)]),
  },
  {
    name: 'heartbeats from strangers',
    weight: 5,
    make: (dice) => asWorker(dice, [4, 5], dice(2) === 0 ? [] : [randomBytes(dice, 20)]),
  },
  { name: 'disconnects', weight: 2, make: (dice) => asWorker(dice, [5, 6], []) },
  {
    name: 'forged farewells',
    weight: 5,
    make: (dice) => [ascii('\u0001privateer:gone'), ...(dice(2) === 0 ? [randomBytes(dice, 8)] : [])],
  },
];

export function attacksOn(pattern: string): readonly Attack[] {
  return pattern === 'majordomo' ? [...anywhere, ...mdp] : anywhere;
}

/** One of them, by their weights. */
export function drawn(attacks: readonly Attack[], dice: Dice): Attack {
  const total = attacks.reduce((sum, { weight }) => sum + weight, 0);
  let left = (dice(1_000_000) / 1_000_000) * total;
  for (const attack of attacks) if ((left -= attack.weight) < 0) return attack;
  return attacks[0]!;
}

/** What a client said, given back with changes: its own id, its own service, and answers to what it did not ask. */
export function encodedLies(said: readonly Uint8Array[], dice: Dice): Frames {
  const frames = said.slice(1).map((frame) => Buffer.from(frame));
  for (const frame of frames) {
    if (frame.length < 60 || frame[0] !== 0x50 || frame[1] !== 0x56) continue;
    frame[4] = dice(9);
    frame.writeUInt32LE(1_000_000 + dice(1_000_000), 24);
    frame.writeUInt32LE(dice(2 ** 32), 28);
  }
  if (frames.length > 0 && dice(2) === 0) {
    // Not the command: with another an echo would be an answer, and a sign of life.
    const frame = frames[dice(frames.length)]!;
    if (frame.length > 1) frame[dice(frame.length)] = dice(256);
  }
  return frames;
}
