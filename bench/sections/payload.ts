import type { PayloadFit, PayloadResult, PayloadRow } from '../payload.ts';
import { againstBaseline, defineSection, rounded, table, thousands, two, withInterval } from './section.ts';

export const payload = defineSection<PayloadResult>({
  name: 'payload',
  title: 'Payloads',
  asked: ({ rounds, blockMs, window, concurrency, baseline }) =>
    `What does a transaction cost as its payload grows? Requests are echoed, ${window} in flight; a server handles ` +
    `${concurrency} at once. Medians over ${rounds} rounds of ${blockMs} ms blocks in rotation, with 95 % intervals; the ratio ` +
    `is to ${baseline} in the same round. \`~\` marks what is inside the noise.`,
  body: ({ rows, fits, baseline }) =>
    [
      fits.map(fitWords).join('\n'),
      table(
        ['', 'bytes', 'ratio', 'a second', 'MB a second'],
        rows.map((row) => cellsOf(row, baseline)),
        1,
      ),
    ].join('\n\n'),
  command: ({ seed }) => `npm run bench -- --only payload --seed ${seed}`,
  provenance: ({ machine, seed, quick }) => ({ machine, seed, quick }),
});

function fitWords({ contestant, fromBytes, fit: { exponent, low, high } }: PayloadFit): string {
  return `- ${contestant}: from ${fromBytes} bytes on, the time a transaction takes grows as bytes to the power ${two(exponent)} (${two(low)} to ${two(high)}).`;
}

function cellsOf({ contestant, bytes, ratio, perSecond, megabytesPerSecond }: PayloadRow, baseline: string): string[] {
  return [
    contestant,
    String(bytes),
    contestant === baseline ? '1' : againstBaseline(ratio),
    withInterval(perSecond, thousands),
    bytes === 0 ? '–' : rounded(megabytesPerSecond.median),
  ];
}
