/** A peer that was silent speaks again: what it holds is its own again, and what it has turned away is not. */
import { expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import type { Micros } from '../../patterns/machine.ts';
import { type Envelope, emptyEnvelope, encode, Kind, nothing, read } from '../../patterns/parts/envelope.ts';
import { lapsedReason } from '../../patterns/parts/reasons.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from './recording-effects.ts';

const peer = 'tcp://a:1';
const begin: Micros = 5_000_000;

function silentClient() {
  const effects = new RecordingEffects();
  const settings = withDefaults(freelance.settings, { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 500 });
  const setup = { endpoints: [peer], service: 'apples', clientId: 'shop', bind: [], firstSequence: 1, settings };
  const machine = freelance.client(setup, effects);
  const at = (ms: number, input: (now: Micros) => void) => {
    const now = begin + ms * 1000;
    if (machine.deadline <= now) machine.expired(now);
    input(now);
    machine.flush(now);
  };
  const pong = { ...emptyEnvelope(), kind: Kind.pong, client: 'shop', service: 'apples', incarnation: 7 };
  const hear = (ms: number, envelope: Envelope) => at(ms, (now) => machine.received(now, 0, [encode(envelope)]));
  const requests = () =>
    effects.sent.map(({ frames }) => requestIn(frames[0]!)).filter((request) => request !== undefined);
  at(0, (now) => machine.linked(now, 0, peer, true, 'handshake'));
  hear(10, pong);
  const request = Uint8Array.of(1);
  at(20, (now) => machine.transact(now, { request, deadline: now + 5_000_000, delivery: 'at-least-once' }));
  for (let ms = 30; ms <= 690; ms += 10) at(ms, () => undefined);
  expect(effects.notes.at(-1)).toMatchObject({ kind: 'peer-down', cause: 'silence' });
  return { effects, hear, pong, requests };
}

function requestIn(frame: Uint8Array): Envelope | undefined {
  const envelope = emptyEnvelope();
  read(frame, 0, envelope);
  return envelope.kind === Kind.request ? envelope : undefined;
}

test('a request that it turned away before it spoke otherwise is sent again', () => {
  const { hear, pong, requests } = silentClient();
  hear(700, { ...requests()[0]!, kind: Kind.notExecuted, service: '', payload: lapsedReason });
  hear(701, pong);
  expect(requests().map(({ attempt }) => attempt)).toEqual([1, 2]);
});

test('a request that it still holds is not sent a second time', () => {
  const { effects, hear, pong, requests } = silentClient();
  hear(700, pong);
  expect(requests()).toHaveLength(1);
  hear(710, { ...requests()[0]!, kind: Kind.reply, service: '', payload: nothing });
  expect(effects.settled).toMatchObject([{ how: 'committed' }]);
});
