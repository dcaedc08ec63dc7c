/** How long a peer is left alone that had no room, and how long libzmq waits before it connects again. */
import { describe, expect, test, vi } from 'vitest';
import { Request } from 'zeromq';
import { freePorts } from '../../harness/worlds/processes/ports.ts';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { connect } from '../../patterns/index.ts';
import { ClientLog } from '../../patterns/parts/client-log.ts';
import { Peer } from '../../patterns/parts/peer.ts';
import type { Settings } from '../../patterns/parts/settings.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { listenerOf } from '../../patterns/pattern.ts';
import { patterns } from './all-patterns.ts';
import { RecordingEffects } from './recording-effects.ts';

function peerOf(endpoint: string): Peer {
  const effects = new RecordingEffects();
  return new Peer(0, endpoint, 0, effects, { interval: 100_000, timeout: 500_000 }, new ClientLog(effects));
}

/** Of a socket of zeromq.js that calls where nobody is, 25 of them. */
async function waitsOf(reconnectInterval: number): Promise<number[]> {
  const [port] = await freePorts(1);
  const waits: number[] = [];
  const socket = new Request({ linger: 0, reconnectInterval });
  try {
    await new Promise<void>((resolve) => {
      socket.events.on('connect:retry', ({ interval }) => {
        if (waits.push(interval) === 25) resolve();
      });
      socket.connect(`tcp://127.0.0.1:${port}`);
    });
  } finally {
    socket.close();
  }
  return waits;
}

describe('a peer that had no room', () => {
  test('rests twice as long each time in a row, from 20 ms to 1 s, each time between half of that and all of it', () => {
    const peer = peerOf('tcp://a:1');
    for (let n = 0; n < 12; n++) {
      const longest = Math.min(20_000 * 2 ** n, 1_000_000);
      peer.rest(7_000);
      expect(peer.restUntil - 7_000).toBeGreaterThanOrEqual(longest / 2);
      expect(peer.restUntil - 7_000).toBeLessThanOrEqual(longest);
    }
    peer.served();
    peer.rest(0);
    expect(peer.restUntil).toBeLessThanOrEqual(20_000);
  });

  test('does not rest as long as another that had none at the same time', () => {
    const rests = Array.from({ length: 20 }, (_, i) => {
      const peer = peerOf(`tcp://server-${i}:1`);
      peer.rest(0);
      return peer.restUntil;
    });
    expect(new Set(rests).size).toBeGreaterThan(15);
  });
});

describe('a connection that is down', () => {
  test('is called again by libzmq after its interval to twice as long, drawn anew each time', async () => {
    const waits = await waitsOf(20);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...waits)).toBeLessThan(40);
    expect(new Set(waits).size).toBeGreaterThan(3);
  });

  test('has an interval of its own at each socket, three quarters of `reconnectMs` or more, as libzmq draws alike for all', async () => {
    const opened: number[] = [];
    const intervals = vi.spyOn(Request.prototype, 'reconnectInterval', 'set').mockImplementation((ms) => {
      opened.push(ms);
    });
    const clients = await Promise.all(
      Array.from({ length: 4 }, () =>
        connect(brokerlessReq, { endpoints: 'tcp://127.0.0.1:9', slots: 5, reconnectMs: 1000 }),
      ),
    );
    intervals.mockRestore();
    await Promise.all(clients.map((client) => client.close()));
    expect(opened).toHaveLength(20);
    expect(new Set(opened).size).toBeGreaterThan(10);
    expect(Math.min(...opened)).toBeGreaterThanOrEqual(750);
    expect(Math.max(...opened)).toBeLessThanOrEqual(1000);
  });

  const all = patterns.flatMap((pattern) =>
    Object.entries(pattern.variants).map(([name, one]) => ({ pattern, name, one })),
  );

  test.each(all)('$pattern.name/$name: whoever connects takes `reconnectMs`', ({ pattern, one }) => {
    const settings = withDefaults<Settings>(pattern.settings, { reconnectMs: 1234 }, one.settings);
    const effects = new RecordingEffects();
    const listener = listenerOf(pattern, one);
    const common = { service: 'a', settings };
    if (listener !== 'client') {
      pattern.client({ ...common, endpoints: ['tcp://a:1'], bind: [], clientId: 'c', firstSequence: 1 }, effects);
    }
    if (listener !== 'server') {
      const server = { bind: [], connect: ['tcp://a:1'], concurrency: 1, incarnation: 1 };
      const machine = pattern.server({ ...common, ...server }, effects);
      machine.flush(1);
    }
    expect(effects.specs.length).toBeGreaterThan(0);
    for (const { reconnectMs } of effects.specs) expect(reconnectMs).toBe(1234);
  });
});
