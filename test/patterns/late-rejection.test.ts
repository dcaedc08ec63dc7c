/** A handler that was told to stop at its deadline may throw: its words must not overtake the deadline's own. */
import { expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { emptyEnvelope, encode, Kind, read } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from './recording-effects.ts';

const peer = 'tcp://a:1';
const deadline = 2_000_000;

test.each([
  ['before', deadline - 1, 'rejected'],
  ['at', deadline, 'deadline'],
  ['after', deadline + 50_000, 'deadline'],
])('an exception that comes %s the deadline', (_, at, how) => {
  const effects = new RecordingEffects();
  const settings = withDefaults(freelance.settings, { leases: false });
  const setup = { endpoints: [peer], service: 'apples', clientId: 'shop', bind: [], firstSequence: 1, settings };
  const client = freelance.client(setup, effects);
  client.linked(1_000_000, 0, peer, true, 'handshake');
  client.received(1_000_000, 0, [encode({ ...emptyEnvelope(), kind: Kind.pong, service: 'apples', incarnation: 1 })]);
  client.transact(1_000_000, { request: new Uint8Array(1), deadline, delivery: 'at-least-once' });
  client.flush(1_000_000);
  const request = emptyEnvelope();
  read(effects.sent.at(-1)!.frames[0]!, 0, request);
  client.received(at, 0, [encode({ ...request, kind: Kind.rejected, service: '' })]);
  expect(effects.settled).toMatchObject([{ how }]);
});
