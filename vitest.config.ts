import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['ts/**/*.test.ts', 'test/**/*.test.ts'],
    // Vectors and processes, not seconds: a busy machine must not fail a correct build.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
