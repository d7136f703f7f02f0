// Builds the napi addon into dist/native, named by platform as the loader asks for it.
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
])
