/** Our client against a broker of another make, by the checklist's ids: on the plain wire, with bare bodies. */
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, failureOf, text } from '../contract/world.ts';
import { Cleanups, isText, RawRouter, type Text, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

describe.each(versions)('a client, MDP $name', (version) => {
  const lead = version.request('').length - 1;

  /** A broker that says it has workers for everything, and leaves requests to the test. */
  async function open(endpoint?: string): Promise<RawRouter> {
    const broker = await RawRouter.open(version, cleanups, endpoint);
    broker.reflex = (_, frames) => (frames[lead] === 'mmi.service' ? version.reply('mmi.service', '200') : undefined);
    return broker;
  }

  async function clientOf(endpoints: string | string[], settings: object = {}) {
    const given = { endpoints, service: 'echo', wire: 'plain', mdp: version.name, ...settings } as const;
    const client = cleanups.add(await connect(majordomo, given), (one) => one.close({ drainMs: 0 }));
    await client.ready();
    return client;
  }

  const requests = (broker: RawRouter) => broker.heard.filter(({ frames }) => frames[lead] === 'echo');

  async function asked(broker: RawRouter, count: number) {
    await broker.until(() => requests(broker).length >= count);
    return requests(broker)[count - 1]!;
  }

  test('C1: a DEALER, with the empty frame first where the version has it and without where not', async () => {
    const broker = await open();
    const client = await clientOf(broker.endpoint);
    const reply = client.transact(bytes('hello'));
    const { from, frames } = await asked(broker, 1);
    expect(frames).toEqual(version.request('echo', 'hello'));
    await broker.say(from, version.reply('echo', 'a', '', 'bc'));
    expect(text(await reply)).toBe('abc');
  });

  const { clientPartial } = version;
  if (clientPartial === undefined) {
    test('C2: an answer is one REPLY', async () => {
      const broker = await open();
      const client = await clientOf(broker.endpoint);
      const parts = collected(client.stream(bytes('x')));
      const { from } = await asked(broker, 1);
      await broker.say(from, version.reply('echo', 'whole'));
      expect(await parts).toEqual(['whole']);
    });
  } else {
    test.each([0, 1, 5])('C2: an answer is %i PARTIALs, and FINAL', async (count) => {
      const broker = await open();
      const client = await clientOf(broker.endpoint);
      const parts = collected(client.stream(bytes('x')));
      const { from } = await asked(broker, 1);
      for (let i = 0; i < count; i++) await broker.say(from, clientPartial('echo', `${i}`));
      await broker.say(from, version.reply('echo', 'last'));
      expect(await parts).toEqual([...Array.from({ length: count }, (_, i) => `${i}`), 'last']);
    });

    test('C2: whoever asks for one reply gets all parts as one', async () => {
      const broker = await open();
      const client = await clientOf(broker.endpoint);
      const reply = client.transact(bytes('x'));
      const { from } = await asked(broker, 1);
      for (const part of ['a', '', 'b']) await broker.say(from, clientPartial('echo', part));
      await broker.say(from, version.reply('echo', 'c'));
      expect(text(await reply)).toBe('abc');
    });
  }

  test('C3: a request that a broker does not answer goes on another socket to the next, and fails in the end', async () => {
    const [dying, silent] = [await open(), await open()];
    const client = await clientOf([dying.endpoint, silent.endpoint]);
    await client.ready({ servers: 2 });
    const failing = [0, 1].map((i) => failureOf(client.transact(bytes(`${i}`), { timeoutMs: 700 })));
    await Promise.all([asked(dying, 1), asked(silent, 1)]);
    const lost = requests(dying)[0]!.frames;
    dying.close();
    const again = await asked(silent, 2);
    expect(again.frames).toEqual(lost);
    expect(again.from).not.toBe(requests(silent)[0]!.from);
    for (const failure of failing) expect(await failure).toMatchObject({ code: 'deadline', outcome: 'unknown' });
  });

  test('C4: unknown headers, commands and services are survived, and change nothing', async () => {
    const broker = await open();
    const client = await clientOf(broker.endpoint);
    const reply = client.transact(bytes('x'));
    const { from } = await asked(broker, 1);
    const [right, start] = [version.reply('echo', 'right'), lead - 1];
    const wrong: Text[] = [
      version.reply('other', 'x'),
      version.reply('', 'x'),
      version.reply('echo'),
      [...right.slice(0, start), 'MDPX01', ...right.slice(start + 1)],
      right.slice(1),
      ['x', ...right],
      [''],
      ['noise'],
      new Array(30).fill('') as string[],
      version.final('a', 'x'),
    ];
    for (const frames of wrong) if (!isText(frames, right)) await broker.say(from, frames);
    await broker.say(from, right);
    expect(text(await reply)).toBe('right');
    expect(client.stats().malformed).toBe(wrong.length);
  });
});

async function collected(parts: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const part of parts) all.push(text(part));
  return all;
}
