import { InputError } from '../errors/index.ts'
import { shownValue } from '../errors/options.ts'
import { type Addon, addon } from '../runtime/addon.ts'
import { askedOf } from './asked.ts'
import { checkEpochOptions, checkSnapshots } from './checks.ts'
import { faultsNamed } from './faults.ts'
import { SCALARS } from './generated/wire.ts'
import { Prepared } from './prepared.ts'
import { rulesRanges } from './rules.ts'
import { Scalars } from './scalars.ts'
import type { Engine } from './types.ts'
import {
  decodeAnswer,
  encodeInput,
  type Input,
  knownVersions,
  type Options,
  type Run,
  runCall,
  runCalls,
} from './wire.ts'

/** Names the instruction set to use where no option does. */
const KERNEL_VARIABLE = 'YUMA_KERNEL'

/** Scalars of so many calls, in one block: making one for each costs more than filling it. */
function scalarsOfMany(calls: number): Scalars[] {
  const words = new BigUint64Array(SCALARS * calls)
  return Array.from(
    { length: calls },
    (_, call) => new Scalars(words.subarray(SCALARS * call, SCALARS * (call + 1))),
  )
}

/** As many columns as a subnet with one mechanism has. */
const COLUMNS_OF_ONE = 13

/** One epoch after the other by a function of the addon. */
function engineOf(addon: Addon, kind: 'native' | 'reference', kernel: string, run: Run): Engine {
  const rules = rulesRanges(addon.rules())
  const backend = { run, rules }
  return {
    kind,
    kernel,
    rules,
    knownSpecVersions: () => knownVersions(backend),
    epoch: (snapshot: Input, options?: Options) => runCall(snapshot, options, backend),
    epochs: (snapshots: readonly Input[], options?: Options) => runCalls(snapshots, options, backend),
    prepare: (snapshot) => new Prepared(snapshot),
  }
}

/**
 * The engine in the napi addon.
 * @param named The instruction set to use, of {@link nativeKernels}; by default `YUMA_KERNEL`, else the best.
 * @throws {EngineError} where there is no addon for this platform.
 * @throws {InputError} for a kernel that the machine lacks.
 */
export function loadNative(named: string | undefined): Engine {
  const loaded = addon()
  const { epoch, epochOfOne, epochLaidOut, epochs } = loaded
  const kernels = loaded.kernels()
  const kernel = named ?? process.env[KERNEL_VARIABLE]
  const index = kernel ? kernels.indexOf(kernel) : kernels.length - 1
  if (index < 0) {
    const field = named === undefined ? KERNEL_VARIABLE : 'kernel'
    const expected = `expected one of ${kernels.join(', ')} on this machine, found ${shownValue(kernel)}`
    throw new InputError({ field, expected })
  }
  const engine = engineOf(loaded, 'native', kernels[index]!, ({ scalars, columns, laidOut }, output) => {
    if (laidOut !== undefined) return epochLaidOut(index, laidOut.words, output)
    if (columns.length === COLUMNS_OF_ONE) return epochOfOne(index, scalars, output, ...columns)
    return epoch(index, scalars, columns, output)
  })
  const { rules } = engine
  return {
    ...engine,
    epochs(snapshots: readonly Input[], options?: Options) {
      checkSnapshots(snapshots)
      checkEpochOptions(options)
      const asked = askedOf(options)
      const scalars = scalarsOfMany(snapshots.length)
      const calls = snapshots.map((snapshot, index) =>
        faultsNamed(() => encodeInput(snapshot, asked, options?.asSpec, scalars[index]!), index),
      )
      const answers = epochs(
        index,
        calls.map(({ call }) => [call.scalars, ...call.columns]),
      )
      return answers.map((answer, at) => {
        const { subject, own } = calls[at]!
        return faultsNamed(() => decodeAnswer(answer, subject, { own, asked, rules }), at)
      })
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
