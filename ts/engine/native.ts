import { EngineError } from '../errors/index.ts'
import { addon } from '../runtime/addon.ts'
import type { Engine } from './types.ts'
import { decodeAnswer, encodeCall, type Run, runCall, runCalls } from './wire.ts'

/** One epoch after the other by a function of the addon. */
function engineOf(kind: 'native' | 'reference', kernel: string, run: Run): Engine {
  return {
    kind,
    kernel,
    epoch: (snapshot, options) => runCall(snapshot, options, run),
    epochs: (snapshots, options) => runCalls(snapshots, options, run),
  }
}

/**
 * The engine in the napi addon.
 * @param kernel The instruction set to use, of {@link nativeKernels}; by default `YUMA_KERNEL`, else the best.
 * @throws {EngineError} where there is no addon for this platform, or the machine lacks the kernel.
 */
export function loadNative(kernel: string | undefined = process.env.YUMA_KERNEL): Engine {
  const { epoch, epochs, kernels: list } = addon()
  const kernels = list()
  const index = kernel ? kernels.indexOf(kernel) : kernels.length - 1
  if (index < 0) {
    throw new EngineError(`kernel ${kernel}: expected one of ${kernels.join(', ')} on this machine`)
  }
  return {
    ...engineOf('native', kernels[index]!, ({ scalars, columns }, output) =>
      epoch(index, scalars, columns, output),
    ),
    epochs(snapshots, options) {
      const calls = snapshots.map((snapshot) => {
        const { scalars, columns } = encodeCall(snapshot, options?.trace === true)
        return [scalars, ...columns]
      })
      return epochs(index, calls).map((answer, at) => decodeAnswer(answer, snapshots[at]!))
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
  const { referenceEpoch } = addon()
  return engineOf('reference', 'plain', ({ scalars, columns }, output) =>
    referenceEpoch(scalars, columns, output),
  )
}
