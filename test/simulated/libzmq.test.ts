/** The model against libzmq: the same scripts, run on both, are seen alike. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { facts } from './facts.ts';
import { overLibzmq, overTheModel, type Script, type Seen, type Step } from './script.ts';

describe.concurrent('what was measured of libzmq', () => {
  it.each(facts)('$fact', { timeout: 60_000 }, async ({ script, figure = (seen) => seen, expected }) => {
    expect(figure(await overLibzmq(script))).toEqual(expected);
    for (let seed = 1; seed <= 10; seed++) expect(figure(await overTheModel(script, seed))).toEqual(expected);
  });

  it('a paused server swallows thousands of small messages before a send comes back', { timeout: 60_000 }, async () => {
    const swallowed = (seen: Seen) => 6000 - seen['c']!.filter((line) => line.startsWith('unsent')).length;
    const counts = [swallowed(await overLibzmq(swallowing)), swallowed(await overTheModel(swallowing))];
    for (const count of counts) expect(count).toBeGreaterThan(1500);
    for (const count of counts) expect(count).toBeLessThan(6000);
  });
});

/** More by PRIVATEER_RUNS, for a longer look. */
const numRuns = Math.ceil(Number(process.env['PRIVATEER_RUNS'] ?? 300) / 100);

describe('random scripts', () => {
  it('the model does what libzmq does', { timeout: 60_000 * numRuns }, async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        expect(unordered(await overTheModel(script))).toEqual(unordered(await overLibzmq(script)));
      }),
      { numRuns },
    );
  });
});

const server = { spec: { type: 'router', mandatory: true }, echoes: true } as const;

const swallowing: Script = {
  nodes: { a: server, c: { spec: { type: 'dealer', sendHighWaterMark: 1 }, connect: ['a'] } },
  steps: [
    { do: 'start', node: 'a' },
    { do: 'start', node: 'c' },
    { do: 'pause', node: 'a' },
    // Many turns, so that the I/O thread takes what the one before has written.
    ...Array.from({ length: 6000 }, (): Step => ({ do: 'send', node: 'c', text: 'x'.repeat(64), isHurried: true })),
    { do: 'resume', node: 'a' },
  ],
};

/** Whatever is done to two servers, one at a time, and what their client sends in between. */
const scripts: fc.Arbitrary<Script> = fc
  .record({
    type: fc.constantFrom('dealer', 'req'),
    immediate: fc.boolean(),
    sendHighWaterMark: fc.integer({ min: 1, max: 3 }),
    relaxedCorrelated: fc.boolean(),
    deeds: fc.array(
      fc.oneof(
        fc.record({ node: fc.constantFrom('a', 'b'), is: fc.constantFrom('life', 'sleep') }),
        fc.record({ node: fc.constant('c'), is: fc.constant('send') }),
      ),
      { minLength: 4, maxLength: 9 },
    ),
  })
  .map(({ type, deeds, ...options }) => {
    const spec = { type, reconnectMs: 20, ...options } as Script['nodes'][string]['spec'];
    return { nodes: { a: server, b: server, c: { spec, connect: ['a', 'b'] } }, steps: stepsOf(deeds) };
  });

/** A deed is what its node's state allows: start or kill, pause or resume. In the end everybody is awake. */
function stepsOf(deeds: readonly { readonly node: string; readonly is: string }[]): Step[] {
  const state = new Map([
    ['a', 'dead'],
    ['b', 'dead'],
  ]);
  const steps: Step[] = [{ do: 'start', node: 'c' }];
  const go = (node: string, done: 'start' | 'kill' | 'pause' | 'resume', next: string) => {
    steps.push({ do: done, node });
    state.set(node, next);
  };
  for (const [n, { node, is }] of deeds.entries()) {
    const now = state.get(node);
    if (is === 'send') steps.push({ do: 'send', node, text: `x${n}` });
    else if (is === 'life') go(node, now === 'dead' ? 'start' : 'kill', now === 'dead' ? 'up' : 'dead');
    else if (now === 'up') go(node, 'pause', 'paused');
    else if (now === 'paused') go(node, 'resume', 'up');
  }
  for (const [node, now] of state) if (now === 'paused') go(node, 'resume', 'up');
  return steps;
}

/** Two servers' answers may come in any order. */
function unordered(seen: Seen): Seen {
  return Object.fromEntries(Object.entries(seen).map(([node, log]) => [node, [...log].sort()]));
}
