import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { type KeyPair, keyPair, MisuseError } from '../../patterns/index.ts';
import { print, printJson } from './terminal.ts';

interface KeysOptions {
  readonly json: boolean;
  readonly out?: string;
}

export function keysCommand(): Command {
  return new Command('keys')
    .description('make a key pair for CURVE: see "security" of connect, serve and start')
    .option('--json', 'print one object on stdout, and nothing else there', false)
    .option('--out <file>', 'write the pair there as JSON, for its owner alone, and print the public key only')
    .action(keysAction);
}

function keysAction({ json, out }: KeysOptions): void {
  const pair = keyPair();
  if (out !== undefined) writePair(out, pair);
  const { publicKey } = pair;
  if (json) printJson(out === undefined ? pair : { publicKey });
  else {
    print(`publicKey  ${publicKey}`);
    if (out === undefined) print(`secretKey  ${pair.secretKey}`);
  }
}

/** Never over a file that is there: it may be the only copy of another key. */
function writePair(file: string, pair: KeyPair): void {
  try {
    writeFileSync(file, `${JSON.stringify(pair)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new MisuseError('out', file, code === 'EEXIST' ? 'that file is there already' : message);
  }
}
