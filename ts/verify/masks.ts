import type { ChainSnapshot } from '../snapshot/network.ts'

/** Why a weight does not count. */
export type MaskReason =
  /** Whoever set it has no validator permit. */
  | 'no-permit'
  /** Nobody weighs itself but the owner. */
  | 'self-weight'
  /** The target was registered after the weights were set. */
  | 'registered-after-weights'
  /** The target was registered after a commit that is still to be revealed. */
  | 'registered-after-commit'
  /** There is no such uid. */
  | 'no-such-uid'

/** A weight that a mask removed. */
export interface Masked {
  readonly from: number
  readonly to: number
  /** As stored. */
  readonly weight: number
  readonly reason: MaskReason
}

/** What the masks of an epoch removed, of one mechanism. */
export class Masks {
  readonly #snapshot: ChainSnapshot
  readonly #mechanism: number
  readonly #permits: Uint8Array
  readonly #commits: boolean

  /** `permits` are those before the epoch, as the trace has them. */
  constructor(snapshot: ChainSnapshot, mechanism: number, permits: Uint8Array) {
    this.#snapshot = snapshot
    this.#mechanism = mechanism
    this.#permits = permits
    // Which versions mask commits is the engine's to know; those of 300 have no such mask.
    this.#commits = snapshot.commitRevealEnabled && snapshot.specVersion > 300
  }

  /** Of the weights that a uid has set. */
  row(from: number): readonly Masked[] {
    return this.#entries(from).flatMap(([to, weight]) => this.#masked(from, to, weight))
  }

  /** Of the weights that others have set on a uid. */
  column(to: number): readonly Masked[] {
    return Array.from({ length: this.#snapshot.n }, (_, from) => from).flatMap((from) =>
      this.row(from).filter((masked) => masked.to === to),
    )
  }

  #entries(from: number): readonly (readonly [number, number])[] {
    const { rowStart, uid, value } = this.#snapshot.mechanisms[this.#mechanism]!.weights
    const entries: (readonly [number, number])[] = []
    for (let at = rowStart[from]!; at < rowStart[from + 1]!; at++) entries.push([uid[at]!, value[at]!])
    return entries
  }

  #masked(from: number, to: number, weight: number): readonly Masked[] {
    const reason = this.#reason(from, to)
    return reason === undefined ? [] : [{ from, to, weight, reason }]
  }

  #reason(from: number, to: number): MaskReason | undefined {
    const { n, ownerUid, blockAtRegistration, mechanisms } = this.#snapshot
    const { lastUpdate, commitBlocks } = mechanisms[this.#mechanism]!
    if (to >= n) return 'no-such-uid'
    if (this.#permits[from] !== 1) return 'no-permit'
    if (from === to && from !== ownerUid) return 'self-weight'
    const registered = blockAtRegistration[to]!
    if ((lastUpdate[from] ?? 0n) <= registered) return 'registered-after-weights'
    const commit = commitBlocks[from]
    if (this.#commits && commit !== undefined && commit < registered) return 'registered-after-commit'
    return undefined
  }
}
