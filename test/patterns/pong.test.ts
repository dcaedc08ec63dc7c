/** A heartbeat's answer is a message of its own: by that a client knows it, and what shared a frame with it would be lost. */
import { expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { freelanceWire } from '../../patterns/freelance/wire.ts';
import { emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from './recording-effects.ts';

const service = 'apples';
const peer = Uint8Array.of(0, 1, 2, 3, 4);

test.each([
  ['before it', [Kind.request, Kind.ping]],
  ['after it', [Kind.ping, Kind.request]],
])(
  'a heartbeat and a request of one turn, the request %s: both are answered, and both answers understood',
  (_, kinds) => {
    const effects = new RecordingEffects();
    // Draining, so that the request is answered at once.
    const setup = { bind: ['tcp://a:1'], connect: [], service, concurrency: 1, incarnation: 1 };
    const server = freelance.server({ ...setup, settings: withDefaults(freelance.settings, {}) }, effects);
    server.drain(0);
    const envelope = { ...emptyEnvelope(), client: 'shop', service, sequence: 1, attempt: 1, remaining: 1_000_000 };
    for (const kind of kinds) server.received(1, 0, [peer, encode({ ...envelope, kind })]);
    server.flush(1);
    const wire = freelanceWire('shop', service);
    const said = effects.sent.map(({ frames }) => wire.understand(frames.slice(1), undefined).kind);
    expect(said.sort()).toEqual(['alive', 'batch']);
  },
);
