import { Command } from 'commander';
import { connect } from '../../patterns/index.ts';
import { MisuseError, TransactionError } from '../../patterns/transaction.ts';
import { duration } from './options.ts';
import { endpointsOf, type RoleOptions, roleOf, withRoleOptions } from './role.ts';
import { type SecurityOptions, securityOf, withSecurityOptions } from './security.ts';

interface RequestOptions extends RoleOptions, SecurityOptions {
  readonly connect?: string;
  readonly bind?: string;
  readonly service: string;
  readonly timeout?: number;
  readonly wire?: string;
}

export function requestCommand(): Command {
  const command = new Command('request')
    .description('ask once, and print the reply')
    .argument('[body]', 'the request; "-" reads it from stdin, whole, as does none where stdin is no terminal')
    .option('--connect <endpoints>', 'where the servers are, or the brokers, by commas')
    .option('--bind <endpoints>', 'where to listen, by commas, in variants whose clients do')
    .option('--service <name>', 'who is asked', 'default')
    .option(
      '--timeout <time>',
      'how long it may take, such as 500ms or 2s; 5s by default',
      duration('timeout', 1, timeoutMsMax),
    )
    .option('--wire <wire>', 'short for --set wire=…: plain for peers of other makes');
  return withSecurityOptions(withRoleOptions(command), 'listens', 'connects').action(requestAction);
}

async function requestAction(body: string | undefined, options: RequestOptions): Promise<void> {
  const set = options.wire === undefined ? options.set : { ...options.set, wire: options.wire };
  const { pattern, variant, settings, payloadLimitBytes } = await roleOf({ ...options, set });
  const where = whereOf(options);
  const request = await requestOf(body, payloadLimitBytes);
  const { service } = options;
  const client = await connect(pattern, { ...settings, ...securityOf(options), variant, ...where, service });
  try {
    const { timeout } = options;
    await write(await client.transact(request, timeout === undefined ? {} : { timeoutMs: timeout }));
  } catch (error) {
    if (!(error instanceof TransactionError)) throw error;
    throw new Error(sentenceOf(error));
  } finally {
    await client.close();
  }
}

function whereOf({
  bind,
  connect: to,
}: RequestOptions): { bind: readonly string[] } | { endpoints: readonly string[] } {
  if (bind !== undefined && to !== undefined) throw new MisuseError('connect', to, 'there is --bind already');
  return bind === undefined ? { endpoints: endpointsOf('connect', to) } : { bind: endpointsOf('bind', bind) };
}

async function requestOf(body: string | undefined, bytesMax: number): Promise<Uint8Array> {
  if (body !== undefined && body !== '-') return new TextEncoder().encode(body);
  if (body === undefined && process.stdin.isTTY) {
    throw new MisuseError('body', undefined, 'it takes the request, or "-" to read it from stdin');
  }
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > bytesMax) throw new MisuseError('body', 'stdin', `it may have ${bytesMax} bytes`);
  }
  return Buffer.concat(parts);
}

/** Resolves once all of it was handed on. */
function write(reply: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = ({ message }: Error) => reject(new Error(`the reply could not be written: ${message}`));
    process.stdout.once('error', failed);
    process.stdout.write(reply, (error) => (error ? failed(error) : resolve()));
  });
}

/** One line, whatever a server says: it goes to a terminal. */
function sentenceOf({ code, definite, message }: TransactionError): string {
  const told = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not reach a terminal
  const printable = told.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return `${code} (${definite ? 'definite' : 'not definite'}): ${printable}`;
}

const timeoutMsMax = 3_600_000;
