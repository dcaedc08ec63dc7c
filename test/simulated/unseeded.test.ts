/** What libzmq draws, nobody has seeded: sockets of any two processes wait alike, and the simulated world can be told so. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Unseeded } from '../../harness/worlds/simulated/unseeded.ts';
import { can } from '../needs.ts';

const calls = `
  import { Dealer } from 'zeromq';
  const socket = new Dealer({ reconnectInterval: 20, linger: 0 });
  const waits = [];
  socket.events.on('connect:retry', ({ interval }) => {
    if (waits.push(interval) < 12) return;
    console.log(JSON.stringify(waits));
    process.exit();
  });
  socket.connect('tcp://127.0.0.1:9');
`;

const report = process.report?.getReport() as
  | { readonly header: { readonly glibcVersionRuntime?: string } }
  | undefined;
const why = 'for the numbers that its rand() draws';
const isGlibc = can('glibc', why, () => report?.header.glibcVersionRuntime !== undefined);

it.runIf(isGlibc)('waits between two calls are those of every other process', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', calls]);
  const unseeded = new Unseeded();
  expect(JSON.parse(stdout)).toEqual(Array.from({ length: 12 }, () => 20 + (unseeded.draw() % 20)));
});
