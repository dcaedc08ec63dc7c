/** Through every pattern and variant: what is asked from a shell comes back to it, to the byte. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findPatterns } from '../../harness/registry.ts';
import { listenerOf } from '../../patterns/pattern.ts';
import { freeEndpoint, request, role, stopped } from './roles.ts';

const variants = [...(await findPatterns()).values()].flatMap(({ pattern }) =>
  Object.entries(pattern.variants).map(([name, variant]) => ({
    pattern: pattern.name,
    variant: name,
    listener: listenerOf(pattern, variant),
    // A client that listens does so at as many endpoints as that setting says: here there is one.
    ofClient: variant.clientEndpoints === undefined ? [] : ['--set', `${variant.clientEndpoints}=1`],
  })),
);

describe.each(variants)('$pattern $variant', ({ pattern, variant, listener, ofClient }) => {
  it('bytes of every kind come back as they were, and everybody ends when told to', async () => {
    const endpoint = await freeEndpoint();
    const which = ['--pattern', pattern, '--variant', variant];
    const at = (who: string) => [listener === who ? '--bind' : '--connect', endpoint];
    const roles = [];
    if (listener === 'broker') roles.push(await role('broker', ...which, ...at('broker'), '--json'));
    roles.push(await role('serve', ...which, ...at('server'), '--service', 'echo', '--echo', '--json'));
    for (const { child, line } of roles) {
      expect(JSON.parse(line)).toMatchObject({ ready: true, pattern, variant, pid: child.pid });
    }
    const asked = randomBytes(100_000);
    const ask = [...which, ...ofClient, ...at('client'), '--service', 'echo'];
    const { code, stdout, stderr } = await request(ask, asked);
    expect(stderr).toBe('');
    expect(stdout.equals(asked)).toBe(true);
    expect(code).toBe(0);
    for (const { child } of roles.reverse()) expect(await stopped(child)).toBe(0);
  });
});

it('the wire of other makes: a bare body there, and a bare body back', async () => {
  const endpoint = await freeEndpoint();
  await role('serve', '--pattern', 'freelance', '--bind', endpoint, '--echo');
  const { stdout, stderr } = await request([
    '--pattern',
    'freelance',
    '--connect',
    endpoint,
    '--wire',
    'plain',
    'ahoy',
  ]);
  expect([stderr, stdout.toString()]).toEqual(['', 'ahoy']);
});

it('an empty reply is nothing, and a body that begins with a dash comes after two', async () => {
  const endpoint = await freeEndpoint();
  await role('serve', '--pattern', 'freelance', '--bind', endpoint, '--echo');
  const ask = ['--pattern', 'freelance', '--connect', endpoint];
  expect(await request(ask, Buffer.alloc(0))).toMatchObject({ code: 0, stdout: Buffer.alloc(0), stderr: '' });
  expect((await request([...ask, '--', '-n'])).stdout.toString()).toBe('-n');
  expect((await request([...ask, '-'], Buffer.from('piped'))).stdout.toString()).toBe('piped');
});
