// The WebAssembly modules in dist/wasm: where they are, how large they are, how large they may be.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

export const VARIANTS = ['simd', 'scalar']

/** Bytes that a module may have after wasm-opt, as it is and as a server would send it. */
const BUDGET = { raw: 150_000, gzip: 60_000 }

export function moduleFile(variant) {
  return `dist/wasm/yuma-${variant}.wasm`
}

/** Prints the modules' sizes; false where one is above the budget. */
export function reportSizes() {
  let within = true
  for (const variant of VARIANTS) {
    const bytes = readFileSync(moduleFile(variant))
    const raw = bytes.length
    const gzip = gzipSync(bytes, { level: 9 }).length
    const fits = raw <= BUDGET.raw && gzip <= BUDGET.gzip
    within &&= fits
    const verdict = fits ? 'within' : 'ABOVE'
    console.log(
      `${moduleFile(variant)}: ${kilobytes(raw)} raw, ${kilobytes(gzip)} gzip, ${verdict} ${limits()}`,
    )
  }
  return within
}

function limits() {
  return `${kilobytes(BUDGET.raw)} and ${kilobytes(BUDGET.gzip)}`
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
