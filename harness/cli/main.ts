#!/usr/bin/env node
/** The command line. Exit codes: 0 for success, 1 for a run that failed, 2 for misuse, 130 when it was interrupted. */
import { Command, CommanderError } from 'commander';
import { compareCommand } from './compare.ts';
import { keysCommand } from './keys.ts';
import { listCommand } from './list.ts';
import { reproduceCommand } from './reproduce.ts';
import { runCommand } from './run.ts';
import { simulateCommand } from './simulate.ts';
import { fail } from './terminal.ts';
import { verifyCommand } from './verify.ts';

const commands = [
  listCommand,
  compareCommand,
  runCommand,
  verifyCommand,
  reproduceCommand,
  simulateCommand,
  keysCommand,
];

const program = new Command('privateer')
  .description('Request-reply that survives kill -9 over ZeroMQ, and the harness that proves which patterns do.')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`privateer: ${text.replace(/^error: /, '')}`) });
for (const make of commands) {
  const command = make();
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`privateer: ${text.replace(/^error: /, '')}`) });
  program.addCommand(command);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : fail(error);
}
