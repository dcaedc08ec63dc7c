/** A program answers for a server: what becomes of its output, its failures, and of whatever it leaves running. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { type Client, connect } from '../../patterns/index.ts';
import { processesWith } from '../endurance/command-lines.ts';
import { has } from '../needs.ts';
import { until } from './command.ts';
import { freeEndpoint, request, role, stopped } from './roles.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A server whose requests that program answers, and how it is asked. */
async function answeredBy(program: readonly string[], ...options: readonly string[]) {
  const endpoint = await freeEndpoint();
  const { child } = await role('serve', '--pattern', 'freelance', '--bind', endpoint, ...options, '--exec', ...program);
  const ask = ['--pattern', 'freelance', '--connect', endpoint];
  return { child, endpoint, ask };
}

const sh = (script: string) => ['sh', '-c', script];

describe('what a program prints is the reply', () => {
  it('to the byte, however large; arguments that look like options are its own', async () => {
    const { ask } = await answeredBy(['tail', '-c', '1000000']);
    const body = randomBytes(1_000_000);
    const { code, stdout, stderr } = await request(ask, body);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.equals(body)).toBe(true);
  });

  it('also of one that does not read its request', async () => {
    const { ask } = await answeredBy(['echo', 'done']);
    for (const _ of [1, 2]) {
      expect(await request(ask, Buffer.alloc(1_000_000))).toEqual({
        code: 0,
        stdout: Buffer.from('done\n'),
        stderr: '',
      });
    }
  });

  it('but not what is larger than a reply may be', async () => {
    const { ask } = await answeredBy(['cat', '/dev/zero'], '--set', 'payloadLimitBytes=1000');
    const { code, stderr } = await request(ask, Buffer.alloc(0));
    expect([code, stderr]).toEqual([1, 'privateer: rejected (not definite): cat printed more than 1000 bytes\n']);
  });
});

describe('a program that fails is a handler that throws', () => {
  it.each([
    ['with its last word', 'echo first >&2; echo last >&2; echo >&2; exit 3', 'last'],
    ['with its code where it says nothing', 'exit 3', 'sh exited with code 3'],
    ['with the signal that ended it', 'kill -9 $$', 'sh was ended by SIGKILL'],
    ['with nothing that a terminal would obey', 'printf "a\\033[2Jb\\n" >&2; exit 1', 'a [2Jb'],
  ])('%s', async (_how, script, told) => {
    const { ask } = await answeredBy(sh(script));
    const { code, stdout, stderr } = await request([...ask, 'x']);
    expect(stderr).toBe(`privateer: rejected (not definite): ${told}\n`);
    expect([code, stdout.length]).toEqual([1, 0]);
  });
});

describe.runIf(has('/proc', 'to see the processes of this machine'))('nothing is left behind', () => {
  /** So many seconds, which no other run of this test sleeps: what one that failed left behind must not fail the next. */
  const lastingFor = (seconds: number) => `${seconds}.${process.pid}`;
  /** Runs for longer than any test, and has started something that does so too. */
  const lasting = (time: string) => sh(`sleep ${time} & touch ${folder}/${time}; sleep ${time}`);
  const left = (time: string) => processesWith(`sleep\0${time}\0`).length;
  const isBegun = (time: string) => existsSync(join(folder, time)) && left(time) === 2;

  it('by a program that is slower than its caller’s deadline', async () => {
    const time = lastingFor(7001);
    const { ask } = await answeredBy(lasting(time));
    const { code, stdout, stderr } = await request([...ask, '--timeout', '3s', 'x']);
    expect([code, stdout.length]).toEqual([1, 0]);
    expect(stderr).toMatch(/^privateer: (deadline|rejected) \(not definite\): .*deadline passed.*\n$/);
    expect(existsSync(join(folder, time))).toBe(true);
    await until('the program is gone', () => left(time) === 0);
  });

  it('by a program that has answered, and left something in the background', async () => {
    const time = lastingFor(7002);
    const { ask } = await answeredBy(sh(`sleep ${time} >/dev/null 2>&1 & echo done`));
    expect((await request([...ask, 'x'])).stdout.toString()).toBe('done\n');
    await until('the program is gone', () => left(time) === 0);
  });

  /** Asks for what will not be answered within this test; resolves once the program is at work. */
  async function underWay(endpoint: string, time: string): Promise<Client> {
    const client = await connect(freelance, { endpoints: [endpoint] });
    client.transact(new Uint8Array(0), { timeoutMs: 600_000 }).catch(() => undefined);
    await until('the program runs', () => isBegun(time));
    return client;
  }

  it.each([
    ['that is told to stop, and does not wait any longer', lastingFor(7003), '100ms', ['SIGTERM'], 0],
    ['that is killed', lastingFor(7004), '1h', ['SIGKILL'], null],
    ['that is told to stop a second time', lastingFor(7005), '1h', ['SIGTERM', 'SIGINT'], 130],
  ] as const)('by a server %s', async (_how, time, drain, signals, code) => {
    const { child, endpoint } = await answeredBy(lasting(time), '--drain', drain);
    const client = await underWay(endpoint, time);
    for (const signal of signals) child.kill(signal);
    await until('the server is gone', () => child.exitCode !== null || child.signalCode !== null);
    expect(child.exitCode).toBe(code);
    await until('the program is gone', () => left(time) === 0);
    await client.close();
  });
});

it('no more run at once than there is concurrency', async () => {
  const running = join(folder, 'running');
  const script = `mkdir -p ${running}/$$; ls ${running} | wc -l; sleep 0.1; rmdir ${running}/$$`;
  const { endpoint } = await answeredBy(sh(script), '--concurrency', '2');
  const client = await connect(freelance, { endpoints: [endpoint] });
  const replies = await Promise.all(Array.from({ length: 6 }, () => client.transact(new Uint8Array(0))));
  await client.close();
  const counts = replies.map((reply) => Number(Buffer.from(reply).toString()));
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
});

it('told to stop with a request under way: it is answered, then the server ends', async () => {
  const begun = join(folder, 'begun');
  const go = join(folder, 'go');
  const { child, ask } = await answeredBy(sh(`touch ${begun}; until [ -e ${go} ]; do sleep 0.02; done; cat`));
  const asked = request([...ask, 'last']);
  await until('the program runs', () => existsSync(begun));
  const ended = stopped(child);
  writeFileSync(go, '');
  expect(await asked).toEqual({ code: 0, stdout: Buffer.from('last'), stderr: '' });
  expect(await ended).toBe(0);
});
