import { Command } from 'commander';
import { type Denied, serve } from '../../patterns/index.ts';
import { type Handler, MisuseError } from '../../patterns/transaction.ts';
import { Program } from './program.ts';
import { endpointsOf, type Role, type RoleOptions, roleOf, withRoleOptions } from './role.ts';
import { type SecurityOptions, securityOf, withSecurityOptions } from './security.ts';
import { runUntilStopped, type ServiceOptions, withServiceOptions } from './service.ts';
import { wholeNumber } from './terminal.ts';

interface ServeOptions extends RoleOptions, SecurityOptions, ServiceOptions {
  readonly bind?: string;
  readonly advertise?: string;
  readonly connect?: string;
  readonly service: string;
  readonly concurrency: number;
  readonly echo: boolean;
  readonly exec: boolean;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve a service until it is told to stop')
    .argument('[program...]', 'with --exec: what is run for each request, and its arguments')
    .passThroughOptions()
    .option('--bind <endpoints>', 'where to listen, by commas, in patterns whose servers listen')
    .option('--advertise <endpoint>', 'where clients find it, if that is not the first of --bind')
    .option('--connect <endpoints>', 'where the brokers are, or the clients where those listen, by commas')
    .option('--service <name>', 'what is served', 'default')
    .option('--concurrency <number>', 'how many requests at once', wholeNumber('concurrency', 1, 65_536), 1)
    .option('--echo', 'answer with the request itself', false)
    .option('--exec', 'answer with what a program prints when it is given the request; comes last', false);
  withSecurityOptions(withRoleOptions(command), 'listens', 'connects');
  return withServiceOptions(command).action(serveAction);
}

async function serveAction(command: readonly string[], options: ServeOptions): Promise<void> {
  const role = await roleOf(options);
  const { pattern, variant, settings } = role;
  const { service, concurrency, advertise } = options;
  const where = whereOf(options);
  const security = securityOf(options);
  const program = programOf(command, options, role);
  const handler: Handler = program === undefined ? echo : (request, { signal }) => program.run(request, signal);
  const given = { ...settings, ...security, variant, ...where, service, concurrency };
  const server = await serve(pattern, advertise === undefined ? given : { ...given, advertise }, handler);
  process.on('exit', () => program?.end());
  if (!('bind' in where)) server.on('denied', sayOnce());
  await runUntilStopped(server, { role: 'server', pattern: pattern.name, variant, service, ...where }, options);
  program?.end();
}

function echo(request: Uint8Array): Uint8Array {
  return request;
}

function whereOf({ bind, connect }: ServeOptions): { bind: readonly string[] } | { connect: readonly string[] } {
  if (bind !== undefined && connect !== undefined) throw new MisuseError('connect', connect, 'there is --bind already');
  return connect === undefined ? { bind: endpointsOf('bind', bind) } : { connect: endpointsOf('connect', connect) };
}

/** Why a broker does not let us in: once for each reason, though it is tried for ever. */
function sayOnce(): (denied: Denied) => void {
  const said = new Set<string>();
  return ({ endpoint, reason }) => {
    const line = `${endpoint}: ${reason}`;
    if (!said.has(line)) process.stderr.write(`privateer: ${line}\n`);
    said.add(line);
  };
}

function programOf(
  [file, ...args]: readonly string[],
  { echo: isEcho, exec }: ServeOptions,
  { payloadLimitBytes }: Role,
): Program | undefined {
  if (isEcho === exec) throw new MisuseError('handler', isEcho ? 'both' : 'none', 'it takes --echo or --exec');
  if (exec) return new Program(file, args, payloadLimitBytes);
  if (file !== undefined) throw new MisuseError('argument', file, 'a program comes after --exec');
  return undefined;
}
