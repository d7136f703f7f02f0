// Before `npm pack` and `npm publish`: builds all that the package carries, or refuses.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { hasPlatformPackages } from './platforms.mjs'
import { run } from './run.mjs'
import { builtFiles } from './wasm-files.mjs'

/** Standard output is npm's: with `--json` it is read by programs. */
const QUIETLY = { stdio: ['ignore', 2, 2] }

/** What other scripts than the compiler of TypeScript write into dist. */
const BUILT_ELSEWHERE = ['native', 'wasm', 'explorer']

if (!existsSync('node_modules')) run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], QUIETLY)

// What was compiled of sources that are gone is not to be packed.
for (const name of existsSync('dist') ? readdirSync('dist') : []) {
  if (!BUILT_ELSEWHERE.includes(name)) rmSync(`dist/${name}`, { recursive: true })
}
run('npm', ['run', '--silent', 'build:ts'], QUIETLY)

// A release has the addons in packages of their own; another tarball has that of the machine that it was packed on.
rmSync('dist/native', { recursive: true, force: true })
if (!hasPlatformPackages()) run('npm', ['run', '--silent', 'build:native'], QUIETLY)

for (const name of existsSync('dist/wasm') ? readdirSync('dist/wasm') : []) {
  if (!builtFiles().includes(name)) rmSync(`dist/wasm/${name}`)
}
run('npm', ['run', '--silent', 'build:wasm'], QUIETLY)
run('npm', ['run', '--silent', 'size'], QUIETLY)

run('npm', ['run', '--silent', 'build:explorer'], QUIETLY)
