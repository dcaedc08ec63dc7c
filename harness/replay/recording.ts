/**
 * What goes into a machine and what comes out of it, written down as it happens: a pattern whose machines are the same,
 * with an ear on both sides. A machine is pure, so the same inputs must bring the same outputs, here and ever after.
 */
import type { Effects, Machine } from '../../patterns/machine.ts';
import type { AnyPattern, Role } from '../../patterns/pattern.ts';

/** A line of a recording. Bytes are base64 under `$bytes`. */
export type RecordedLine =
  /** A life begins, with a machine made of this. */
  | { readonly made: Role; readonly setup: unknown }
  /** An input, with the time it was given. */
  | { readonly called: string; readonly given: readonly unknown[] }
  /** An output of the latest input (or of the making), in order; with what it was answered. */
  | { readonly did: string; readonly given: readonly unknown[]; readonly answer?: unknown }
  /** What the latest input returned. */
  | { readonly returned: unknown };

export type WriteLine = (line: RecordedLine) => void;

/** The same pattern, writing down everything that its machines are told and do. */
export function recorded(pattern: AnyPattern, write: WriteLine): AnyPattern {
  const make = <M extends Machine, S>(role: Role, factory: (setup: S, effects: Effects) => M) => {
    return (setup: S, effects: Effects): M => {
      write({ made: role, setup: packed(setup) });
      return hearing(factory(setup, tapped(effects, write)), write);
    };
  };
  return {
    ...pattern,
    client: make('client', pattern.client),
    server: make('server', pattern.server),
    ...(pattern.broker === undefined ? {} : { broker: make('broker', pattern.broker) }),
  };
}

/** Effects that write down what they are asked for. Notes are for bystanders, and change nothing. */
function tapped(effects: Effects, write: WriteLine): Effects {
  return new Proxy(effects, {
    get(target, name: keyof Effects) {
      const effect = target[name];
      if (name === 'note' || typeof effect !== 'function') return effect;
      return (...given: unknown[]) => {
        const answer = (effect as (...given: unknown[]) => unknown).apply(target, given);
        const line = { did: name, given: given.map(packed) };
        write(answers.has(name) ? { ...line, answer } : line);
        return answer;
      };
    },
  });
}

function hearing<M extends Machine>(machine: M, write: WriteLine): M {
  return new Proxy(machine, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      if (!inputs.has(name)) return member.bind(target);
      return (...given: unknown[]) => {
        write({ called: name, given: given.map(packed) });
        const returned = member.apply(target, given) as unknown;
        if (returned !== undefined) write({ returned });
        return returned;
      };
    },
  });
}

/** As JSON can hold it. */
export function packed(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, packed(one)]));
}

export function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== 'object' || value === null) return value;
  if ('$bytes' in value) return Uint8Array.from(Buffer.from(String(value.$bytes), 'base64'));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unpacked(one)]));
}

/** Effects that answer. */
export const answers: ReadonlySet<string> = new Set(['open', 'draw']);
/** What changes a machine; anything else only looks at it. */
const inputs: ReadonlySet<string> = new Set([
  'received',
  'unsent',
  'linked',
  'failed',
  'expired',
  'flush',
  'drain',
  'transact',
  'abandon',
  'endpoints',
  'mayExecute',
  'mayCommit',
  'executed',
  'part',
]);
