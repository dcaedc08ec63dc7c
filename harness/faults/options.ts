/** What an event gives its fault under `with`, checked by the fault's own schema. */
import { MisuseError } from '../../patterns/transaction.ts';
import type { FaultEvent } from '../scenario.ts';
import type { Fault } from './fault.ts';

/** With defaults for what is not given. @throws {MisuseError} naming the wrong option by its path, `path` first. */
export function optionsOf(fault: Fault, event: FaultEvent, path: string): unknown {
  const [unasked] = Object.keys(event.with);
  if (fault.options === undefined) {
    if (unasked === undefined) return {};
    throw new MisuseError(`${path}.with.${unasked}`, event.with[unasked], `${fault.name} takes nothing`);
  }
  const result = fault.options.safeParse(event.with);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : issue.path;
  const allowed = Object.keys(fault.options.shape).join(', ');
  const reason = issue.code === 'unrecognized_keys' ? `${fault.name} takes ${allowed}` : issue.message;
  throw new MisuseError([path, 'with', ...keys].join('.'), event.with[String(keys[0])], reason);
}
