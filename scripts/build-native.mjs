// Builds the napi addon into dist/native, named by platform as the loader asks for it. Further arguments are those of
// `napi build`: `--target` for another platform.
import { run } from './run.mjs'

run('npx', [
  'napi',
  'build',
  '--platform',
  '--release',
  '--no-js',
  '--manifest-path',
  'bindings/node/Cargo.toml',
  '--output-dir',
  'dist/native',
  ...process.argv.slice(2),
])
