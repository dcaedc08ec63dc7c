/** A broker as it is run for real: ready, small, and drained when it is told to stop. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { connect } from '../../patterns/index.ts';
import { majordomo } from '../../patterns/majordomo/pattern.ts';
import { has } from '../needs.ts';
import { command } from './command.ts';
import { freeEndpoint, request, role, stopped } from './roles.ts';

function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

it.runIf(has('/proc', 'to see how large a process is'))(
  'says that it is ready, and takes less than 100 MB, also after a thousand requests',
  async () => {
    const bind = await freeEndpoint();
    const { child, line } = await role('broker', '--bind', bind);
    expect(line).toBe(`majordomo/default broker ready, listening at ${bind}`);
    expect(residentBytes(child.pid!)).toBeLessThan(100e6);
    await role('serve', '--pattern', 'majordomo', '--connect', bind, '--concurrency', '8', '--echo');
    const client = await connect(majordomo, { endpoints: bind });
    const body = new Uint8Array(1000);
    await Promise.all(Array.from({ length: 1000 }, () => client.transact(body, { timeoutMs: 15_000 })));
    await client.close();
    expect(residentBytes(child.pid!)).toBeLessThan(100e6);
    expect(await stopped(child)).toBe(0);
  },
);

it('on every interface: tcp://*', async () => {
  const endpoint = await freeEndpoint();
  await role('broker', '--bind', endpoint.replace('127.0.0.1', '*'));
  await role('serve', '--pattern', 'majordomo', '--connect', endpoint, '--service', 'a', '--echo');
  const ask = ['--pattern', 'majordomo', '--connect', endpoint];
  expect(await request([...ask, '--service', 'a', 'x'])).toEqual({ code: 0, stdout: Buffer.from('x'), stderr: '' });
  const { code, stdout, stderr } = await request([...ask, '--service', 'b', '--timeout', '500ms', 'x']);
  expect([code, stdout.length]).toEqual([1, 0]);
  expect(stderr).toBe('privateer: not-executed (definite): every server asked said it did not execute it\n');
});

it('nobody there: told so when the time is up', async () => {
  const endpoint = await freeEndpoint();
  const { code, stdout, stderr } = await request([
    '--pattern',
    'majordomo',
    '--connect',
    endpoint,
    '--timeout',
    '300ms',
    'x',
  ]);
  expect([code, stdout.length]).toEqual([1, 0]);
  expect(stderr).toBe('privateer: unsent (definite): no server took it\n');
});

it('a port in use is one line, and misuse', async () => {
  const bind = await freeEndpoint();
  await role('broker', '--bind', bind);
  const told = { code: 2, stdout: '', stderr: `privateer: bind: "${bind}" is not allowed; it is in use\n` };
  expect(await command('broker', '--bind', bind)).toEqual(told);
  expect(await command('serve', '--pattern', 'freelance', '--bind', bind, '--echo')).toEqual(told);
});
