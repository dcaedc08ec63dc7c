/** Keys, as commands take them: never as an argument, which every user of the machine can read. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { ListenerSecurity } from '../../patterns/security.ts';
import { MisuseError } from '../../patterns/transaction.ts';

export interface SecurityOptions {
  readonly keyFile?: string;
  readonly allow?: readonly string[];
  readonly serverKey?: string;
}

type Side = 'listens' | 'connects';

export function withSecurityOptions(command: Command, ...sides: readonly Side[]): Command {
  command.option(
    '--key-file <file>',
    `our key pair, as \`privateer keys --out\` writes it; or ${secretVariable} is set`,
  );
  if (sides.includes('listens')) {
    command.option('--allow <keys>', 'CURVE: public keys that are let in, by commas, or any; may be repeated', collect);
  }
  if (sides.includes('connects')) {
    command.option('--server-key <key>', 'CURVE: the public key of whoever listens');
  }
  return command;
}

/** What is given as `security`; nothing where no key was named. Whether it is a listener’s or a caller’s, and right, the library says. */
export function securityOf({ keyFile, allow, serverKey }: SecurityOptions): { readonly security?: ListenerSecurity } {
  const own = keyFile === undefined ? secretOfEnvironment() : pairOf(keyFile);
  if (own === undefined && allow === undefined && serverKey === undefined) return {};
  if (own === undefined) {
    throw new MisuseError('key-file', keyFile, `a secret key is needed, in a file or in ${secretVariable}`);
  }
  const others = {
    ...(allow === undefined ? {} : { clients: allow.length === 1 && allow[0] === 'any' ? 'any' : allow }),
    ...(serverKey === undefined ? {} : { serverKey }),
  };
  return { security: { ...own, ...others } as ListenerSecurity };
}

interface OwnKeys {
  readonly secretKey: string;
  readonly publicKey?: string;
}

/** Taken out of the environment, so that no program that is started inherits it. */
function secretOfEnvironment(): OwnKeys | undefined {
  const secretKey = process.env[secretVariable];
  delete process.env[secretVariable];
  return secretKey === undefined ? undefined : { secretKey };
}

/** A pair as JSON, or a secret key alone. Nothing of what the file holds is ever shown. */
function pairOf(file: string): OwnKeys {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new MisuseError('key-file', file, (error as Error).message);
  }
  if (!text.startsWith('{"')) return { secretKey: text };
  try {
    return JSON.parse(text) as OwnKeys;
  } catch {
    throw new MisuseError('key-file', file, 'it takes what `privateer keys --out` writes');
  }
}

function collect(keys: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...keys.split(',')];
}

const secretVariable = 'PRIVATEER_SECRET_KEY';
