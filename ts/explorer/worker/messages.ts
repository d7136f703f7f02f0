/** What crosses between the page and its workers: a call by name, and what comes back of it. */

import type { EpochResult, RulesRange, Snapshot } from 'yuma-core'
import type {
  Change,
  Copying,
  FairnessRow,
  Majority,
  NamedAgent,
  Next,
  RecordedColumn,
  Recording,
} from 'yuma-core/simulate'
import type { NetworkSnapshot } from 'yuma-core/snapshot'
import type { Explanation } from 'yuma-core/verify'

/** A subnet that was read, and the network that it is of, where the file has one. */
export interface Read {
  readonly snapshot: Snapshot
  /** Epochs in the file: netuids of a network, places of a set of vectors. */
  readonly choices: readonly Choice[]
  readonly network: NetworkSnapshot | null
}

/** One of several epochs in a file. */
export interface Choice {
  readonly at: number
  readonly label: string
}

/** What an epoch gave, and the snapshot that it ran on. */
export interface Ran {
  readonly snapshot: Snapshot
  /** With the trace of every mechanism. */
  readonly result: EpochResult
}

/** A run of epochs as the page asks for it. */
export interface RunRequest {
  readonly snapshot: Snapshot
  readonly epochs: number
  readonly agents: readonly NamedAgent[]
  readonly quality: readonly number[]
  readonly interval: number
  readonly seed: number
  readonly record: readonly RecordedColumn[]
}

/** A run of epochs: its recorded columns. */
export type Run = Pick<Recording, 'epochs' | 'epoch' | 'block' | 'start' | 'columns'>

/** What the block of a network shares out, by subnet. Amounts are rao. */
export interface BlockShares {
  readonly block: bigint
  /** In words: the rules that it rests on. */
  readonly rules: string
  readonly minted: bigint
  readonly subnets: readonly SubnetShares[]
}

/** What one subnet gets of a block. */
export interface SubnetShares {
  readonly netuid: number
  readonly name: string
  /** Rao of TAO that are added to its pool. */
  readonly taoIn: bigint
  readonly alphaIn: bigint
  readonly alphaOut: bigint
  /** Of what comes out: rao of alpha to owner, miners, validators and root. */
  readonly owner: bigint
  readonly miners: bigint
  readonly validators: bigint
  readonly root: bigint
  /** Rao of TAO that the subnet's share of the block is. */
  readonly share: bigint
}

/** The calls that a worker answers, by name. */
export interface Calls {
  /** What the engine is and knows. */
  about(): Promise<{ readonly kernel: string; readonly rules: readonly RulesRange[] }>
  /** The epochs in a file. */
  read(file: { readonly name: string; readonly bytes: Uint8Array; readonly at: number | null }): Promise<Read>
  /** A generated subnet of the gallery. */
  example(id: string): Promise<Read>
  /** A subnet as a node has it. */
  pull(from: {
    readonly endpoint: string
    readonly netuid: number
    readonly block: string | null
  }): Promise<Read>
  /** Takes the snapshot that {@link Calls.epoch} changes. */
  open(snapshot: Snapshot): Promise<void>
  /** The epoch of what is open, with changes. */
  epoch(changes: readonly Change[]): Promise<Ran>
  explain(of: {
    readonly snapshot: Snapshot
    readonly uid: number
    readonly mechanism: number
    readonly search: boolean
  }): Promise<Explanation>
  run(request: RunRequest): Promise<Run>
  fairness(snapshot: Snapshot): Promise<readonly FairnessRow[]>
  next(of: { readonly snapshot: Snapshot; readonly network: NetworkSnapshot | null }): Promise<Next>
  majority(options: {
    readonly honestStake: readonly number[]
    readonly steps: number
    readonly kappa: number
  }): Promise<Majority>
  copying(options: {
    readonly epochs: number
    readonly drift: number
    readonly seed: number
    readonly intervals: readonly number[]
  }): Promise<Copying>
  /** The snapshot as a file. */
  save(snapshot: Snapshot): Promise<Uint8Array<ArrayBuffer>>
}

/** To a worker. */
export interface Request {
  readonly id: number
  readonly call: keyof Calls
  readonly argument: unknown
}

/** An error as it crosses: what the library says. */
export interface Fault {
  /** `InputError`, `ChainError`, … */
  readonly name: string
  readonly message: string
}

/** From a worker: how far a call is, from 0 to 1 or in words; what it gave; or how it failed. */
export type Reply =
  | { readonly id: number; readonly progress: number | string }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: Fault }
