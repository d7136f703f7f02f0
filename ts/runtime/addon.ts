/** The napi addon: where it is, and what it exports. */

import { createRequire } from 'node:module'
import { EngineError } from '../errors/index.ts'
import type { Answer, Column } from './layout.ts'

/** What the addon exports: `bindings/node`. */
export interface Addon {
  epoch(kernel: number, scalars: BigUint64Array, columns: Column[], output?: Answer): Answer
  epochLaidOut(kernel: number, words: BigUint64Array, output?: Answer): Answer
  epochs(kernel: number, calls: Column[][]): Answer[]
  kernels(): string[]
  rules(): number[]
  referenceEpoch(scalars: BigUint64Array, columns: Column[], output?: Answer): Answer
  emissionFunction(number: number, slots: BigUint64Array, columns: Column[]): Answer
  proof(number: number, slots: BigUint64Array, columns: Column[]): Answer
  EmissionNetwork: new () => {
    call(method: number, slots: BigUint64Array, columns: Column[]): Answer
  }
  SimulatedSubnet: new () => {
    call(method: number, slots: BigUint64Array, columns: Column[]): Answer
  }
}

/** The name that the addon's file has on this platform, as `napi build --platform` gives it. */
function platformName(): string {
  const { platform, arch } = process
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  if (platform === 'win32') return `win32-${arch}-msvc`
  return `${platform}-${arch}`
}

function isMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  return report?.header?.glibcVersionRuntime === undefined
}

/** Loads the addon: built in this package, or from the package of this platform. */
function loadAddon(): Addon {
  const require = createRequire(import.meta.url)
  const name = platformName()
  const tried: unknown[] = []
  // The path is right from `ts` and from `dist`.
  for (const id of [`../../dist/native/yuma.${name}.node`, `yuma-core-${name}`]) {
    try {
      return require(id) as Addon
    } catch (error) {
      tried.push(error)
    }
  }
  throw new EngineError(`no native addon for ${name}; run \`npm run build:native\` in a clone`, {
    cause: new AggregateError(tried),
  })
}

let loaded: Addon | undefined

/**
 * The addon, loaded once.
 * @throws {EngineError} where there is none for this platform.
 */
export function addon(): Addon {
  loaded ??= loadAddon()
  return loaded
}

/** Why there is no addon; undefined where there is one. */
export function addonFault(): EngineError | undefined {
  try {
    addon()
    return undefined
  } catch (error) {
    return error as EngineError
  }
}
