// `npm run conformance -- FOLDER|FILE…`: runs vector files of any schema in test/vectors through every engine of this
// machine. Exits 1 on any difference and on any file that could not be read.
import { existsSync } from 'node:fs'
import { runnerImport } from 'vite'
import { run } from './run.mjs'

if (!existsSync('dist/native')) run('npm', ['run', '--silent', 'build:native'])
if (!existsSync('dist/wasm')) run('npm', ['run', '--silent', 'build:wasm'])
run(process.execPath, ['scripts/build-conformance.mjs'])
const { module } = await runnerImport('./test/conformance/main.ts')
process.exit(await module.main(process.argv.slice(2)))
