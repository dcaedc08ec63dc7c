import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { peers as section } from '../../bench/sections/peers.ts';
import {
  c,
  contestants,
  contestantsOf,
  freelance,
  majordomo,
  nats,
  raw,
  rawAgain,
  rawBroker,
} from '../../bench/side-by-side/contestants.ts';
import { Absent, PeerServer } from '../../bench/side-by-side/peer-server.ts';
import {
  type Cell,
  hampered,
  headline,
  noiseFloor,
  noRatios,
  peerRatios,
  rawOverC,
} from '../../bench/side-by-side/ratios.ts';
import { findProgram, type ServerProgram } from '../../bench/side-by-side/server-programs.ts';
import { askInLanes, Correlation } from '../../bench/throughput/lanes.ts';
import { isFree } from '../../harness/worlds/processes/ports.ts';
import { Reaper } from '../../harness/worlds/processes/reaper.ts';

const ours = [freelance, majordomo];

function cell(contestant: string, window: number, ...usPerTransaction: number[]): Cell {
  return { contestant, window, usPerTransaction };
}

describe('ratios', () => {
  test('ours over the peer’s of the same round, so that a slow round is in neither', () => {
    const cells = [cell(freelance, 128, 2, 20, 2), cell(raw, 128, 20, 200, 20)];
    const [only, ...others] = peerRatios(cells, ours, 1);
    expect(others).toEqual([]);
    expect(only).toEqual({ ours: freelance, peer: raw, window: 128, ratio: { median: 10, low: 10, high: 10 } });
  });

  test('only at the same window, and never ours against ours', () => {
    const cells = [cell(freelance, 128, 2), cell(majordomo, 128, 4), cell(raw, 16, 20)];
    expect(peerRatios(cells, ours, 1)).toEqual([]);
  });

  test('of all that are there: throughput but at a window of one, where it is latency', () => {
    const cells = [
      cell(freelance, 1, 110),
      cell(raw, 1, 100),
      cell(majordomo, 1, 240),
      cell(rawBroker, 1, 200),
      cell(freelance, 128, 2),
      cell(majordomo, 128, 4),
      cell(raw, 128, 20),
      cell(nats[0], 128, 44),
      cell(nats[1], 128, 40),
      cell(freelance, 1024, 1),
      cell(c, 1024, 0.9),
    ];
    const six = headline(peerRatios(cells, ours, 1));
    expect(six.freelance128VsRaw).toBeCloseTo(10);
    // The better of its two forms.
    expect(six.freelance128VsNats).toBeCloseTo(20);
    expect(six.majordomo128VsNats).toBeCloseTo(10);
    expect(six.freelance1024VsC).toBeCloseTo(0.9);
    expect(six.freelance1VsRaw).toBeCloseTo(1.1);
    expect(six.majordomo1VsRaw).toBeCloseTo(1.2);
  });

  test('null for a peer that is absent, and the same names', () => {
    const six = headline(peerRatios([cell(freelance, 128, 2), cell(raw, 128, 20)], ours, 1));
    expect(six).toEqual({ ...noRatios, freelance128VsRaw: 10 });
    expect(Object.keys(six)).toEqual(Object.keys(noRatios));
    expect(headline([])).toEqual(noRatios);
  });
});

test('the noise floor is the same program over itself, and nobody’s ratio', () => {
  const cells = [cell(freelance, 128, 2, 2), cell(raw, 128, 20, 40), cell(rawAgain, 128, 22, 44)];
  const [floor, ...others] = noiseFloor(cells, 1);
  expect(others).toEqual([]);
  expect([floor?.window, floor?.ratio.median]).toEqual([128, expect.closeTo(20 / 22)]);
  expect(peerRatios(cells, ours, 1).map(({ peer }) => peer)).toEqual([raw]);
  expect(noiseFloor(cells.slice(0, 2), 1)).toEqual([]);
});

describe('a run is void', () => {
  const of = (js: number, native: number) => hampered(rawOverC([cell(raw, 128, js), cell(c, 128, native)], 1));

  test('where bare sockets over C at 128 are outside 0.05 to 0.15', () => {
    expect(of(20, 2)).toEqual([]);
    expect(of(50, 2)).toEqual([expect.stringContaining('0.0400, outside 0.05 to 0.15')]);
    expect(of(10, 2)).toEqual([expect.stringContaining('0.200, outside')]);
  });

  test('not where there is nothing to compare', () => {
    expect(hampered(rawOverC([cell(raw, 128, 20)], 1))).toEqual([]);
  });
});

describe('a trial', () => {
  test('measures what the six ratios take, and no more', () => {
    const cells = contestantsOf(true).flatMap(({ name, windows }) => windows.map((window) => cell(name, window, 1)));
    expect(Object.values(headline(peerRatios(cells, ours, 1)))).not.toContain(null);
    expect(rawOverC(cells, 1)).not.toBeNull();
    expect(cells.length).toBeLessThan(15);
    expect(contestantsOf(false)).toBe(contestants);
  });
});

describe('lanes', () => {
  test('count what was echoed, and settle before they end', async () => {
    let pending = 0;
    const echo = async (request: Uint8Array) => {
      pending++;
      await new Promise((next) => setImmediate(next));
      pending--;
      return request;
    };
    const block = await askInLanes(echo, { window: 16, forMs: 300 });
    expect(block.committed).toBeGreaterThanOrEqual(16);
    expect([block.failed, pending]).toEqual([0, 0]);
  });

  test('refuse a reply that answers another request', async () => {
    const stale = async () => Buffer.alloc(64, 0xff);
    await expect(askInLanes(stale, { window: 1, forMs: 20 })).rejects.toThrow('not its request’s echo');
  });

  test('count failures that may be, and nothing of theirs as committed', async () => {
    const refused = async () => {
      await new Promise((next) => setImmediate(next));
      throw new RangeError('refused');
    };
    const block = await askInLanes(refused, { window: 1, forMs: 10, mayFail: (error) => error instanceof RangeError });
    expect(block.committed).toBe(0);
    expect(block.failed).toBeGreaterThan(0);
  });

  test('a correlation gives each request its own reply, in whatever order they come', async () => {
    const [first, second] = [Buffer.from([1, 0, 0, 0, 10]), Buffer.from([2, 0, 0, 0, 20])];
    const correlation = new Correlation();
    const replies = [correlation.reply(first), correlation.reply(second)];
    correlation.received(Buffer.from(second));
    correlation.received(Buffer.from(first));
    expect((await Promise.all(replies)).map((reply) => reply[4])).toEqual([10, 20]);
  });
});

describe('a server of somebody else’s', () => {
  const reaper = new Reaper();
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  afterAll(() => reaper.close());

  /** A server that is a script for Node. */
  function scripted(script: string): ServerProgram {
    const launch: ServerProgram['launch'] = (command, port, folder) => {
      folders.push(folder);
      return { command, args: ['-e', script, String(port)] };
    };
    return { name: 'scripted', commands: [process.execPath], debian: 'none', launch, startsWithinMs: 10_000 };
  }

  const starting = (program: ServerProgram, signal = new AbortController().signal) =>
    PeerServer.start(program, reaper, signal);

  test('absent: the reason names it and its package', async () => {
    const program = { ...scripted(''), name: 'no-such-server', commands: ['no-such-server'], debian: 'nowhere' };
    await expect(starting(program)).rejects.toThrow(new Absent('no-such-server is not there (Debian: nowhere)'));
  });

  test('that ends at once: the reason says so, and its folder goes', async () => {
    await expect(starting(scripted('process.exit(3)'))).rejects.toThrow('scripted ended instead of starting');
    expect(findProgram({ commands: [folders[0]!] })).toBeUndefined();
  });

  test('that does not listen in time: the reason says so, and it is gone', async () => {
    const mute = { ...scripted('setInterval(() => undefined, 1000)'), startsWithinMs: 300 };
    await expect(starting(mute)).rejects.toThrow('scripted did not start within 0.3 s');
  });

  test('that listens: gone with its folder after', async () => {
    const script = "require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1')";
    const server = await starting(scripted(script));
    expect(await isFree(server.port)).toBe(false);
    expect(findProgram({ commands: [folders[0]!] })).toBe(folders[0]);
    await server.stop();
    expect(await isFree(server.port)).toBe(true);
    expect(findProgram({ commands: [folders[0]!] })).toBeUndefined();
  });

  test('an abort while it starts: its reason, and nothing left', async () => {
    const stopping = AbortSignal.abort(new Error('stopped'));
    await expect(starting(scripted('setInterval(() => undefined, 1000)'), stopping)).rejects.toThrow('stopped');
    expect(findProgram({ commands: [folders[0]!] })).toBeUndefined();
  });

  test('is found on the path, the first that is there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'privateer-path-'));
    folders.push(folder);
    writeFileSync(join(folder, 'second'), '');
    expect(findProgram({ commands: ['first', 'second'] }, folder)).toBe(join(folder, 'second'));
    expect(findProgram({ commands: ['first'] }, folder)).toBeUndefined();
  });
});

describe('the section', () => {
  test('takes what is no further from one than the same program from itself for noise', () => {
    const alike = (median: number) => ({
      ours: freelance,
      peer: c,
      window: 1,
      ratio: { median, low: median, high: median },
    });
    const bodyOf = (median: number) =>
      section.body({
        ...{ headline: noRatios, ratios: [alike(median)], rows: [], skipped: [], doubts: [] },
        noise: [{ window: 1, ratio: { median: 0.87, low: 0.83, high: 0.91 } }],
      });
    expect(bodyOf(1.2)).toContain('~ 1.2 (1.2 to 1.2)');
    expect(bodyOf(1.25)).toMatch(/\| +1\.25 \(1\.25 to 1\.25\)/);
  });

  test('shows losses like wins, what is inside the noise, and why a peer is missing', () => {
    const ratio = (peer: string, median: number, low: number, high: number) => ({
      ours: freelance,
      peer,
      window: 128,
      ratio: { median, low, high },
    });
    const body = section.body({
      headline: { ...noRatios, freelance128VsRaw: 12, freelance1024VsC: 0.5, freelance1VsRaw: 1.3 },
      noise: [{ window: 128, ratio: { median: 0.98, low: 0.95, high: 1.02 } }],
      ratios: [ratio(raw, 12, 11, 13), ratio(c, 0.5, 0.4, 0.6), ratio(nats[0], 1, 0.9, 1.1)],
      rows: [],
      skipped: [{ peer: 'RabbitMQ RPC', reason: 'rabbitmq-server is not there (Debian: rabbitmq-server)' }],
      doubts: ['void: hampered'],
    });
    expect(body).toMatch(/zeromq\.js DEALER\/ROUTER +\| +128 \| +12 \(11 to 13\) +\| +– +\|/);
    expect(body).toContain('0.5 (0.4 to 0.6)');
    expect(body).toContain('~ 1 (0.9 to 1.1)');
    expect(body).toMatch(/throughput at 128 +\| +12 \(11 to 13\) \| +at least 8 /);
    expect(body).toMatch(/throughput at 1024 +\| +\*\*0\.5\*\* \| +at least 0\.8/);
    expect(body).toMatch(/latency at 1 +\| +\*\*1\.3\*\* \| +at most 1\.15/);
    expect(body).toContain('- freelance does 0.5 of C libzmq DEALER/ROUTER at a window of 128');
    expect(body).toContain('is ~ 0.98 (0.95 to 1.02) at a window of 128');
    expect(body).toContain('- RabbitMQ RPC: rabbitmq-server is not there');
    expect(body).toContain('void: hampered');
  });
});
