#!/usr/bin/env node
import { commandLine } from './command-line.ts';

// Who reads no further has read enough: what is under way still ends as it should, and leaves nothing behind.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await commandLine(process.argv.slice(2));
