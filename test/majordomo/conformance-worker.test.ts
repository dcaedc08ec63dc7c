/** Our worker against a broker of another make, sentence by sentence of 7/MDP 0.1 and 18/MDP 0.2, by the checklist's ids. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Handler, serve } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { bytes, echo, Gate, text } from '../contract/world.ts';
import { Cleanups, isText, RawRouter, type Text, versions } from './raw-peers.ts';

const cleanups = new Cleanups();
afterEach(() => cleanups.run());

describe.each(versions)('a worker, MDP $name', (version) => {
  const lead = version.ready('').length - 2;
  const open = (endpoint?: string) => RawRouter.open(version, cleanups, endpoint);

  async function server(endpoints: string | string[], handler: Handler = echo, settings: object = {}) {
    const given = { connect: endpoints, service: 'echo', mdp: version.name, ...settings };
    return cleanups.add(await serve(majordomo, given, handler), (one) => one.close({ drainMs: 0 }));
  }

  /** The answers of that worker, in order: each a command, an address, an empty frame and a body. */
  function answers(broker: RawRouter, worker: string): Text[] {
    const isAnswer = (frames: Text) =>
      [version.final, version.partial].some((say) => say?.('')[lead] === frames[lead] && frames.length > lead + 2);
    return broker.from(worker).filter(isAnswer);
  }

  test('W1: one connection to each broker for one service, and READY names it in exactly the RFC’s frames', async () => {
    const brokers = [await open(), await open()];
    await server(brokers.map(({ endpoint }) => endpoint));
    for (const broker of brokers) {
      const [worker] = await broker.untilWorkers(1);
      expect(broker.from(worker!)[0]).toEqual(version.ready('echo'));
      await broker.say(worker!, version.workerRequest('a', 'x'));
      await broker.until(() => answers(broker, worker!).length === 1);
      expect(new Set(broker.heard.map(({ from }) => from)).size).toBe(1);
    }
  });

  test('W2: READY comes first and once on each socket, however often it has to begin again', async () => {
    const broker = await open();
    await server(broker.endpoint);
    for (let life = 1; life <= 4; life++) {
      const worker = (await broker.untilWorkers(life)).at(-1)!;
      await broker.until(() => broker.from(worker).length >= 2);
      await broker.say(worker, version.disconnect);
    }
    const all = broker.workers();
    expect(new Set(all).size).toBe(all.length);
    for (const worker of all) expect(broker.from(worker)[0]).toEqual(version.ready('echo'));
  });

  test('W3: after DISCONNECT it says nothing more there, and registers on a new socket', async () => {
    const broker = await open();
    const gate = new Gate();
    await server(broker.endpoint, gate.handler);
    const [first] = await broker.untilWorkers(1);
    await broker.say(first!, version.workerRequest('a', 'x'));
    await gate.until(1);
    await broker.say(first!, version.disconnect);
    const [, second] = await broker.untilWorkers(2);
    const said = broker.from(first!).length;
    gate.open();
    await broker.say(second!, version.workerRequest('b', 'y'));
    await broker.until(() => answers(broker, second!).length === 1);
    expect(answers(broker, second!)).toEqual([version.final('b', 'y')]);
    expect(answers(broker, first!)).toEqual([]);
    expect(broker.from(first!)).toHaveLength(said);
  });

  test('W4: it beats, takes a broker that is silent for the multiple for dead, and begins again', async () => {
    const broker = await open();
    const quick = {
      heartbeatIntervalMs: 50,
      heartbeatTimeoutMs: 100,
      plainHeartbeatIntervalMs: 50,
      plainHeartbeatTimeoutMs: 400,
    };
    await server(broker.endpoint, echo, quick);
    const [first] = await broker.untilWorkers(1);
    const beats = (worker: string) => broker.from(worker).filter((frames) => isText(frames, version.heartbeat)).length;
    await broker.until(() => beats(first!) >= 3);
    const [, second] = await broker.untilWorkers(2);
    const at = broker.heard.filter(({ frames }) => isText(frames, version.ready('echo'))).map(({ atMs }) => atMs);
    expect(at[1]! - at[0]!).toBeGreaterThan(quick.plainHeartbeatTimeoutMs - 50);
    expect(second).not.toBe(first);
  });

  test('W4: a broker that beats in the RFC’s rhythm, far slower than ours, is not taken for dead', async () => {
    const broker = await open();
    const slow = { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 300, plainHeartbeatTimeoutMs: 3000 };
    await server(broker.endpoint, echo, slow);
    const [worker] = await broker.untilWorkers(1);
    broker.beatEvery(500);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await broker.say(worker!, version.workerRequest('a', 'x'));
    await broker.until(() => answers(broker, worker!).length === 1);
    expect(broker.workers()).toEqual([worker]);
  });

  test('W5: an answer carries the address as it came, and an empty frame', async () => {
    const broker = await open();
    await server(broker.endpoint);
    const [worker] = await broker.untilWorkers(1);
    const addresses = ['\x00\x01\xff', 'a', '', 'x'.repeat(255)];
    for (const address of addresses) await broker.say(worker!, version.workerRequest(address, 'hi'));
    await broker.until(() => answers(broker, worker!).length === addresses.length);
    expect(answers(broker, worker!)).toEqual(addresses.map((address) => version.final(address, 'hi')));
  });

  test('W6: a worker has one request at a time and gives one answer; a server of several is several workers', async () => {
    const broker = await open();
    const gate = new Gate();
    // Long enough that no worker of a busy machine takes itself for silent, and begins again.
    const rhythm = { heartbeatTimeoutMs: 500, heartbeatIntervalMs: 100 };
    await server(broker.endpoint, gate.handler, { concurrency: 3, ...rhythm });
    const workers = await broker.untilWorkers(3);
    expect(new Set(workers).size).toBe(3);
    for (const [i, worker] of workers.entries()) await broker.say(worker, version.workerRequest(`c${i}`, `${i}`));
    await gate.until(3);
    gate.open();
    for (const [i, worker] of workers.entries()) {
      await broker.until(() => answers(broker, worker).length === 1);
      expect(answers(broker, worker)).toEqual([version.final(`c${i}`, `${i}`)]);
    }
    expect(broker.workers()).toEqual(workers);
  });

  test('W6: an answer in parts is any number of PARTIALs and one FINAL, and whole where there are no PARTIALs', async () => {
    const broker = await open();
    await server(broker.endpoint, async function* (body) {
      for (let i = 0; i < 3; i++) yield bytes(`${text(body)}${i}`);
    });
    const [worker] = await broker.untilWorkers(1);
    await broker.say(worker!, version.workerRequest('a', 'x'));
    const finals = () => answers(broker, worker!).filter((frames) => frames[lead] === version.final('')[lead]);
    await broker.until(() => finals().length === 1);
    const { partial } = version;
    if (partial === undefined) expect(answers(broker, worker!)).toEqual([version.final('a', 'x0x1x2')]);
    else {
      const parts = ['x0', 'x1', 'x2'].map((part) => partial('a', part));
      expect(answers(broker, worker!)).toEqual([...parts, version.final('a', '')]);
    }
  });

  test('W7: it waits for no answer to READY, and serves at once', async () => {
    const broker = await open();
    broker.reflex = (_, frames) =>
      isText(frames, version.ready('echo')) ? version.workerRequest('a', 'x') : undefined;
    await server(broker.endpoint);
    const [worker] = await broker.untilWorkers(1);
    await broker.until(() => answers(broker, worker!).length === 1);
    expect(broker.from(worker!).slice(0, 2)).toEqual([version.ready('echo'), version.final('a', 'x')]);
  });

  test('a client’s body of several frames is one request', async () => {
    const broker = await open();
    await server(broker.endpoint);
    const [worker] = await broker.untilWorkers(1);
    await broker.say(worker!, version.workerRequest('a', 'x', '', 'yz'));
    await broker.until(() => answers(broker, worker!).length === 1);
    expect(answers(broker, worker!)).toEqual([version.final('a', 'xyz')]);
  });

  test('what a broker says wrong is dropped', async () => {
    const broker = await open();
    const one = await server(broker.endpoint);
    const [worker] = await broker.untilWorkers(1);
    const request = version.workerRequest('a', 'x');
    const wrong: Text[] = [
      [''],
      ['junk'],
      request.slice(0, -1),
      request.slice(0, lead + 1),
      [...request.slice(0, lead), '\x09', ...request.slice(lead + 1)],
      ['', 'MDPX01', '\x02', 'a', '', 'x'],
      ['MDPX02', '\x02', 'a', '', 'x'],
    ];
    for (const frames of wrong) await broker.say(worker!, frames);
    await broker.say(worker!, version.workerRequest('b', 'right'));
    await broker.until(() => answers(broker, worker!).length === 1);
    expect(answers(broker, worker!)).toEqual([version.final('b', 'right')]);
    expect(one.stats().malformed).toBe(wrong.length);
  });
});
