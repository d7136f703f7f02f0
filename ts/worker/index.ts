/**
 * `yuma-core/worker`: the WebAssembly engine in workers, so that a page goes on while epochs run.
 *
 * @example
 * ```ts
 * import { createWorkerEngine } from 'yuma-core/worker'
 * const engine = await createWorkerEngine({ pool: 4 })
 * const results = await engine.epochs(snapshots, { signal: AbortSignal.timeout(10_000) })
 * engine.close()
 * ```
 *
 * @module yuma-core/worker
 */

import { askedOf } from '../engine/asked.ts'
import { checkEpochOptions, checkSnapshots, MODULE_OPTIONS } from '../engine/checks.ts'
import { faultsNamed } from '../engine/faults.ts'
import { Prepared } from '../engine/prepared.ts'
import { rulesRanges } from '../engine/rules.ts'
import type {
  AllFieldsOption,
  AnyFieldsOption,
  BatchOptions,
  EpochField,
  EpochResult,
  EpochResultOf,
  FieldsOption,
  PreparedSnapshot,
  RulesRange,
} from '../engine/types.ts'
import { compileWasm, type WasmOptions } from '../engine/wasm.ts'
import { decodeAnswer, type Encoded, encodeInput, type Input, newScalars } from '../engine/wire.ts'
import { checkAborted, EngineError } from '../errors/index.ts'
import { abortSignal, type Checks, callback, checkOptions, flag, integerFrom } from '../errors/options.ts'
import { columnBytes, columnType } from '../runtime/call.ts'
import type { Call, Column } from '../runtime/layout.ts'
import type { WebWorker } from '../runtime/platform-types.ts'
import type { Snapshot } from '../snapshot/types.ts'
import type { Ready } from './messages.ts'
import { type Parcel, Pool } from './pool.ts'
import { type NodeWorker, startWorker } from './port.ts'
import { WorkerSlot } from './worker-slot.ts'

export { AbortedError, EngineError, InputError, YumaError } from '../errors/index.ts'
export type { NodeWorker } from './port.ts'

/** Options of {@link createWorkerEngine}. */
export interface WorkerEngineOptions extends WasmOptions {
  /** Workers at most, 1 to 1024, started when there is work for them; by default one per core. */
  readonly pool?: number
  /** Starts a worker that runs this package's `yuma-core/worker/script`, where that must be done in a way of its own. */
  readonly start?: () => WebWorker | NodeWorker
}

/** Options of a call. */
export interface WorkerCallOptions extends BatchOptions {
  /** Ends the call: its worker is stopped, and replaced for the next. */
  readonly signal?: AbortSignal
  /** Gives the snapshots' arrays away instead of copying them: they are empty afterwards. */
  readonly transfer?: boolean
}

/** An engine whose work is done in workers. Snapshots must not change until the call that takes them is done. */
export interface WorkerEngine {
  readonly kind: 'wasm' | 'wasm-scalar'
  /** The instruction set in use: `portable` or `simd128`. */
  readonly kernel: string
  /** Workers at most. */
  readonly pool: number
  /** The spec versions whose rules are known, ascending, with the evidence of each. */
  readonly rules: readonly RulesRange[]
  /**
   * One epoch. Rejects with `InputError` for input that no chain could hold, with `AbortedError` when the signal is
   * aborted, and with `EngineError` where the engine or the worker fails; the next call finds a worker again.
   */
  epoch(
    snapshot: Snapshot | PreparedSnapshot,
    options?: WorkerCallOptions & AllFieldsOption,
  ): Promise<EpochResult>
  epoch<const F extends EpochField>(
    snapshot: Snapshot | PreparedSnapshot,
    options: WorkerCallOptions & FieldsOption<F>,
  ): Promise<EpochResultOf<F>>
  /**
   * A batch over all workers. Results in the order of the input; the first fault ends the batch, and the `index` of an
   * `InputError` says of which snapshot it is.
   */
  epochs(
    snapshots: readonly (Snapshot | PreparedSnapshot)[],
    options?: WorkerCallOptions & AllFieldsOption,
  ): Promise<EpochResult[]>
  epochs<const F extends EpochField>(
    snapshots: readonly (Snapshot | PreparedSnapshot)[],
    options: WorkerCallOptions & FieldsOption<F>,
  ): Promise<EpochResultOf<F>[]>
  /**
   * Lays a snapshot out once, for epochs that are run again.
   * @throws {InputError} for a scalar out of range or a column of another type.
   */
  prepare(snapshot: Snapshot): PreparedSnapshot
  /** Ends the workers; what they are at is rejected with `EngineError`. */
  close(): void
}

/** Options of a call, as they are before what is asked for is known. */
type CallOptions = WorkerCallOptions & AnyFieldsOption

/** Parts into which a batch is cut for each worker: enough to level them out, few enough to be worth a message. */
const PARTS_PER_WORKER = 4

/** More no machine has cores for, and each is a thread with a module of its own. */
const MAX_POOL = 1024

const OPTIONS: Checks<WorkerEngineOptions> = {
  ...MODULE_OPTIONS,
  pool: integerFrom(1, MAX_POOL),
  start: callback,
}

/**
 * Loads the module and starts a first worker.
 * @throws {EngineError} where the module cannot be loaded, or no worker be started.
 * @throws {InputError} for an option that means nothing.
 */
export async function createWorkerEngine(options: WorkerEngineOptions = {}): Promise<WorkerEngine> {
  checkOptions('options', options, OPTIONS)
  const size = options.pool ?? Math.min(cores(), MAX_POOL)
  const module = await compileWasm(options)
  const start = options.start ?? startWorker
  const slots = Array.from({ length: size }, () => new WorkerSlot(module, start))
  return new Workers(await slots[0]!.ready(), size, new Pool(slots))
}

function cores(): number {
  return (
    globalThis.navigator?.hardwareConcurrency ??
    globalThis.process?.getBuiltinModule?.('node:os')?.availableParallelism() ??
    1
  )
}

class Workers implements WorkerEngine {
  readonly kernel: string
  readonly pool: number
  readonly rules: readonly RulesRange[]
  readonly #pool: Pool

  constructor({ kernel, rules }: Ready, size: number, pool: Pool) {
    this.kernel = kernel
    this.rules = rulesRanges(rules)
    this.pool = size
    this.#pool = pool
  }

  get kind(): 'wasm' | 'wasm-scalar' {
    return this.kernel === 'portable' ? 'wasm-scalar' : 'wasm'
  }

  prepare(snapshot: Snapshot): PreparedSnapshot {
    return new Prepared(snapshot)
  }

  async epoch(snapshot: Input, options: CallOptions = {}): Promise<EpochResult> {
    checkCall(options)
    const [result] = await this.#part([snapshot], options, { failed: false })
    return result!
  }

  async epochs(snapshots: readonly Input[], options: CallOptions = {}): Promise<EpochResult[]> {
    checkSnapshots(snapshots)
    checkCall(options)
    checkAborted(options.signal)
    const length = Math.ceil(snapshots.length / (this.pool * PARTS_PER_WORKER))
    const batch: Batch = { failed: false }
    const parts: Promise<EpochResult[]>[] = []
    for (let at = 0; at < snapshots.length; at += length) {
      parts.push(this.#part(snapshots.slice(at, at + length), options, batch, at))
    }
    try {
      return (await Promise.all(parts)).flat()
    } catch (error) {
      batch.failed = true
      throw error
    }
  }

  close(): void {
    this.#pool.close()
  }

  /** @param first The place in the batch of the part's first snapshot; none where it is no batch. */
  async #part(
    snapshots: readonly Input[],
    options: CallOptions,
    batch: Batch,
    first?: number,
  ): Promise<EpochResult[]> {
    const indexOf = (i: number): number | undefined => (first === undefined ? undefined : first + i)
    const asked = askedOf(options)
    const { asSpec, transfer = false, signal } = options
    const encode = (snapshot: Input): Encoded => encodeInput(snapshot, asked, asSpec, newScalars())
    const encoded: Encoded[] = []
    const pack = (): Parcel => {
      if (batch.failed) throw new EngineError('another part of the batch failed')
      const calls = snapshots.map((snapshot, i) => {
        const ready = faultsNamed(() => encode(snapshot), indexOf(i))
        encoded[i] = ready
        return readyToSend(ready.call, transfer)
      })
      return { request: { calls }, transfer: buffersOf(calls) }
    }
    const reply = await this.#pool.run(pack, signal)
    if (!('answers' in reply)) throw new EngineError('the worker answered something else')
    const { rules } = this
    return encoded.map(({ subject, own }, i) =>
      faultsNamed(() => decodeAnswer(reply.answers[i]!, subject, { own, asked, rules }), indexOf(i)),
    )
  }
}

/** @throws {InputError} for an option that means nothing. */
function checkCall(options: CallOptions): void {
  checkEpochOptions(options)
  if (options.signal !== undefined) abortSignal('signal', options.signal)
  if (options.transfer !== undefined) flag('transfer', options.transfer)
}

/** What the parts of a batch know of each other: once one has failed, none is begun. */
interface Batch {
  failed: boolean
}

/** A call with copies of its columns, unless they are to be given away. */
function readyToSend({ scalars, columns, laidOut }: Call, transfer: boolean): Call {
  // What is laid out serves later calls; an array that is empty may have been given away before, and could not be sent
  // at all.
  const isGiven = (column: Column): boolean => transfer && laidOut === undefined && column.length > 0
  const ready = (column: Column): Column => (isGiven(column) ? column : columnCopy(column))
  return { scalars: scalars.slice(), columns: columns.map(ready) }
}

/** Not by `slice`, which of a Node buffer is a view, and which throws where an array was given away. */
function columnCopy(column: Column): Column {
  const copy = new (columnType(column))(column.length)
  new Uint8Array(copy.buffer).set(columnBytes(column))
  return copy
}

/** What can be given away: not shared memory, and no buffer twice. */
function buffersOf(calls: readonly Call[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const { columns } of calls) {
    for (const { buffer } of columns) if (buffer instanceof ArrayBuffer) buffers.add(buffer)
  }
  return [...buffers]
}
