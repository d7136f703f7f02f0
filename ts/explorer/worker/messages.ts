/** What crosses between the page and its workers: a call by name, and what comes back of it. */

import type { EpochResult, RulesRange, Snapshot } from 'yuma-core'
import type { Change, Copying, FairnessRow, Majority, NamedAgent, Next } from 'yuma-core/simulate'
import type { NetworkItems, NetworkSnapshot } from 'yuma-core/snapshot'
import type { Explanation } from 'yuma-core/verify'

/** A subnet that was read, and the network that it is of, where the file has one. */
export interface Read {
  readonly snapshot: Snapshot
  /** Which of the epochs in the file it is. */
  readonly at: number
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
  /** Tempos from a commit to its reveal. */
  readonly interval: number
  readonly seed: number
  /** On whom the bonds are that are kept, and whose. */
  readonly miner: number
  readonly validators: readonly number[]
}

/** A run of epochs: u16 proportions by uid, one column an epoch. */
export interface Run {
  readonly n: number
  readonly block: BigUint64Array
  readonly incentive: readonly Uint16Array[]
  readonly dividends: readonly Uint16Array[]
  /** On the miner that was asked for. */
  readonly bonds: readonly Uint16Array[]
}

/** What a block of a network shares out, by subnet. Amounts are rao. */
export interface BlockShares {
  readonly block: bigint
  /** In words: what says that the rules are the chain's. */
  readonly rules: string
  /** Of TAO. */
  readonly minted: bigint
  readonly unspent: bigint
  readonly subnets: readonly SubnetShares[]
}

/** What one subnet gets of a block. */
export interface SubnetShares {
  readonly netuid: number
  /** Of the block's TAO, as paid, behind the gate alone and before it: U64F64 bits. */
  readonly share: bigint
  readonly gated: bigint
  readonly base: bigint
  /** Rao of TAO into its pool, and that buy its alpha. */
  readonly taoIn: bigint
  readonly excessTao: bigint
  /** Rao of alpha into its pool, and for those who take part. */
  readonly alphaIn: bigint
  readonly alphaOut: bigint
  /** Of these what owner, miners, validators and root get. */
  readonly owner: bigint
  readonly miners: bigint
  readonly validators: bigint
  readonly root: bigint
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
  shares(of: {
    readonly network: NetworkSnapshot
    readonly items: Partial<NetworkItems>
  }): Promise<BlockShares>
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
