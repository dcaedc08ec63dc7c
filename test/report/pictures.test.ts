import { describe, expect, it } from 'vitest';
import type { Failover } from '../../harness/outages.ts';
import type { Exhibit } from '../../harness/report/exhibit.ts';
import { failovers } from '../../harness/report/failovers.ts';
import { fieldOf } from '../../harness/report/field.ts';
import { grid } from '../../harness/report/grid.ts';
import { percentiles } from '../../harness/report/percentiles.ts';
import { type Picture, standalone } from '../../harness/report/picture.ts';
import type { Judged } from '../../harness/verdict.ts';
import { exhibit, judgement, kill, transactions } from './made.ts';
import { unbalanced } from './unbalanced.ts';

const slow = { latencyMs: 400, delayed: true };
const never: Partial<Judged> = { cell: 'LOST', latencyMs: 5000, censored: true };

function killed(contestant: string, worst: Partial<Judged>, micros = 41_000, isCensored = false): Exhibit {
  const judged = judgement(
    { lost: worst.censored ? 40 : 0, delayed: worst.censored ? 0 : 40 },
    transactions(100, Object.fromEntries(Array.from({ length: 40 }, (_, n) => [n + 30, worst]))),
    [kill],
  );
  const failover: Failover = { fault: 'kill', node: 'server-2', micros, isCensored };
  return exhibit('kill-and-restart', contestant, { ...judged, failovers: [failover] });
}

const quiet = exhibit('none', 'freelance', judgement({}, transactions(100)));
const field = fieldOf([
  killed('majordomo', slow),
  killed('brokerless-req/as-published', never, 5_000_000, true),
  killed('majordomo', {}, 30_000),
  quiet,
]);
const empty = fieldOf([exhibit('none', 'freelance', judgement({}))]);
const odd = fieldOf([
  exhibit(
    'a < b & "c"',
    'freelance',
    judgement({}, transactions(3, { 0: { latencyMs: 0 } }), [{ ...kill, untilMs: 9e9 }]),
  ),
]);

const pictures: [string, Picture | undefined][] = [
  ['the grid', grid(field)],
  ['failovers', failovers(field)],
  ['percentiles', percentiles(field)],
  ['the grid of nothing', grid(empty)],
  ['percentiles of nothing', percentiles(empty)],
  ['the grid of what is odd', grid(odd)],
  ['percentiles of what is odd', percentiles(odd)],
];

describe('every picture', () => {
  it.each(pictures)(
    '%s is well-formed, without a figure that is none, and says in words what it shows',
    (_, picture) => {
      const svg = standalone(picture!);
      expect(unbalanced(svg)).toEqual([]);
      expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
      expect(svg).toMatch(/role="img"><title>[^<]+<\/title>\n<desc>[^<]+<\/desc>/);
    },
  );

  it('is the same to the byte for the same runs, in whatever order they were read', () => {
    const runs = () => [killed('majordomo', slow), killed('freelance', never), quiet];
    for (const draw of [grid, failovers, percentiles]) {
      expect(standalone(draw(fieldOf(runs()))!)).toBe(standalone(draw(fieldOf(runs()))!));
    }
    expect(standalone(grid(fieldOf(runs().reverse())))).toBe(standalone(grid(fieldOf(runs()))));
  });
});

describe('the grid', () => {
  const svg = standalone(grid(field));

  it('has a row for each scenario, what had no fault first, and a column for each contestant', () => {
    expect(field.ordeals).toEqual(['none', 'kill-and-restart']);
    expect(field.contestants).toEqual(['brokerless-req/as-published', 'freelance', 'majordomo']);
    expect(svg.match(/>no such run</g)).toHaveLength(3);
  });

  it('says how much was in time, and what became of the rest', () => {
    expect(svg).toContain('>60 %<');
    expect(svg).toContain('>40 lost<');
    // Of two runs, of which one was as it should be.
    expect(svg).toContain('>80 %<');
    expect(svg).toContain('>80 delayed<');
    expect(grid(field).description).toContain(
      'kill-and-restart: brokerless-req/as-published 60 % of 1 run, majordomo 80 % of 2 runs.',
    );
  });

  it('marks when the fault lasted, and draws the worst of several runs', () => {
    expect(svg.match(/class="kill-mark" fill-opacity/g)).toHaveLength(3);
    expect(svg.match(/class="worst"/g)).toHaveLength(2);
    expect(standalone(grid(fieldOf([quiet])))).not.toMatch(/class="worst"|-mark"/);
  });
});

describe('failovers', () => {
  const svg = standalone(failovers(field)!);

  it('are dots, and open to the right where the last transaction was never answered', () => {
    expect(dotsOf(svg, 'dots first')).toBe(2);
    expect(svg.match(/class="open"/g)).toHaveLength(2);
    expect(svg).toContain('>≥ 5 s<');
  });

  it('have their median, with its interval where there are several', () => {
    expect(svg).toContain('>36 ms (30 ms to 41 ms) of 2<');
    expect(failovers(field)!.description).toBe(
      'kill-and-restart: brokerless-req/as-published ≥ 5 s, 1 failover, 1 with a transaction that was never answered; majordomo 36 ms (30 ms to 41 ms) of 2 failovers.',
    );
  });

  it('are not drawn where there were none', () => {
    expect(failovers(fieldOf([quiet]))).toBeUndefined();
  });
});

describe('percentiles', () => {
  it('end openly, at what was waited at least, where the rest was never answered', () => {
    const censored = (svg: string) => svg.match(/class="censored"/g)?.length ?? 0;
    const [some, none] = [never, slow].map((worst) => standalone(percentiles(fieldOf([killed('majordomo', worst)]))));
    // One is in the legend.
    expect(censored(some!)).toBe(2);
    expect(censored(none!)).toBe(1);
    expect(some).toContain('>40 never answered<');
  });

  it('keep what was over before the fault apart from what was not', () => {
    const { description } = percentiles(fieldOf([killed('majordomo', slow)]));
    expect(description).toContain('quiet 50 % 6 ms, 90 % 6 ms; from the fault on 50 % 400 ms');
    expect(percentiles(fieldOf([quiet])).description).not.toContain('from the fault on');
  });

  it('call a percentile that lies among those without an answer at least what it is', () => {
    expect(percentiles(fieldOf([killed('majordomo', never)])).description).toContain('from the fault on 50 % ≥ 5 s');
  });
});

function dotsOf(svg: string, look: string): number {
  const [, d] = new RegExp(`<path d="([^"]*)" class="${look}"/>`).exec(svg)!;
  return d!.split('h0').length - 1;
}
