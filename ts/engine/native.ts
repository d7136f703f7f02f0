import { EngineError } from '../errors/index.ts'
import { type Addon, addon } from '../runtime/addon.ts'
import { rulesRanges } from './rules.ts'
import type { Engine } from './types.ts'
import { asAsked, checkRead, decodeAnswer, encodeCall, type Run, runCall, runCalls } from './wire.ts'

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
  const loaded = addon()
  const { epoch, epochs } = loaded
  const kernels = loaded.kernels()
  const index = kernel ? kernels.indexOf(kernel) : kernels.length - 1
  if (index < 0) {
    throw new EngineError(`kernel ${kernel}: expected one of ${kernels.join(', ')} on this machine`)
  }
  const engine = engineOf(loaded, 'native', kernels[index]!, ({ scalars, columns }, output) =>
    epoch(index, scalars, columns, output),
  )
  return {
    ...engine,
    epochs(snapshots, { trace = false, asSpec } = {}) {
      const asked = snapshots.map((snapshot) => asAsked(snapshot, asSpec))
      if (asSpec === undefined) for (const snapshot of snapshots) checkRead(snapshot)
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
  return addon().kernels()
}

/**
 * The plain, slow implementation in the napi addon: for tests and comparison.
 * @throws {EngineError} where there is no addon for this platform.
 */
export function loadReference(): Engine {
  const loaded = addon()
  const { referenceEpoch } = loaded
  return engineOf(loaded, 'reference', 'plain', ({ scalars, columns }, output) =>
    referenceEpoch(scalars, columns, output),
  )
}
