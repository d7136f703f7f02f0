// The WebAssembly modules in dist/wasm: where they are, how large they are, how large they may be.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'

const VARIANTS = ['simd', 'scalar']

/**
 * The modules: what each is compiled from, with which features, for which instruction sets, which of its builds a script
 * carries too, which crates for size beside those of Cargo.toml, how far LLVM may inline, how wasm-opt is to optimise,
 * and what its files' names begin with. A budget is the bytes that it may have after wasm-opt, as it is and as a server
 * would send it.
 *
 * The epoch's: a twentieth of LLVM's own inlining makes a module a tenth smaller, and as fast. LLVM has inlined already:
 * what wasm-opt inlines on top costs V8 a fifth of the speed and saves nothing. What level 3 adds to level 2 takes room,
 * and no time off.
 */
export const EPOCH = {
  crate: 'yuma-wasm',
  prefix: 'yuma',
  variants: VARIANTS,
  inline: VARIANTS,
  inlining: 10,
  optimise: ['-O2', '--converge', '--skip-pass=inlining-optimizing'],
  budget: { raw: 150_000, gzip: 60_000 },
}

/**
 * Emission's is made small, its epochs too, of which a block runs two at most: nearly all of it reads and writes
 * columns, and takes no time.
 */
export const EMISSION = {
  crate: 'yuma-wasm',
  features: ['emission'],
  prefix: 'yuma-emission',
  variants: VARIANTS,
  inline: ['simd'],
  small: ['yuma-epoch', 'yuma-vectorized', 'yuma-fixed', 'yuma-types', 'yuma-wasm'],
  inlining: 5,
  optimise: ['-Oz', '--converge'],
  budget: { raw: 350_000, gzip: 152_000 },
}

/**
 * The one for state proofs is made small but for the hash, which takes its time. One build is enough: a pull waits for
 * the node and not for hashes. Half of it is memory and texts of errors. Its budget is what there is of it, with room for
 * a tenth more: a page that proves pays for it beside the reader's own 24 kB.
 */
export const PROOF = {
  crate: 'yuma-wasm',
  features: ['proof'],
  prefix: 'yuma-proof',
  variants: ['scalar'],
  inline: ['scalar'],
  small: ['yuma-epoch', 'yuma-fixed', 'yuma-types', 'yuma-wasm', 'yuma-proof'],
  inlining: 5,
  optimise: ['-Oz'],
  budget: { raw: 44_000, gzip: 20_500 },
}

/**
 * The one for simulation has the epoch at its own speed, and is made small around it: thousands of epochs run in a row.
 */
export const SIMULATE = {
  crate: 'yuma-wasm',
  features: ['simulate'],
  prefix: 'yuma-simulate',
  variants: VARIANTS,
  inline: ['simd'],
  small: ['yuma-simulate', 'yuma-wasm', 'rand', 'chacha20'],
  inlining: 50,
  optimise: ['-O2', '--skip-pass=inlining-optimizing'],
  budget: { raw: 260_000, gzip: 110_000 },
}

export const MODULES = [EPOCH, EMISSION, PROOF, SIMULATE]

export function moduleFile(variant, { prefix } = EPOCH) {
  return `dist/wasm/${prefix}-${variant}.wasm`
}

/** The script that carries a build's bytes. */
export function inlineFile(variant, { prefix } = EPOCH) {
  return `dist/wasm/${prefix.replace(/^yuma-?/, '')}-${variant}-inline.js`.replace('/-', '/')
}

/** Names of all that is built into dist/wasm. */
export function builtFiles() {
  const files = MODULES.flatMap((module) => [
    ...module.variants.map((variant) => moduleFile(variant, module)),
    ...module.inline.flatMap((variant) => {
      const script = inlineFile(variant, module)
      return [script, script.replace(/js$/, 'd.ts')]
    }),
  ])
  return [...files.map((file) => basename(file)), 'module.d.ts']
}

/** Prints the modules' sizes; false where one is above its budget. */
export function reportSizes() {
  return MODULES.flatMap((module) =>
    module.variants.map((variant) => reportSize(moduleFile(variant, module), module.budget)),
  ).every((fits) => fits)
}

function reportSize(file, budget) {
  const bytes = readFileSync(file)
  const size = { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }
  const fits = size.raw <= budget.raw && size.gzip <= budget.gzip
  const verdict = `${fits ? 'within' : 'ABOVE'} ${kilobytes(budget.raw)} and ${kilobytes(budget.gzip)}`
  console.log(`${file}: ${kilobytes(size.raw)} raw, ${kilobytes(size.gzip)} gzip, ${verdict}`)
  return fits
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
