/**
 * Which transaction is with which peer, as a bystander learns it from what the client says and sends. From that follows
 * what its machine may do next: hand over no more than a window holds, repeat nothing that may not be, leave nothing in
 * doubt behind what is new, and say of no transaction more than it knows.
 */
import type { Note } from '../../patterns/machine.ts';
import { type Delivery, type FailureCode, failures } from '../../patterns/transaction.ts';

export interface DealingsSetup {
  /** Transactions that a peer may hold; Infinity where the pattern has no windows. */
  readonly window: number;
  readonly delivery: Delivery;
  /** Whether what is in doubt may be handed over again, whatever came of its answer so far. */
  readonly mayRepeat: boolean;
  /** Whether an answer "not executed" is always about the attempt that its client made. */
  readonly isDirect: boolean;
  readonly violated: (kind: string, detail: string) => void;
}

interface Attempt {
  readonly sequence: number;
  readonly attempt: number;
  readonly peer: string | undefined;
}

interface Peer {
  isSuspect: boolean;
  /** Whose latest attempt it has. */
  readonly holds: Set<number>;
  /** What it had when it was suspected, and others have been given since: it may still hold that. */
  readonly withheld: Set<number>;
}

interface Open {
  /** Attempts that left, and of which nothing was heard. */
  doubts: number;
  attempts: number;
  /** The number of the latest. */
  latest: number;
  /** Which attempts were turned away, and by whom: an answer may come twice. */
  readonly turnedAway: Set<string>;
  peer: string | undefined;
}

export class Dealings {
  readonly #setup: DealingsSetup;
  readonly #peers = new Map<string, Peer>();
  readonly #open = new Map<number, Open>();
  /** Noted, and not sent yet. */
  #batch: Attempt[] = [];
  /** What is to be handed over again, and whether only because its peer is silent. */
  readonly #again = new Map<number, 'certain' | 'silence'>();
  /** A new transaction that was handed to a peer which may be given anything, in this turn. */
  #fresh: number | undefined;
  /** Peers were given something in this turn. */
  #given = false;

  constructor(setup: DealingsSetup) {
    this.#setup = setup;
  }

  noted(note: Note): void {
    const { kind } = note;
    if (kind === 'attempt') this.#batch.push(note as unknown as Attempt);
    else if (kind === 'turned-away') this.#turnedAway(Number(note['sequence']), Number(note['attempt']), note['peer']);
    else if (kind === 'peer-up') this.#up(String(note['peer']));
    else if (kind === 'peer-down') this.#down(String(note['peer']), note['cause'] === 'silence');
  }

  /** The message with the attempts that were noted before it. */
  sent(isTaken: boolean): void {
    if (this.#batch.length === 0) return;
    let isNew = false;
    for (const attempt of this.#batch) {
      if (attempt.attempt === 1) isNew = true;
      else if (isNew && attempt.peer !== undefined)
        this.#violated('overtaken', `${attempt.sequence} stood behind what was new`);
      if (isTaken) this.#left(attempt);
      else this.#cameBack(attempt.sequence);
    }
    this.#batch = [];
  }

  settled(n: number, code: FailureCode | 'committed'): void {
    const sequence = n + 1;
    const open = this.#open.get(sequence);
    const outcome = code === 'committed' ? code : failures[code].outcome;
    const doubts = open?.doubts ?? 0;
    if (outcome === 'refused' && doubts > 0) {
      this.#violated('unfounded refusal', `${n} was refused as ${code}, with ${doubts} attempts unheard of`);
    }
    const knowsAll = this.#setup.isDirect && code !== 'interrupted' && (open?.attempts ?? 0) < attemptsKnown;
    if (outcome === 'unknown' && doubts === 0 && knowsAll) {
      this.#violated('needless doubt', `${n} ended as ${code}, and no attempt of it is in doubt`);
    }
    this.#again.delete(sequence);
    this.#open.delete(sequence);
    for (const peer of this.#peers.values()) {
      peer.holds.delete(sequence);
      peer.withheld.delete(sequence);
    }
  }

  /** The client's turn is over: all that could be handed over was. */
  turned(): void {
    if (!this.#given) return;
    this.#given = false;
    for (const [name, { holds, withheld }] of this.#peers) {
      const held = holds.size + withheld.size;
      if (held > this.#setup.window)
        this.#violated('window', `${name} may hold ${this.#setup.window}, and has ${held}`);
    }
    const fresh = this.#fresh;
    if (fresh === undefined) return;
    this.#fresh = undefined;
    const [waiting] = this.#again.keys();
    if (waiting === undefined) return;
    this.#violated('overtaken', `${fresh} was handed over, and ${waiting} is to be dealt again`);
  }

  #left({ sequence, attempt, peer: name }: Attempt): void {
    const open = this.#open.get(sequence) ?? begun();
    this.#open.set(sequence, open);
    if (this.#setup.delivery === 'at-most-once' && open.doubts > 0) {
      this.#violated('repeated', `${sequence} was handed over again, and may not be repeated`);
    }
    open.doubts++;
    open.attempts++;
    this.#again.delete(sequence);
    if (name === undefined) return;
    if (open.peer !== name) {
      if (open.peer !== undefined) this.#take(sequence, this.#peer(open.peer));
    }
    open.peer = name;
    open.latest = attempt;
    const peer = this.#peer(name);
    peer.holds.add(sequence);
    this.#given = true;
    if (attempt === 1 && !peer.isSuspect) this.#fresh = sequence;
    if (attempt > 1 && peer.isSuspect) this.#violated('asked in vain', `${sequence} went to ${name}, which is silent`);
  }

  /** It was to be handed over, and nobody has it but whoever had it before: that one, where it is silent, may still hold it. */
  #cameBack(sequence: number): void {
    this.#again.delete(sequence);
    const open = this.#open.get(sequence);
    if (open?.peer === undefined || !this.#peer(open.peer).isSuspect) return;
    this.#take(sequence, this.#peer(open.peer));
    open.peer = undefined;
  }

  /** It was its latest attempt that the peer had, and is no longer: a silent one may still hold it. */
  #take(sequence: number, { holds, withheld, isSuspect }: Peer): void {
    holds.delete(sequence);
    if (isSuspect) withheld.add(sequence);
  }

  #turnedAway(sequence: number, attempt: number, name: unknown): void {
    const open = this.#open.get(sequence);
    const answer = `${attempt} ${name}`;
    if (open === undefined || open.turnedAway.has(answer)) return;
    open.turnedAway.add(answer);
    open.doubts = Math.max(0, open.doubts - 1);
    if (typeof name !== 'string') return;
    const peer = this.#peer(name);
    peer.withheld.delete(sequence);
    // Of several attempts at one peer, the answer may be to one before the latest.
    if (open.peer !== name || attempt < open.latest) return;
    peer.holds.delete(sequence);
    open.peer = undefined;
    if (this.#setup.mayRepeat) this.#again.set(sequence, 'certain');
  }

  #up(name: string): void {
    const peer = this.#peer(name);
    peer.isSuspect = false;
    peer.withheld.clear();
    for (const [sequence, why] of this.#again) {
      if (why === 'silence' && this.#open.get(sequence)?.peer === name) this.#again.delete(sequence);
    }
  }

  #down(name: string, isSilent: boolean): void {
    const peer = this.#peer(name);
    peer.isSuspect = isSilent;
    if (this.#setup.mayRepeat) {
      for (const sequence of peer.holds) this.#again.set(sequence, isSilent ? 'silence' : 'certain');
    }
    if (isSilent) return;
    for (const sequence of peer.holds) this.#open.get(sequence)!.peer = undefined;
    peer.holds.clear();
    peer.withheld.clear();
  }

  #peer(name: string): Peer {
    let peer = this.#peers.get(name);
    if (peer === undefined) {
      peer = { isSuspect: false, holds: new Set(), withheld: new Set() };
      this.#peers.set(name, peer);
    }
    return peer;
  }

  #violated(kind: string, detail: string): void {
    this.#setup.violated(kind, detail);
  }
}

function begun(): Open {
  return { doubts: 0, attempts: 0, latest: 0, turnedAway: new Set(), peer: undefined };
}

/** Of so many attempts a client can tell each from the others; of more it may only say that there is a doubt. */
const attemptsKnown = 31;
