/** How long a peer's end was not known, by its client's clock: from its last sign of life, whatever that was. */
import { expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import type { ClientMachine, Micros } from '../../patterns/machine.ts';
import { emptyEnvelope, encode, Kind } from '../../patterns/parts/envelope.ts';
import { withDefaults } from '../../patterns/parts/settings.ts';
import { RecordingEffects } from './recording-effects.ts';

const peer = 'tcp://a:1';
const begin: Micros = 5_000_000;
const pong = encode({ ...emptyEnvelope(), kind: Kind.pong, client: 'shop', service: 'apples', incarnation: 7 });

class Watched {
  readonly effects = new RecordingEffects();
  readonly machine: ClientMachine;

  constructor() {
    const settings = withDefaults(freelance.settings, { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 500 });
    const setup = { endpoints: [peer], service: 'apples', clientId: 'shop', bind: [], firstSequence: 1, settings };
    this.machine = freelance.client(setup, this.effects);
    this.at(0, (now) => this.machine.linked(now, 0, peer, true, 'handshake'));
  }

  at(ms: number, input: (now: Micros) => void): void {
    const now = begin + ms * 1000;
    if (this.machine.deadline <= now) this.machine.expired(now);
    input(now);
    this.machine.flush(now);
  }

  /** What it told of its peer. */
  get told(): unknown[] {
    return this.effects.notes.filter(({ kind }) => kind.startsWith('peer-'));
  }
}

test('the end of a connection is counted from the last message, not from the handshake', () => {
  const client = new Watched();
  client.at(10, (now) => client.machine.received(now, 0, [pong]));
  client.at(300, (now) => client.machine.received(now, 0, [pong]));
  client.at(342, (now) => client.machine.linked(now, 0, peer, false, 'disconnect'));
  expect(client.told).toEqual([
    { kind: 'peer-up', peer },
    { kind: 'peer-down', peer, cause: 'disconnect', detectionMs: 42 },
  ]);
});

test('silence is found out one timeout, and a margin for drifting clocks, after the last answer', () => {
  const client = new Watched();
  client.at(10, (now) => client.machine.received(now, 0, [pong]));
  for (let ms = 20; ms <= 700; ms += 10) client.at(ms, () => undefined);
  client.at(710, (now) => client.machine.received(now, 0, [pong]));
  const [, down, up] = client.told as { detectionMs: number }[];
  expect(down).toMatchObject({ kind: 'peer-down', cause: 'silence' });
  expect(down!.detectionMs).toBeGreaterThanOrEqual(500);
  expect(down!.detectionMs).toBeLessThanOrEqual(600);
  expect(up).toEqual({ kind: 'peer-up', peer, suspectMs: 700 - down!.detectionMs });
});

test('one that never answered is counted from its handshake', () => {
  const client = new Watched();
  client.at(25, (now) => client.machine.linked(now, 0, peer, false, 'disconnect'));
  expect(client.told).toEqual([{ kind: 'peer-down', peer, cause: 'disconnect', detectionMs: 25 }]);
});
