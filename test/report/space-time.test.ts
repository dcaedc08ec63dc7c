import { describe, expect, it } from 'vitest';
import type { HistoryLine, LedgerLine } from '../../harness/history.ts';
import { convictionOf } from '../../harness/report/conviction.ts';
import { happeningsOf } from '../../harness/report/happenings.ts';
import { standalone } from '../../harness/report/picture.ts';
import { spaceTime } from '../../harness/report/space-time.ts';
import { nodesOf, spaceTimeText } from '../../harness/report/space-time-text.ts';
import type { Evidence } from '../../harness/verdict.ts';
import { began, evidence, judgement, nodeLine, transactions } from './made.ts';
import { unbalanced } from './unbalanced.ts';

const at = (ms: number) => began + ms * 1000;
const endpoint = (port: number) => `tcp://127.0.0.1:${port}`;

function up(node: string, port: number): HistoryLine {
  return { kind: 'node', node, endpoint: endpoint(port), state: 'up', at: at(-100) };
}

function attempt(number: number, port: number, ms: number): HistoryLine {
  return { kind: 'attempt', id: 'load:2', attempt: number, peer: endpoint(port), at: at(ms) };
}

const invoked: HistoryLine = { kind: 'invoked', n: 1, id: 'load:2', due: at(10), at: at(10) };
const settled = (ms: number): HistoryLine => ({
  kind: 'settled',
  n: 1,
  outcome: 'committed',
  code: 'committed',
  matched: true,
  at: at(ms),
});
const fault = (phase: 'begun' | 'cured', ms: number): HistoryLine => ({
  kind: 'fault',
  fault: 'pause',
  index: 0,
  node: 'server-1',
  phase,
  at: at(ms),
});

/** It froze with the request, another did it, and when it thawed it did it again. */
const zombie: Evidence = {
  ...evidence([
    up('server-1', 1),
    up('server-2', 2),
    invoked,
    attempt(1, 1, 11),
    fault('begun', 13),
    nodeLine('server-1', 'paused', 14),
    attempt(2, 2, 500),
    settled(507),
    nodeLine('server-1', 'up', 900),
    fault('cured', 901),
    { kind: 'invoked', n: 2, id: 'load:3', due: at(12), at: at(12) },
  ]),
  ledgers: new Map<string, LedgerLine[]>([
    [
      'server-1',
      [
        { kind: 'received', id: 'load:2', attempt: 1, at: at(12) },
        { kind: 'executed', id: 'load:2', attempt: 1, began: at(902), at: at(903) },
      ],
    ],
    [
      'server-2',
      [
        { kind: 'received', id: 'load:2', attempt: 2, at: at(501) },
        { kind: 'executed', id: 'load:2', attempt: 2, began: at(501), at: at(506) },
      ],
    ],
  ]),
};

const zombieJudged = judgement({}, transactions(3, { 1: { id: 'load:2', cell: 'DUPLICATED', late: true } }));

describe('what happened around a transaction', () => {
  it('is told by the client and the ledgers together, with what befell the nodes, and nothing of others', () => {
    const rows = happeningsOf(zombie, 'load:2');
    expect(spaceTimeText(rows, nodesOf(rows), at(10))).toBe(
      [
        '       ms  client                    server-1                  server-2',
        '      0.0  transact load:2',
        '      1.0  sends to server-1, attempt 1',
        '      2.0  ───────────────────────────▶ receives, attempt 1',
        '      3.0                            pause begins',
        '      4.0                            PAUSED',
        '    490.0  sends to server-2, attempt 2',
        '    491.0  ─────────────────────────────────────────────────────▶ receives, attempt 2',
        '    496.0                                                      executes, attempt 2',
        '    497.0  ◀─ committed ─────────────────────────────────────────────────────────────────',
        '    890.0                            UP',
        '    891.0                            pause is over',
        '    893.0                            executes, attempt 1',
      ].join('\n'),
    );
  });

  it('comes by the broker where the client handed it to one', () => {
    const brokered: Evidence = {
      ...evidence([up('broker-1', 9), invoked, attempt(1, 9, 11), settled(20)]),
      ledgers: new Map<string, LedgerLine[]>([
        [
          'server-1',
          [
            { kind: 'received', id: 'load:2', attempt: 3, at: at(12) },
            { kind: 'executed', id: 'load:2', attempt: 3, began: at(13), at: at(14) },
          ],
        ],
      ]),
    };
    const rows = happeningsOf(brokered, 'load:2');
    expect(rows.map(({ from }) => from)).toEqual([undefined, undefined, 'broker-1', undefined, 'broker-1']);
    expect(rows[1]).toMatchObject({ text: 'sends to broker-1, attempt 1', to: 'broker-1' });
  });

  it('ends nowhere where the server that it was sent to never received it', () => {
    const rows = happeningsOf(evidence([up('server-1', 1), invoked, attempt(1, 1, 11)]), 'load:2');
    const svg = standalone(spaceTime(rows, convictionOf(zombieJudged, [])!, 'freelance'));
    expect(nodesOf(rows)).toEqual(['client', 'server-1']);
    // One is in the legend.
    expect(svg.match(/class="message unsure"/g)).toHaveLength(2);
    expect(svg).not.toContain('class="message"');
  });

  it('is no longer than can be read', () => {
    const again = Array.from({ length: 200 }, (_, n) => attempt(n + 1, 1, 20 + n));
    const rows = happeningsOf({ ...zombie, history: [...zombie.history, ...again] }, 'load:2');
    expect(rows.length).toBeLessThanOrEqual(30);
    expect(rows[0]!.text).toBe('transact load:2');
    expect(rows.at(-1)!.text).toBe('executes, attempt 1');
  });
});

describe('the picture of it', () => {
  const rows = happeningsOf(zombie, 'load:2');
  const convicted = convictionOf(zombieJudged, [])!;
  const svg = standalone(spaceTime(rows, convicted, 'freelance'));

  it('is well-formed, the same to the byte, and has its text with it', () => {
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(standalone(spaceTime(rows, convicted, 'freelance'))).toBe(svg);
    expect(svg).toContain('<title>freelance: transaction 2 was executed more than once</title>');
    expect(svg).toContain('<desc>0.0 ms client: transact load:2. ');
  });

  it('has an arrow for each message, and a line for each node in the colour of what it was', () => {
    expect(svg.match(/class="message"\/>/g)).toHaveLength(3 + 1);
    expect(svg.match(/class="frozen"\/>/g)).toHaveLength(1 + 1);
    expect(svg).not.toContain('class="gone"');
  });
});

describe('who is convicted', () => {
  const of = (differences: Parameters<typeof transactions>[1], claims: readonly { kept: boolean }[] = []) =>
    convictionOf(judgement({}, transactions(9, differences)), claims);

  it('is nobody where nothing went wrong', () => {
    expect(of({ 3: { delayed: true, latencyMs: 900 } }, [{ kept: true }])).toBeUndefined();
  });

  it('is the first of the worst', () => {
    const lost = { cell: 'LOST', censored: true } as const;
    expect(of({ 2: lost, 3: lost, 5: { cell: 'PHANTOM' }, 4: { late: true } })!.transaction.n).toBe(5);
    expect(of({ 2: lost, 3: lost, 4: { late: true } })!.transaction.n).toBe(4);
    expect(of({ 2: lost, 3: lost })!.transaction.n).toBe(2);
  });

  it('is whoever was refused, or else waited longest, where a claim was broken by nothing worse', () => {
    expect(of({ 7: { cell: 'REFUSED' }, 3: { latencyMs: 70 } }, [{ kept: false }])!.transaction.n).toBe(7);
    expect(of({ 3: { latencyMs: 70 } }, [{ kept: false }])!.words).toBe('waited longest in a run that broke a claim');
  });
});
