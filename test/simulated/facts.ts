/** What was measured of libzmq, each as a script: it must be so over libzmq, and so over the model. */
import type { Impairment } from '../../harness/worlds/impairment.ts';
import type { SocketSpec } from '../../patterns/machine.ts';
import type { Played, Script, Seen, Step } from './script.ts';

export interface Fact {
  readonly fact: string;
  readonly script: Script;
  /** What is compared, where not everything each node saw is determined. */
  readonly figure?: (seen: Seen) => unknown;
  readonly expected: unknown;
  /** How long something took, in milliseconds: the model keeps to both bounds, libzmq on a busy machine to the least. */
  readonly time?: { readonly of: (took: Played['took']) => number; readonly least: number; readonly most: number };
}

const server = { spec: { type: 'router', mandatory: true }, echoes: true } as const;
const start = (node: string): Step => ({ do: 'start', node });
const kill = (node: string): Step => ({ do: 'kill', node });
const pause = (node: string): Step => ({ do: 'pause', node });
const resume = (node: string): Step => ({ do: 'resume', node });
const send = (node: string, text: string, count = 1): Step => ({ do: 'send', node, text, count });
/** To whom it last heard from, or to who calls itself so. */
const sendTo = (node: string, name: string, text: string, count = 1): Step => ({
  do: 'send',
  node,
  text,
  count,
  to: name === 'last' ? 'last' : { name },
});
const reply = (node: string, text: string): Step => ({ do: 'send', node, text, to: 'last', isReply: true });
const impair = (impairment: Impairment, directions?: ('requests' | 'replies')[]): Step => ({
  do: 'impair',
  caller: 'c',
  listener: 'a',
  impairment,
  ...(directions === undefined ? {} : { directions }),
});
const heal: Step = { do: 'heal' };

/** Messages received by a node in all of its lives, whatever their order. */
const received = (seen: Seen, node: string) =>
  Object.entries(seen)
    .filter(([name]) => name.split('/')[0] === node)
    .flatMap(([, log]) => log.filter((line) => line.startsWith('received')));
const unsent = (seen: Seen, node: string) => (seen[node] ?? []).filter((line) => line.startsWith('unsent')).length;

function dealer(options: object, connect = ['a']) {
  return { spec: { type: 'dealer', reconnectMs: 20, ...options }, connect } as const;
}

function req(options: object, connect = ['a']) {
  return { spec: { type: 'req', reconnectMs: 20, sendHighWaterMark: 1, ...options }, connect } as const;
}

/** A server that gives itself a name, for a ROUTER to call it by. */
function named(name: string) {
  return { spec: { type: 'router', routingId: Buffer.from(name) }, echoes: true } as const;
}

/** A ROUTER that calls. */
function caller(options: object) {
  return { spec: { type: 'router', mandatory: true, reconnectMs: 20, ...options }, connect: ['a'] } as const;
}

function beating(intervalMs: number, timeoutMs: number): Partial<SocketSpec> {
  return { immediate: true, transportHeartbeat: { intervalMs, timeoutMs } };
}

export const facts: readonly Fact[] = [
  {
    fact: 'nobody listens, HWM 1: one message is swallowed, then sends come back',
    script: { nodes: { a: server, c: dealer({ sendHighWaterMark: 1 }) }, steps: [start('c'), send('c', 'x', 5)] },
    figure: (seen) => unsent(seen, 'c'),
    expected: 4,
  },
  {
    fact: 'three endpoints of which nobody is there, HWM 1: three are swallowed',
    script: {
      nodes: { a: server, b: server, d: server, c: dealer({ sendHighWaterMark: 1 }, ['a', 'b', 'd']) },
      steps: [start('c'), send('c', 'x', 30)],
    },
    figure: (seen) => unsent(seen, 'c'),
    expected: 27,
  },
  {
    fact: 'nobody listens, immediate: sends come back at once',
    script: { nodes: { a: server, c: dealer({ immediate: true }) }, steps: [start('c'), send('c', 'x', 3)] },
    figure: (seen) => seen['c'],
    expected: ['unsent x 1: full', 'unsent x 2: full', 'unsent x 3: full'],
  },
  {
    fact: 'what an endpoint that is down has swallowed is delivered when it comes, however late',
    script: {
      nodes: { a: server, c: dealer({ sendHighWaterMark: 2 }) },
      steps: [start('c'), send('c', 'x', 3), start('a')],
    },
    expected: { a: ['received x 1', 'received x 2'], c: ['unsent x 3: full', 'up a', 'received x 1', 'received x 2'] },
  },
  {
    fact: 'one of two endpoints is down: every second message waits there',
    script: {
      nodes: { a: server, b: server, c: dealer({ sendHighWaterMark: 1000 }, ['a', 'b']) },
      steps: [start('a'), start('c'), ...[1, 2, 3, 4, 5, 6].map((n) => send('c', `x${n}`)), start('b')],
    },
    figure: (seen) => [received(seen, 'a').length, received(seen, 'b').length],
    expected: [3, 3],
  },
  {
    fact: 'one of two endpoints is down, HWM 1: it holds one message, the other endpoint takes the rest',
    script: {
      nodes: { a: server, b: server, c: dealer({ sendHighWaterMark: 1 }, ['a', 'b']) },
      steps: [start('a'), start('c'), ...[1, 2, 3, 4, 5, 6].map((n) => send('c', `x${n}`)), start('b')],
    },
    figure: (seen) => [received(seen, 'a').length, received(seen, 'b').length],
    expected: [5, 1],
  },
  {
    fact: 'one of two endpoints is down, immediate: the other takes everything',
    script: {
      nodes: { a: server, b: server, c: dealer({ immediate: true }, ['a', 'b']) },
      steps: [start('a'), start('c'), ...[1, 2, 3, 4].map((n) => send('c', `x${n}`)), start('b')],
    },
    figure: (seen) => [received(seen, 'a').length, received(seen, 'b').length],
    expected: [4, 0],
  },
  {
    fact: 'messages of one connection keep their order',
    script: { nodes: { a: server, c: dealer({}) }, steps: [start('a'), start('c'), send('c', 'x', 100)] },
    figure: (seen) => [received(seen, 'a'), received(seen, 'c')],
    expected: [1, 2].map(() => Array.from({ length: 100 }, (_, n) => `received x ${n + 1}`)),
  },
  {
    fact: 'a killed server is known to be gone; immediate: nothing waits for its next life',
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), start('c'), send('c', 'x'), kill('a'), send('c', 'y'), start('a'), send('c', 'z')],
    },
    expected: {
      a: ['received x'],
      'a/2': ['received z'],
      c: ['up a', 'received x', 'down a', 'unsent y: full', 'up a', 'received z'],
    },
  },
  {
    fact: 'without immediate, what was sent to a killed server waits for its next life',
    script: {
      nodes: { a: server, c: dealer({ sendHighWaterMark: 1 }) },
      steps: [start('a'), start('c'), kill('a'), send('c', 'x', 2), start('a')],
    },
    expected: { a: [], 'a/2': ['received x 1'], c: ['up a', 'down a', 'unsent x 2: full', 'up a', 'received x 1'] },
  },
  {
    fact: 'a paused server: no event; what is sent is read when it wakes',
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x', 10), resume('a')],
    },
    figure: (seen) => [seen['c'], received(seen, 'a').length],
    expected: [['up a', ...Array.from({ length: 10 }, (_, n) => `received x ${n + 1}`)], 10],
  },
  {
    fact: 'what a paused server had been sent is lost when it is killed, and nobody is told',
    script: {
      nodes: { a: server, c: dealer({}) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x', 10), kill('a'), start('a'), send('c', 'y')],
    },
    expected: { a: [], 'a/2': ['received y'], c: ['up a', 'down a', 'up a', 'received y'] },
  },
  {
    fact: 'a paused server shakes no hands: a new connection is up when it wakes',
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), pause('a'), start('c'), send('c', 'x'), resume('a'), send('c', 'y')],
    },
    expected: { a: ['received y'], c: ['unsent x: full', 'up a', 'received y'] },
  },
  {
    fact: 'a connection that ends before its handshake is told as one that has ended, though it was never up',
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), pause('a'), start('c'), kill('a'), start('a')],
    },
    expected: { a: [], 'a/2': [], c: ['down a', 'up a'] },
  },
  {
    fact: 'a paused client reads on waking what came, and the end of the connection',
    script: {
      nodes: { a: { spec: { type: 'router', mandatory: true } }, c: dealer({}) },
      steps: [start('a'), start('c'), send('c', 'x'), pause('c'), sendTo('a', 'last', 'y', 3), kill('a'), resume('c')],
    },
    figure: (seen) => [received(seen, 'c'), seen['c']!.includes('down a')],
    expected: [['received y 1', 'received y 2', 'received y 3'], true],
  },
  {
    fact: 'a mandatory ROUTER says that there is nobody of that name',
    script: {
      nodes: { a: { spec: { type: 'router', mandatory: true } } },
      steps: [start('a'), sendTo('a', 'nobody', 'x')],
    },
    expected: { a: ['unsent x: unreachable'] },
  },
  {
    fact: 'any other ROUTER drops it, and says nothing',
    script: {
      nodes: { a: { spec: { type: 'router' } } },
      steps: [start('a'), sendTo('a', 'nobody', 'x')],
    },
    expected: { a: [] },
  },
  {
    fact: 'a mandatory ROUTER can’t reach a peer that has gone',
    script: {
      nodes: { a: { spec: { type: 'router', mandatory: true } }, c: dealer({}) },
      steps: [start('a'), start('c'), send('c', 'x'), kill('c'), sendTo('a', 'last', 'y')],
    },
    expected: { a: ['received x', 'unsent y: unreachable'], c: ['up a'] },
  },
  {
    fact: 'a farewell stands behind the last words of a killed peer',
    script: {
      nodes: { a: { spec: { type: 'router', farewell: Buffer.from('gone') } }, c: dealer({}) },
      steps: [start('a'), start('c'), send('c', 'x', 20), kill('c')],
    },
    figure: (seen) => seen['a'],
    expected: [...Array.from({ length: 20 }, (_, n) => `received x ${n + 1}`), 'received gone'],
  },
  {
    fact: 'a strict REQ can’t send again before its reply',
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: req({}) },
      steps: [start('a'), start('c'), send('c', 'x'), send('c', 'y')],
    },
    expected: { a: ['received x'], c: ['up a', 'unsent y: full'] },
  },
  {
    fact: 'a strict REQ whose server died with its request never gets over it',
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: req({}) },
      steps: [start('a'), start('c'), send('c', 'x'), kill('a'), start('a'), send('c', 'y')],
    },
    expected: { a: ['received x'], 'a/2': [], c: ['up a', 'down a', 'up a', 'unsent y: full'] },
  },
  {
    fact: 'a relaxed, correlated REQ sends again, and drops the reply that comes too late',
    script: {
      nodes: { a: server, c: req({ relaxedCorrelated: true, immediate: true }) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x'), send('c', 'y'), resume('a')],
    },
    expected: { a: ['received x', 'received y'], c: ['up a', 'received y'] },
  },
  {
    fact: 'a relaxed REQ with one of two peers paused sends it every second request',
    script: {
      nodes: { a: server, b: server, c: req({ relaxedCorrelated: true, immediate: true }, ['a', 'b']) },
      steps: [
        start('a'),
        start('b'),
        start('c'),
        pause('a'),
        ...[1, 2, 3, 4].map((n) => send('c', `x${n}`)),
        resume('a'),
      ],
    },
    figure: (seen) => [received(seen, 'a').length, received(seen, 'b').length],
    expected: [2, 2],
  },
  {
    fact: 'the dead endpoint: a lock-step request is routed to it, and waits until that server restarts',
    script: {
      nodes: { a: server, b: server, c: req({}, ['a', 'b']) },
      steps: [
        start('a'),
        start('b'),
        start('c'),
        kill('a'),
        send('c', 'x'),
        send('c', 'y'),
        send('c', 'z'),
        start('a'),
      ],
    },
    // One of the first two goes to the dead one: from then on nothing can be sent until it is back.
    figure: (seen) => [received(seen, 'a').length, unsent(seen, 'c') > 0],
    expected: [1, true],
  },
  {
    fact: 'connecting twice to one endpoint is connecting once',
    script: { nodes: { a: server, c: dealer({}, ['a', 'a']) }, steps: [start('a'), start('c'), send('c', 'x', 2)] },
    expected: { a: ['received x 1', 'received x 2'], c: ['up a', 'received x 1', 'received x 2'] },
  },
  {
    fact: 'three endpoints of which nobody is there, HWM 1: a relaxed REQ is taken three requests, as a DEALER is three messages',
    script: {
      nodes: { a: server, b: server, d: server, c: req({ relaxedCorrelated: true }, ['a', 'b', 'd']) },
      steps: [start('c'), send('c', 'x', 5)],
    },
    figure: (seen) => unsent(seen, 'c'),
    expected: 2,
  },
  {
    fact: 'the dead endpoint, immediate: nothing is routed to it, and nothing waits',
    script: {
      nodes: { a: server, b: server, c: req({ immediate: true }, ['a', 'b']) },
      steps: [start('a'), start('b'), start('c'), kill('a'), ...['x', 'y', 'z'].map((text) => send('c', text))],
    },
    figure: (seen) => [received(seen, 'b').length, received(seen, 'c').length, unsent(seen, 'c')],
    expected: [3, 3, 0],
  },
  {
    fact: 'a strict REQ whose server died with its request never gets over it, immediate or not',
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: req({ immediate: true }) },
      steps: [start('a'), start('c'), send('c', 'x'), kill('a'), start('a'), send('c', 'y')],
    },
    expected: { a: ['received x'], 'a/2': [], c: ['up a', 'down a', 'up a', 'unsent y: full'] },
  },
  {
    fact: 'a relaxed, correlated REQ whose server died with its request sends it to another',
    script: {
      nodes: { a: server, b: server, c: req({ relaxedCorrelated: true, immediate: true }, ['a', 'b']) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x'), kill('a'), start('b'), send('c', 'y')],
    },
    figure: (seen) => [received(seen, 'b'), received(seen, 'c')],
    expected: [['received y'], ['received y']],
  },
  {
    fact: 'a REQ that listens: a server that has gone is none of its peers',
    script: {
      nodes: {
        c: { spec: { type: 'req', sendHighWaterMark: 1 } },
        a: { spec: { type: 'router', reconnectMs: 20 }, connect: ['c'], echoes: true },
        b: { spec: { type: 'router', reconnectMs: 20 }, connect: ['c'], echoes: true },
      },
      steps: [start('c'), start('a'), start('b'), kill('a'), ...['x', 'y'].map((text) => send('c', text))],
    },
    expected: { a: ['up c'], b: ['up c', 'received x', 'received y'], c: ['received x', 'received y'] },
  },
  ...[false, true].map((immediate) => ({
    fact: `what found no room in a paused server’s buffers ${immediate ? 'is lost with its connection, immediate' : 'waits for its next life'}`,
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: dealer({ immediate }) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x'.repeat(100_000), 100), kill('a'), start('a')],
    } as const,
    figure: (seen: Seen) => received(seen, 'a').length > 0,
    expected: !immediate,
  })),
  {
    fact: 'without handover, who names itself as another does who is here is not heard',
    script: {
      nodes: {
        a: { spec: { type: 'router' } },
        c: dealer({ routingId: Buffer.from('name') }),
        d: dealer({ routingId: Buffer.from('name') }),
      },
      steps: [start('a'), start('c'), send('c', 'x'), start('d'), send('d', 'y'), send('c', 'z')],
    },
    expected: { a: ['received x', 'received z'], c: ['up a'], d: ['up a'] },
  },
  {
    fact: 'a name is free again once its bearer has gone',
    script: {
      nodes: {
        a: { spec: { type: 'router' } },
        c: dealer({ routingId: Buffer.from('name') }),
        d: dealer({ routingId: Buffer.from('name') }),
      },
      steps: [start('a'), start('c'), send('c', 'x'), kill('c'), start('d'), send('d', 'y')],
    },
    expected: { a: ['received x', 'received y'], c: ['up a'], d: ['up a'] },
  },
  {
    fact: 'a frame that is larger than its receiver allows ends the connection; the next one is as good as any',
    script: {
      nodes: { a: { spec: { type: 'router', maxMessageBytes: 1000 } }, c: dealer({ immediate: true }) },
      steps: [start('a'), start('c'), send('c', 'x'.repeat(1001)), send('c', 'y')],
    },
    expected: { a: ['received y'], c: ['up a', 'down a', 'up a'] },
  },
  {
    fact: 'a message of many small frames is taken: the limit is a frame’s',
    script: {
      nodes: { a: { spec: { type: 'router', maxMessageBytes: 1000 } }, c: req({}) },
      steps: [start('a'), start('c'), send('c', 'x'.repeat(999))],
    },
    expected: { a: [`received ${'x'.repeat(999)}`], c: ['up a'] },
  },
  {
    fact: 'those that are full lose their turn at once, and get it back in the order in which they have room again',
    script: {
      nodes: { a: server, b: server, c: dealer({ sendHighWaterMark: 2 }, ['a', 'b']) },
      steps: [start('c'), ...['x', 'x', 'x', 'x'].map((x) => send('c', x)), start('b'), start('a'), send('c', 'y')],
    },
    figure: (seen) => seen['b'],
    expected: ['received x', 'received x', 'received y'],
  },
  ...[1, 1000].map((sendHighWaterMark) => ({
    fact: `of three endpoints one is down, HWM ${sendHighWaterMark}: of 300 messages it swallows ${sendHighWaterMark === 1 ? 'one' : 'a third'}`,
    script: {
      nodes: { a: server, b: server, d: server, c: dealer({ sendHighWaterMark }, ['a', 'b', 'd']) },
      steps: [start('b'), start('d'), start('c'), send('c', 'x', 300), start('a')],
    },
    figure: (seen: Seen) => received(seen, 'a').length,
    expected: sendHighWaterMark === 1 ? 1 : 100,
  })),
  {
    fact: 'three endpoints of which nobody is there, immediate: of 300 sends each comes back',
    script: {
      nodes: { a: server, b: server, d: server, c: dealer({ immediate: true }, ['a', 'b', 'd']) },
      steps: [start('c'), send('c', 'x', 300)],
    },
    figure: (seen) => unsent(seen, 'c'),
    expected: 300,
  },
  ...[false, true].map((immediate) => ({
    fact: `one of three servers is killed: ${immediate ? 'immediate, the others take its share' : 'a third of what follows waits for its next life'}`,
    script: {
      nodes: { a: server, b: server, d: server, c: dealer({ immediate }, ['a', 'b', 'd']) },
      steps: [
        start('a'),
        start('b'),
        start('d'),
        start('c'),
        send('c', 'x', 9),
        kill('a'),
        send('c', 'y', 9),
        start('a'),
      ],
    },
    figure: (seen: Seen) => [
      seen['a']!.length,
      seen['a/2']!.length,
      received(seen, 'b').length + received(seen, 'd').length,
    ],
    expected: immediate ? [3, 0, 15] : [3, 3, 12],
  })),
  {
    fact: 'HWM 1 bounds nothing of a live peer: all that a paused server had been sent is lost when it is killed',
    script: {
      nodes: { a: server, c: dealer({ sendHighWaterMark: 1, immediate: true }) },
      steps: [
        start('a'),
        start('c'),
        pause('a'),
        ...Array.from({ length: 20 }, (_, n): Step => send('c', `x${n}`)),
        kill('a'),
        start('a'),
      ],
    },
    figure: (seen) => [unsent(seen, 'c'), received(seen, 'a')],
    expected: [0, []],
  },
  {
    fact: 'a socket that ends in good order sends what was written',
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: dealer({ immediate: true }) },
      steps: [
        start('a'),
        start('c'),
        { ...send('c', 'x'.repeat(10_000), 200), isHurried: true } as Step,
        { do: 'stop', node: 'c' },
      ],
    },
    figure: (seen) => received(seen, 'a').length,
    expected: 200,
  },
  {
    fact: 'an address in use is refused',
    script: { nodes: { a: server, d: { ...server, at: 'a' } }, steps: [start('a'), start('d')] },
    expected: { a: [], d: ['failed EADDRINUSE'] },
  },
  ...[false, true].map((mandatory) => ({
    fact: `a ROUTER’s pipe to a peer that reads nothing is full: ${mandatory ? 'mandatory, the send comes back' : 'what is sent is dropped, and nobody is told'}`,
    script: {
      nodes: { a: { spec: { type: 'router', mandatory, sendHighWaterMark: 2 } }, c: dealer({}) },
      steps: [
        start('a'),
        start('c'),
        send('c', 'x'),
        pause('c'),
        ...Array.from(
          { length: 120 },
          (): Step => ({ ...sendTo('a', 'last', 'y'.repeat(100_000)), isHurried: true }) as Step,
        ),
        resume('c'),
      ],
    } as Script,
    figure: (seen: Seen) => [unsent(seen, 'a') > 0, received(seen, 'c').length < 120],
    expected: [mandatory, true],
  })),
  {
    fact: 'a ROUTER that calls knows the peer by the name that it gives itself',
    script: {
      nodes: { a: named('A'), c: caller({}) },
      steps: [start('c'), sendTo('c', 'A', 'w'), start('a'), sendTo('c', 'A', 'x')],
    },
    expected: { a: ['received x'], c: ['unsent w: unreachable', 'up a', 'received x'] },
  },
  {
    fact: 'a ROUTER that calls: what it sends a killed server is taken, and read by its next life',
    script: {
      nodes: { a: named('A'), c: caller({}) },
      steps: [start('a'), start('c'), sendTo('c', 'A', 'x'), kill('a'), sendTo('c', 'A', 'y'), start('a')],
    },
    expected: {
      a: ['received x'],
      'a/2': ['received y'],
      c: ['up a', 'received x', 'down a', 'up a', 'received y'],
    },
  },
  {
    fact: 'a ROUTER that calls, immediate: a killed server is unreachable at once, and reached again when it is back',
    script: {
      nodes: { a: named('A'), c: caller({ immediate: true }) },
      steps: [
        start('a'),
        start('c'),
        sendTo('c', 'A', 'x'),
        kill('a'),
        sendTo('c', 'A', 'y'),
        start('a'),
        sendTo('c', 'A', 'z'),
      ],
    },
    expected: {
      a: ['received x'],
      'a/2': ['received z'],
      c: ['up a', 'received x', 'down a', 'unsent y: unreachable', 'up a', 'received z'],
    },
  },
  ...[false, true].map((immediate) => ({
    fact: `a ROUTER that calls whose peer comes back under another name knows it by the ${immediate ? 'new one, immediate' : 'old one'}`,
    script: {
      nodes: { a: named('A'), b: { ...named('B'), at: 'a' }, c: caller({ immediate }) },
      steps: [start('a'), start('c'), kill('a'), start('b'), sendTo('c', 'A', 'x'), sendTo('c', 'B', 'y')],
    },
    figure: (seen: Seen) => [received(seen, 'b'), unsent(seen, 'c')],
    expected: [[immediate ? 'received y' : 'received x'], 1],
  })),
  ...[false, true].map((immediate) => ({
    fact: `a strict REQ whose server died ${immediate ? 'takes an answer from anybody, immediate' : 'waits for it alone'}`,
    script: {
      nodes: { a: { spec: { type: 'router' } }, b: { spec: { type: 'router' } }, c: req({ immediate }, ['a', 'b']) },
      steps: [
        start('a'),
        start('c'),
        start('b'),
        send('c', 'x'),
        reply('a', 'to x'),
        send('c', 'y'),
        reply('b', 'to y'),
        send('c', 'z'),
        reply('b', 'not to z'),
        kill('a'),
        reply('b', 'of anybody'),
      ],
    } as Script,
    figure: (seen: Seen) => received(seen, 'c'),
    expected: ['received to x', 'received to y', ...(immediate ? ['received of anybody'] : [])],
  })),
  {
    fact: 'a kill is seen in milliseconds',
    script: { nodes: { a: server, c: dealer({}) }, steps: [start('a'), start('c'), kill('a')] },
    expected: { a: [], c: ['up a', 'down a'] },
    time: { of: (took) => took(2, 'c', 'down a'), least: 0, most: 10 },
  },
  ...[
    [100, 400],
    [200, 600],
    [500, 1000],
  ].map(([interval, timeout]) => ({
    fact: `heartbeats of ZMTP, ${interval} and ${timeout} ms: a paused server is seen to be gone`,
    script: {
      nodes: { a: server, c: dealer(beating(interval!, timeout!)) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x'), resume('a')],
      quietMs: timeout! + interval! + 150,
    },
    expected: { a: [], c: ['up a', 'down a', 'unsent x: full', 'up a'] },
    time: {
      of: (took: Played['took']) => took(2, 'c', 'down a'),
      least: timeout!,
      most: timeout! + interval! + 5,
    },
  })),
  {
    fact: 'heartbeats of ZMTP: a freeze that is shorter than their timeout is not noticed',
    script: {
      nodes: { a: server, c: dealer(beating(50, 3000)) },
      steps: [start('a'), start('c'), pause('a'), resume('a'), send('c', 'x')],
    },
    expected: { a: ['received x'], c: ['up a', 'received x'] },
  },
  {
    fact: 'heartbeats of ZMTP: who finds itself frozen for longer than their timeout has not lost anybody',
    script: {
      nodes: { a: server, c: dealer(beating(200, 600)) },
      steps: [start('a'), start('c'), pause('c'), resume('c'), send('c', 'x')],
      quietMs: 900,
    },
    expected: { a: ['received x'], c: ['up a', 'received x'] },
  },
  {
    fact: 'heartbeats of ZMTP are answered by a process whose event loop is blocked',
    script: {
      nodes: { a: server, c: dealer(beating(200, 600)) },
      steps: [start('a'), start('c'), { do: 'stall', node: 'a', forMs: 1500 }, send('c', 'x')],
      quietMs: 600,
    },
    expected: { a: ['received x'], c: ['up a', 'received x'] },
  },
  {
    fact: 'a reset is seen at once, and the next call is made after a wait of 75 to 200 ms',
    script: {
      nodes: { a: server, c: dealer({ reconnectMs: 100 }) },
      steps: [start('a'), start('c'), impair({ kind: 'reset' }), send('c', 'x')],
      over: 'links',
      quietMs: 400,
    },
    expected: { a: ['received x'], c: ['up a', 'down a', 'up a', 'received x'] },
    time: { of: (took) => took(2, 'c', 'up a'), least: 75, most: 210 },
  },
  {
    fact: 'a connection that its peer closes is seen to be gone, and made anew',
    script: {
      nodes: { a: server, c: dealer({}) },
      steps: [start('a'), start('c'), impair({ kind: 'half-close' }, ['replies']), send('c', 'x')],
      over: 'links',
    },
    expected: { a: ['received x'], c: ['up a', 'down a', 'up a', 'received x'] },
  },
  {
    fact: 'a network that swallows everything: no event, and what is sent is taken and lost',
    script: {
      nodes: { a: server, c: dealer({}) },
      steps: [start('a'), start('c'), impair({ kind: 'cut' }), send('c', 'x'), heal, send('c', 'y')],
      over: 'links',
    },
    expected: { a: ['received y'], c: ['up a', 'down a', 'up a', 'received y'] },
  },
  ...(['cut', 'hold'] as const).flatMap((kind) =>
    ([['requests', 'replies'], ['replies'], ['requests']] as const).map((directions) => ({
      fact: `heartbeats of ZMTP: a network that ${kind === 'cut' ? 'swallows' : 'holds up'} ${directions.join(' and ')} is found out`,
      script: {
        nodes: { a: server, c: dealer(beating(200, 600)) },
        steps: [start('a'), start('c'), impair({ kind }, [...directions]), send('c', 'x'), heal],
        over: 'links',
        quietMs: 1000,
      },
      expected: { a: [], c: ['up a', 'down a', 'unsent x: full', 'up a'] },
      time: { of: (took: Played['took']) => took(2, 'c', 'down a'), least: 600, most: 810 },
    })),
  ),
  {
    fact: 'an endpoint that refuses is called again and again, until it does not',
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), start('c'), impair({ kind: 'refuse' }), send('c', 'x'), heal, send('c', 'y')],
      over: 'links',
    },
    expected: { a: ['received y'], c: ['up a', 'down a', 'unsent x: full', 'up a', 'received y'] },
  },
  {
    fact: 'an endpoint that accepts and says nothing is not up',
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), start('c'), impair({ kind: 'accept-only' }), send('c', 'x'), heal, send('c', 'y')],
      over: 'links',
    },
    expected: { a: ['received y'], c: ['up a', 'down a', 'unsent x: full', 'up a', 'received y'] },
  },
  {
    fact: 'what a frozen server’s kernel has is read when it thaws, though its connection was reset meanwhile',
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: dealer({}) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x', 5), impair({ kind: 'reset' }), resume('a')],
      over: 'links',
    },
    figure: (seen) => received(seen, 'a').length,
    expected: 5,
  },
  {
    fact: 'what lies before a full pipe is read, though its sender has died',
    script: {
      nodes: { a: { spec: { type: 'router', receiveHighWaterMark: 2 } }, c: dealer({}) },
      steps: [start('a'), start('c'), pause('a'), send('c', 'x', 20), kill('c'), resume('a')],
    },
    figure: (seen) => received(seen, 'a').length,
    expected: 20,
  },
  {
    fact: 'who has said a lot keeps nobody waiting: peers are read in turn',
    script: {
      nodes: { a: { spec: { type: 'router' } }, c: dealer({}), d: dealer({}) },
      steps: [start('a'), start('c'), start('d'), pause('a'), send('c', 'x', 500), send('d', 'y', 5), resume('a')],
    },
    // The first message wakes the reader, and others of its sender may be there before anything of the other peer.
    figure: (seen) => seen['a']!.findLastIndex((line) => line.startsWith('received y')) < 100,
    expected: true,
  },
  ...(
    [
      [0, 10],
      [1, 9],
      [3, 7],
      [4, 6],
      [5, 10],
    ] as const
  ).map(([before, swallowed]) => ({
    fact: `HWM 10, and ${before} messages were taken before the endpoint was gone: it swallows ${swallowed}, as a pipe hears of what was taken by half its mark`,
    script: {
      nodes: { a: server, c: dealer({ sendHighWaterMark: 10 }) },
      steps: [
        start('a'),
        start('c'),
        ...Array.from({ length: before }, () => send('c', 'x')),
        kill('a'),
        send('c', 'y', 15),
      ],
    },
    figure: (seen: Seen) => 15 - unsent(seen, 'c'),
    expected: swallowed,
  })),
  ...[1, 1000].map((sendHighWaterMark) => ({
    fact: `HWM ${sendHighWaterMark} on a ROUTER: of answers to what came at one time ${sendHighWaterMark === 1 ? 'some' : 'none'} are dropped, and nobody is told`,
    script: {
      nodes: { a: { spec: { type: 'router', sendHighWaterMark }, echoes: true }, c: dealer({}) },
      steps: [start('a'), start('c'), send('c', 'x', 200)],
    } as const,
    figure: (seen: Seen) => [unsent(seen, 'a'), received(seen, 'a').length, received(seen, 'c').length === 200],
    expected: [0, 200, sendHighWaterMark > 1],
  })),
  {
    fact: 'a relaxed, correlated REQ that asks again when it hears of the end of a connection is answered by another server at once',
    script: {
      nodes: {
        a: server,
        b: server,
        c: { ...req({ relaxedCorrelated: true, immediate: true }, ['a', 'b']), resends: true },
      },
      steps: [start('a'), start('c'), start('b'), pause('a'), send('c', 'x'), kill('a')],
    },
    figure: (seen) => [received(seen, 'b'), received(seen, 'c')],
    expected: [['received x'], ['received x']],
    time: { of: (took) => took(5, 'c', 'received x'), least: 1, most: 15 },
  },
  ...([['requests', 'replies'], ['replies'], ['requests']] as const).map((directions) => ({
    fact: `a network that drops the packets of ${directions.join(' and ')}: no event, and TCP sends them again`,
    script: {
      nodes: { a: server, c: dealer({ immediate: true }) },
      steps: [start('a'), start('c'), impair({ kind: 'drop-packets' }, [...directions]), send('c', 'x'), heal],
      over: 'hosts',
      quietMs: 900,
    } as const,
    expected: { a: ['received x'], c: ['up a', 'received x'] },
    // 900 ms of silence are filled up by the next of the tries that come after 0.2, 0.4, 0.8 and 1.7 s.
    time: { of: (took: Played['took']) => took(4, 'c', 'received x'), least: 0, most: 2200 },
  })),
  {
    fact: 'a network that drops the packets of replies: what is sent a second later waits until it is whole again',
    script: {
      nodes: { a: server, b: server, c: dealer({ immediate: true }) },
      steps: [
        start('a'),
        start('c'),
        impair({ kind: 'drop-packets' }, ['replies']),
        send('c', 'early'),
        send('c', 'late'),
        heal,
        // Two quiets more: a busy machine may heal it after the try that comes after 3.4 s.
        start('b'),
        kill('b'),
      ],
      over: 'hosts',
      // Healed between the tries that come after 1.7 and 3.4 s.
      quietMs: 1200,
    },
    expected: { a: ['received early', 'received late'], b: [], c: ['up a', 'received early', 'received late'] },
    time: { of: (took) => took(5, 'a', 'received late'), least: 0, most: 4500 },
  },
  ...([['requests', 'replies'], ['replies'], ['requests']] as const).map((directions) => ({
    fact: `heartbeats of ZMTP: a network that drops the packets of ${directions.join(' and ')} is found out`,
    script: {
      nodes: { a: server, c: dealer(beating(200, 600)) },
      steps: [start('a'), start('c'), impair({ kind: 'drop-packets' }, [...directions]), send('c', 'x'), heal],
      over: 'hosts',
      quietMs: 1200,
    } as const,
    expected: { a: [], c: ['up a', 'down a', 'unsent x: full', 'up a'] },
    time: { of: (took: Played['took']) => took(2, 'c', 'down a'), least: 600, most: 810 },
  })),
];
