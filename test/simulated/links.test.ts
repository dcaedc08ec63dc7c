/** What is done to links, to their messages and to the load: in virtual time it does what its file says it does. */
import { describe, expect, it } from 'vitest';
import { checkScenario } from '../../harness/check-scenario.ts';
import type { LedgerLine } from '../../harness/history.ts';
import { findScenarios, namedScenario } from '../../harness/library.ts';
import { findFaults } from '../../harness/registry.ts';
import { parseScenario } from '../../harness/scenario.ts';
import { type Evidence, judge } from '../../harness/verdict.ts';
import { simulate, variants } from './simulate.ts';

const faults = await findFaults('simulated');
const onLinks = [...faults.values()].flatMap(({ strikes, name }) => (strikes === 'link' ? [name] : []));

describe.each(onLinks)('%s of every link', (fault) => {
  const everyLink = { faults: [{ fault, target: 'client', atMs: 300, durationMs: 300, trigger: 'now' }] };

  it.each(variants)('%s %s is honest', async (pattern, variant) => {
    const { verdict } = judge(await simulate({ pattern, variant, ...everyLink }));
    expect(verdict).toMatchObject({ due: 300, honest: true });
    expect(verdict.doubts.filter((doubt) => doubt.includes('did not fire'))).toEqual([]);
  });

  it('the same each time', async () => {
    const [one, other] = [
      await simulate({ pattern: 'freelance', ...everyLink }),
      await simulate({ pattern: 'freelance', ...everyLink }),
    ];
    expect([...one.ledgers, one.history]).toEqual([...other.ledgers, other.history]);
  });
});

/** Strikes the link to server-1, of three, for half a second. Neither heartbeats nor retries hide what it does. */
async function struck(
  fault: string,
  options: object = {},
  pattern: object = { pattern: 'brokerless-req', variant: 'immediate' },
) {
  const event = { fault, target: 'client/server-1', atMs: 300, durationMs: 500, trigger: 'now', with: options };
  const evidence = await simulate({ ...pattern, faults: [event] });
  const { history } = evidence;
  const stamp = (wanted: string) => history.find((line) => line.kind === 'fault' && line.phase === wanted)!.at;
  const [from, until] = [stamp('done'), stamp('curing')];
  const during = ({ at }: { readonly at: number }) => at > from + settling && at < until;
  const received = receivedBy(evidence, 'server-1');
  const news = history.flatMap((line) =>
    line.kind === 'peer' && line.at >= from - 1 && line.peer.includes('server-1')
      ? [`${line.up ? 'up' : 'down'} ${line.at < Math.max(until, from + 400_000) ? 'during' : 'after'}`]
      : [],
  );
  const { verdict } = judge(evidence);
  return { evidence, verdict, from, until, during, received, news };
}

function receivedBy({ ledgers }: Evidence, node: string): LedgerLine[] {
  return (ledgers.get(node) as LedgerLine[]).filter(({ kind }) => kind === 'received');
}

const freelance = { pattern: 'freelance' };

describe('a connection', () => {
  it('reset: who called hears of it, connects anew, and all is answered', async () => {
    const { news, verdict } = await struck('reset', {}, freelance);
    expect(news).toEqual(['down during', 'up during']);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
  });

  it.each(['requests', 'replies'])('hold of %s: the others arrive, and all of it in the end', async (direction) => {
    const { evidence, received, during, until } = await struck('hold', { direction });
    const within = received.filter(during);
    const settled = settledAt(evidence);
    expect(within.length > 0).toBe(direction === 'replies');
    for (const { id } of within) expect(settled.get(id)).toBeGreaterThanOrEqual(until);
    expect(received.some(({ at }) => at >= until)).toBe(true);
  });

  it('cut: what is sent is lost for good, nobody is told, and the cure resets', async () => {
    const { news, verdict, received, during } = await struck('cut', { direction: 'requests' });
    expect(news.length).toBeGreaterThan(0);
    expect(news.filter((one) => one.endsWith('during'))).toEqual([]);
    expect(received.filter(during)).toEqual([]);
    expect(verdict).toMatchObject({ honest: true, orphaned: 0 });
    expect(verdict.lost).toBeGreaterThan(0);
  });

  it.each(['refuse', 'accept-only'])('%s: down at once, and up after the cure alone', async (fault) => {
    const { news, verdict } = await struck(fault, {}, freelance);
    expect(news).toEqual(['down during', 'up after']);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
  });

  it('half-close: both hear of the end, and connect anew', async () => {
    const { news, verdict } = await struck('half-close', {}, freelance);
    expect(news.slice(0, 2)).toEqual(['down during', 'up during']);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
  });

  it.each([
    ['requests', 'after'],
    ['replies', 'during'],
  ])('half-open, %s: its client hears %s', async (direction, when) => {
    const { news, verdict } = await struck('half-open', { direction });
    expect(news[0]).toBe(`down ${when}`);
    expect(verdict.honest).toBe(true);
  });

  it('delay: everything comes so much later, in order', async () => {
    const { verdict } = await struck('delay', { direction: 'requests', delayMs: 40, jitterMs: 10 }, freelance);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
    expect(verdict.worstMs).toBeGreaterThan(45);
    expect(verdict.worstMs).toBeLessThan(80);
  });

  it('bandwidth: who sends more waits', async () => {
    const { verdict } = await struck('bandwidth', { direction: 'requests', bytesPerSec: 1500 }, freelance);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
    expect(verdict.worstMs).toBeGreaterThan(100);
  });

  it('bandwidth: cured, what has waited for it comes at once', async () => {
    const { evidence, until } = await struck('bandwidth', { direction: 'requests', bytesPerSec: 200 });
    const held = receivedBy(evidence, 'server-1').filter(({ at }) => at >= until && at < until + 2000);
    expect(held.length).toBeGreaterThan(5);
  });

  it('a server that dies behind a narrow link: its client hears as soon as that is wide again', async () => {
    const faulty = [
      { fault: 'bandwidth', target: 'client/server-1', atMs: 300, durationMs: 500, with: { bytesPerSec: 100 } },
      { fault: 'kill', target: 'server-1', atMs: 500, durationMs: 5000 },
    ];
    const { history } = await simulate({
      ...freelance,
      faults: faulty.map((event) => ({ ...event, trigger: 'now' })),
      load: { ratePerSec: 300, durationMs: 2000, payloadBytes: 1000 },
      settings: { heartbeatTimeoutMs: 60_000, heartbeatIntervalMs: 10_000 },
    });
    const cured = history.find((line) => line.kind === 'fault' && line.index === 0 && line.phase === 'curing')!.at;
    const down = history.find((line) => line.kind === 'peer' && !line.up)!;
    expect(down.at).toBeGreaterThan(cured);
    expect(down.at - cured).toBeLessThan(50_000);
  });

  it('partition: nothing passes, nobody is told; afterwards TCP waits as long again before it is whole', async () => {
    const { news, verdict, received, during } = await struck('partition');
    expect(news).toEqual([]);
    expect(received.filter(during)).toEqual([]);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
    expect(verdict.worstMs).toBeGreaterThan(800);
    expect(verdict.worstMs).toBeLessThan(1000);
  });

  it('one-way, replies: requests arrive, until TCP waits to be acknowledged', async () => {
    const { verdict, received, during } = await struck('one-way', { direction: 'replies' }, freelance);
    const within = received.filter(during);
    expect(within.length).toBeGreaterThan(0);
    expect(within.length).toBeLessThanOrEqual(10);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
  });

  it('a server that dies behind a cut: its client hears with the cure', async () => {
    const faulty = [
      { fault: 'cut', target: 'client/server-1', atMs: 300, durationMs: 500, trigger: 'now' },
      { fault: 'kill', target: 'server-1', atMs: 350, durationMs: 5000, trigger: 'now' },
    ];
    const { history } = await simulate({
      pattern: 'brokerless-req',
      variant: 'immediate',
      faults: faulty,
      restart: 'after:50',
    });
    const cured = history.find((line) => line.kind === 'fault' && line.index === 0 && line.phase === 'curing')!.at;
    const down = history.find((line) => line.kind === 'peer' && !line.up)!;
    expect(down.at).toBeGreaterThanOrEqual(cured);
  });
});

describe('one message', () => {
  it('drop-message: that one is lost, and no other', async () => {
    const { news, verdict } = await struck('drop-message');
    expect(news).toEqual([]);
    expect(verdict).toMatchObject({ committed: 299, lost: 1, honest: true });
  });

  it('duplicate-message: its server has it twice, and executes it once', async () => {
    const { verdict, received } = await struck('duplicate-message', { message: 3 });
    expect(received.length - new Set(received.map(({ id }) => id)).size).toBe(1);
    expect(verdict).toMatchObject({ committed: 300, duplicated: 0, honest: true });
  });

  it('hold-message: with the cure, behind those that came after it', async () => {
    const { evidence, received, until } = await struck('hold-message', {}, freelance);
    const late = received.find(({ at }) => at >= until)!;
    const settled = settledAt(evidence);
    expect(settled.get(late.id)).toBeGreaterThanOrEqual(until);
    const before = received.filter(({ at }) => at < until).map(({ id }) => Number(id.split(':')[1]));
    expect(Math.max(...before)).toBeGreaterThan(Number(late.id.split(':')[1]));
  });

  it('cut-in-frame: the connection is reset over it', async () => {
    const { news, verdict } = await struck('cut-in-frame', { message: 2 }, freelance);
    expect(news.slice(0, 1)).toEqual(['down during']);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
  });

  it('grey: heartbeats pass, so nobody is suspected; the rest comes with the cure', async () => {
    const { news, verdict, received, during } = await struck('grey', {}, freelance);
    expect(news).toEqual([]);
    expect(received.filter(during)).toEqual([]);
    expect(verdict).toMatchObject({ committed: 300, honest: true });
    expect(verdict.worstMs).toBeGreaterThan(400);
  });
});

it.each([
  ['burst', { transactions: 50 }, 350],
  ['overload', { factor: 3 }, 500],
])('%s: so many are due besides', async (fault, options, due) => {
  const event = { fault, target: 'load', atMs: 300, durationMs: 333, with: options };
  const { verdict } = judge(await simulate({ pattern: 'freelance', faults: [event] }));
  expect(Math.abs(verdict.due - due)).toBeLessThanOrEqual(1);
  expect(verdict).toMatchObject({ honest: true, lost: 0 });
});

it('slice means nothing here, and the reason is said', async () => {
  const scenario = parseScenario({
    name: 'sliced',
    pattern: 'freelance',
    seed: 1,
    faults: [{ fault: 'slice', atMs: 1 }],
  });
  await expect(checkScenario(scenario, [], 'simulated')).rejects.toThrow(
    /the simulated world has none: a message comes whole/,
  );
});

const ofTheLibrary = [...findScenarios()].flatMap(([name, { faults: events = [] }]) =>
  events.some(({ fault }) => faults.get(fault)?.strikes !== 'node') ? [name] : [],
);

it.each(ofTheLibrary)('%s of the library is run in both worlds', async (name) => {
  const { verdict } = judge(await simulate({ load: {}, ...namedScenario(name), $schema: undefined }));
  expect(verdict).toMatchObject({ honest: true, conclusive: true, doubts: [], lost: 0 });
});

function settledAt({ history }: Evidence): Map<string, number> {
  return new Map(history.flatMap((line) => (line.kind === 'settled' ? [[`load:${line.n + 1}`, line.at]] : [])));
}

/** What had passed the link before it was struck arrives, in microseconds. */
const settling = 1000;
