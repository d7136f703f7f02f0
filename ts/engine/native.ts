import { createRequire } from 'node:module'
import { EngineError } from '../errors/index.ts'
import { rulesRanges } from './rules.ts'
import type { Engine } from './types.ts'
import {
  type Answer,
  asAsked,
  type Call,
  decodeAnswer,
  encodeCall,
  type Run,
  runCall,
  runCalls,
} from './wire.ts'

/** What the addon exports: `bindings/node`. */
interface Addon {
  epoch(kernel: number, scalars: BigUint64Array, columns: Call['columns'], output?: Answer): Answer
  epochs(kernel: number, calls: Call['columns'][]): Answer[]
  kernels(): string[]
  rules(): number[]
  referenceEpoch(scalars: BigUint64Array, columns: Call['columns'], output?: Answer): Answer
  emissionCall(name: string, request: Uint8Array): Answer
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

let addon: Addon | undefined

/** Why there is no addon; undefined where there is one. */
export function addonFault(): EngineError | undefined {
  try {
    addon ??= loadAddon()
    return undefined
  } catch (error) {
    return error as EngineError
  }
}

/** One epoch after the other by a function of the addon. */
function engineOf(addon: Addon, kind: 'native' | 'reference', kernel: string, run: Run): Engine {
  const rules = rulesRanges(addon.rules())
  const backend = { run, rules }
  return {
    kind,
    kernel,
    rules,
    epoch: (snapshot, options) => runCall(snapshot, options, backend),
    epochs: (snapshots, options) => runCalls(snapshots, options, backend),
  }
}

/**
 * The engine in the napi addon.
 * @param kernel The instruction set to use, of {@link nativeKernels}; by default `YUMA_KERNEL`, else the best.
 * @throws {EngineError} where there is no addon for this platform, or the machine lacks the kernel.
 */
export function loadNative(kernel: string | undefined = process.env.YUMA_KERNEL): Engine {
  addon ??= loadAddon()
  const kernels = addon.kernels()
  const index = kernel ? kernels.indexOf(kernel) : kernels.length - 1
  if (index < 0) {
    throw new EngineError(`kernel ${kernel}: expected one of ${kernels.join(', ')} on this machine`)
  }
  const { epoch, epochs } = addon
  const engine = engineOf(addon, 'native', kernels[index]!, ({ scalars, columns }, output) =>
    epoch(index, scalars, columns, output),
  )
  return {
    ...engine,
    epochs(snapshots, { trace = false, asSpec } = {}) {
      const asked = snapshots.map((snapshot) => asAsked(snapshot, asSpec))
      const calls = asked.map((snapshot) => {
        const { scalars, columns } = encodeCall(snapshot, trace)
        return [scalars, ...columns]
      })
      return epochs(index, calls).map((answer, at) =>
        decodeAnswer(answer, asked[at]!, { of: snapshots[at]!, rules: engine.rules }),
      )
    },
  }
}

/** The instruction sets that the addon can use on this machine, the best last. */
export function nativeKernels(): readonly string[] {
  addon ??= loadAddon()
  return addon.kernels()
}

/**
 * The plain, slow implementation in the napi addon: for tests and comparison.
 * @throws {EngineError} where there is no addon for this platform.
 */
export function loadReference(): Engine {
  addon ??= loadAddon()
  const { referenceEpoch } = addon
  return engineOf(addon, 'reference', 'plain', ({ scalars, columns }, output) =>
    referenceEpoch(scalars, columns, output),
  )
}

/**
 * The addon's emission, for `yuma-core/emission`.
 * @throws {EngineError} where there is no addon for this platform.
 */
export function nativeEmission(): (name: string, request: Uint8Array) => Uint8Array {
  addon ??= loadAddon()
  return addon.emissionCall
}
