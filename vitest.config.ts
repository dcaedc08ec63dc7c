import { defineConfig } from 'vitest/config';

/** Tests have real sockets, and machines have two cores: one file at a time, each in a process of its own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default'],
  },
});
