/** A heartbeat that is answered in the same turn as requests takes none of their answers with it. */
import { expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { emptyEnvelope, encode, Kind, read } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from '../patterns/recording-effects.ts';

test('the answer to a heartbeat is a message of its own, whatever else leaves in that turn', () => {
  const effects = new RecordingEffects();
  const settings = withDefaults(freelance.settings, {});
  const setup = { bind: ['tcp://127.0.0.1:1'], advertise: 'tcp://127.0.0.1:1', connect: [], service: 'apples' };
  const server = freelance.server({ ...setup, concurrency: 2, incarnation: 1, settings }, effects);
  const envelope = { ...emptyEnvelope(), client: 'shop', service: 'apples', remaining: 1_000_000 };
  const peer = Uint8Array.of(0, 1, 2);
  const asks = [1, 2].map((slot) => encode({ ...envelope, slot, sequence: slot }));
  server.received(0, 0, [peer, Buffer.concat(asks)]);
  server.flush(0);
  server.executed(10, effects.executions[0]!.ticket, 'committed', Uint8Array.of(1));
  server.received(10, 0, [peer, encode({ ...envelope, kind: Kind.ping })]);
  server.executed(10, effects.executions[1]!.ticket, 'committed', Uint8Array.of(2));
  server.flush(10);
  const kinds = effects.sent.map(({ frames }) => kindsIn(frames[1]!));
  expect(kinds.sort()).toEqual([[Kind.reply, Kind.reply], [Kind.pong]]);
});

function kindsIn(frame: Uint8Array): Kind[] {
  const kinds: Kind[] = [];
  const envelope = emptyEnvelope();
  for (let offset = 0; offset < frame.length; ) {
    offset = read(frame, offset, envelope);
    kinds.push(envelope.kind);
  }
  return kinds;
}
