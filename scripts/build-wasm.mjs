// Builds the WebAssembly modules into dist/wasm, from one source; the epoch's also as JavaScript files that
// carry their bytes.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { run } from './run.mjs'
import { EPOCH, MODULES, moduleFile, reportSizes } from './wasm-files.mjs'

const TARGET = 'wasm32-unknown-unknown'
const FEATURES = { simd: '+simd128', scalar: '-simd128' }

/**
 * Compiles a variant. Each has a target folder of its own: its flags and features differ, and the flags are not the
 * host's.
 */
function compile(variant, { crate, prefix, inlining, features = [], small = [] }) {
  const folder = `${process.env.CARGO_TARGET_DIR ?? 'target'}/${prefix}-${variant}`
  const chosen = features.length === 0 ? '' : `--features ${features.join(',')}`
  const sizes = small.map((name) => `--config 'profile.wasm.package.${name}.opt-level="z"'`).join(' ')
  const cargo = `cargo build --quiet --locked --profile wasm -p ${crate} ${chosen} ${sizes} --target ${TARGET} --target-dir "$0"`
  run('bash', ['-c', `chosen=$(scripts/ensure-wasm.sh) && eval "$chosen" && ${cargo}`, folder], {
    shell: false,
    env: {
      ...process.env,
      RUSTFLAGS: `-Ctarget-feature=${FEATURES[variant]} -Cllvm-args=--inline-threshold=${inlining}`,
    },
  })
  return `${folder}/${TARGET}/wasm/${crate.replaceAll('-', '_')}.wasm`
}

/** Optimises what was compiled, unless that was done since. */
function optimise(compiled, file, passes) {
  if (existsSync(file) && statSync(file).mtimeMs > statSync(compiled).mtimeMs) return
  run('npx', ['wasm-opt', ...passes, '--strip-debug', '--strip-producers', compiled, '-o', `${file}.part`])
  renameSync(`${file}.part`, file)
}

/** The bytes as a JavaScript module, for single files and places without `fetch`. */
function writeInline(variant, file) {
  const base64 = readFileSync(file).toString('base64')
  const script = `dist/wasm/${variant}-inline.js`
  writeFileSync(
    script,
    `/** The ${variant} module's bytes. */\nexport const bytes = /* @__PURE__ */ Uint8Array.from(/* @__PURE__ */ atob('${base64}'), (c) => c.charCodeAt(0))\n`,
  )
  writeFileSync(
    script.replace(/js$/, 'd.ts'),
    `/** The ${variant} module's bytes, for \`loadWasm({ module: bytes })\`. */\nexport declare const bytes: Uint8Array<ArrayBuffer>\n`,
  )
}

mkdirSync('dist/wasm', { recursive: true })
for (const module of MODULES) {
  for (const variant of module.variants)
    optimise(compile(variant, module), moduleFile(variant, module), module.optimise)
}
for (const variant of EPOCH.variants) writeInline(variant, moduleFile(variant))
reportSizes()
