/** Keys on the command line: from a file or the environment, never as an argument, and not inherited. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { keyPair } from '../../patterns/index.ts';
import { freeEndpoint, request, role } from './roles.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function keyFile(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

it('who is allowed is answered; who is not is told so; a broker’s worker needs a key too', async () => {
  const [broker, worker, client, stranger] = [keyPair(), keyPair(), keyPair(), keyPair()];
  const endpoint = await freeEndpoint();
  const allowed = `${worker.publicKey},${client.publicKey}`;
  await role('broker', '--bind', endpoint, '--key-file', keyFile('broker', broker), '--allow', allowed);
  const call = ['--pattern', 'majordomo', '--connect', endpoint, '--server-key', broker.publicKey];
  await role('serve', ...call, '--key-file', keyFile('worker', `${worker.secretKey}\n`), '--echo');

  const known = await request([...call, '--key-file', keyFile('client', client), 'ahoy']);
  expect(known).toEqual({ code: 0, stdout: Buffer.from('ahoy'), stderr: '' });
  const unknown = await request([...call, '--key-file', keyFile('stranger', stranger), '--timeout', '1s', 'ahoy']);
  expect(unknown).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
  expect(unknown.stderr).toMatch(/^privateer: unsent \(definite\): .*it does not let our public key in.*\n$/);
});

it('the secret key of the environment is not given to the program that answers', async () => {
  const [server, client] = [keyPair(), keyPair()];
  const endpoint = await freeEndpoint();
  const listen = ['--pattern', 'freelance', '--bind', endpoint, '--allow', client.publicKey];
  const script = 'echo "[$PRIVATEER_SECRET_KEY]"';
  process.env['PRIVATEER_SECRET_KEY'] = server.secretKey;
  try {
    await role('serve', ...listen, '--exec', 'sh', '-c', script);
    process.env['PRIVATEER_SECRET_KEY'] = client.secretKey;
    const call = ['--pattern', 'freelance', '--connect', endpoint, '--server-key', server.publicKey];
    expect(await request([...call, 'x'])).toEqual({ code: 0, stdout: Buffer.from('[]\n'), stderr: '' });
  } finally {
    delete process.env['PRIVATEER_SECRET_KEY'];
  }
});
