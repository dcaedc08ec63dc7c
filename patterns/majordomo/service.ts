/** What the broker knows of: services, the workers that serve them, and the requests that it has of clients. */
import type { Frames, Micros, Token } from '../machine.ts';
import type { LinkedList } from '../parts/linked-list.ts';
import type { Stream } from '../parts/outbox.ts';
import type { Mdp } from './mdp.ts';
import { type Loaded, Spare } from './spare.ts';
import { Queue, type Waits } from './waiting.ts';

export interface Request extends Waits<Request>, Stream {
  /** The routing id of who asked. */
  readonly client: Uint8Array;
  /** What it asked in, and is answered in. */
  readonly mdp: Mdp;
  readonly service: Service;
  body: Frames;
  /** When it came in, and until when an answer to any of it is worth keeping; `deadline` is for handing it out. */
  readonly arrivedAt: Micros;
  readonly until: Micros;
  /** Whether it is of our make: only then can its client be told that it was not executed. */
  readonly isOurs: boolean;
  /** Whether another worker may get any of it after one that did not answer. */
  mayRepeat: boolean;
  /** Of a batch that is answered in parts, the sequences that have been. */
  answered: Set<number> | undefined;
  /** Its number, new each time that a worker gets it; and that worker. */
  number: number;
  worker: Worker | undefined;
  /** The parts of its answer so far, where its client's MDP has none: they leave as one. */
  gathered: Uint8Array[] | undefined;
  gatheredBytes: number;
}

export interface Worker extends Loaded<Worker> {
  readonly key: string;
  /** Its routing id. */
  readonly address: Uint8Array;
  /** What it registered in. */
  readonly mdp: Mdp;
  readonly service: Service;
  /** Whether it is of our make. Otherwise it gets one request at a time, with its client's address. */
  readonly isOurs: boolean;
  /** How many transactions it may have before it gets no more; 0 for one that leaves. The last batch may go beyond it. */
  credit: number;
  load: number;
  readonly requests: LinkedList<Request>;
  /** Names what is sent to it, other than requests. */
  readonly token: Token;
  /** How often it wants to hear from us, and after how much silence it is taken for lost. */
  readonly interval: Micros;
  readonly timeout: Micros;
  /** When it sent what we heard last, by its own clock, where it is ours; 0 for READY. */
  saidAt: Micros;
  heartbeatAt: Micros;
  expiryAt: Micros;
}

export class Service {
  readonly name: string;
  readonly frame: Uint8Array;
  readonly queue = new Queue<Request>();
  /** Workers that can take one more request. */
  readonly spare = new Spare<Worker>();
  workers = 0;
  /** Of those, the ones that do not leave. */
  able = 0;

  constructor(name: string, frame: Uint8Array) {
    this.name = name;
    this.frame = frame;
  }

  get isUnused(): boolean {
    return this.workers === 0 && this.queue.size === 0;
  }
}
