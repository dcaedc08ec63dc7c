/** What is promised of what is not allowed: it throws at once, says what it was, and nothing was sent or opened. */
import { expect } from 'vitest';
import { connect, serve, start } from '../../patterns/index.ts';
import { expectMisuse } from './failures.ts';
import type { Subject } from './subject.ts';
import { bytes, echo, Gate } from './world.ts';

export const misusePromises = {
  async 'an unknown setting, variant or endpoint is misuse, by its name'({ world }) {
    const endpoint = world.endpoint();
    const wrong = {
      setting: { tiemoutMs: 5 },
      timeoutMs: { timeoutMs: 0 },
      pendingLimit: { pendingLimit: 0.5 },
      payloadLimitBytes: { payloadLimitBytes: -1 },
      variant: { variant: 'no-such' },
      service: { service: 'with space' },
      clientId: { clientId: 'seventeen-letters' },
    };
    for (const [setting, given] of Object.entries(wrong)) {
      await expectMisuse(world.client({ endpoints: [endpoint], ...given }), setting);
    }
    const [own, other] = world.listener === 'client' ? ['bind', 'endpoints'] : ['endpoints', 'bind'];
    const every = own === 'endpoints' ? ['tcp://*:5555'] : [];
    const endpoints = [...every, 'tcp://localhost', 'tcp://a:99999', 'http://a:80', 'inproc://x', '', 7, []];
    for (const one of [...endpoints, [endpoint, endpoint], `ipc:///${'x'.repeat(150)}`]) {
      await expectMisuse(world.connect({ [own]: one }), own);
    }
    await expectMisuse(world.connect({ [other]: endpoint }), other);
    await expectMisuse(world.connect({ [own]: endpoint, [other]: endpoint }), other);
    const [asks, unasked] = world.listener === 'server' ? ['bind', 'connect'] : ['connect', 'bind'];
    if (world.listener === 'broker') await world.broker();
    await expectMisuse(world.server(echo, { concurrency: 0 }), 'concurrency');
    await expectMisuse(world.server(echo, { [asks]: 'http://a:80' }), asks);
    await expectMisuse(world.server(echo, { [unasked]: endpoint }), unasked);
    await expectMisuse(world.server('no function' as unknown as () => Uint8Array), 'handler');
  },

  async 'an option that is unknown, a signal that is none and options that are no object are misuse, and nothing is sent'({
    world,
  }) {
    const gate = new Gate();
    gate.open();
    await world.server(gate.handler);
    const client = await world.readyClient();
    const wrong = { option: { timeout: 5 }, signal: { signal: {} }, id: { id: 7 }, options: 500 };
    for (const [setting, given] of Object.entries(wrong)) {
      await expectMisuse(client.transact(bytes('x'), given as object), setting);
      await expectMisuse((async () => client.stream(bytes('x'), given as object))(), setting);
    }
    await expectMisuse(client.transact(bytes('x'), null as unknown as object), 'options');
    await expectMisuse(client.ready({ signal: 'x' as unknown as AbortSignal }), 'signal');
    await expectMisuse(client.ready({ timeout: 5 } as object), 'option');
    await expectMisuse((async () => client.close({ drain: 5 } as object))(), 'option');
    await client.transact(bytes('a later one'));
    expect(gate.begun).toBe(1);
    expect(client.stats().transactions).toBe(1);
  },

  async 'settings that are no object, a pattern and a trace that are none are misuse'({ world, pattern }) {
    const none = undefined as never;
    for (const end of [connect(pattern, none), serve(pattern, none, echo), start(pattern, 'broker', none)]) {
      await expectMisuse(end, 'settings');
    }
    await expectMisuse(connect(none, { endpoints: world.endpoint() }), 'pattern');
    await expectMisuse(connect({ pattern } as never, { endpoints: world.endpoint() }), 'pattern');
    await expectMisuse(world.client({ endpoints: [world.endpoint()], trace: 'yes' }), 'trace');
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;
