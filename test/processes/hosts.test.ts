/** Hosts of their own: what is dropped between two of them is dropped in silence, the one way that was meant, and comes in the end. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { LinkFault } from '../../harness/faults/fault.ts';
import { findFaults } from '../../harness/registry.ts';
import type { Hosts as Hosting } from '../../harness/worlds/processes/hosts/hosts.ts';
import type { Reaper as Reaping } from '../../harness/worlds/processes/reaper.ts';
import { until } from '../cli/command.ts';
import { can } from '../needs.ts';

const built = (path: string) => new URL(`../../dist/harness/worlds/processes/${path}`, import.meta.url).href;
const { Hosts, hostsMissing } = (await import(built('hosts/hosts.js'))) as {
  Hosts: typeof Hosting;
  hostsMissing(): Promise<string | undefined>;
};
const { Reaper } = (await import(built('reaper.js'))) as { Reaper: typeof Reaping };
const { namespaces } = (await import(built('hosts/namespaces.js'))) as { namespaces(beginning?: string): string[] };

const missing = await hostsMissing();
const faults = await findFaults();
const link = 'client/server-1';
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

class Peer {
  readonly lines: string[] = [];

  constructor(hosts: Hosting, node: string, role: 'listen' | 'call') {
    const program = fileURLToPath(new URL('./hosts-peer.mjs', import.meta.url));
    const args = ['netns', 'exec', hosts.namespaceOf(node), process.execPath, program, role];
    const child = spawn('ip', [...args, hosts.addressOf('server-1')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(child, 'exit');
    open.push(() => {
      child.kill('SIGKILL');
      return gone;
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** The numbers that the other side has said, as they came. */
  get heard(): number[] {
    return this.lines.filter((line) => /^\d+$/.test(line)).map(Number);
  }

  hears(count: number): Promise<void> {
    const before = this.heard.length;
    return until(`${count} more are heard`, () => this.heard.length >= before + count, 15_000);
  }
}

async function twoHosts(): Promise<Hosting> {
  const reaper = new Reaper();
  const hosts = new Hosts(['server-1', 'client'], [link], reaper);
  open.push(() => {
    hosts.close();
    reaper.close();
  });
  await hosts.open();
  return hosts;
}

async function listening(): Promise<{ hosts: Hosting; server: Peer }> {
  const hosts = await twoHosts();
  const server = new Peer(hosts, 'server-1', 'listen');
  await until('it listens', () => server.lines.includes('listening'));
  return { hosts, server };
}

async function connected(): Promise<{ hosts: Hosting; server: Peer; client: Peer }> {
  const { hosts, server } = await listening();
  const client = new Peer(hosts, 'client', 'call');
  await Promise.all([server.hears(3), client.hears(3)]);
  return { hosts, server, client };
}

function inject(name: string, hosts: Hosting, options: object = {}) {
  const fault = faults.get(name) as LinkFault;
  const given = fault.options.parse(options);
  return fault.inject(hosts.links[0]!, {
    options: given,
    durationMs: 0,
    sleep: () => Promise.resolve(),
    struck: () => undefined,
  });
}

/** Nothing lost, nothing twice, in order, and the connection lived on. */
function heardAll({ lines, heard }: Peer): void {
  expect(heard).toEqual(heard.map((_, index) => index + 1));
  expect(lines).not.toContain('ended');
}

/** Long enough for what comes at once to have come; a test whose truth is that nothing comes can't do without. */
const forAWhile = () => new Promise((resolve) => setTimeout(resolve, 100));

describe.runIf(can('network namespaces', `for hosts of their own (${missing})`, () => missing === undefined))(
  'hosts of their own',
  () => {
    it('partition: nothing is heard either way, and no connection ends; then everything comes', async () => {
      const { hosts, server, client } = await connected();
      const cure = await inject('partition', hosts);
      await forAWhile();
      const before = [server.heard.length, client.heard.length];
      for (let n = 0; n < 4; n++) await forAWhile();
      expect([server.heard.length, client.heard.length]).toEqual(before);
      expect([...server.lines, ...client.lines]).not.toContain('ended');
      await cure();
      await Promise.all([server.hears(30), client.hears(30)]);
      for (const peer of [server, client]) heardAll(peer);
    });

    it('partition: a call is not refused, and connects when it is over', async () => {
      const { hosts } = await listening();
      const cure = await inject('partition', hosts);
      const caller = new Peer(hosts, 'client', 'call');
      await until('it calls', () => caller.lines.length > 0);
      for (let n = 0; n < 4; n++) await forAWhile();
      expect(caller.lines).toEqual(['calling']);
      await cure();
      await caller.hears(3);
      expect(caller.lines[1]).toBe('connected');
    });

    it.each(['requests', 'replies'] as const)('one-way, %s: the others arrive', async (direction) => {
      const { hosts, server, client } = await connected();
      const [deaf, other] = direction === 'requests' ? [server, client] : [client, server];
      const cure = await inject('one-way', hosts, { direction });
      // TCP sends so many segments without an acknowledgement, ten at least, and then no more: what arrives does so at once.
      const arrived = other.hears(3);
      await forAWhile();
      const before = deaf.heard.length;
      await forAWhile();
      await arrived;
      expect(deaf.heard).toHaveLength(before);
      await cure();
      await Promise.all([server.hears(3), client.hears(3)]);
      for (const peer of [server, client]) heardAll(peer);
    });

    it('two faults on one way: it is open when both are over', async () => {
      const { hosts, server, client } = await connected();
      const cures = [await inject('partition', hosts), await inject('one-way', hosts)];
      await cures[0]!();
      await client.hears(1);
      const before = server.heard.length;
      await forAWhile();
      expect(server.heard).toHaveLength(before);
      await cures[1]!();
      await Promise.all([server.hears(3), client.hears(3)]);
    });

    it('closed, nothing is left of them', async () => {
      const hosts = await twoHosts();
      expect(namespaces(hosts.namespaceOf('')).map((name) => name.split('-').slice(3).join('-'))).toEqual(
        expect.arrayContaining(['router', 'server-1', 'client']),
      );
      hosts.close();
      expect(namespaces(hosts.namespaceOf(''))).toEqual([]);
    });

    it('what a dead harness has left is removed by the next, and not what a living one has', async () => {
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      const [dead, living] = [`privateer-${pid}-1-client`, `privateer-${process.ppid}-1-client`];
      for (const name of [dead, living]) execFileSync('ip', ['netns', 'add', name]);
      open.push(() => execFileSync('ip', ['netns', 'delete', living]));
      await twoHosts();
      expect(namespaces()).not.toContain(dead);
      expect(namespaces()).toContain(living);
    });
  },
);
