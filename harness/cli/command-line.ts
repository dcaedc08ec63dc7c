/** Reads what was typed, and does it. Exit codes: 0 for success, 1 for what failed, 2 for misuse, 130 when it was interrupted. */
import { Command, CommanderError } from 'commander';
import { fail } from './terminal.ts';

/** Each is read when it is asked for: one request must not wait for what draws timelines. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  broker: async () => (await import('./broker.ts')).brokerCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  request: async () => (await import('./request.ts')).requestCommand(),
  list: async () => (await import('./list.ts')).listCommand(),
  compare: async () => (await import('./compare.ts')).compareCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  reproduce: async () => (await import('./reproduce.ts')).reproduceCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
};

/** Sets the exit code of the process; where a command stays on, as a server does, it ends with what keeps it. */
export async function commandLine(args: readonly string[]): Promise<void> {
  const program = new Command('privateer')
    .description('Request-reply that survives kill -9 over ZeroMQ, and the harness that proves which patterns do.')
    .enablePositionalOptions();
  const named = args[0] ?? '';
  const wanted = Object.hasOwn(commands, named) ? [commands[named]!] : Object.values(commands);
  try {
    for (const make of wanted) program.addCommand(await make());
    for (const command of [program, ...program.commands]) {
      command
        .exitOverride()
        .configureOutput({ outputError: (text, write) => write(`privateer: ${text.replace(/^error: /, '')}`) });
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : fail(error);
  }
}
