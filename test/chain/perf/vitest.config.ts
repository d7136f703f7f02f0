import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['test/chain/perf/*.perf.ts'], testTimeout: 600_000, reporters: ['default'] },
})
