/**
 * What clients saw, and what was done to whom: one JSON object a line, appended with a single write each, so that a
 * SIGKILL can't erase or interleave them. All stamps are microseconds of the host's monotonic clock.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { FailureCode, Outcome } from '../patterns/transaction.ts';

export type HistoryLine =
  /** The load begins: its plan counts from here. */
  | { kind: 'began'; at: number }
  /** Transaction `n` was handed to the client; it was due at `due`. */
  | { kind: 'invoked'; n: number; id: string; due: number; at: number }
  /** It was handed to a peer; which one, where the client can know. */
  | { kind: 'attempt'; id: string; attempt: number; peer?: string; at: number }
  /** Its promise settled. `matched` is false for a reply that is not the answer to this request. */
  | { kind: 'settled'; n: number; outcome: Outcome; code: FailureCode | 'committed'; matched: boolean; at: number }
  /** The client saw a peer come or go. */
  | { kind: 'peer'; peer: string; up: boolean; cause?: string; at: number }
  /** Everything was issued and everything settled, or the wait for that was over. */
  | { kind: 'ended'; at: number }
  /** A fault: stamped before it was done (`begun`), when it had taken hold (`done`), and when its cure was complete. */
  | {
      kind: 'fault';
      fault: string;
      index: number;
      node: string;
      phase: 'begun' | 'done' | 'curing' | 'cured';
      at: number;
    }
  /** The victim was stopped to be struck, no longer was as the trigger wants it, and was let go again, unharmed. */
  | { kind: 'missed'; fault: string; index: number; node: string; from: number; at: number }
  /** A process of the run changed state. */
  | { kind: 'node'; node: string; endpoint?: string; state: NodeState; at: number };

export type NodeState = 'up' | 'dead' | 'paused';

/** What a server did: `received` and `executing` are evidence, `executed` is the effect itself. */
export type LedgerLine =
  | { kind: 'received'; id: string; attempt: number; at: number }
  | { kind: 'executing'; id: string; attempt: number; at: number }
  | { kind: 'executed'; id: string; attempt: number; began: number; at: number }
  /** An idempotent handler found its effect made, and answered. */
  | { kind: 'repeated'; id: string; attempt: number; at: number };

/** What a server writes of a request when it is done with it. */
export const doneKinds: ReadonlySet<string> = new Set<LedgerLine['kind']>(['executed', 'repeated']);

/** Appends lines, each with one write. */
export class LineWriter<Line> {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/**
 * Reads a file of lines. A last line without its end was torn by a death and is left out; any other line that is not
 * JSON makes the file unreadable.
 * @throws {Error} naming the file and the line.
 */
export function readLines<Line>(path: string): Line[] {
  const text = readFileSync(path, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line, index) => parsed<Line>(path, line, index + 1));
}

function parsed<Line>(path: string, line: string, number: number): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    throw new Error(`${path}, line ${number}, is not JSON`);
  }
}
