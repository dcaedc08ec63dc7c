/** The axis of time, what the colours mean, and how the run was set up. */
import { scaleLinear } from 'd3-scale';
import type { Scenario } from '../scenario.ts';
import { type Frame, left, right, type Section, width } from './frame.ts';
import { statesShown } from './lanes.ts';
import { type DotClass, dotClass } from './scatter.ts';
import { box, dots, label, line, widthOf } from './svg.ts';
import { counted, milliseconds } from './words.ts';

export function axis(frame: Frame): Section {
  const seconds = scaleLinear().domain([0, frame.endMs / 1000]);
  const ticks = seconds.ticks(10);
  const format = seconds.tickFormat(10, '~f');
  const draw = (top: number) =>
    line(left, top, right, top, 'axis') +
    ticks
      .map((tick) => {
        const x = frame.x(tick * 1000);
        return line(x, top, x, top + 5, 'axis') + label(x, top + 19, `${format(tick)} s`, 'quiet', 'middle');
      })
      .join('');
  return { height: 30, draw };
}

interface Entry {
  readonly words: string;
  readonly mark: (x: number, y: number) => string;
}

const dotWords: readonly [DotClass, string][] = [
  ['first', 'first try'],
  ['again', 'needed another attempt'],
  ['failed', 'unknown, refused or stuck: at the deadline'],
];

export function legend(frame: Frame, lagged: boolean): Section {
  const rows = flowed(entries(frame, lagged));
  const setup = `a dot is a transaction at the moment it was due · ${setupWords(frame.evidence.scenario)}`;
  const draw = (top: number) =>
    rows
      .map((row, index) => {
        const y = top + 14 + index * 18;
        return row.map(({ x, mark, words }) => mark(x, y - 4) + label(x + 12, y, words, 'quiet')).join('');
      })
      .join('') + label(left, top + 14 + rows.length * 18, setup, 'quiet');
  return { height: 18 * (rows.length + 1) + 12, draw };
}

function entries(frame: Frame, lagged: boolean): Entry[] {
  const square = (look: string) => (x: number, y: number) => box(x, y - 5, 9, 10, look);
  const classes = frame.judgement.transactions.map(dotClass);
  const shown: Entry[] = dotWords.map(([kind, words]) => ({
    words: `${words} (${classes.filter((one) => one === kind).length})`,
    mark: (x, y) => dots([[x + 4, y]], `dots ${kind} sample`),
  }));
  const states = statesShown(frame);
  for (const state of ['up', 'dead', 'paused'] as const) {
    if (states.has(state)) shown.push({ words: state, mark: square(state) });
  }
  if (lagged) shown.push({ words: 'load generator over 5 ms late', mark: square('lag') });
  return shown;
}

function flowed(given: readonly Entry[]): (Entry & { x: number })[][] {
  const rows: (Entry & { x: number })[][] = [[]];
  let x = left;
  for (const entry of given) {
    const wide = 12 + widthOf(entry.words) + 18;
    if (x + wide > width - 10 && x > left) {
      rows.push([]);
      x = left;
    }
    rows.at(-1)!.push({ ...entry, x });
    x += wide;
  }
  return rows;
}

function setupWords({ load, topology, handler, seed }: Scenario): string {
  const model = load.model === 'open' ? `open loop, ${load.ratePerSec}/s` : `closed loop, ${load.window} at once`;
  const size = `${counted(topology.servers, 'server')}, ${milliseconds(handler.serviceMs)} of service`;
  return `${model} · ${size} · seed ${seed}`;
}
