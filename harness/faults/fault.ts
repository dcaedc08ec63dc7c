/** What a fault is: something done to a node, a link or the load, and how it is undone. One file each; being there is being registered. */
import { z } from 'zod';
import type { Direction, LinkVictim } from '../worlds/impairment.ts';

/** Where a scenario runs. */
export type WorldName = 'processes' | 'simulated';

/** A node as a fault finds it, in whatever world. */
export interface Victim {
  readonly name: string;
  readonly role: 'server' | 'broker' | 'client';
  /** Ends the process on the spot; resolves when it is gone. */
  kill(): Promise<void>;
  /** Freezes the process; resolves when it stands still. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Sees to it that the node runs, and resolves when it does: waits for its supervisor, or starts it where that never would. */
  recover(): Promise<void>;
  /** Takes it off the client's list of endpoints, or puts it there again; missing where that can't be done. */
  list?(isListed: boolean): void;
  /** What can be done to its process besides. */
  readonly controls: ProcessControls;
}

export interface ProcessControls {
  /** SIGTERM; resolves when it is gone, as it drains first. It stays away until it is started. */
  terminate(): Promise<void>;
  /** Resolves when it is up. */
  start(): Promise<void>;
  /** Has it do something to itself; resolves when it is about to, with the moment, in microseconds of the host's clock. */
  order(order: Order): Promise<number>;
  /** Resolves when the process that runs now has gone. */
  gone(): Promise<void>;
}

/** What a process is told to do to itself. */
export type Order =
  /** Its event loop stands still for so long. */
  | { readonly kind: 'stall'; readonly forMs: number }
  /** A server's handlers take so much longer, a broker or client reads each message so much slower, for so long; 0 ends it. */
  | { readonly kind: 'slow'; readonly byMs: number; readonly forMs: number }
  /** It says when it reads this, and does nothing. */
  | { readonly kind: 'answer' }
  /** It stops itself on receiving so many requests; 0 has it go on. */
  | { readonly kind: 'halt-after'; readonly requests: number }
  /** It kills itself when it comes to that point for so many times; 0 has it live on. */
  | { readonly kind: 'kill-at'; readonly point: Failpoint; readonly hit: number };

/** A step of a node's work. */
export type Failpoint = 'after-receive' | 'before-execute' | 'after-execute' | 'after-reply' | 'after-send';

/** What a fault is told besides whom to strike. */
export interface Injection<Options> {
  /** From the event's `with`, checked, and with defaults. */
  readonly options: Options;
  readonly durationMs: number;
  /** Resolves after so long by the world's clock; rejects when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** To be told by a fault that lies in wait, once it has struck. In microseconds of the world's clock. */
  struck(at: number): void;
}

/** Undoes the fault, and resolves when it is undone. */
export type Cure = () => Promise<void>;

interface AnyFault {
  readonly name: string;
  /** One sentence: what is done, and what it is a model of. */
  readonly about: string;
  /** As it is written on a timeline. */
  readonly label: string;
  /** The worlds in which it means something. */
  readonly worlds: readonly WorldName[];
  /** Why it means nothing in any other. */
  readonly otherwise?: string;
  /** What an event may say under `with`. */
  readonly options?: z.ZodObject;
  /** It is over as soon as it is done, however long it might last. */
  readonly isMomentary?: boolean;
  /**
   * `by-victim`: the victim does it to itself, so that it must go on as soon as it has been told. `in-wait`: it waits for
   * its moment for as long as it may last, and strikes nothing until then. `from-the-start`: it is there before the load.
   * Otherwise it is done to a victim that may be stopped meanwhile.
   */
  readonly manner?: 'by-victim' | 'in-wait' | 'from-the-start';
  /** Why this machine can't do it; resolves with undefined where it can, which is everywhere where there is no preflight. */
  preflight?(): Promise<string | undefined>;
}

/** Done to a node. */
export interface NodeFault extends AnyFault {
  readonly strikes: 'node';
  /** Why that can't be done to such a node; undefined where it can. */
  refuses?(role: Victim['role'], options: unknown): string | undefined;
  /** Resolves when it has taken hold. */
  inject(victim: Victim, injection: Injection<unknown>): Promise<Cure>;
}

/** Done to a link. */
export interface LinkFault extends AnyFault {
  readonly strikes: 'link';
  /** Whether its link has to know messages from bytes. */
  readonly followsMessages?: boolean;
  /** What is between the two ends: a proxy of ours, by default, or the network, with a host for each node. */
  readonly carrier?: 'proxy' | 'hosts';
  readonly options: z.ZodObject;
  /** Resolves when it has taken hold. */
  inject(link: LinkVictim, injection: Injection<unknown>): Promise<Cure>;
}

/** Done to the load, by its plan. */
export interface LoadFault extends AnyFault {
  readonly strikes: 'load';
  readonly options: z.ZodObject;
  /** What becomes due besides, for a fault that lasts so long on a load of that rate. */
  surge(injection: Pick<Injection<unknown>, 'options' | 'durationMs'>, ratePerSec: number): Surge;
}

/** So many transactions, spread over so long. */
export interface Surge {
  readonly transactions: number;
  readonly durationMs: number;
}

export type Fault = NodeFault | LinkFault | LoadFault;

/** Ties the options that a fault takes to those that it is given. */
export function nodeFault<Options extends z.ZodObject>(
  fault: Omit<NodeFault, 'strikes' | 'inject' | 'refuses' | 'options'> & {
    readonly options: Options;
    refuses?(role: Victim['role'], options: z.output<Options>): string | undefined;
    inject(victim: Victim, injection: Injection<z.output<Options>>): Promise<Cure>;
  },
): NodeFault {
  return { ...fault, strikes: 'node' } as NodeFault;
}

export function linkFault<Options extends z.ZodObject>(
  fault: Omit<LinkFault, 'strikes' | 'inject' | 'options'> & {
    readonly options: Options;
    inject(link: LinkVictim, injection: Injection<z.output<Options>>): Promise<Cure>;
  },
): LinkFault {
  return { ...fault, strikes: 'link' } as LinkFault;
}

export function loadFault<Options extends z.ZodObject>(
  fault: Omit<LoadFault, 'strikes' | 'surge' | 'options'> & {
    readonly options: Options;
    surge(injection: { readonly options: z.output<Options>; readonly durationMs: number }, ratePerSec: number): Surge;
  },
): LoadFault {
  return { ...fault, strikes: 'load' } as LoadFault;
}

/** Undefined where it is done to no link. */
export function carrierOf(fault: Fault | undefined): 'proxy' | 'hosts' | undefined {
  return fault?.strikes === 'link' ? (fault.carrier ?? 'proxy') : undefined;
}

/** Of a fault that can have both. */
export const eitherDirection: {
  readonly direction: z.ZodDefault<z.ZodEnum<{ requests: 'requests'; replies: 'replies'; both: 'both' }>>;
} = {
  direction: z.enum(['requests', 'replies', 'both']).default('both'),
};

/** Of a fault that has one. */
export const oneDirection: {
  readonly direction: z.ZodDefault<z.ZodEnum<{ requests: 'requests'; replies: 'replies' }>>;
} = {
  direction: z.enum(['requests', 'replies']).default('requests'),
};

export function directionsOf(direction: Direction | 'both'): readonly Direction[] {
  return direction === 'both' ? ['requests', 'replies'] : [direction];
}
