// Builds what answers the functions of the vectors, for tests alone: a program for this machine, and a WebAssembly
// module with and without SIMD, from one source.
import { run } from './run.mjs'

const TARGET = 'wasm32-unknown-unknown'
const FEATURES = { simd: '+simd128', scalar: '-simd128' }
const folder = process.env.CARGO_TARGET_DIR ?? 'target'

run('cargo', ['build', '--quiet', '--locked', '-p', 'yuma-conformance'])
for (const [variant, feature] of Object.entries(FEATURES)) {
  const cargo = `cargo build --quiet --locked -p yuma-conformance --lib --target ${TARGET} --target-dir "$0"`
  run(
    'bash',
    [
      '-c',
      `chosen=$(scripts/ensure-wasm.sh) && eval "$chosen" && ${cargo}`,
      `${folder}/conformance-${variant}`,
    ],
    {
      shell: false,
      env: { ...process.env, RUSTFLAGS: `-Ctarget-feature=${feature}` },
    },
  )
}
