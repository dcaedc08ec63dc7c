import { describe, expect, it } from 'vitest';
import { figures, finding } from '../../harness/report/finding.ts';
import { standalone } from '../../harness/report/picture.ts';
import { timeline as drawn } from '../../harness/report/timeline.ts';
import type { Evidence, FaultSpan, Judgement } from '../../harness/verdict.ts';
import { began, evidence, judgement, kill, nodeLine, transactions } from './made.ts';
import { unbalanced } from './unbalanced.ts';

const servers = ['server-1', 'server-2'].map((node) => nodeLine(node, 'up', -50));
const death = [nodeLine('server-2', 'dead', 300), nodeLine('server-2', 'up', 700)];

const killed = judgement(
  {
    committed: 97,
    unknown: 2,
    orphaned: 1,
    lost: 1,
    refused: 1,
    delayed: 2,
    worstMs: 3000,
    failoverMs: 41,
    blackoutMs: 5,
    outageShare: 0.9,
  },
  transactions(100, {
    28: { attempts: 2, latencyMs: 61, delayed: true },
    29: { attempts: 2, latencyMs: 51, delayed: true, cell: 'DUPLICATED' },
    30: { cell: 'LOST', latencyMs: 3000, censored: true },
    31: { cell: 'ORPHAN', latencyMs: 3000, censored: true },
    32: { cell: 'REFUSED', latencyMs: 1 },
  }),
  [kill],
);
const killedEvidence = evidence([...servers, ...death]);

describe('the picture', () => {
  const empty = judgement({});
  const many: FaultSpan[] = Array.from({ length: 40 }, (_, n) => ({ ...kill, fromMs: n * 24, untilMs: n * 24 + 3 }));
  const situations: [name: string, Judgement, Evidence][] = [
    ['a kill', killed, killedEvidence],
    ['nothing at all', empty, { ...evidence(), history: [] }],
    ['no transactions under a fault', judgement({ failoverMs: 0, blackoutMs: 0 }, [], [kill]), killedEvidence],
    ['no fault', judgement({ committed: 50, worstMs: 6 }, transactions(50)), evidence(servers)],
    [
      'a fault that nobody undid',
      judgement({}, transactions(9), [{ ...kill, untilMs: Number.POSITIVE_INFINITY }]),
      killedEvidence,
    ],
    [
      'a fault after all else',
      judgement({}, transactions(9), [{ ...kill, fromMs: 5000, untilMs: 5000 }]),
      killedEvidence,
    ],
    ['forty faults', judgement({ failoverMs: 3 }, transactions(90), many), killedEvidence],
    ['times of zero', judgement({}, transactions(9, { 3: { latencyMs: 0 }, 4: { latencyMs: 99_999 } })), evidence()],
    ['a doubtful run', judgement({ conclusive: false, doubts: ['a < b & "c"'] }, transactions(9)), evidence()],
    ['a long run', judgement({}, transactions(90)), evidence(servers, { load: { durationMs: 86_400_000 } })],
    ['a short deadline', judgement({}, transactions(90)), evidence(servers, { load: { timeoutMs: 1, durationMs: 1 } })],
  ];

  it.each(situations)('is well-formed for %s, without a figure that is none', (_, judged, left) => {
    const svg = timeline(judged, left);
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(timeline(judged, left)).toBe(svg);
  });

  it('has one dot for each transaction, one path for each class', () => {
    const svg = timeline(killed, killedEvidence);
    expect(dotsOf(svg, 'first')).toHaveLength(95);
    expect(dotsOf(svg, 'again')).toHaveLength(2);
    expect(dotsOf(svg, 'failed')).toHaveLength(3);
  });

  it('puts whatever got no answer on the deadline line', () => {
    const svg = timeline(killed, killedEvidence);
    const deadline = / ([0-9.]+)L[^"]*" class="deadline"/.exec(svg)![1];
    expect(dotsOf(svg, 'failed').map((dot) => dot.split(' ')[1])).toEqual([deadline, deadline, deadline]);
  });

  it('has a lane for each node, brokers first, empty until the node is up', () => {
    const late = [nodeLine('server-10', 'up', 500), ...servers, nodeLine('broker-1', 'up', -60)];
    const svg = timeline(judgement({}, transactions(9)), evidence(late));
    expect(svg.match(/(?:server|broker)-\d+/g)).toEqual(['broker-1', 'server-1', 'server-2', 'server-10']);
    expect([...svg.matchAll(/<rect x="([0-9.]+)" [^>]*class="up"/g)].map(([, x]) => x)).toEqual([
      '116',
      '116',
      '116',
      '596',
      expect.anything(),
    ]);
  });

  it('names the signal, and measures the failover', () => {
    const svg = timeline(killed, killedEvidence);
    expect(svg).toContain('>SIGKILL server-2<');
    expect(svg).toContain('>failover 41 ms<');
    expect(timeline(judgement({}, [], [{ ...kill, fault: 'drop', node: 'server-1' }]), evidence())).toContain(
      '>drop server-1<',
    );
  });

  it('puts the failover at the fault that caused it', () => {
    const second = { ...kill, node: 'server-1', fromMs: 800, untilMs: 900 };
    const judged = judgement({ failoverMs: 45 }, transactions(99, { 79: { attempts: 2, latencyMs: 55 } }), [
      kill,
      second,
    ]);
    expect(timeline(judged, evidence())).toMatch(/d="M884 [^"]*" class="bracket"/);
  });

  it('keeps labels apart where faults are close together', () => {
    const close = [kill, { ...kill, node: 'server-1', fromMs: 310, untilMs: 320 }];
    const places = [
      ...timeline(judgement({}, [], close), evidence()).matchAll(
        /<text x="[^"]+" y="([^"]+)" class="strong kill-ink"/g,
      ),
    ];
    expect(new Set(places.map(([, y]) => y)).size).toBe(2);
  });

  it('has a rug only for what there was, each with its count', () => {
    const svg = timeline(killed, killedEvidence);
    for (const words of ['1 duplicated', '1 orphaned', '1 lost']) expect(svg).toContain(`>${words}<`);
    expect(svg).not.toContain(' stuck<');
    expect(timeline(judgement({}, transactions(9)), evidence())).not.toContain('class="tick');
  });

  it('hatches where the load generator was late', () => {
    const invoked = (n: number, lateMs: number) =>
      ({ kind: 'invoked', n, id: `c:${n}`, due: began + n * 10_000, at: began + n * 10_000 + lateMs * 1000 }) as const;
    const judged = judgement({}, transactions(9));
    expect(timeline(judged, evidence([invoked(1, 1), invoked(2, 6)]))).toContain('load generator over 5 ms late');
    expect(timeline(judged, evidence([invoked(1, 1), invoked(2, 5)]))).not.toContain('class="lag"');
  });
});

describe('the finding', () => {
  const of = (judged: Judgement, left = evidence()) => finding(judged, left.scenario);

  it('says what a fault cost', () => {
    const slow = { latencyMs: 141, delayed: true };
    const figures = { committed: 100, delayed: 2, failoverMs: 141, outageShare: 0.97 };
    expect(of(judgement(figures, transactions(100, { 29: slow, 30: slow }), [kill]))).toBe(
      'freelance: the kill of server-2 delayed 2 of 100 transactions, worst 141 ms, and lost none',
    );
    expect(of(killed)).toBe(
      'freelance: the kill of server-2 delayed 2 of 100 transactions, worst at least 3 s, left 1 in doubt, refused 1, and lost 1',
    );
  });

  it('does not blame a fault for what was over before it', () => {
    const early = { 5: { latencyMs: 200, delayed: true }, 29: { latencyMs: 90, delayed: true } };
    expect(of(judgement({ delayed: 2, worstMs: 200 }, transactions(100, early), [kill]))).toBe(
      'freelance: the kill of server-2 delayed 1 of 100 transactions (1 more before it), worst 90 ms, and lost none',
    );
  });

  it('says when a fault stopped everything, if enough was due to say so', () => {
    const published = evidence([], { pattern: 'brokerless-req', variant: 'as-published' });
    const stopped = { outageShare: 0.03, lost: 4 };
    expect(of(judgement(stopped, transactions(100), [kill]), published)).toBe(
      'brokerless-req/as-published: the kill of server-2 stopped the whole pool: 3 % served within 50 ms during the outage; it lost 4',
    );
    expect(of(judgement(stopped, transactions(35), [kill]))).not.toContain('whole pool');
  });

  it('counts several faults', () => {
    const pause = { ...kill, fault: 'pause', node: 'server-1' };
    const under = (...faults: FaultSpan[]) => of(judgement({}, transactions(9), faults));
    expect(under(kill, kill)).toContain(': 2 kills of server-2 delayed none');
    expect(under(kill, pause)).toContain(': a kill of server-2 and a pause of server-1 delayed none');
    expect(under(kill, pause, { ...kill, node: 'broker-1' })).toContain(': 3 faults delayed none');
  });

  it('says that nothing happened', () => {
    expect(of(judgement({}, transactions(50)))).toBe('freelance: 50 transactions, none delayed');
    expect(of(judgement({ delayed: 1 }, transactions(1, { 0: { latencyMs: 80, delayed: true } })))).toBe(
      'freelance: 1 transaction, 1 delayed, worst 80 ms',
    );
    expect(of(judgement({}))).toBe('freelance: no transaction was due');
  });

  it('says lies before all else, and doubts with the name', () => {
    expect(of(judgement({ honest: false, phantom: 2, falseRefusals: 1 }, transactions(50), [kill]))).toBe(
      'freelance LIES: 2 phantom and 1 false refusal of 50 transactions',
    );
    expect(of(judgement({ conclusive: false }, transactions(50)))).toBe(
      'freelance, inconclusive: 50 transactions, none delayed',
    );
    expect(timeline(judgement({ conclusive: false, doubts: ['it hit nothing'] }), evidence())).toContain(
      '>INCONCLUSIVE: it hit nothing<',
    );
  });

  it('has the durations only under a fault', () => {
    expect(figures(killed)).toBe(
      '100 due · 97 committed · 2 unknown · 1 refused · 2 delayed · 0 duplicated · 0 late · failover 41 ms · blackout 5 ms',
    );
    const spans = { detectedMs: 1.4, recoveredMs: 0, healedMs: 120, lastZombieMs: 900 };
    expect(figures(judgement({ ...spans, outOfOrder: 3 }, transactions(50), [kill]))).toMatch(
      / 0 late · 3 out of order · detected after 1.4 ms · recovered after 0 ms · healed after 120 ms · last zombie after 900 ms$/,
    );
    expect(figures(judgement({ stuck: 1, honest: false }))).toBe(
      '0 due · 0 committed · 0 unknown · 0 refused · 0 delayed · 0 duplicated · 0 late · 1 stuck',
    );
  });
});

function timeline(judged: Judgement, left: Evidence): string {
  return standalone(drawn(judged, left));
}

function dotsOf(svg: string, kind: string): string[] {
  const paths = [...svg.matchAll(new RegExp(`<path d="([^"]*)" class="dots ${kind}"`, 'g'))];
  expect(paths).toHaveLength(1);
  return paths[0]![1]!.split('h0').slice(0, -1);
}
