/**
 * The byte layout in which columns cross into Rust and results come back: the other side of `bindings/wire`.
 */

import { EngineError, InputError } from '../errors/index.ts'
import { type Answer, type Call, type Column, STATUS_INPUT_ERROR, STATUS_OK } from '../runtime/layout.ts'
import type { Snapshot, SparseRows } from '../snapshot/types.ts'
import type {
  BatchOptions,
  EpochOptions,
  EpochResult,
  EpochTerms,
  FixedRows,
  MechanismResult,
  RawTerms,
  Trace,
} from './types.ts'

/**
 * Runs a call, and lays its answer down in `room` where it fits there and no column of the call lies there: the
 * caller's snapshot must not change. Errors never are.
 */
export type Run = (call: Call, room: Answer | undefined) => Answer

const SLOTS = 21
const NO_OWNER = 0xffff_ffff_ffff_ffffn
const MAX_U64 = 0xffff_ffff_ffff_ffffn

/** Scalar slots under construction: small numbers go in by their words, without a detour over bigint. */
class Slots {
  readonly words = new BigUint64Array(SLOTS)
  readonly #halves = new Uint32Array(this.words.buffer)

  small(slot: number, field: string, value: number, max: number): void {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new InputError({
        field,
        expected: `expected an integer from 0 to ${max}, found ${String(value)}`,
      })
    }
    this.#put(slot, value)
  }

  flag(slot: number, field: string, value: boolean): void {
    if (typeof value !== 'boolean') {
      throw new InputError({ field, expected: `expected a boolean, found ${String(value)}` })
    }
    this.#put(slot, value ? 1 : 0)
  }

  #put(slot: number, value: number): void {
    this.#halves[2 * slot] = value
    this.#halves[2 * slot + 1] = 0
  }

  big(slot: number, field: string, value: bigint): void {
    if (typeof value !== 'bigint' || value < 0n || value > MAX_U64) {
      throw new InputError({
        field,
        expected: `expected a bigint from 0 to 2^64 - 1, found ${String(value)}`,
      })
    }
    this.words[slot] = value
  }
}

const NO_SPLIT = new Uint16Array(0)

/**
 * A snapshot as scalar slots and columns. Columns are not copied.
 * @throws {InputError} for a scalar out of range or a column of another type; values are checked where they are read.
 */
export function encodeCall(snapshot: Snapshot, trace: boolean): Call {
  return encode(snapshot, trace, new Slots())
}

/** Slots that no call is using. */
let idle: Slots | undefined

/**
 * An epoch through `run`, which is done with the call when it returns. The slots then serve the next call: making them
 * costs more than filling them.
 * @throws {InputError} for input that no chain could hold.
 * @throws {EngineError} where the engine says that it failed.
 */
export function runCall(snapshot: Snapshot, options: EpochOptions | undefined, run: Run): EpochResult {
  const slots = idle ?? new Slots()
  // Taken until they are given back: a snapshot's getter may itself run an epoch.
  idle = undefined
  const call = encode(snapshot, options?.trace === true, slots)
  const memory = memoryOf(options?.into)
  const answer = run(call, memory?.bytes)
  idle = slots
  return decodeAnswer(answer, snapshot, memory)
}

/** {@link runCall} of one snapshot after the other, each result in memory of its own. */
export function runCalls(
  snapshots: readonly Snapshot[],
  options: BatchOptions | undefined,
  run: Run,
): EpochResult[] {
  const { trace = false } = options ?? {}
  return snapshots.map((snapshot) => runCall(snapshot, { trace }, run))
}

/** An answer's bytes, and the views of them once a second answer is to lie there: making views is most of decoding. */
class Memory {
  readonly bytes: Answer
  /** In the order of the directory. */
  #views: ArrayBufferView[] | undefined
  /** The directory that the views follow: a copy, since the next answer overwrites it. */
  #directory: Uint32Array | undefined

  constructor(bytes: Answer) {
    this.bytes = bytes
  }

  /** The views that there are under this directory; those made since are to be added. */
  viewsUnder(words: Uint32Array, end: number): ArrayBufferView[] {
    if (this.#views && this.#directory && beginsWith(words, this.#directory)) return this.#views
    this.#directory = words.slice(0, end)
    this.#views = []
    return this.#views
  }
}

function beginsWith(words: Uint32Array, directory: Uint32Array): boolean {
  for (let i = 0; i < directory.length; i++) if (words[i] !== directory[i]) return false
  return true
}

/** The index of a section's view, by the place of its entry: entries are of three words, behind a header of two. */
function viewOf(entry: number): number {
  return (entry - 2) / 3
}

/** A constructor that gives back what it is given, so that a class can lay private fields into it. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what it is for.
    return object
  }
}

/**
 * Lays its memory into a result, unseen: not to be found from the columns, which anyone can make, and for less than an
 * entry of a weak map costs every epoch and every collection.
 */
class Laid extends Given {
  readonly #memory: Memory

  constructor(result: EpochResult, memory: Memory) {
    super(result)
    this.#memory = memory
  }

  static memory(result: object): Memory | undefined {
    return #memory in result ? result.#memory : undefined
  }
}

/** The memory of a result, where it is one of ours. */
function memoryOf(result: unknown): Memory | undefined {
  return typeof result === 'object' && result !== null ? Laid.memory(result) : undefined
}

/** Writes every slot anew, whatever was there. */
function encode(snapshot: Snapshot, trace: boolean, slots: Slots): Call {
  slots.small(0, 'spec_version', snapshot.specVersion, 0xffff_ffff)
  slots.small(1, 'n', snapshot.n, 0xffff)
  slots.big(2, 'block', snapshot.block)
  slots.big(3, 'tempo', snapshot.tempo)
  slots.big(4, 'last_mechanism_step_block', snapshot.lastMechanismStepBlock)
  slots.big(5, 'activity_cutoff_blocks', snapshot.activityCutoffBlocks)
  slots.big(6, 'stake_threshold', snapshot.stakeThreshold)
  if (snapshot.ownerUid === null) slots.words[7] = NO_OWNER
  else slots.small(7, 'owner_uid', snapshot.ownerUid, 0xffff)
  slots.small(8, 'max_allowed_validators', snapshot.maxAllowedValidators, 0xffff)
  slots.flag(9, 'commit_reveal_enabled', snapshot.commitRevealEnabled)
  slots.small(10, 'kappa', snapshot.kappa, 0xffff)
  slots.small(11, 'bonds_penalty', snapshot.bondsPenalty, 0xffff)
  slots.big(12, 'bonds_moving_average', snapshot.bondsMovingAverage)
  slots.flag(13, 'yuma3_on', snapshot.yuma3On)
  slots.flag(14, 'liquid_alpha_on', snapshot.liquidAlphaOn)
  slots.small(15, 'alpha_low', snapshot.alphaLow, 0xffff)
  slots.small(16, 'alpha_high', snapshot.alphaHigh, 0xffff)
  slots.words[17] = steepness(snapshot.alphaSigmoidSteepness)
  slots.big(18, 'emission', snapshot.emission)
  slots.flag(19, 'mechanism_emission_split', snapshot.mechanismEmissionSplit !== null)
  slots.flag(20, 'trace', trace)
  const columns: Column[] = [
    typed(snapshot.blockAtRegistration, 'BigUint64Array', 'block_at_registration'),
    typed(snapshot.totalStake, 'BigUint64Array', 'total_stake_i64f64_bits'),
    typed(snapshot.validatorPermit, 'Uint8Array', 'validator_permit'),
    typed(snapshot.mechanismEmissionSplit ?? NO_SPLIT, 'Uint16Array', 'mechanism_emission_split'),
  ]
  snapshot.mechanisms.forEach(({ lastUpdate, weights, bonds, commitBlocks }, mechanism) => {
    columns.push(
      typed(lastUpdate, 'BigUint64Array', 'last_update', mechanism),
      typed(weights.rowStart, 'Uint32Array', 'weights', mechanism),
      typed(weights.uid, 'Uint16Array', 'weights', mechanism),
      typed(weights.value, 'Uint16Array', 'weights', mechanism),
      typed(bonds.rowStart, 'Uint32Array', 'bonds', mechanism),
      typed(bonds.uid, 'Uint16Array', 'bonds', mechanism),
      typed(bonds.value, 'Uint16Array', 'bonds', mechanism),
      typed(commitBlocks, 'BigUint64Array', 'commit_blocks', mechanism),
    )
  })
  return { scalars: slots.words, columns }
}

const typeOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined

/** The column, where it is of its field's type: whichever realm it comes from, and whatever it calls itself. */
function typed<T extends Column>(column: T, type: string, field: string, mechanism?: number): T {
  const found = typeOf.call(column)
  if (found === type) return column
  throw new InputError({
    field,
    expected: `expected a ${type}, found ${found ?? (Array.isArray(column) ? 'an array' : typeof column)}`,
    ...(mechanism === undefined ? {} : { mechanism }),
  })
}

function steepness(value: number): bigint {
  if (!Number.isInteger(value) || value < -0x8000 || value > 0x7fff) {
    throw new InputError({
      field: 'alpha_sigmoid_steepness',
      expected: `expected an integer from -32768 to 32767, found ${String(value)}`,
    })
  }
  return BigInt.asUintN(64, BigInt(value))
}

/** Section tags of `bindings/wire/src/encode.rs`; rows take three in turn. */
const TAG = {
  stakeWeight: 0,
  consensus: 1,
  incentive: 2,
  dividends: 3,
  validatorTrust: 4,
  active: 5,
  validatorPermit: 6,
  serverEmission: 7,
  validatorEmission: 8,
  emission: 9,
  stake: 10,
  share: 11,
  bonds: 12,
  rawStake: 15,
  rawActiveStake: 16,
  rawConsensus: 17,
  rawIncentive: 18,
  rawDividends: 19,
  rawValidatorTrust: 20,
  traceValidatorPermitBefore: 32,
  traceWeights: 33,
  traceClippedWeights: 36,
  traceRanks: 39,
  traceWeightsForBonds: 40,
  traceBondsBefore: 43,
  traceBondsDelta: 46,
  traceAlphas: 49,
  traceEmaBonds: 52,
  traceDividends: 55,
  traceServer: 56,
  traceValidator: 57,
  traceEmission: 58,
  errorField: 64,
  errorExpected: 65,
  errorPlace: 66,
} as const

const COMBINED = 0xff

/** The sections of an answer, read in the order in which `bindings/wire/src/encode.rs` adds them. */
class Sections {
  readonly status: number
  readonly #buffer: ArrayBuffer
  readonly #base: number
  /** The header and the directory behind it, which takes three words for each section. */
  readonly #words: Uint32Array
  /** Where the directory ends. */
  readonly #end: number
  /** Where its next entry is. */
  #next = 2
  /** Those of answers before, where this one lies in their memory. */
  readonly #views: ArrayBufferView[] | undefined

  constructor({ buffer, byteOffset, byteLength }: Answer, memory?: Memory) {
    this.#buffer = buffer
    this.#base = byteOffset
    this.#words = new Uint32Array(buffer, byteOffset, byteLength >>> 2)
    this.status = this.#words[0]!
    this.#end = 2 + 3 * this.#words[1]!
    this.#views = memory?.viewsUnder(this.#words, this.#end)
  }

  /** Whether this section comes next. */
  has(tag: number, mechanism: number): boolean {
    return this.#next < this.#end && this.#words[this.#next] === ((mechanism << 16) | tag)
  }

  /** Goes to the next section, which is to be this one; the place of its entry in the directory. */
  #open(tag: number, mechanism: number): number {
    const entry = this.#next
    if (!this.has(tag, mechanism)) {
      throw new EngineError(`the answer lacks section ${tag} of mechanism ${mechanism}`)
    }
    this.#next = entry + 3
    return entry
  }

  /** Where a section begins in the buffer. */
  #start(entry: number): number {
    return this.#base + this.#words[entry + 1]!
  }

  /** How many bytes it has. */
  #bytes(entry: number): number {
    return this.#words[entry + 2]!
  }

  /** The view that an earlier answer left for this section. */
  #known<T extends ArrayBufferView>(entry: number): T | undefined {
    return this.#views?.[viewOf(entry)] as T | undefined
  }

  #keep<T extends ArrayBufferView>(entry: number, view: T): T {
    if (this.#views !== undefined) this.#views[viewOf(entry)] = view
    return view
  }

  u8(tag: number, mechanism: number): Uint8Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<Uint8Array>(entry) ??
      this.#keep(entry, new Uint8Array(this.#buffer, this.#start(entry), this.#bytes(entry)))
    )
  }

  u16(tag: number, mechanism: number): Uint16Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<Uint16Array>(entry) ??
      this.#keep(entry, new Uint16Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 1))
    )
  }

  u32(tag: number, mechanism: number): Uint32Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<Uint32Array>(entry) ??
      this.#keep(entry, new Uint32Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 2))
    )
  }

  u64(tag: number, mechanism: number): BigUint64Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<BigUint64Array>(entry) ??
      this.#keep(entry, new BigUint64Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 3))
    )
  }

  i64(tag: number, mechanism: number): BigInt64Array {
    const entry = this.#open(tag, mechanism)
    return (
      this.#known<BigInt64Array>(entry) ??
      this.#keep(entry, new BigInt64Array(this.#buffer, this.#start(entry), this.#bytes(entry) >>> 3))
    )
  }

  text(tag: number): string {
    return this.has(tag, 0) ? new TextDecoder().decode(this.u8(tag, 0)) : ''
  }

  storedRows(tag: number, mechanism: number): SparseRows {
    return {
      rowStart: this.u32(tag, mechanism),
      uid: this.u16(tag + 1, mechanism),
      value: this.u16(tag + 2, mechanism),
    }
  }

  fixedRows(tag: number, mechanism: number): FixedRows {
    return {
      rowStart: this.u32(tag, mechanism),
      uid: this.u16(tag + 1, mechanism),
      value: this.i64(tag + 2, mechanism),
    }
  }
}

/**
 * A result from an answer's bytes. The result's columns are views of them.
 * @param reused The memory that the answer may have been laid down in.
 * @throws {InputError} where the answer says that the input could not be.
 * @throws {EngineError} where the engine says that it failed.
 */
export function decodeAnswer(bytes: Answer, snapshot: Snapshot, reused?: Memory): EpochResult {
  const memory = bytes === reused?.bytes ? reused : undefined
  const sections = new Sections(bytes, memory)
  if (sections.status === STATUS_INPUT_ERROR) throw inputError(sections)
  if (sections.status !== STATUS_OK) throw new EngineError(sections.text(TAG.errorExpected))
  const several = snapshot.mechanisms.length > 1
  const combined = several ? epochTerms(sections, COMBINED) : undefined
  const mechanisms = snapshot.mechanisms.map((_, id) => mechanismResult(sections, id))
  const terms = combined ?? mechanisms[0]!
  const result: EpochResult = {
    specVersion: snapshot.specVersion,
    n: snapshot.n,
    stakeWeight: terms.stakeWeight,
    consensus: terms.consensus,
    incentive: terms.incentive,
    dividends: terms.dividends,
    validatorTrust: terms.validatorTrust,
    active: terms.active,
    validatorPermit: terms.validatorPermit,
    serverEmission: terms.serverEmission,
    validatorEmission: terms.validatorEmission,
    emission: terms.emission,
    stake: terms.stake,
    mechanisms,
  }
  new Laid(result, memory ?? new Memory(bytes))
  return result
}

function inputError(sections: Sections): InputError {
  const field = sections.text(TAG.errorField)
  const expected = sections.text(TAG.errorExpected)
  const [mechanism, uid] = sections.u32(TAG.errorPlace, 0)
  return new InputError({
    field,
    expected,
    ...(mechanism ? { mechanism: mechanism - 1 } : {}),
    ...(uid ? { uid: uid - 1 } : {}),
  })
}

function epochTerms(sections: Sections, id: number): EpochTerms {
  return {
    stakeWeight: sections.u16(TAG.stakeWeight, id),
    consensus: sections.u16(TAG.consensus, id),
    incentive: sections.u16(TAG.incentive, id),
    dividends: sections.u16(TAG.dividends, id),
    validatorTrust: sections.u16(TAG.validatorTrust, id),
    active: sections.u8(TAG.active, id),
    validatorPermit: sections.u8(TAG.validatorPermit, id),
    serverEmission: sections.u64(TAG.serverEmission, id),
    validatorEmission: sections.u64(TAG.validatorEmission, id),
    emission: sections.u64(TAG.emission, id),
    stake: sections.u64(TAG.stake, id),
  }
}

function mechanismResult(sections: Sections, id: number): MechanismResult {
  // Assigned and not spread: a spread costs more than all the views.
  const result: MechanismResult = Object.assign(epochTerms(sections, id), {
    share: sections.u64(TAG.share, id)[0]!,
    bonds: sections.storedRows(TAG.bonds, id),
    raw: rawTerms(sections, id),
  })
  if (!sections.has(TAG.traceValidatorPermitBefore, id)) return result
  return Object.assign(result, { trace: trace(sections, id) })
}

function rawTerms(sections: Sections, id: number): RawTerms {
  return {
    stake: sections.i64(TAG.rawStake, id),
    activeStake: sections.i64(TAG.rawActiveStake, id),
    consensus: sections.i64(TAG.rawConsensus, id),
    incentive: sections.i64(TAG.rawIncentive, id),
    dividends: sections.i64(TAG.rawDividends, id),
    validatorTrust: sections.i64(TAG.rawValidatorTrust, id),
  }
}

function trace(sections: Sections, id: number): Trace {
  return {
    validatorPermitBefore: sections.u8(TAG.traceValidatorPermitBefore, id),
    weights: sections.fixedRows(TAG.traceWeights, id),
    clippedWeights: sections.fixedRows(TAG.traceClippedWeights, id),
    ranks: sections.i64(TAG.traceRanks, id),
    weightsForBonds: sections.fixedRows(TAG.traceWeightsForBonds, id),
    bondsBefore: sections.fixedRows(TAG.traceBondsBefore, id),
    bondsDelta: sections.fixedRows(TAG.traceBondsDelta, id),
    alphas: sections.fixedRows(TAG.traceAlphas, id),
    emaBonds: sections.fixedRows(TAG.traceEmaBonds, id),
    dividendsBeforeNormalize: sections.i64(TAG.traceDividends, id),
    normalizedServerEmission: sections.i64(TAG.traceServer, id),
    normalizedValidatorEmission: sections.i64(TAG.traceValidator, id),
    normalizedEmission: sections.i64(TAG.traceEmission, id),
  }
}
