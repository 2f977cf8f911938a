import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.postgres.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    expect: { requireAssertions: true },
    setupFiles: ['test/support/setup.ts'],
  },
})
