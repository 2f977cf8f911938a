import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // a test in which nothing is asserted fails; what a test waits for may take seconds on a busy machine
    expect: { requireAssertions: true, poll: { timeout: 30_000 } },
    globalSetup: 'test/support/global.ts',
    // providers that a developer has added are none of the tests'
    env: { XDG_DATA_HOME: '/nonexistent' },
    setupFiles: ['test/support/setup.ts', 'test/security/scanner.ts'],
    // test files of a worker share what they import, which halves the time; none of them changes a module or the environment
    isolate: false,
    // most of a test is waiting for the program, of which each worker runs one
    maxWorkers: '100%',
  },
})
