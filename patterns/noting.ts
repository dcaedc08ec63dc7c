/** Where a machine's notes go, and what a role's chance begins with. */
import type createDebug from 'debug';
import { monotonicMicros } from './drivers/zeromq.ts';
import type { Note } from './machine.ts';
import { MisuseError } from './transaction.ts';

/** Notes go to `debug` and to whoever asked for them; where there is neither, machines make none. */
export function noting(debug: createDebug.Debugger, trace?: (note: Note) => void): ((note: Note) => void) | undefined {
  if (trace !== undefined && typeof trace !== 'function') throw new MisuseError('trace', trace, 'it takes a function');
  if (!debug.enabled) return trace;
  return (note) => {
    const { kind, ...details } = note;
    debug('%s %o', kind, details);
    trace?.(note);
  };
}

/** A seed for a role's chance: its own, so that many that start together don't wait alike. */
export function seedOf(name: string): number {
  let seed = monotonicMicros() | 0;
  for (const character of name) seed = Math.imul(seed ^ character.charCodeAt(0), 0x01000193);
  return seed;
}
