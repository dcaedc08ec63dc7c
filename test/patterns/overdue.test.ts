/** Very many come due at once and are settled in slices: those that still wait for theirs are handed to nobody. */
import { expect, test } from 'vitest';
import { brokerlessReq } from '../../patterns/brokerless-req/pattern.ts';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import type { AnyPattern } from '../../patterns/pattern.ts';
import { RecordingEffects } from './recording-effects.ts';

const count = 10_000;
const endpoint = 'tcp://a:1';
const cases: readonly [AnyPattern, string, number][] = [
  [freelance, 'default', 1],
  [brokerlessReq, 'immediate', 3],
];

test.each(cases)('$name', (pattern, variant, sockets) => {
  const effects = new RecordingEffects();
  const settings = withDefaults(
    pattern.settings,
    { ...(sockets > 1 ? { slots: sockets } : {}), timeoutMs: 1000 },
    pattern.variants[variant]!.settings,
  );
  const client = pattern.client(
    { endpoints: [endpoint], bind: [], service: 'apples', clientId: 'shop', firstSequence: 1, settings },
    effects,
  );
  const requests = () => effects.sent.filter(({ frames }) => frames.at(-1)![4] === Kind.request).length;
  const deadline = 2_000_000;
  for (let n = 0; n < count; n++)
    client.transact(1_000_000, { request: new Uint8Array(1), deadline, delivery: 'at-most-once' });
  client.flush(1_000_000);
  expect(requests()).toBe(0);

  // The server comes up in the very moment in which all are due.
  for (let socket = 0; socket < sockets; socket++) client.linked(deadline, socket, endpoint, true, 'handshake');
  const pong = encode({ ...emptyEnvelope(), kind: Kind.pong, service: 'apples', leaseUntil: 1, incarnation: 1 });
  if (sockets === 1) client.received(deadline, 0, [pong]);
  expect(client.available).toBe(1);
  for (let now = deadline; client.pending > 0; now = client.deadline) {
    client.expired(now);
    client.flush(now);
    expect(client.deadline).toBeGreaterThan(now);
  }
  expect(requests()).toBe(0);
  expect(new Set(effects.settled.map(({ how }) => how))).toEqual(new Set(['unsent']));
});
