import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { commandLine } from '../../harness/cli/command-line.ts';
import { command } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'privateer-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function scenarioFile(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const good = { name: 'x', pattern: 'freelance', seed: 1 };

const free = 'tcp://127.0.0.1:9999';
const listening = ['serve', '--pattern', 'freelance', '--bind', free];
const asking = ['request', '--pattern', 'freelance', '--connect', free];

/** What was typed, and what the one line must name. */
const mistakes: [string, string[], string[]][] = [
  ['an unknown command', ['attack'], ['attack']],
  ['an unknown option', ['compare', '--fault-rate', '3'], ['--fault-rate']],
  ['an unknown pattern', ['compare', '--pattern', 'pirate'], ['pattern: "pirate"', 'brokerless-req', 'majordomo']],
  ['an unknown variant', ['compare', '--pattern', 'freelance/turbo'], ['variant: "turbo"', 'default']],
  ['an unknown fault', ['compare', '--fault', 'none,meteor'], ['fault: "meteor"', 'kill', 'pause']],
  ['an unknown setting', ['compare', '--pattern', 'freelance', '--set', 'windw=3'], ['settings.windw: 3', 'window']],
  [
    'a setting out of its range',
    ['compare', '--pattern', 'freelance', '--set', 'window=0'],
    ['settings.window: 0', '1 to 65536'],
  ],
  ['a setting without a value', ['compare', '--set', 'window'], ['set: "window"', 'name=number']],
  ['a seed that is no number', ['compare', '--seed', 'lucky'], ['seed: "lucky"', 'whole number']],
  ['a campaign of nothing', ['compare', '--repeat', '0'], ['repeat: "0"', '1 to 1000']],
  [
    'a campaign of an unknown scenario',
    ['compare', '--scenario', 'none,meteor'],
    ['scenario: "meteor"', 'broker-kill'],
  ],
  [
    'a campaign of a scenario for nobody who takes part',
    ['compare', '--repeat', '2', '--scenario', 'broker-kill', '--pattern', 'freelance'],
    ['scenario: "broker-kill"', 'no broker'],
  ],
  [
    'a campaign of scenarios and of faults',
    ['compare', '--scenario', 'none', '--fault', 'kill'],
    ['fault: "kill"', '--scenario or --fault'],
  ],
  ['a campaign that goes on from nowhere', ['compare', '--resume', folder], ['resume:', 'campaign.json']],
  ['a scenario file that is not there', ['run', join(folder, 'nowhere.json')], ['scenario:', 'nowhere.json']],
  ['a scenario that is not JSON', ['run', scenarioFile('text.json', 'kill them all')], ['JSON']],
  ['a scenario with a wrong field', ['run', scenarioFile('a.json', { ...good, load: { rate: 3 } })], ['load.rate']],
  [
    'a scenario with a wrong value deep inside',
    ['run', scenarioFile('b.json', { ...good, faults: [{ fault: 'kill', atMs: 'soon' }] })],
    ['faults.0.atMs', '"soon"'],
  ],
  [
    'a fault on a node that the scenario has not',
    ['run', scenarioFile('c.json', { ...good, faults: [{ fault: 'kill', target: 'server-9', atMs: 1 }] })],
    ['faults.0.target', 'server-9'],
  ],
  [
    'a fault that there is not, in a scenario',
    [
      'run',
      scenarioFile('f1.json', {
        ...good,
        faults: [
          { fault: 'kill', atMs: 1 },
          { fault: 'meteor', atMs: 1 },
        ],
      }),
    ],
    ['faults.1.fault', '"meteor"', 'kill-at'],
  ],
  [
    'an option that a fault does not take',
    ['run', scenarioFile('f2.json', { ...good, faults: [{ fault: 'slow', atMs: 1, with: { forMs: 3 } }] })],
    ['faults.0.with.forMs', '3', 'slow takes byMs'],
  ],
  [
    'an option out of its range',
    ['run', scenarioFile('f3.json', { ...good, faults: [{ fault: 'delay', atMs: 1, with: { delayMs: -3 } }] })],
    ['faults.0.with.delayMs', '-3'],
  ],
  [
    'an option for a fault that takes none',
    ['run', scenarioFile('f4.json', { ...good, faults: [{ fault: 'kill', atMs: 1, with: { hard: true } }] })],
    ['faults.0.with.hard', 'kill takes nothing'],
  ],
  [
    'a failpoint that such a node has not',
    [
      'run',
      scenarioFile('f5.json', {
        ...good,
        faults: [{ fault: 'kill-at', target: 'client', atMs: 1, with: { point: 'before-execute' } }],
      }),
    ],
    ['faults.0.target', '"client"', 'after-send'],
  ],
  [
    'more faults than there may be, each node’s counted',
    [
      'run',
      scenarioFile('g9.json', { ...good, faults: Array(22).fill({ fault: 'slow', target: 'servers', atMs: 1 }) }),
    ],
    ['faults: 66', 'at most 64'],
  ],
  [
    'a fault on the load that is aimed at a node',
    ['run', scenarioFile('g10.json', { ...good, faults: [{ fault: 'burst', target: 'server-1', atMs: 1 }] })],
    ['faults.0.target: "server-1"', 'burst takes load'],
  ],
  [
    'a broker too few',
    ['run', scenarioFile('g12.json', { ...good, pattern: 'majordomo', topology: { brokers: 0 } })],
    ['topology.brokers: 0', 'one at least'],
  ],
  [
    'payloads that are too large for the pattern as it is set',
    ['run', scenarioFile('g13.json', { ...good, load: { payloadBytes: 1000 }, settings: { payloadLimitBytes: 1000 } })],
    ['load.payloadBytes: 1000', 'at most 966'],
  ],
  [
    'more transactions than a run can hold',
    ['run', scenarioFile('g14.json', { ...good, load: { ratePerSec: 1_000_000, durationMs: 86_400_000 } })],
    ['load.ratePerSec: 1000000', 'at most 115'],
  ],
  [
    'an endpoint that is there twice',
    [
      'run',
      scenarioFile('g15.json', { ...good, topology: { servers: 2, endpoints: Array(2).fill('tcp://127.0.0.1:5999') } }),
    ],
    ['topology.endpoints.1', 'topology.endpoints.0 already'],
  ],
  [
    'a name that would end the line',
    ['run', scenarioFile('g16.json', { ...good, 'foo\nbar\u001b[31m': 1 })],
    ['foo\\nbar\\u001b[31m'],
  ],
  [
    'a recording of what needs none',
    ['run', scenarioFile('g17.json', good), '--world', 'simulated', '--record'],
    ['record: true', 'its scenario repeats it'],
  ],
  ['runs of a sweep', ['simulate', '--sweep', '--runs', '3'], ['runs: 3', 'a sweep makes as many']],
  [
    'a link that the pattern has not',
    ['run', scenarioFile('f6.json', { ...good, faults: [{ fault: 'hold', target: 'client/broker', atMs: 1 }] })],
    ['faults.0.target', '"client/broker"', 'client/server-1'],
  ],
  [
    'a fault on a process that is aimed at a link',
    ['run', scenarioFile('f7.json', { ...good, faults: [{ fault: 'kill', target: 'client/server-1', atMs: 1 }] })],
    ['faults.0.target', '"client/server-1"', 'server-3'],
  ],
  [
    'a trigger that there is not',
    ['run', scenarioFile('f8.json', { ...good, faults: [{ fault: 'kill', atMs: 1, trigger: 'soon' }] })],
    ['faults.0.trigger', '"soon"', 'holding-in-flight'],
  ],
  [
    'a count of requests that is none',
    ['run', scenarioFile('t1.json', { ...good, faults: [{ fault: 'kill', atMs: 1, trigger: { afterRequests: 0 } }] })],
    ['faults.0.trigger.afterRequests: 0', '>=1'],
  ],
  [
    'a count of something else',
    ['run', scenarioFile('t2.json', { ...good, faults: [{ fault: 'kill', atMs: 1, trigger: { afterReplies: 3 } }] })],
    ['faults.0.trigger.after'],
  ],
  [
    'a count of what nobody counts',
    [
      'run',
      scenarioFile('t3.json', {
        ...good,
        faults: [{ fault: 'pause', target: 'client', atMs: 1, trigger: { afterRequests: 3 } }],
      }),
    ],
    ['faults.0.trigger.afterRequests: 3', 'client is none'],
  ],
  [
    'a count for a fault with a moment of its own',
    [
      'run',
      scenarioFile('t4.json', {
        ...good,
        faults: [
          { fault: 'kill', atMs: 1 },
          { fault: 'kill-at', atMs: 1, trigger: { afterRequests: 3 } },
        ],
      }),
    ],
    ['faults.1.trigger.afterRequests: 3', 'kill-at has a moment of its own'],
  ],
  [
    'a restart that there is not',
    ['run', scenarioFile('t5.json', { ...good, restart: 'sometimes' })],
    ['restart: "sometimes"', 'never, daemontools or after:<ms>'],
  ],
  [
    'more load in a closed loop',
    ['run', scenarioFile('f9.json', { ...good, load: { model: 'closed' }, faults: [{ fault: 'burst', atMs: 1 }] })],
    ['faults.0.fault', '"burst"', 'open loop'],
  ],
  [
    'a fault that the simulated world has not',
    ['run', scenarioFile('f10.json', { ...good, faults: [{ fault: 'slice', atMs: 1 }] }), '--world', 'simulated'],
    ['faults.0.fault', '"slice"', 'processes'],
  ],
  [
    'a link on a proxy where nodes have hosts of their own',
    [
      'run',
      scenarioFile('f11.json', {
        ...good,
        faults: [
          { fault: 'one-way', target: 'client/server-1', atMs: 1 },
          { fault: 'hold', target: 'client/server-1', atMs: 1 },
        ],
      }),
    ],
    ['faults.1.fault', '"hold"', 'one-way has every node on a host of its own'],
  ],
  [
    'endpoints where nodes have hosts of their own',
    [
      'run',
      scenarioFile('f12.json', {
        ...good,
        topology: { servers: 1, endpoints: [free] },
        faults: [{ fault: 'partition', target: 'client/server-1', atMs: 1 }],
      }),
    ],
    ['topology.endpoints', 'partition has every node on a host of its own'],
  ],
  [
    'a delivery that the variant can’t do',
    ['run', scenarioFile('d.json', { ...good, pattern: 'brokerless-req', load: { delivery: 'at-least-once' } })],
    ['load.delivery', 'at-most-once'],
  ],
  [
    'an endpoint that is neither tcp:// nor ipc://',
    ['run', scenarioFile('e.json', { ...good, topology: { servers: 1, endpoints: ['http://localhost:80'] } })],
    ['topology.endpoints.0', '"http://localhost:80"', 'tcp://host:port or ipc://path'],
  ],
  ['a run folder that is none', ['verify', folder], ['run folder']],
  ['a folder without runs', ['report', folder], ['folder:', 'that a run or a campaign left']],
  ['a folder that is not there', ['report', join(folder, 'nowhere')], ['folder:', 'nowhere']],
  ['an unknown reproduction', ['reproduce', 'atlantis'], ['reproduction: "atlantis"', 'dead-endpoint']],
  ['a folder of patterns that is not there', ['list', '--patterns', join(folder, 'none')], ['patterns:']],
  ['a broker that listens nowhere', ['broker'], ['bind: undefined', 'endpoint']],
  ['a broker of a pattern that has none', ['broker', '--pattern', 'freelance', '--bind', free], ['freelance has none']],
  ['a port that is none', ['broker', '--bind', 'tcp://127.0.0.1:0'], ['bind: "tcp://127.0.0.1:0"', 'tcp://host:port']],
  [
    'a setting that is no setting of the pattern’s',
    [...listening, '--echo', '--set', 'trace=1'],
    ['"trace"', 'window'],
  ],
  ['a server of no pattern', ['serve', '--bind', free, '--echo'], ['pattern: undefined', 'privateer list']],
  ['a server without a handler', listening, ['handler: "none"', '--echo or --exec']],
  ['a server with two handlers', [...listening, '--echo', '--exec', 'cat'], ['handler: "both"', '--echo or --exec']],
  ['a program that is not there', [...listening, '--exec', 'no-such-program'], ['exec: "no-such-program"', 'program']],
  ['a program without --exec', [...listening, '--echo', 'cat'], ['argument: "cat"', '--exec']],
  ['no program', [...listening, '--exec'], ['exec: undefined', 'program']],
  ['a server that is to listen and to call', [...listening, '--connect', free, '--echo'], ['connect:', '--bind']],
  ['a worker that is to listen', ['serve', '--pattern', 'majordomo', '--bind', free, '--echo'], ['bind:', '"connect"']],
  ['a time without a unit', [...asking, '--timeout', '2', 'x'], ['timeout: "2"', '500ms, 2s']],
  ['a time of none', [...asking, '--timeout', '0s', 'x'], ['timeout: "0s"', '1ms to 3600s']],
  ['a request to nobody', ['request', '--pattern', 'freelance', 'x'], ['connect: undefined', 'endpoint']],
  [
    'a request to everybody',
    ['request', '--pattern', 'freelance', '--connect', 'tcp://*:5555', 'x'],
    ['connect:', 'bind'],
  ],
  ['a wire that is none', [...asking, '--wire', 'barbed', 'x'], ['wire: "barbed"', 'plain']],
  ['a request that is too large', [...asking, '--set', 'payloadLimitBytes=3', 'four'], ['4 bytes', '3 bytes']],
  ['a service with a name of the broker’s', [...asking, '--service', 'mmi.service', 'x'], ['service: "mmi.service"']],
  [
    'a key without its other half',
    [...asking, '--server-key', 'k'.repeat(40), 'x'],
    ['key-file: undefined', 'SECRET_KEY'],
  ],
  ['a key file that is not there', [...asking, '--key-file', join(folder, 'none'), 'x'], ['key-file:', 'ENOENT']],
];

describe('misuse is one line that names what is wrong, and exit code 2', () => {
  it.each(mistakes)('%s', async (_what, args, named) => {
    const { code, stdout, stderr } = await typed(...args, ...(args[0] === 'compare' ? ['--runs', folder] : []));
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    for (const words of named) expect(stderr).toContain(words);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('of the process as well', async () => {
    const ended = {
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^privateer: seed: "lucky" is not allowed.*\n$/),
    };
    expect(await command('compare', '--seed', 'lucky')).toEqual(ended);
  });

  it('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const endpoint = `tcp://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const file = scenarioFile('f.json', { ...good, topology: { servers: 1, endpoints: [endpoint] } });
    const { code, stderr } = await command('run', file, '--runs', folder);
    other.close();
    expect(stderr).toBe(`privateer: topology.endpoints.0: "${endpoint}" is not allowed; the port is in use\n`);
    expect(code).toBe(2);
  });
});

/** The same as `command`, in this process: most of a command's time goes into starting one. */
async function typed(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const before = process.exitCode;
  const said = { stdout: '', stderr: '' };
  const hear = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    });
  const ears = [hear('stdout'), hear('stderr')];
  try {
    await commandLine(args);
    return { code: process.exitCode, ...said };
  } finally {
    for (const ear of ears) ear.mockRestore();
    process.exitCode = before;
  }
}
