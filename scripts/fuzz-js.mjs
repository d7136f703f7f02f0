// `npm run fuzz:js -- [SECONDS] [SEED]`: changed files and changed answers of a node, each of which is to end in an answer
// or in a typed error. Exits 1 on a finding, which names what makes it again.
import { existsSync } from 'node:fs'
import { runnerImport } from 'vite'
import { run } from './run.mjs'

if (!existsSync('dist/native')) run('npm', ['run', '--silent', 'build:native'])
if (!existsSync('dist/wasm')) run('npm', ['run', '--silent', 'build:wasm'])
// Node 20 has no `using` of its own.
const { module } = await runnerImport('./test/fuzz/main.ts', {
  configFile: 'vitest.config.ts',
  oxc: { target: 'node20' },
})
process.exit(module.exitCode)
