/** What side by side comes to: ours against each peer of the same round, and the six that the project is held to. */
import { type Estimate, estimate, ratios as ratiosOf } from '../statistics.ts';
import { c, freelance, majordomo, nats, raw, rawAgain, rawBroker } from './contestants.ts';

/** One contestant at one window: its blocks, by round. */
export interface Cell {
  readonly contestant: string;
  readonly window: number;
  readonly usPerTransaction: readonly number[];
}

/** Our throughput over the peer's of the same round and window. */
export interface PeerRatio {
  readonly ours: string;
  readonly peer: string;
  readonly window: number;
  readonly ratio: Estimate;
}

/** Medians. Null where a peer is absent. Above one is ahead at every window but one: there it is latency, and behind. */
export interface Ratios {
  readonly freelance128VsRaw: number | null;
  readonly freelance128VsNats: number | null;
  readonly freelance1024VsC: number | null;
  readonly freelance1VsRaw: number | null;
  readonly majordomo128VsNats: number | null;
  readonly majordomo1VsRaw: number | null;
}

export const noRatios: Ratios = {
  freelance128VsRaw: null,
  freelance128VsNats: null,
  freelance1024VsC: null,
  freelance1VsRaw: null,
  majordomo128VsNats: null,
  majordomo1VsRaw: null,
};

export function peerRatios(cells: readonly Cell[], ours: readonly string[], seed: number): PeerRatio[] {
  return cells
    .filter(({ contestant }) => ours.includes(contestant))
    .flatMap((own) =>
      cells
        .filter(
          ({ contestant, window }) => window === own.window && !ours.includes(contestant) && contestant !== rawAgain,
        )
        .map((peer) => ({
          ours: own.contestant,
          peer: peer.contestant,
          window: own.window,
          ratio: throughputRatio(own, peer, seed),
        })),
    );
}

/** Of what each of the six is a ratio; in lock-step the round trip is the reciprocal of the throughput. */
interface Comparison {
  readonly ours: string;
  readonly peers: readonly string[];
  readonly window: number;
  readonly isLatency?: boolean;
}

const comparisons: Readonly<Record<keyof Ratios, Comparison>> = {
  freelance128VsRaw: { ours: freelance, peers: [raw], window: 128 },
  freelance128VsNats: { ours: freelance, peers: nats, window: 128 },
  freelance1024VsC: { ours: freelance, peers: [c], window: 1024 },
  freelance1VsRaw: { ours: freelance, peers: [raw], window: 1, isLatency: true },
  majordomo128VsNats: { ours: majordomo, peers: nats, window: 128 },
  majordomo1VsRaw: { ours: majordomo, peers: [rawBroker], window: 1, isLatency: true },
};

/** A peer of several forms is represented by the one that leaves us the least. Undefined where none is there. */
export function ratioNamed(name: keyof Ratios, all: readonly PeerRatio[]): Estimate | undefined {
  const { ours, peers, window, isLatency } = comparisons[name];
  const [least] = all
    .filter((one) => one.ours === ours && one.window === window && peers.includes(one.peer))
    .map(({ ratio }) => ratio)
    .sort((one, other) => one.median - other.median);
  if (least === undefined || !isLatency) return least;
  return { median: 1 / least.median, low: 1 / least.high, high: 1 / least.low };
}

export function headline(all: readonly PeerRatio[]): Ratios {
  const median = (name: keyof Ratios) => ratioNamed(name, all)?.median ?? null;
  return {
    freelance128VsRaw: median('freelance128VsRaw'),
    freelance128VsNats: median('freelance128VsNats'),
    freelance1024VsC: median('freelance1024VsC'),
    freelance1VsRaw: median('freelance1VsRaw'),
    majordomo128VsNats: median('majordomo128VsNats'),
    majordomo1VsRaw: median('majordomo1VsRaw'),
  };
}

/** Bare sockets in JavaScript over those in C, at 128; null where either is absent. */
export function rawOverC(cells: readonly Cell[], seed: number): Estimate | null {
  const of = (name: string) => cells.find(({ contestant, window }) => contestant === name && window === 128);
  const [js, native] = [of(raw), of(c)];
  return js === undefined || native === undefined ? null : throughputRatio(js, native, seed);
}

/** The same program over itself: nothing that differs from one by less than this does is known to differ at all. */
export interface NoiseFloor {
  readonly window: number;
  readonly ratio: Estimate;
}

export function noiseFloor(cells: readonly Cell[], seed: number): NoiseFloor[] {
  return cells
    .filter(({ contestant }) => contestant === rawAgain)
    .flatMap((again) => {
      const first = cells.find(({ contestant, window }) => contestant === raw && window === again.window);
      return first === undefined ? [] : [{ window: again.window, ratio: throughputRatio(again, first, seed) }];
    });
}

/** What voids a run: one of the two was hampered, and perhaps others with it. */
export function hampered(rawVsC: Estimate | null): string[] {
  if (rawVsC === null || (rawVsC.median >= saneMin && rawVsC.median <= saneMax)) return [];
  const given = rawVsC.median.toPrecision(3);
  return [`void: ${raw} over ${c} at 128 is ${given}, outside ${saneMin} to ${saneMax}: one of the two was hampered`];
}

/** Less time a transaction is more throughput, so the other's stands above. */
function throughputRatio(own: Cell, other: Cell, seed: number): Estimate {
  return estimate(ratiosOf(other.usPerTransaction, own.usPerTransaction), seed);
}

const [saneMin, saneMax] = [0.05, 0.15];
