import type { PeerRow, PeersResult } from '../peers.ts';
import { windowsPicture } from '../pictures/windows.ts';
import { type NoiseFloor, type PeerRatio, type Ratios, ratioNamed } from '../side-by-side/ratios.ts';
import type { Estimate } from '../statistics.ts';
import { againstBaseline, defineSection, doubtful, list, rounded, table, withInterval } from './section.ts';

export const peers = defineSection<PeersResult>({
  name: 'peers',
  title: 'Beside others',
  asked: ({ rounds, blockMs, payloadBytes }) =>
    'How fast are we beside bare sockets, C, and who else does request and reply? One client process and one server process ' +
    `on loopback TCP, and the server between them where a peer has one; requests of ${payloadBytes} bytes are echoed, and ` +
    'every reply is matched with its request. Each peer as its own documentation advises for speed: the comments in ' +
    `[bench/peers](bench/peers) say how. Medians over ${rounds} rounds of ${blockMs} ms blocks in rotation, with 95 % ` +
    'intervals; a ratio is our throughput over the peer’s in the same round, whose order the seed draws. `~` marks what may as well be 1, or is ' +
    'no further from it than the same program from itself, and what ' +
    'falls short of what it is held to is bold.',
  body: ({ headline, ratios, noise, rows, skipped, doubts }) =>
    [
      doubtful(doubts).trim(),
      table(
        ['', 'ratio', 'held to'],
        six.map((one) => heldTo(one, headline, ratios)),
        1,
      ),
      noiseWords(noise ?? []),
      table(['', 'window', 'freelance ×', 'majordomo ×'], ratioRows(ratios, noise ?? []), 1),
      table(['', 'window', 'a second', 'round trip, µs', 'failed'], rows.map(cellsOf), 1),
    ]
      .filter((part) => part !== '')
      .join('\n\n') +
    list('**Behind:**', ratios.filter(({ ratio }) => ratio.high < 1).map(behind)) +
    list(
      'Not measured:',
      skipped.map(({ peer, reason }) => `${peer}: ${reason}`),
    ),
  pictures: (result) => [
    { name: 'windows', says: 'Throughput against window, ours beside everybody else', svg: windowsPicture(result) },
  ],
  command: ({ seed }) => `npm run bench -- --only peers --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

/** The six that the project is held to; at a window of one they are latencies, and less is better. */
const six: readonly { readonly name: keyof Ratios; readonly what: string; readonly bound: string }[] = [
  {
    name: 'freelance128VsRaw',
    what: 'freelance over bare zeromq.js DEALER/ROUTER, throughput at 128',
    bound: 'at least 8',
  },
  {
    name: 'freelance128VsNats',
    what: 'freelance over nats.js, throughput at 128',
    bound: 'at least 16',
  },
  {
    name: 'freelance1024VsC',
    what: 'freelance over C libzmq, throughput at 1024',
    bound: 'at least 0.8',
  },
  {
    name: 'freelance1VsRaw',
    what: 'freelance over bare zeromq.js DEALER/ROUTER, latency at 1',
    bound: 'at most 1.15',
  },
  {
    name: 'majordomo128VsNats',
    what: 'majordomo over nats.js, throughput at 128',
    bound: 'at least 6',
  },
  {
    name: 'majordomo1VsRaw',
    what: 'majordomo over the same three hops in bare zeromq.js, latency at 1',
    bound: 'at most 1.2',
  },
];

function heldTo({ name, what, bound }: (typeof six)[number], headline: Ratios, ratios: readonly PeerRatio[]): string[] {
  const ratio = headline[name];
  if (ratio === null) return [what, '–', bound];
  const limit = Number(bound.split(' ').at(-1));
  const isKept = bound.startsWith('at least') ? ratio >= limit : ratio <= limit;
  const estimate = ratioNamed(name, ratios);
  const words = estimate === undefined ? rounded(ratio) : withInterval({ ...estimate, median: ratio }, rounded);
  return [what, isKept ? words : `**${words}**`, bound];
}

function behind({ ours, peer, window, ratio }: PeerRatio): string {
  return `${ours} does ${rounded(ratio.median)} of ${peer} at a window of ${window}`;
}

/** What a ratio of one looks like. */
function noiseWords(noise: readonly NoiseFloor[]): string {
  if (noise.length === 0) return '';
  const each = noise.map(({ window, ratio }) => `${againstBaseline(ratio)} at a window of ${window}`);
  return `The noise floor: bare zeromq.js beside itself, the same program twice in the same rounds, is ${each.join(' and ')}.`;
}

/** One line for each peer and window, with both of ours beside it. */
function ratioRows(ratios: readonly PeerRatio[], noise: readonly NoiseFloor[]): string[][] {
  const keys = new Map(ratios.map(({ peer, window }) => [`${peer} ${window}`, { peer, window }]));
  return [...keys.values()].map(({ peer, window }) => {
    const against = (ours: string) =>
      ratios.find((one) => one.peer === peer && one.window === window && one.ours.startsWith(ours));
    const floor = noise.find((one) => one.window === window)?.ratio;
    return [peer, String(window), ratioWords(against('freelance'), floor), ratioWords(against('majordomo'), floor)];
  });
}

/** What may as well be one, or is no further from it than the same program is from itself, is marked. */
function ratioWords(one: PeerRatio | undefined, floor: Estimate | undefined): string {
  if (one === undefined) return '–';
  const { ratio } = one;
  const reach = floor === undefined ? 0 : Math.max(Math.abs(Math.log(floor.low)), Math.abs(Math.log(floor.high)));
  const isNoise = (ratio.low <= 1 && ratio.high >= 1) || Math.abs(Math.log(ratio.median)) <= reach;
  return `${isNoise ? '~ ' : ''}${withInterval(ratio, rounded)}`;
}

function cellsOf({ contestant, window, perSecond, roundTripUs, failed }: PeerRow): string[] {
  const thousands = withInterval(perSecond, (value) => `${rounded(value / 1000)} k`);
  return [contestant, String(window), thousands, rounded(roundTripUs.median), String(failed)];
}
