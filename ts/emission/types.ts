import type { ChainSnapshot, NetworkSnapshot } from '../snapshot/network.ts'
import type { Explain } from './explain.ts'
import type {
  Facts,
  PendingOfBlock,
  PendingOfBlockRequest,
  Pool,
  Pruning,
  PruningRequest,
  Quote,
  SplitRequest,
  SwapRequest,
} from './functions.ts'
import type { OpenOptions, ResidentNetwork, SwapResult } from './network.ts'
import type { EmissionRanges } from './rules.ts'
import type {
  ScheduleAnswer,
  ScheduleRequest,
  StakeWeights,
  StakeWeightsRequest,
} from './subnet-functions.ts'

/** Which implementation answers. */
export type EmissionKind = 'native' | 'wasm' | 'wasm-scalar'

/**
 * Emission, to the rao. All kinds give the same.
 *
 * Amounts are rao, `bigint`; where a comment names a fixed-point type the value is its raw bits. Every method throws
 * `InputError` for input that no chain could hold, or whose rules are not known at its spec version, naming field,
 * subnet and what was expected; `EngineError` where the implementation itself fails.
 */
export interface Emission {
  readonly kind: EmissionKind
  /** The spec versions whose rules are known, path by path, and what says so. */
  readonly rules: EmissionRanges
  /**
   * A network that stays resident, of a snapshot or of columns.
   * @param options `asSpec` for blocks by the rules of another version than the state's own: no chain ran them so.
   */
  open(
    state: NetworkSnapshot | ChainSnapshot | OpenOptions,
    options?: { readonly asSpec?: number },
  ): ResidentNetwork
  /** Spec versions of which at least the shares are known, ascending. */
  knownSpecVersions(): readonly number[]
  /** What a spec version does and stores: of any from 233 on, as far as it is known. */
  facts(specVersion: number): Facts
  /** What an epoch's values are made of. */
  readonly explain: Explain
  /** Rao minted in a block at an issuance of so many; null from the maximum on, where the chain mints none. */
  blockEmission(issuance: bigint): bigint | null
  /** A swap and the pool after it. */
  swap(request: SwapRequest): { readonly swap: SwapResult; readonly pool: Pool }
  /** What staking (buy) or unstaking (sell) would give. */
  quote(request: Pick<SwapRequest, 'pool' | 'side' | 'amount'>): Quote
  /** When the next epoch is: of every version from 233 on. */
  schedule(request: ScheduleRequest): ScheduleAnswer
  /** Whom registrations replace where a subnet is full: of versions from 365 on. */
  pruning(request: PruningRequest): Pruning
  /** What a block that mints so much alpha for a subnet's participants adds to what is pending. */
  pendingOfBlock(request: PendingOfBlockRequest): PendingOfBlock
  /** What of an emission each mechanism shares out. */
  splitEmission(request: SplitRequest): readonly bigint[]
  /** The stake that neurons weigh with in their epoch. */
  stakeWeights(request: StakeWeightsRequest): StakeWeights
}
