/** The laws that every client's machine keeps, checked after each input. What the other side does is the test's to say. */
import { expect } from 'vitest';
import {
  type ClientMachine,
  type Frames,
  FULL,
  type Micros,
  type Slot,
  type SocketId,
  type Token,
} from '../../patterns/machine.ts';
import { mdpOf } from '../../patterns/majordomo/wire.ts';
import { type Envelope, Kind } from '../../patterns/parts/envelope.ts';
import type { Settings } from '../../patterns/parts/settings.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { type AnyPattern, listenerOf } from '../../patterns/pattern.ts';
import { type Delivery, failures } from '../../patterns/transaction.ts';
import { RecordingEffects } from './recording-effects.ts';
import { type Wording, wordingOf } from './wordings.ts';

export interface Attempt {
  readonly sequence: number;
  readonly socket: SocketId;
  readonly token: Token | undefined;
  /** What it said; of a bare one, what it would have said. */
  readonly envelope: Envelope;
  readonly frames: Frames;
  /** Which life of its connection carried it: answers can't come over another. */
  readonly life: number;
  /** `open` while its peer may still execute it, or has and may still say so. */
  fate: 'open' | 'unsent' | 'refused' | 'answered';
  /** Its peer, a broker, has said that it has it no longer. */
  gone: boolean;
}

interface Transaction {
  readonly slot: Slot;
  readonly sequence: number;
  readonly request: Uint8Array;
  readonly deadline: Micros;
  readonly delivery: Delivery;
  readonly attempts: Attempt[];
  /** Numbers that brokers went on to for attempts of their own. */
  counted: number;
  /** What a peer truly answered. */
  answer: { readonly kind: Kind; readonly payload: Uint8Array } | undefined;
}

export interface ClientCase {
  readonly pattern: AnyPattern;
  readonly variant: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Where the other side tells the truth, what the client says must be true; where it lies, it must only stay sane. */
export type OtherSide = 'honest' | 'hostile';

const clientId = 'shop';
const service = 'apples';
const endpoints = ['tcp://a:1', 'tcp://b:1', 'tcp://c:1'];

export class ClientLaws {
  now: Micros = 5_000_000;
  readonly effects = new RecordingEffects();
  readonly machine: ClientMachine;
  readonly attempts: Attempt[] = [];
  readonly #case: ClientCase;
  readonly #otherSide: OtherSide;
  readonly #open = new Map<Slot, Transaction>();
  readonly #bySequence = new Map<number, Transaction>();
  readonly #wording: Wording;
  readonly #lives = new Map<SocketId, number>();
  /** Whether a socket has one transaction at a time. */
  readonly #isLockStep: boolean;
  /** Sockets for transactions beside each peer's own. */
  readonly #identities: number;
  readonly #window: number;
  readonly #limit: number;
  readonly #listens: boolean;
  #list: readonly string[] = endpoints;
  #sent = 0;
  #settled = 0;
  #closed = 0;
  #made = 0;

  constructor(given: ClientCase, otherSide: OtherSide) {
    this.#case = given;
    this.#otherSide = otherSide;
    const variant = given.pattern.variants[given.variant]!;
    const settings: Record<string, number | boolean | string> = withDefaults<Settings>(
      given.pattern.settings,
      given.settings,
      variant.settings,
    );
    const isBare = settings['wire'] === 'plain';
    this.#wording = wordingOf(
      given.pattern,
      isBare,
      clientId,
      service,
      mdpOf(settings['mdp'] === '0.1' ? '0.1' : '0.2'),
    );
    this.#isLockStep = settings['slots'] !== undefined || (isBare && given.pattern.topology === 'broker');
    this.#identities =
      this.#isLockStep && settings['slots'] === undefined ? (settings['plainIdentities'] as number) : 0;
    this.#window = this.#isLockStep ? 1 : (settings['window'] as number);
    this.#limit = settings['pendingLimit'] as number;
    this.#listens = listenerOf(given.pattern, variant) === 'client';
    const seats = this.#listens ? Number(settings[variant.clientEndpoints!]) : 0;
    const bind = Array.from({ length: seats }, (_, seat) => `tcp://*:${seat + 1}`);
    const where = this.#listens ? { endpoints: [], bind } : { endpoints, bind };
    this.machine = given.pattern.client({ ...where, service, clientId, firstSequence: 1, settings }, this.effects);
    this.turn();
  }

  get sockets(): number {
    return this.effects.specs.length;
  }

  /** One of those that are open. */
  socketAt(which: number): SocketId {
    const open = [...this.effects.specs.keys()].filter((socket) => !this.effects.closed.has(socket));
    return open[which % open.length]!;
  }

  transact(timeout: Micros, delivery: Delivery): void {
    const { deliveries } = this.#case.pattern.variants[this.#case.variant]!;
    const possible = deliveries.includes(delivery) ? delivery : deliveries[0];
    const deadline = this.now + timeout;
    const request = Uint8Array.of(...requestMark, ++this.#made & 0xff, this.#made >> 8);
    const slot = this.machine.transact(this.now, { request, deadline, delivery: possible });
    if (slot === FULL) {
      expect(this.#open.size).toBe(this.#limit);
      return;
    }
    expect(this.#open.size).toBeLessThan(this.#limit);
    expect(this.#open.has(slot)).toBe(false);
    const sequence = this.machine.sequenceOf(slot);
    expect(this.#bySequence.has(sequence)).toBe(false);
    const transaction = {
      slot,
      sequence,
      request,
      deadline,
      delivery: possible,
      attempts: [],
      counted: 0,
      answer: undefined,
    };
    this.#open.set(slot, transaction);
    this.#bySequence.set(sequence, transaction);
    this.#look();
  }

  abandon(slot: Slot): void {
    const wasOpen = this.#open.has(slot);
    this.machine.abandon(this.now, slot);
    this.#look();
    expect(this.#open.has(slot)).toBe(false);
    if (wasOpen) expect(['withdrawn', 'abandoned']).toContain(this.effects.settled.at(-1)!.how);
  }

  linked(socket: SocketId, up: boolean): void {
    const [connected] = this.effects.connections.get(socket) ?? [];
    const endpoint = connected ?? this.effects.endpointOf.get(socket);
    if (this.effects.closed.has(socket) || endpoint === undefined) return;
    this.#lives.set(socket, this.#life(socket) + 1);
    this.machine.linked(this.now, socket, endpoint, up, up ? 'handshake' : 'disconnect');
    this.#look();
  }

  /** Another list of what to connect to. */
  endpoints(list: readonly string[]): void {
    if (this.#listens) return;
    this.#list = list;
    this.machine.endpoints(this.now, list);
    this.#look();
  }

  /** A peer says of one attempt what became of it. */
  answer(attempt: Attempt, kind: Kind): void {
    if (!this.#isAnswerable(attempt)) return;
    // A REQ takes answers only to its last request.
    if (this.#isReq && attempt !== this.attempts.findLast(({ socket }) => socket === attempt.socket)) return;
    const payload = Uint8Array.of(attempt.sequence & 0xff, kind);
    const frames = this.#wording.answer(attempt.frames, { ...attempt.envelope, kind, payload });
    if (frames === undefined) return;
    attempt.fate = kind === Kind.notExecuted ? 'refused' : 'answered';
    const transaction = this.#bySequence.get(attempt.sequence)!;
    if (kind !== Kind.notExecuted && transaction.answer === undefined) transaction.answer = { kind, payload };
    this.receive(attempt.socket, frames);
  }

  /** A broker gave it to a second worker, having heard nothing of the first: "not executed" is only said of the second. */
  answerOfAnother(attempt: Attempt): void {
    if (this.#case.pattern.topology !== 'broker' || attempt.envelope.delivery === 'at-most-once') return;
    // It says so once: from then on it has nothing of that attempt.
    if (!this.#isAnswerable(attempt) || attempt.gone) return;
    const { envelope } = attempt;
    const answer = { ...envelope, kind: Kind.notExecuted, attempt: envelope.attempt + 1, payload: new Uint8Array(0) };
    const frames = this.#wording.answer(attempt.frames, answer);
    if (frames === undefined) return;
    attempt.gone = true;
    this.#bySequence.get(attempt.sequence)!.counted++;
    this.receive(attempt.socket, frames);
  }

  /** What an answer would have been, changed. */
  mutated(attempt: Attempt, kind: Kind, changes: readonly (readonly [number, number])[]): void {
    const frames = this.#wording.answer(attempt.frames, { ...attempt.envelope, kind });
    if (frames === undefined) return;
    const changed = frames.map((frame) => frame.slice());
    for (const [at, value] of changes) {
      const frame = changed[(value + 3) % changed.length]!;
      if (frame.length > 0) frame[at % frame.length] = value;
    }
    this.receive(attempt.socket, changed);
  }

  /** A peer that was never given it answers it all the same, word for word. */
  forged(attempt: Attempt, kind: Kind, socket: SocketId): void {
    if (this.#isReq || this.#wording.isBare) return;
    const peerOf = (one: SocketId) => [...(this.effects.connections.get(one) ?? [])].join();
    const asked = this.attempts
      .filter(({ sequence }) => sequence === attempt.sequence)
      .map((one) => peerOf(one.socket));
    const frames = this.#wording.answer(attempt.frames, { ...attempt.envelope, kind });
    if (frames === undefined || asked.includes(peerOf(socket))) return;
    const told = this.effects.settled.length;
    this.receive(socket, frames);
    expect(this.effects.settled).toHaveLength(told);
  }

  alive(socket: SocketId, able: boolean): void {
    if (this.#isReq) return;
    const frames = this.#wording.alive(able);
    if (frames !== undefined) this.receive(socket, frames);
  }

  receive(socket: SocketId, frames: Frames): void {
    if (this.effects.closed.has(socket)) return;
    this.machine.received(this.now, socket, frames);
    this.#look();
  }

  /** What was sent with one token comes back. */
  unsent({ socket, token, fate }: Attempt): void {
    if (fate !== 'open' || this.effects.closed.has(socket)) return;
    const same = this.attempts.filter((other) => other.socket === socket && other.token === token);
    if (same.some((other) => other.fate !== 'open')) return;
    for (const other of same) other.fate = 'unsent';
    this.machine.unsent(this.now, socket, token!, 'full');
    this.#look();
  }

  /** Inputs that no driver gives. */
  odd(socket: SocketId, token: Token): void {
    this.machine.unsent(this.now, socket, token, 'unreachable');
    this.linked(socket, token % 2 === 0);
    this.machine.failed(this.now, socket, { code: 'EFAULT', message: 'made up' });
    this.#look();
  }

  pass(time: Micros): void {
    this.now += time;
  }

  /** The end of a turn, as the driver does it. */
  turn(): void {
    if (this.machine.deadline <= this.now) this.machine.expired(this.now);
    this.#look();
    for (const { deadline } of this.#open.values()) expect(deadline).toBeGreaterThan(this.now);
    this.machine.flush(this.now);
    this.#look();
    expect(this.machine.deadline).toBeGreaterThan(this.now);
    expect(this.machine.pending).toBe(this.#open.size);
    if (!this.#listens) expect(this.machine.available).toBeLessThanOrEqual(this.#list.length);
    for (const { deadline } of this.#open.values()) expect(this.machine.deadline).toBeLessThanOrEqual(deadline);
  }

  /** Nothing more comes in: by the last deadline all are told, in a bounded number of turns. */
  finish(): void {
    this.turn();
    for (let turns = 0; this.#open.size > 0; turns++) {
      expect(turns).toBeLessThan(3000);
      this.now = this.machine.deadline;
      this.turn();
    }
    this.turn();
    if (!this.#listens) this.#checkConnections();
    this.#checkFigures();
    this.machine.drain(this.now);
    expect(this.machine.drained).toBe(true);
  }

  /** What is counted is what was done, and what was told; and every peer of the list stands somehow. */
  #checkFigures(): void {
    const stats = this.machine.stats();
    expect(stats.attempts).toBe(this.attempts.length);
    const peers = stats.peersReady + stats.peersSuspect + stats.peersDown;
    expect(peers).toBe(this.#listens ? this.machine.available : this.#list.length);
    expect(stats).toMatchObject({ waiting: 0, peersReady: this.machine.available });
    if (this.#otherSide === 'honest') {
      // What comes back for a transaction that has settled is of no interest.
      expect(stats.attemptsUnsent).toBeLessThanOrEqual(this.attempts.filter(({ fate }) => fate === 'unsent').length);
      expect(stats.malformed).toBe(0);
    }
    const told = (kind: string, cause?: string) =>
      this.effects.notes.filter((note) => note.kind === kind && (cause === undefined || note['cause'] === cause))
        .length;
    expect(stats).toMatchObject({
      attempts: told('attempt'),
      retries: told('retried'),
      attemptsRefused: told('turned-away'),
      lateReplies: told('late-reply'),
      malformed: told('malformed'),
      peersUp: told('peer-up'),
      peersDisconnected: told('peer-down', 'disconnect'),
      peersSilent: told('peer-down', 'silence'),
      peersRemoved: told('peer-down', 'removed'),
    });
  }

  #look(): void {
    for (; this.#sent < this.effects.sent.length; this.#sent++) this.#attempted(this.effects.sent[this.#sent]!);
    for (; this.#settled < this.effects.settled.length; this.#settled++)
      this.#told(this.effects.settled[this.#settled]!);
    for (const closed of [...this.effects.closed].slice(this.#closed)) this.#checkClosed(closed);
    this.#closed = this.effects.closed.size;
    this.#checkWindows();
  }

  /** Nothing is sent to what is not in the list, and nothing by a socket that is closed. */
  #checkReceiver(socket: SocketId): void {
    const stray = [...(this.effects.connections.get(socket) ?? [])].filter(
      (endpoint) => !this.#list.includes(endpoint),
    );
    if (this.effects.closed.has(socket) || stray.length > 0) expect.fail(`socket ${socket} sent, with ${stray}`);
  }

  /** No answer that may still come is cut off. */
  #checkClosed(socket: SocketId): void {
    if (this.#otherSide === 'hostile') return;
    for (const { attempts } of this.#open.values()) {
      const last = attempts.at(-1);
      if (last?.socket !== socket || last.gone || last.fate !== 'open' || !this.#isCurrent(last)) continue;
      expect.fail(`socket ${socket} was closed on ${last.sequence}`);
    }
  }

  /** With nothing pending, what is connected to is the list, no more and no less. */
  #checkConnections(): void {
    const open = [...this.effects.connections].filter(([socket]) => !this.effects.closed.has(socket));
    const connected = open.map(([, some]) => [...some].sort());
    const list = [...this.#list].sort();
    const each = new Array<number>(1 + this.#identities).fill(0);
    if (this.#isReq) for (const some of connected) expect(some).toEqual(list);
    else expect(connected.flat().sort()).toEqual(list.flatMap((endpoint) => each.map(() => endpoint)));
  }

  #attempted({ socket, frames, token }: RecordingEffects['sent'][number]): void {
    for (const said of this.#wording.requests(frames)) {
      const envelope = this.#wording.isBare ? this.#bare(said) : said;
      expect(envelope).toMatchObject({ kind: Kind.request, client: clientId, service });
      this.#checkReceiver(socket);
      const transaction = this.#open.get(envelope.slot)!;
      expect(transaction?.sequence).toBe(envelope.sequence);
      expect(envelope.payload).toEqual(transaction.request);
      expect(envelope.delivery).toBe(transaction.delivery);
      expect(envelope.remaining).toBe(transaction.deadline - this.now);
      const { attempts } = transaction;
      if (this.#otherSide === 'honest') this.#checkAttempt(transaction, envelope.attempt, socket);
      const { sequence } = envelope;
      const attempt: Attempt = {
        sequence,
        socket,
        token,
        envelope,
        frames,
        life: this.#life(socket),
        fate: 'open',
        gone: false,
      };
      attempts.push(attempt);
      this.attempts.push(attempt);
    }
  }

  /** What a bare request would have said of itself. */
  #bare(said: Envelope): Envelope {
    const is = ({ request }: Transaction) => `${request}` === `${said.payload}`;
    const transaction = [...this.#open.values()].find(is);
    if (transaction === undefined) expect.fail('a request was sent that is of no open transaction');
    const { slot, sequence, delivery, deadline, attempts } = transaction;
    const attempt =
      1 + Math.max(0, ...attempts.filter(({ fate }) => fate !== 'unsent').map((one) => one.envelope.attempt));
    return { ...said, slot, sequence, delivery, attempt, remaining: deadline - this.now };
  }

  #checkAttempt({ delivery, attempts, counted }: Transaction, number: number, socket: SocketId): void {
    // One that came back untaken never was an attempt; its number goes to the next.
    const numbers = attempts.filter(({ fate }) => fate !== 'unsent').map(({ envelope }) => envelope.attempt);
    expect(number).toBeGreaterThan(Math.max(0, ...numbers));
    expect(number).toBeLessThanOrEqual(1 + attempts.length + counted);
    if (delivery === 'at-most-once') expect(attempts.filter(({ fate }) => fate === 'open')).toEqual([]);
    if (!this.#isLockStep || this.effects.specs[socket]!.relaxedCorrelated) return;
    expect(this.attempts.filter((other) => other.socket === socket && other.fate === 'open')).toEqual([]);
  }

  #told({ slot, how, body }: RecordingEffects['settled'][number]): void {
    const transaction = this.#open.get(slot)!;
    expect(transaction, `slot ${slot} was settled, ${how}, and is not open`).toBeDefined();
    this.#open.delete(slot);
    if (this.#otherSide === 'hostile') return;
    const fates = transaction.attempts.map(({ fate }) => fate);
    if (how === 'committed' || how === 'rejected' || how === 'echoed') {
      const kind = { committed: Kind.reply, rejected: Kind.rejected, echoed: Kind.request }[how];
      expect(transaction.answer?.kind).toBe(kind);
      if (how !== 'echoed') expect(body).toEqual(transaction.answer!.payload);
    } else if (failures[how].definite) {
      expect(fates, `${how}, with an attempt in doubt`).not.toContain('open');
      expect(fates, `${how}, with an attempt that was answered`).not.toContain('answered');
      if (how === 'unsent') expect(fates.filter((fate) => fate !== 'unsent')).toEqual([]);
    }
  }

  /** No peer holds more than its window: what was last handed to it, over a connection that still stands. */
  #checkWindows(): void {
    // A peer that says it has not executed what it has is asked for more than it should have.
    if (this.#otherSide === 'hostile') return;
    const held = new Map<SocketId, number>();
    for (const { attempts } of this.#open.values()) {
      const last = attempts.at(-1);
      if (last?.fate !== 'open' || last.gone || last.life !== this.#life(last.socket)) continue;
      held.set(last.socket, (held.get(last.socket) ?? 0) + 1);
    }
    for (const count of held.values()) expect(count).toBeLessThanOrEqual(this.#window);
  }

  #isAnswerable(attempt: Attempt): boolean {
    return attempt.fate === 'open' && this.#isCurrent(attempt) && !this.effects.closed.has(attempt.socket);
  }

  #isCurrent({ socket, life }: Attempt): boolean {
    return life === this.#life(socket);
  }

  #life(socket: SocketId): number {
    return this.#lives.get(socket) ?? 0;
  }

  get #isReq(): boolean {
    return this.effects.specs[0]!.type === 'req';
  }
}

/** No answer begins like it, so that a request that comes back is known for one. */
const requestMark = [1, 2, 3];
