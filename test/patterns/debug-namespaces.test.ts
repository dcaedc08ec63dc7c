/** What `DEBUG` names: `privateer:<pattern>:<role>:<id>`, with the client's id, the server's service, the broker's endpoint. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { patterns } from './all-patterns.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const built = (path: string) => JSON.stringify(new URL(`../../dist/patterns/${path}`, import.meta.url).href);

/** One transaction, from beginning to end. */
function program(pattern: string, endpoint: string): string {
  return `
    import { connect, serve, start } from ${built('index.js')};
    const pattern = Object.values(await import(${built(`${pattern}/pattern.js`)})).find(({ variants }) => variants);
    const isBroker = pattern.topology === 'broker';
    const bind = ${JSON.stringify(endpoint)};
    const broker = isBroker ? await start(pattern, 'broker', { bind }) : undefined;
    const where = isBroker ? { connect: bind } : { bind };
    const server = await serve(pattern, { ...where, service: 'apples' }, (request) => request);
    const client = await connect(pattern, { endpoints: bind, service: 'apples', clientId: 'shop' });
    await client.ready();
    await client.transact(Buffer.from('x'));
    for (const role of [client, server, broker]) await role?.close();`;
}

test.each(patterns.map((pattern) => [pattern.name, pattern] as const))('%s', (name, { topology }) => {
  const endpoint = `ipc://${folder}/${name}`;
  const run = (DEBUG: string) => {
    const args = ['--input-type=module', '--eval', program(name, endpoint)];
    const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, DEBUG }, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    return stderr;
  };
  const all = run('privateer:*');
  expect(all).toContain(`privateer:${name}:client:shop attempt`);
  expect(all).toContain(`privateer:${name}:server:apples received`);
  if (topology === 'broker') expect(all).toContain(`privateer:${name}:broker:${endpoint} worker-ready`);
  expect(run(`privateer:${name}:server:*`)).not.toContain(':client:');
});
