/** A port that one process was given is no other's, whether anybody listens on it or not. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { freePorts } from '../../harness/worlds/processes/ports.ts';

const built = new URL('../../dist/harness/worlds/processes/ports.js', import.meta.url).href;
const program = `
  const { freePorts } = await import('${built}');
  process.on('message', async (count) => process.send(await freePorts(count)));
`;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process of its own that asks for so many. */
async function asks(count: number): Promise<number[]> {
  const child = fork('data:', [], { execArgv: ['--input-type=module', '--eval', program] });
  children.push(child);
  child.send(count);
  const [ports] = (await once(child, 'message')) as [number[]];
  return ports;
}

it('what processes are given at once has nothing in common, though nobody listens yet', async () => {
  const ports = (await Promise.all([asks(300), asks(300), freePorts(300)])).flat();
  expect(new Set(ports).size).toBe(900);
  expect(ports.every((port) => port > 10_000 && port < 32_000)).toBe(true);
});

it('one process is given none twice, asked for many in turn and at once', async () => {
  const calls = Array.from({ length: 40 }, () => freePorts(10));
  const ports = [...(await Promise.all(calls)).flat(), ...(await freePorts(20))];
  expect(new Set(ports).size).toBe(420);
});

it('too many are refused in words', async () => {
  await expect(freePorts(10_000)).rejects.toThrow(/^10000 free ports are more than a process gets/);
});
