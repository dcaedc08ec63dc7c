import { defineConfig } from 'vitest/config';

const common = { pool: 'forks', testTimeout: 20_000, hookTimeout: 20_000 } as const;
/** Where tests start processes, and faults strike at moments that a busy machine would blur. */
const processes = ['test/processes/**', 'test/canaries/**', 'test/traps/**'];
/** Where they start processes, and nothing strikes those. */
const commands = ['test/cli/**', 'test/interop/**'];

/**
 * Tests have real sockets, and machines have two cores: each file is a process of its own. Two at a time where a file
 * keeps to its own process, or only starts others; one at a time, after those, where it does something to others.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'in-process',
          include: ['test/**/*.test.ts'],
          exclude: [...processes, ...commands],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'commands',
          include: commands.map((folder) => `${folder}/*.test.ts`),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'processes',
          include: processes.map((folder) => `${folder}/*.test.ts`),
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
