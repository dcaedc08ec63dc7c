import { defineConfig } from 'vitest/config';

const common = { pool: 'forks', testTimeout: 20_000, hookTimeout: 20_000 } as const;
/** Where tests start processes, and faults strike at moments that a busy machine would blur. */
const processes = ['test/processes/**', 'test/cli/**', 'test/canaries/**', 'test/interop/**', 'test/traps/**'];

/**
 * Tests have real sockets, and machines have two cores: each file is a process of its own. Two at a time where a file
 * keeps to its own process; one at a time, after those, where it starts others.
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
          exclude: processes,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'processes',
          include: processes.map((folder) => `${folder}/*.test.ts`),
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
