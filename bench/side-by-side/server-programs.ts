/** The servers that peers need, as their documentation says for a machine of its own: nothing kept, nothing logged. */
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface ServerProgram {
  readonly name: string;
  /** The first of these that is there. */
  readonly commands: readonly string[];
  /** Debian's package, for the reason where there is none. */
  readonly debian: string;
  /** How to start it on that port, with nothing outside that folder. `ports` are further ones that are free. */
  launch(command: string, port: number, folder: string, ports: readonly number[]): Launch;
  readonly startsWithinMs: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const natsServer: ServerProgram = {
  name: 'nats-server',
  commands: ['nats-server'],
  debian: 'nats-server',
  launch: (command, port) => ({ command, args: ['--addr', '127.0.0.1', '--port', String(port)] }),
  startsWithinMs: 10_000,
};

export const redisServer: ServerProgram = {
  name: 'redis-server',
  commands: ['redis-server'],
  debian: 'redis-server',
  launch: (command, port, folder) => ({
    command,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ],
  }),
  startsWithinMs: 10_000,
};

export const beanstalkdServer: ServerProgram = {
  name: 'beanstalkd',
  commands: ['beanstalkd'],
  debian: 'beanstalkd',
  launch: (command, port) => ({ command, args: ['-l', '127.0.0.1', '-p', String(port)] }),
  startsWithinMs: 10_000,
};

export const rabbitmqServer: ServerProgram = {
  name: 'rabbitmq-server',
  // Debian's on the path is a wrapper that takes root and changes to a user of its own.
  commands: ['/usr/lib/rabbitmq/bin/rabbitmq-server', 'rabbitmq-server'],
  debian: 'rabbitmq-server',
  launch: (command, port, folder, [distribution, epmd]) => {
    const own = (name: string) => join(folder, name);
    writeFileSync(own('rabbitmq.conf'), 'log.console.level = error\nlog.file = false\n');
    writeFileSync(own('enabled_plugins'), '[].');
    const env = {
      HOME: folder,
      ERL_EPMD_PORT: String(epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `privateer-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_CONF_ENV_FILE: own('none.conf'),
      RABBITMQ_CONFIG_FILE: own('rabbitmq'),
      RABBITMQ_ENABLED_PLUGINS_FILE: own('enabled_plugins'),
      RABBITMQ_MNESIA_BASE: own('mnesia'),
      RABBITMQ_LOG_BASE: own('log'),
      RABBITMQ_PID_FILE: own('pid'),
    };
    // Erlang would start this as a daemon, which outlives it; in the same group it goes with it.
    return { command: '/bin/sh', args: ['-c', 'epmd & exec "$0"', command], env };
  },
  startsWithinMs: 60_000,
};

/** Where the program is; also where Debian puts servers and a user's path does not lead. */
export function findProgram(
  { commands }: Pick<ServerProgram, 'commands'>,
  path = process.env['PATH'] ?? '',
): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...serverFolders];
  const places = commands.flatMap((command) =>
    command.includes('/') ? [command] : folders.map((folder) => join(folder, command)),
  );
  return places.find((place) => existsSync(place));
}

const serverFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
