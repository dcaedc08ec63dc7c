/** What a listener does at once is not mixed up with what it was told of. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freelance } from '../../patterns/freelance/pattern.ts';
import { connect, serve } from '../../patterns/index.ts';
import { bytes, failureOf } from '../contract/world.ts';

test('a transaction that begins while its server’s end is told does not end with that server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'privateer-'));
  const endpoint = `ipc://${folder}/server`;
  const server = await serve(freelance, { bind: endpoint }, () => new Promise(() => undefined));
  const client = await connect(freelance, { endpoints: endpoint });
  try {
    await client.ready();
    const lost = client.transact(bytes('lost'), { delivery: 'at-most-once' });
    const again = new Promise<unknown>((told) => {
      client.once('peer-down', () => told(failureOf(client.transact(bytes('again'), { timeoutMs: 200 }))));
    });
    await expect.poll(() => server.stats().running).toBe(1);
    await server.close({ drainMs: 0 });
    expect(await failureOf(lost)).toMatchObject({ code: 'disconnected' });
    expect(await again).toMatchObject({ code: 'unsent' });
  } finally {
    await client.close();
    await server.close({ drainMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  }
});
