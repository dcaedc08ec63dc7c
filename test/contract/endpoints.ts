/** What is promised of a client's list of endpoints, which may change at any time. */
import { expect } from 'vitest';
import type { Client, Note } from '../../patterns/index.ts';
import { expectFailure, expectMisuse } from './failures.ts';
import type { Subject } from './subject.ts';
import { bytes, echo, Gate, range, text, type World } from './world.ts';

/** What a client that connects is promised of its list. */
const listPromises = {
  async 'a list that grows under load is followed, and nothing is lost'({ world }) {
    const endpoints = await namedPeers(world, 'abc');
    const client = await world.readyClient({ endpoints: endpoints.slice(0, 1) });
    const load = new Load(client);
    await load.until(() => load.count > 50);
    expect(load.served).toEqual(new Set('a'));
    client.endpoints(endpoints);
    await client.ready({ servers: 3 });
    await load.until(() => load.served.size === 3);
    await load.end();
  },

  async 'a list that shrinks under load is followed, and nothing is lost'({ world }) {
    const endpoints = await namedPeers(world, 'abc');
    const client = await world.client({ endpoints });
    await client.ready({ servers: 3 });
    const load = new Load(client);
    await load.until(() => load.served.size === 3);
    client.endpoints(endpoints.slice(1, 2));
    await load.end();
    const after = await Promise.all(range(30).map((i) => client.transact(bytes(`${i}`))));
    expect(after.map(text)).toEqual(range(30).map((i) => `${i} by b`));
    await expectFailure(client.ready({ servers: 2, timeoutMs: 50 }), 'unsent');
  },

  async 'a list in which all is new is followed under load, and nothing is lost'({ world }) {
    const endpoints = await namedPeers(world, 'abcd');
    const client = await world.readyClient({ endpoints: endpoints.slice(0, 2) });
    const load = new Load(client);
    for (let turn = 0; turn < 6; turn++) {
      const [one, other] = turn % 2 === 0 ? [2, 4] : [0, 2];
      const { count } = load;
      client.endpoints(endpoints.slice(one, other));
      await load.until(() => load.count > count + 30);
    }
    await load.end();
    client.endpoints(endpoints.slice(3));
    const after = await Promise.all(range(30).map((i) => client.transact(bytes(`${i}`))));
    expect(after.map(text)).toEqual(range(30).map((i) => `${i} by d`));
  },

  async 'what a server holds that is taken off the list may still be answered, and is not done again'({
    world,
    pattern,
  }) {
    const gate = new Gate();
    const held = await world.peer(gate.handler, { concurrency: 4 });
    const patient = 'retryMs' in pattern.settings ? { retryMs: 60_000 } : {};
    const client = await world.readyClient({ endpoints: [held], ...patient });
    const before = range(3).map((i) => client.transact(bytes(`before ${i}`)));
    await gate.until(3);
    let elsewhere = 0;
    const other = await world.peer((request) => {
      elsewhere++;
      return request;
    });
    client.endpoints([other]);
    const after = await Promise.all(range(9).map((i) => client.transact(bytes(`after ${i}`))));
    expect(after.map(text)).toEqual(range(9).map((i) => `after ${i}`));
    gate.open();
    expect((await Promise.all(before)).map(text)).toEqual(range(3).map((i) => `before ${i}`));
    expect([gate.begun, elsewhere]).toEqual([3, 9]);
  },

  async 'one that is taken off the list with a request it never answers keeps nothing of the client'({
    world,
    pattern,
  }) {
    const gate = new Gate();
    const held = await world.peer(gate.handler);
    const other = await world.peer((request) => bytes(`${text(request)} elsewhere`));
    const settings = 'slots' in pattern.settings ? { slots: 1 } : { window: 1 };
    const client = await world.readyClient({ endpoints: [held], ...settings });
    const stuck = expectFailure(client.transact(bytes('stuck'), { timeoutMs: 300 }), 'deadline');
    await gate.until(1);
    client.endpoints([other]);
    await stuck;
    expect(text(await client.transact(bytes('next')))).toBe('next elsewhere');
    gate.open();
  },

  async 'ready counts what is in the list now'({ world }) {
    const [a, b] = (await namedPeers(world, 'ab')) as [string, string];
    const client = await world.client({ endpoints: [a, b] });
    for (let turn = 0; turn < 3; turn++) {
      await client.ready({ servers: 2 });
      client.endpoints([turn % 2 === 0 ? a : b]);
      const counted = async () => (await expectFailure(client.ready({ servers: 2, timeoutMs: 50 }), 'unsent')).message;
      // A socket that was made anew for the shorter list may take longer than that to connect.
      let said = await counted();
      while (/0 of 2/.test(said)) said = await counted();
      expect(said).toMatch(/1 of 2/);
      client.endpoints([b, a]);
    }
    await client.ready({ servers: 2 });
    client.endpoints([a, world.endpoint()]);
    await expectFailure(client.ready({ servers: 2, timeoutMs: 50 }), 'unsent');
  },

  async 'the same list again changes nothing'({ world }) {
    const gate = new Gate();
    const held = await world.peer(gate.handler);
    const other = await world.peer(gate.handler);
    const notes: Note[] = [];
    const client = await world.client({ endpoints: [held, other], trace: (note: Note) => notes.push(note) });
    await client.ready({ servers: 2 });
    const reply = client.transact(bytes('held'));
    await gate.until(1);
    notes.length = 0;
    for (const list of [
      [held, other],
      [other, held],
    ])
      client.endpoints(list);
    await client.ready({ servers: 2 });
    gate.open();
    expect(text(await reply)).toBe('held');
    expect([gate.begun, notes.filter(({ kind }) => kind !== 'late-reply')]).toEqual([1, []]);
  },

  async 'a list that is none is misuse, and leaves the one before'({ world }) {
    const endpoint = await world.peer(echo);
    const client = await world.readyClient({ endpoints: [endpoint] });
    const wrong = [[], '', 'http://a:80', 'tcp://*:5555', 7, undefined, [endpoint, endpoint], [endpoint, 'inproc://x']];
    for (const list of wrong) {
      await expectMisuse((async () => client.endpoints(list as string))(), 'endpoints');
    }
    await client.ready();
    expect(text(await client.transact(bytes('x')))).toBe('x');
    await client.close();
    client.endpoints([world.endpoint()]);
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

export const listTitles = Object.keys(listPromises) as (keyof typeof listPromises)[];

export const endpointPromises = {
  ...listPromises,

  async 'a client that listens has no list: to give it one is misuse'({ world }) {
    if (world.listener !== 'client') return;
    const client = await world.client();
    await expectMisuse((async () => client.endpoints(world.endpoint()))(), 'endpoints');
  },
} satisfies Record<string, (subject: Subject) => Promise<void>>;

/** So many peers, each of which signs its replies with its letter. Returns their endpoints. */
async function namedPeers(world: World, letters: string): Promise<string[]> {
  const endpoints: string[] = [];
  for (const letter of letters) endpoints.push(await world.peer((request) => bytes(`${text(request)} by ${letter}`)));
  return endpoints;
}

/** A few lanes that ask again as soon as they were answered, and by whom they were. */
class Load {
  readonly served = new Set<string>();
  count = 0;
  readonly #lanes: Promise<void>[];
  #watch: () => void = () => undefined;
  #ending = false;

  constructor(client: Client) {
    this.#lanes = range(6).map((lane) => this.#ask(client, lane));
    // Whoever waits for the end is told; until then nobody may be.
    for (const lane of this.#lanes) lane.catch(() => this.#watch());
  }

  async until(seen: () => boolean): Promise<void> {
    const done = new Promise<void>((resolve) => {
      this.#watch = () => {
        if (seen()) resolve();
      };
      this.#watch();
    });
    await Promise.race([done, Promise.all(this.#lanes)]);
  }

  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#lanes);
  }

  async #ask(client: Client, lane: number): Promise<void> {
    for (let i = 0; !this.#ending; i++) {
      const [reply, by] = text(await client.transact(bytes(`${lane}/${i}`))).split(' by ');
      expect(reply).toBe(`${lane}/${i}`);
      this.served.add(by!);
      this.count++;
      this.#watch();
    }
  }
}
