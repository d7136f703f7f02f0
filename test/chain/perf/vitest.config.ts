import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: { include: ['test/chain/perf/*.perf.ts'], testTimeout: 600_000, reporters: ['default'] },
})

export default config
