// The WebAssembly modules in dist/wasm: where they are, how large they are, how large they may be.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

export const VARIANTS = ['simd', 'scalar']

/**
 * The modules: what each is compiled from, with which features, which
 * crates for size beside those of Cargo.toml, how far LLVM may inline, how wasm-opt is to optimise,
 * and what its files' names begin with. A budget is the bytes that it may have after wasm-opt, as it is and as a server
 * would send it.
 *
 * The epoch's: a quarter of LLVM's own inlining makes a module a tenth smaller, and as fast. LLVM has inlined already:
 * what wasm-opt inlines on top costs V8 a fifth of the speed and saves nothing. What level 3 adds to level 2 takes room,
 * and no time off.
 */
export const EPOCH = {
  crate: 'yuma-wasm',
  prefix: 'yuma',
  inlining: 50,
  optimise: ['-O2', '--skip-pass=inlining-optimizing'],
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
  small: ['yuma-epoch', 'yuma-vectorized', 'yuma-fixed', 'yuma-types', 'yuma-wasm'],
  inlining: 5,
  optimise: ['-Oz'],
  budget: { raw: 350_000, gzip: 150_000 },
}

export function moduleFile(variant, { prefix } = EPOCH) {
  return `dist/wasm/${prefix}-${variant}.wasm`
}

/** Prints the modules' sizes; false where one is above its budget. */
export function reportSizes() {
  return [EPOCH, EMISSION]
    .flatMap((module) => VARIANTS.map((variant) => reportSize(moduleFile(variant, module), module.budget)))
    .every((fits) => fits)
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
