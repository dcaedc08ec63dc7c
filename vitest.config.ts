import { defineConfig } from 'vitest/config';

const common = { pool: 'forks', testTimeout: 20_000, hookTimeout: 20_000 } as const;
/** Where tests start processes. */
const commands = ['test/cli', 'test/interop', 'test/processes', 'test/traps'].map((folder) => `${folder}/*.test.ts`);
/** Where besides faults strike at moments that a busy machine would blur. */
const alone = ['canaries', 'faults', 'leftovers', 'node-faults', 'reproductions', 'zombies'].map(
  (name) => `test/processes/${name}.test.ts`,
);

/**
 * Tests have real sockets, and machines have two cores: each file is a process of its own. First those that keep to their own
 * process, three at a time, as they wait for half of their time; then two at a time; and one at a time, in the end, those that only
 * an idle machine can judge.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    maxWorkers: 2,
    slowTestThreshold: 10_000,
    projects: [
      {
        test: {
          ...common,
          name: 'in-process',
          include: ['test/**/*.test.ts'],
          exclude: commands,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...common, name: 'commands', include: commands, exclude: alone, sequence: { groupOrder: 1 } },
      },
      {
        test: { ...common, name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
