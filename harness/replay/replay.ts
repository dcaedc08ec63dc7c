/** Gives a recording's inputs to machines once more, and demands the outputs that were recorded. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Effects, Machine } from '../../patterns/machine.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { MisuseError } from '../../patterns/transaction.ts';
import { readLines } from '../history.ts';
import { findPattern } from '../registry.ts';
import { parseScenario } from '../scenario.ts';
import { answers, packed, type RecordedLine, unpacked } from './recording.ts';

export interface Replayed {
  readonly node: string;
  /** How often it began. */
  readonly lives: number;
  readonly inputs: number;
  readonly outputs: number;
  /** The first output that was another than the recorded one; missing where all were the same. */
  readonly difference?: string;
}

/** @throws {MisuseError} for a folder of a run that was not recorded. */
export async function replay(folder: string, patternFolders: readonly string[] = []): Promise<Replayed[]> {
  const recordings = join(folder, 'recordings');
  if (!existsSync(recordings) || !existsSync(join(folder, 'scenario.json'))) {
    throw new MisuseError('run folder', folder, 'it takes one that `privateer run --record` left');
  }
  const scenario = parseScenario(JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8')));
  const { pattern } = await findPattern(scenario.pattern, patternFolders);
  return readdirSync(recordings)
    .sort()
    .map((file) => ({ node: basename(file, '.jsonl'), ...replayLines(pattern, readLines(join(recordings, file))) }));
}

/** Lives one after the other, each with a machine of its own. */
export function replayLines(pattern: AnyPattern, lines: readonly RecordedLine[]): Omit<Replayed, 'node'> {
  const steps = stepsOf(lines);
  const count = { lives: 0, inputs: 0, outputs: 0 };
  let life: Life | undefined;
  for (const [n, { begins, outputs }] of steps.entries()) {
    if ('made' in begins) {
      life = new Life(pattern);
      count.lives++;
    } else count.inputs++;
    // A process that is killed writes down no more: its last outputs may be missing.
    const next = steps[n + 1]?.begins;
    const isLast = next === undefined || 'made' in next;
    const difference = differenceOf(outputs, life!.take(begins, outputs), isLast);
    if (difference !== undefined)
      return { ...count, difference: `life ${count.lives}, input ${count.inputs}: ${difference}` };
    count.outputs += outputs.length;
  }
  return count;
}

type Beginning = Extract<RecordedLine, { made: unknown } | { called: unknown }>;

/** A making or an input, and what was recorded as coming of it. */
interface Step {
  readonly begins: Beginning;
  readonly outputs: RecordedLine[];
}

function stepsOf(lines: readonly RecordedLine[]): Step[] {
  const steps: Step[] = [];
  for (const line of lines) {
    if ('made' in line || 'called' in line) steps.push({ begins: line, outputs: [] });
    else if (steps.length === 0) throw new Error('a recording begins with a machine');
    else steps.at(-1)!.outputs.push(line);
  }
  return steps;
}

function differenceOf(recorded: readonly unknown[], now: readonly unknown[], isCutShort: boolean): string | undefined {
  const length = isCutShort ? recorded.length : Math.max(recorded.length, now.length);
  for (let n = 0; n < length; n++) {
    const [said, found] = [JSON.stringify(recorded[n]), JSON.stringify(now[n])];
    if (said !== found) return `recorded ${brief(said)}, now ${brief(found)}`;
  }
  return undefined;
}

/** A machine among effects that write down what they are asked for, and answer as was recorded. */
class Life {
  readonly #pattern: AnyPattern;
  readonly #done: RecordedLine[] = [];
  readonly #effects: Effects;
  #machine: Machine | undefined;
  #answers: readonly unknown[] = [];
  #answered = 0;

  constructor(pattern: AnyPattern) {
    this.#pattern = pattern;
    this.#effects = new Proxy({} as Effects, {
      get: (_target, name) => {
        if (name === 'note') return undefined;
        return (...given: unknown[]) => this.#did(String(name), given.map(packed));
      },
    });
  }

  /** Lets it happen; returns what came of it. */
  take(begins: Beginning, recorded: readonly RecordedLine[]): RecordedLine[] {
    this.#answers = recorded.flatMap((line) => ('answer' in line ? [line.answer] : []));
    this.#answered = 0;
    if ('made' in begins) {
      const make = this.#pattern[begins.made] as (setup: unknown, effects: Effects) => Machine;
      this.#machine = make(unpacked(begins.setup), this.#effects);
    } else {
      const machine = this.#machine as unknown as Record<string, (...given: unknown[]) => unknown>;
      const returned = machine[begins.called]!(...(unpacked(begins.given) as unknown[]));
      if (returned !== undefined) this.#done.push({ returned });
    }
    return this.#done.splice(0);
  }

  #did(did: string, given: readonly unknown[]): unknown {
    if (!answers.has(did)) {
      this.#done.push({ did, given });
      return undefined;
    }
    const answer = this.#answers[this.#answered++] ?? 0;
    this.#done.push({ did, given, answer });
    return answer;
  }
}

function brief(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
