// Builds the WebAssembly modules into dist/wasm, from one source; what single files need also as JavaScript
// files that carry the bytes.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { run } from './run.mjs'
import { inlineFile, MODULES, moduleFile, reportSizes } from './wasm-files.mjs'

const TARGET = 'wasm32-unknown-unknown'
const FEATURES = { simd: '+simd128', scalar: '-simd128' }
/**
 * Loops whose length is not known take a thirtieth of a module's bytes where LLVM unrolls them, and with SIMD as long;
 * without it they take a fiftieth longer where it does not.
 */
const UNROLLING = { simd: '-Cllvm-args=--unroll-runtime=0', scalar: '' }

/**
 * Compiles a variant with wasm-pack: cargo, then wasm-bindgen. Each has a target folder of its own: its flags and
 * features differ, and the flags are not the host's. What comes of it is what cargo built, and what wasm-bindgen made of
 * that.
 */
function compile(variant, { crate, prefix, inlining, features = [], small = [] }) {
  const folder = resolve(process.env.CARGO_TARGET_DIR ?? 'target', `${prefix}-${variant}`)
  const cargo = [
    '--locked',
    '--target-dir',
    folder,
    ...(features.length === 0 ? [] : ['--features', features.join(',')]),
    ...small.flatMap((name) => ['--config', `profile.wasm.package.${name}.opt-level="z"`]),
  ]
  const options = [
    ...['--target', 'web', '--profile', 'wasm', '--mode', 'no-install'],
    ...['--no-opt', '--no-pack', '--no-gitignore'],
    ...['--out-name', prefix, '--out-dir', `${folder}/pkg`],
  ]
  const ready =
    'tools=$(scripts/ensure-wasm-pack.sh) && rust=$(scripts/ensure-wasm.sh) && eval "$tools" && eval "$rust"'
  const build = ['-c', `${ready} && exec "$0" "$@"`, 'wasm-pack', '--quiet', 'build', 'bindings/wasm']
  run('bash', [...build, ...options, '--', ...cargo], {
    shell: false,
    env: {
      ...process.env,
      RUSTFLAGS: `-Ctarget-feature=${FEATURES[variant]} -Cllvm-args=--inline-threshold=${inlining} ${UNROLLING[variant]}`,
    },
  })
  return {
    built: `${folder}/${TARGET}/wasm/${crate.replaceAll('-', '_')}.wasm`,
    bound: `${folder}/pkg/${prefix}_bg.wasm`,
  }
}

/**
 * Takes out what wasm-bindgen adds for objects of JavaScript, of which none cross: its own exports, and all that only they
 * reach. It would be 800 bytes, and an import more.
 */
function prune(bound, pruned) {
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(bound)))
  const names = exported.map(({ name }) => name).filter((name) => !name.startsWith('__'))
  const roots = names.map((name) => ({ name, export: name }))
  writeFileSync(`${pruned}.json`, JSON.stringify([{ name: 'loader', root: true, reaches: names }, ...roots]))
  run('npx', ['wasm-metadce', '-g', bound, '--graph-file', `${pruned}.json`, '-o', pruned], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** wasm-bindgen leaves functions in the order of their sizes: by their names those that are alike compress together. */
const LAST = ['--reorder-functions-by-name', '--strip-debug', '--strip-producers']

/** Optimises what was compiled, unless that was done since. */
function optimise({ built, bound }, file, passes) {
  if (existsSync(file) && statSync(file).mtimeMs > statSync(built).mtimeMs) return
  const pruned = bound.replace(/_bg\.wasm$/, '_pruned.wasm')
  prune(bound, pruned)
  run('npx', ['wasm-opt', pruned, ...passes, ...LAST, '-o', `${file}.part`])
  renameSync(`${file}.part`, file)
}

/** The bytes as a JavaScript module, for single files and places without `fetch`. */
function writeInline(variant, module) {
  const base64 = readFileSync(moduleFile(variant, module)).toString('base64')
  const script = inlineFile(variant, module)
  writeFileSync(
    script,
    `/** The module's bytes. */\nexport const bytes = /* @__PURE__ */ Uint8Array.from(/* @__PURE__ */ atob('${base64}'), (c) => c.charCodeAt(0))\n`,
  )
  writeFileSync(
    script.replace(/js$/, 'd.ts'),
    `/** The module's bytes, to be given as \`{ module: bytes }\`. */\nexport declare const bytes: Uint8Array<ArrayBuffer>\n`,
  )
}

/** The type of all `.wasm` files: what an import of one gives depends on the tool that resolves it. */
const DECLARATION = `import type { WasmSource } from '../runtime/source.js'
/** The module, its bytes or its address, as the tool that resolves the import has it: whichever, \`{ module }\` takes it. */
declare const module: WasmSource
export default module
`

mkdirSync('dist/wasm', { recursive: true })
writeFileSync('dist/wasm/module.d.ts', DECLARATION)
for (const module of MODULES) {
  for (const variant of module.variants)
    optimise(compile(variant, module), moduleFile(variant, module), module.optimise)
  for (const variant of module.inline) writeInline(variant, module)
}
reportSizes()
