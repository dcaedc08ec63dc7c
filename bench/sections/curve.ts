import type { CurveResult } from '../curve.ts';
import { againstBaseline, defineSection, rounded, table, thousands, withInterval } from './section.ts';

export const curve = defineSection<CurveResult>({
  name: 'curve',
  title: 'Encryption',
  asked: ({ rounds, blockMs, payloadBytes }) =>
    `What does encryption cost? The same pattern with and without CURVE, requests of ${payloadBytes} bytes echoed. Medians over ` +
    `${rounds} rounds of ${blockMs} ms blocks in rotation, with 95 % intervals; the ratio is the time a transaction takes with ` +
    'CURVE over that without, in the same round. `~` marks what is inside the noise.',
  body: ({ rows }) =>
    table(
      ['', 'window', 'ratio', 'a second, CURVE', 'a second, plain', 'client’s ms per 1000, CURVE', 'plain'],
      rows.map(({ pattern, window, ratio, curvePerSecond, plainPerSecond, curveCpuUs, plainCpuUs }) => [
        pattern,
        String(window),
        againstBaseline(ratio),
        withInterval(curvePerSecond, thousands),
        withInterval(plainPerSecond, thousands),
        rounded(curveCpuUs.client.median),
        rounded(plainCpuUs.client.median),
      ]),
      1,
    ),
  command: ({ seed }) => `npm run bench -- --only curve --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});
