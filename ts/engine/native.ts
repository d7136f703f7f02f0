import { createRequire } from 'node:module'
import { EngineError } from '../snapshot/errors.ts'
import type { Snapshot } from '../snapshot/types.ts'
import type { Engine, EpochOptions, EpochResult } from './types.ts'
import { type Call, decodeAnswer, encodeCall } from './wire.ts'

type Answer = Uint8Array<ArrayBuffer>

/** What the addon exports: `bindings/node`. */
interface Addon {
  epoch(scalars: BigUint64Array, columns: Call['columns']): Answer
  referenceEpoch(scalars: BigUint64Array, columns: Call['columns']): Answer
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
  for (const id of [`../native/yuma.${name}.node`, `yuma-core-${name}`]) {
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

let addon: Addon | undefined

function engineOf(kind: 'native' | 'reference', call: (addon: Addon) => Addon['epoch']): Engine {
  addon ??= loadAddon()
  const run = call(addon)
  const epoch = (snapshot: Snapshot, options?: EpochOptions): EpochResult => {
    const { scalars, columns } = encodeCall(snapshot, options?.trace === true)
    return decodeAnswer(run(scalars, columns), snapshot)
  }
  return {
    kind,
    kernel: 'portable',
    epoch,
    epochs: (snapshots, options) => snapshots.map((snapshot) => epoch(snapshot, options)),
  }
}

/**
 * The engine in the napi addon.
 * @throws {EngineError} where there is no addon for this platform.
 */
export function loadNative(): Engine {
  return engineOf('native', (addon) => addon.epoch)
}

/**
 * The plain, slow implementation in the napi addon: for tests and comparison.
 * @throws {EngineError} where there is no addon for this platform.
 */
export function loadReference(): Engine {
  return engineOf('reference', (addon) => addon.referenceEpoch)
}
