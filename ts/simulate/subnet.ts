/** A subnet that stays in an implementation from epoch to epoch. */

import { ALL } from '../engine/asked.ts'
import { checkShape } from '../engine/checks.ts'
import type { RulesRange } from '../engine/rules.ts'
import type { EpochResult } from '../engine/types.ts'
import { checkRead, unreadItems } from '../engine/unread.ts'
import { decodeAnswer, encodeCall } from '../engine/wire.ts'
import { EngineError, InputError } from '../errors/index.ts'
import type { AnswerSections } from '../runtime/answer.ts'
import type { Column } from '../runtime/layout.ts'
import type { Snapshot } from '../snapshot/types.ts'
import { encodeAgents } from './agents.ts'
import { type EncodedChanges, encodeChanges, encodeSchedule } from './changes.ts'
import { changeList, checkRun } from './checks.ts'
import { METHOD, NO_SLOTS, openAnswer, type Place, type SubnetPort } from './port.ts'
import { RECORDED, recordedType } from './recorded.ts'
import { recordingOf } from './recording.ts'
import { checkRoom } from './room.ts'
import { readState } from './state.ts'
import type {
  Change,
  Growth,
  LastEpoch,
  NamedAgent,
  Progress,
  Quality,
  RecordedColumn,
  Recording,
  ResidentSubnet,
  RunOptions,
} from './types.ts'

/** Bytes that a recording may take where nothing else is said. */
export const MAX_BYTES: number = 2 ** 31

/** Who has which uid, as far as a snapshot says so. */
interface Keys {
  hotkeys: string[] | undefined
  coldkeys: string[] | undefined
}

/** Who acts in a subnet, and by what. */
export interface Acting {
  readonly agents: readonly { readonly agent: NamedAgent; readonly place: number }[]
  readonly qualities: readonly Quality[]
  readonly seed: bigint
  readonly interval: number
  readonly grow: Growth
}

/** A subnet in an implementation, with what the runs of this package ask of it beside. */
export class OpenSubnet implements ResidentSubnet {
  readonly #rules: readonly RulesRange[]
  readonly #mechanisms: number
  readonly #about: Pick<Snapshot, 'netuid' | 'name'>
  readonly #keys: Keys
  #port: SubnetPort | undefined
  #specVersion: number
  /** The snapshot's own spec version. */
  readonly #own: number
  /** Bytes that the implementation can have. */
  readonly #memory: number | undefined
  #progress: Progress

  /** Use `simulator.open`. */
  constructor(
    port: SubnetPort,
    rules: readonly RulesRange[],
    snapshot: Snapshot,
    asSpec: number | undefined,
    memory?: number,
  ) {
    checkShape(snapshot)
    const asked = asSpec === undefined ? snapshot : { ...snapshot, specVersion: asSpec }
    if (asSpec === undefined) checkRead(unreadItems(snapshot))
    const { scalars, columns } = encodeCall(asked, false)
    this.#port = port
    this.#memory = memory
    this.#rules = rules
    this.#own = snapshot.specVersion
    this.#specVersion = asked.specVersion
    this.#mechanisms = asked.mechanisms.length
    this.#about = aboutOf(snapshot)
    const { hotkeys, coldkeys } = snapshot
    this.#keys = { hotkeys: hotkeys && [...hotkeys], coldkeys: coldkeys && [...coldkeys] }
    this.#progress = { epochs: 0, block: asked.block, n: asked.n }
    this.#ask(METHOD.open, scalars, columns)
  }

  #call(method: number, slots: BigUint64Array, columns: Column[]): ReturnType<SubnetPort['call']> {
    if (this.#port === undefined) throw new EngineError('the subnet is closed')
    return this.#port.call(method, slots, columns)
  }

  #ask(
    method: number,
    slots: BigUint64Array = NO_SLOTS,
    columns: Column[] = [],
    placed?: (place: Place) => Place,
  ): AnswerSections {
    return openAnswer(this.#call(method, slots, columns), placed)
  }

  get specVersion(): number {
    return this.#specVersion
  }

  get progress(): Progress {
    return this.#progress
  }

  change(changes: readonly Change[]): void {
    changeList('changes', changes)
    const encoded = encodeChanges(changes)
    this.#ask(METHOD.change, NO_SLOTS, encoded.columns, placedBy(encoded, false))
    for (const change of changes) this.#note(change)
    this.#progress = { ...this.#progress, n: this.#progress.n + appended(changes) }
  }

  /** Keeps in mind what of a change the implementation does not. */
  #note(change: Change): void {
    if (change.kind === 'spec') this.#specVersion = change.specVersion
    if (change.kind !== 'register') return
    const { uid = this.#keys.hotkeys?.length ?? 0, hotkey, coldkey } = change
    this.#keys.hotkeys = withKey(this.#keys.hotkeys, uid, hotkey)
    this.#keys.coldkeys = withKey(this.#keys.coldkeys, uid, coldkey)
  }

  epoch(): EpochResult {
    return this.#result(METHOD.epoch, BigUint64Array.of(0n))!
  }

  #result(method: number, slots: BigUint64Array): EpochResult | undefined {
    const bytes = this.#call(method, slots, [])
    // One without an epoch has the words of none.
    if (openAnswer(bytes).count < 2) return undefined
    const subject = {
      specVersion: this.#specVersion,
      n: this.#progress.n,
      mechanisms: { length: this.#mechanisms },
    }
    return decodeAnswer(bytes, subject, { own: this.#own, asked: ALL, rules: this.#rules })
  }

  last(): LastEpoch | undefined {
    const result = this.#result(METHOD.last, NO_SLOTS)
    if (result === undefined) return undefined
    const mechanisms = result.mechanisms.map(({ bonds: _, ...own }) => own)
    return { ...result, mechanisms }
  }

  run(epochs: number, options: RunOptions = {}): Recording {
    checkRun(epochs, options)
    const { record = [], every = 1, changes = [], maxBytes = MAX_BYTES } = options
    this.record(record, every, epochs, maxBytes)
    const before = this.#progress.epochs
    this.go(epochs, encodeSchedule(changes))
    for (const { changes: made } of changes) for (const change of made) this.#note(change)
    return this.take(record, this.#progress.epochs - before, false)
  }

  /**
   * Begins a recording of so many epochs.
   * @param weighing How many neurons agents set weights for: their rows may grow to all.
   * @throws {InputError} where it would take more bytes than it may, or than there are.
   */
  record(
    columns: readonly RecordedColumn[],
    every: number,
    epochs: number,
    maxBytes: number,
    weighing = 0,
  ): void {
    const bytes = this.#bytesOf(columns, every, weighing) * Math.ceil(epochs / every)
    if (bytes > maxBytes) {
      const expected = `expected a recording of at most ${maxBytes} bytes, found ${bytes}: record fewer columns, or every so many epochs`
      throw new InputError({ field: 'record', expected })
    }
    checkRoom('record', 'a recording', bytes, this.#memory)
  }

  /** Begins a recording, and gives the bytes that each epoch of it takes. */
  #bytesOf(columns: readonly RecordedColumn[], every: number, weighing: number): number {
    const begin = (some: readonly RecordedColumn[]): number => {
      const numbers = Uint8Array.from(some, (column) => RECORDED.indexOf(column))
      const [each] = this.#ask(METHOD.record, BigUint64Array.of(BigInt(every)), [numbers]).u64s()
      return Number(each)
    }
    const rows = columns.filter((column) => recordedType(column) === 'rows')
    const { n } = this.#progress
    const grown = rows.length * this.#mechanisms * 4 * n * (Math.min(weighing, n) + 1)
    // As they are now, and as agents may make them.
    const more = rows.length === 0 ? 0 : Math.max(0, grown - begin(rows))
    return begin(columns) + more
  }

  /** Runs epochs without handing anything out. */
  go(epochs: number, changes?: EncodedChanges, placed?: (place: Place) => Place): void {
    const encoded = changes !== undefined && changes.origins.length > 0 ? changes : undefined
    const columns = encoded?.columns ?? []
    const places = placed ?? (encoded && placedBy(encoded, true))
    const words = this.#ask(METHOD.run, BigUint64Array.of(BigInt(epochs)), columns, places).u64s()
    this.#progress = { epochs: Number(words[0]), block: words[1]!, n: Number(words[2]) }
  }

  /** Hands out what was recorded of these columns. */
  take(columns: readonly RecordedColumn[], epochs: number, stopped: boolean): Recording {
    const sections = this.#ask(METHOD.take)
    return recordingOf(sections, { columns, mechanisms: this.#mechanisms, epochs, stopped })
  }

  /** Sets who acts from the next epoch on. */
  act({ agents, qualities, seed, interval, grow }: Acting): void {
    const slots = BigUint64Array.of(seed, BigInt(interval), grow === 'payout' ? 1n : 0n)
    const placed = ({ agent, ...place }: Place): Place =>
      agent === undefined ? place : { ...place, agent: agents[agent]!.place }
    this.#ask(METHOD.agents, slots, encodeAgents(agents, qualities), placed)
    // Who registers in place of another has no key that is known.
    const registers = ({ agent }: { readonly agent: NamedAgent }): boolean =>
      JSON.stringify(agent, (_, value) => (typeof value === 'bigint' ? `${value}` : value)).includes(
        '"registering"',
      )
    if (agents.some(registers)) Object.assign(this.#keys, { hotkeys: undefined, coldkeys: undefined })
  }

  /** Goes on to the state after a result of this state's epoch. */
  advance(result: EpochResult, grow: Growth): void {
    const { validatorPermit, serverEmission, validatorEmission, mechanisms } = result
    const own = mechanisms.flatMap(({ bonds, consensus }) => [
      bonds.rowStart,
      bonds.uid,
      bonds.value,
      consensus,
    ])
    const slots = BigUint64Array.of(grow === 'payout' ? 1n : 0n)
    this.#ask(METHOD.advance, slots, [validatorPermit, serverEmission, validatorEmission, ...own])
  }

  snapshot(): Snapshot {
    const state = readState(this.#ask(METHOD.state), this.#mechanisms)
    const { hotkeys, coldkeys } = this.#keys
    return {
      ...state,
      ...this.#about,
      ...(hotkeys === undefined ? {} : { hotkeys: [...hotkeys] }),
      ...(coldkeys === undefined ? {} : { coldkeys: [...coldkeys] }),
    }
  }

  close(): void {
    const port = this.#port
    this.#port = undefined
    port?.close()
  }
}

/** What a changed snapshot has of the one that it comes from beside what an epoch reads. */
function aboutOf({ netuid, name }: Snapshot): Pick<Snapshot, 'netuid' | 'name'> {
  return { ...(netuid === undefined ? {} : { netuid }), ...(name === undefined ? {} : { name }) }
}

/** How many neurons changes add. */
function appended(changes: readonly Change[]): number {
  return changes.filter((change) => change.kind === 'register' && change.uid === undefined).length
}

/** Keys with another one; none at all where that is not known. */
function withKey(keys: string[] | undefined, uid: number, key: string | undefined): string[] | undefined {
  if (keys === undefined || key === undefined) return undefined
  keys[uid] = key
  return keys
}

/** What a place among the entries that crossed is among the changes. */
function placedBy({ origins }: EncodedChanges, runs: boolean): (place: Place) => Place {
  return ({ change, epoch, agent }) => {
    const origin = change === undefined ? undefined : origins[change]
    return {
      ...(runs && epoch !== undefined ? { epoch } : {}),
      ...(agent === undefined ? {} : { agent }),
      ...(origin === undefined ? {} : { change: origin.change }),
    }
  }
}
