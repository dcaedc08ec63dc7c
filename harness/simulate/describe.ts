/** What a message says, in a few words: envelopes by their kind and number, MDP by its commands, other frames as they are. */
import type { Frames } from '../../patterns/machine.ts';
import { emptyEnvelope, isEnvelope, Kind, read } from '../../patterns/parts/envelope.ts';

/** `request 7`, `request 7 again (2)`, `pong`, `MDPW01 HEARTBEAT`; addresses and empty frames are left out. */
export function describe(frames: Frames): string {
  const words = frames.map((frame, index) => (isEnvelope(frame) ? envelopes(frame) : wordOf(frames, index)));
  return words.filter((word) => word !== '').join(' ');
}

function envelopes(frame: Uint8Array): string {
  const envelope = emptyEnvelope();
  const said: string[] = [];
  for (let offset = 0; offset < frame.length; ) {
    offset = read(frame, offset, envelope);
    if (offset < 0) break;
    const { kind, sequence, attempt } = envelope;
    const name = kindNames[kind] ?? `kind ${kind}`;
    const again = kind === Kind.request && attempt > 1 ? ` (attempt ${attempt})` : '';
    said.push(kind === Kind.ping || kind === Kind.pong ? name : `${name} ${sequence}${again}`);
  }
  return said.join(', ');
}

function wordOf(frames: Frames, index: number): string {
  const frame = frames[index]!;
  const before = frames[index - 1];
  const commands = frame.length === 1 && before !== undefined ? workerCommands[textOf(before) ?? ''] : undefined;
  if (commands !== undefined) return commands[frame[0]! - 1] ?? `command ${frame[0]}`;
  const text = textOf(frame);
  if (text === undefined || /^MDPC0\d$/.test(text)) return '';
  return text;
}

/** Undefined where the bytes are not text: addresses, correlations. */
function textOf(frame: Uint8Array): string | undefined {
  const text = String.fromCharCode(...frame.subarray(frame[0] === 1 ? 1 : 0, 32));
  return /^[ -~]{3,}$/.test(text) ? text : undefined;
}

const kindNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries({
    ...Kind,
    notExecuted: undefined,
    'not executed': Kind.notExecuted,
    partial: undefined,
    part: Kind.partial,
  })
    .filter(([, kind]) => kind !== undefined)
    .map(([name, kind]) => [kind, name]),
);
/** 7/MDP and 18/MDP: a worker's commands, from 1. */
const workerCommands: Readonly<Record<string, readonly string[]>> = {
  MDPW01: ['READY', 'REQUEST', 'REPLY', 'HEARTBEAT', 'DISCONNECT'],
  MDPW02: ['READY', 'REQUEST', 'PARTIAL', 'FINAL', 'HEARTBEAT', 'DISCONNECT'],
};
