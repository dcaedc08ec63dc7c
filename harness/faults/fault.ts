/** What a fault is: something done to a node, and how it is undone. One file each; being there is being registered. */

/** A node as a fault finds it, in whatever world. */
export interface Victim {
  readonly name: string;
  /** Ends the process on the spot; resolves when it is gone. */
  kill(): Promise<void>;
  /** Freezes the process; resolves when it stands still. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Sees to it that the node runs, and resolves when it does: waits for its supervisor, or starts it where that never would. */
  recover(): Promise<void>;
}

/** Undoes the fault, and resolves when it is undone. */
export type Cure = () => Promise<void>;

export interface Fault {
  readonly name: string;
  /** One sentence: what is done, and what it is a model of. */
  readonly about: string;
  /** As it is written on a timeline. */
  readonly label: string;
  /** Resolves when it has taken hold. */
  inject(victim: Victim): Promise<Cure>;
}
