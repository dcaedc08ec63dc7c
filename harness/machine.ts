/** Where a figure was measured: without it a figure says nothing. */
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { libzmqVersion } from '../patterns/drivers/zeromq.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  /** The version of zeromq.js, and of the libzmq that is in it. */
  readonly zeromq: string;
  readonly libzmq: string;
  /** The load average of the minute before: neighbours show here. */
  readonly loadBefore: number;
}

export function machine(): Machine {
  const { version } = createRequire(import.meta.url)('zeromq/package.json') as { version: string };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    platform: process.platform,
    node: process.version,
    zeromq: version,
    libzmq: libzmqVersion,
    loadBefore: loadavg()[0]!,
  };
}
