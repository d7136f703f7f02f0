import { defineConfig } from 'vitest/config'

export default defineConfig({
  // What the package's own import map names is its build.
  resolve: {
    alias: {
      '#emission': new URL('ts/emission/index.ts', import.meta.url).pathname,
      '#rules': new URL('ts/emission/subnet-rules.ts', import.meta.url).pathname,
      '#proof': new URL('ts/proof/index.ts', import.meta.url).pathname,
      '#files': new URL('ts/snapshot/files.ts', import.meta.url).pathname,
    },
  },
  test: {
    include: ['ts/**/*.test.ts', 'test/**/*.test.ts'],
    // Vectors and processes, not seconds: a busy machine must not fail a correct build.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
