/** Functions of one subnet that a pull of it needs: by themselves, since every pull loads them. */

import { integerFrom } from '../errors/options.ts'
import { checkRequest, stakeColumns } from './checks.ts'
import { type Host as AnyHost, words } from './host.ts'
import { bigSlot, smallSlot } from './slots.ts'

/** A network has no place here. */
type Host = Pick<AnyHost, 'call'>

const FUNCTION = { schedule: 5, stakeWeights: 7 } as const

const MAX_U16 = 0xffff
const MAX_U32 = 0xffff_ffff
/** Epochs that one call names. */
const checkEpochs = integerFrom(1, 1000)
/** An account that is none. */
const NO_ACCOUNT = MAX_U32

/** Where a subnet stands in its schedule. */
export interface ScheduleRequest {
  readonly specVersion: number
  readonly netuid: number
  /** Blocks from epoch to epoch; 0 for none. */
  readonly tempo: number
  readonly lastEpochBlock: bigint
  /** Block from which an epoch is due whatever the tempo; 0 for none. */
  readonly pendingEpochAt: bigint
  readonly blocksSinceLastStep: bigint
  /** The last block that ran. */
  readonly block: bigint
  /** How many epochs to name, 1 by default. */
  readonly epochs?: number
}

/** When epochs are due. */
export interface ScheduleAnswer {
  /** Whether one is in the next block. */
  readonly due: boolean
  /**
   * The first block in which one is, as things stand; null where none ever is. The bound on epochs per block, which
   * may defer it, is left out.
   */
  readonly nextEpochBlock: bigint | null
  /** The blocks of as many epochs as were asked for, if each runs when it is due; none where none ever is. */
  readonly nextEpochBlocks: readonly bigint[]
}

/** Stake by uid. */
export interface StakeWeights {
  /** Alpha and weighted TAO: I64F64 bits in two words a uid, the low one first, as `Snapshot.totalStake` has them. */
  readonly totalStake: BigUint64Array
  /** Alpha with the parts of parents and children moved, rao. */
  readonly alphaStake: BigUint64Array
  /** TAO on root with the same parts moved, rao. */
  readonly taoStake: BigUint64Array
}

/** Parents or children of the first accounts, one row each. */
export interface RelationColumns {
  /** One more than there are rows. */
  readonly rowStart: Uint32Array
  readonly account: Uint32Array
  /** Parts of 2^64 - 1. */
  readonly proportion: BigUint64Array
}

/** What stake weights are made of; account `i` below `n` is the hotkey of uid `i`. */
export interface StakeWeightsRequest {
  /** On root, 0, no alpha moves between relatives. */
  readonly netuid: number
  readonly n: number
  /** Parts of 2^64 - 1. */
  readonly taoWeight: bigint
  /** By account, rao on the subnet. */
  readonly totalHotkeyAlpha: BigUint64Array
  /** By account, rao on root. */
  readonly rootAlpha: BigUint64Array
  /** `n` rows. */
  readonly parentKeys: RelationColumns
  /** `n` rows. */
  readonly childKeys: RelationColumns
  /** Whether `Keys` has the uid, 0 or 1; all by default. A uid without a hotkey has no stake. */
  readonly registered?: Uint8Array
  /** By account, whether it is suspended as a parent, 0 or 1; none by default. */
  readonly suspended?: Uint8Array
  /** The account of the owner's hotkey, which is a parent here though it is suspended; null, the default, for none. */
  readonly ownerHotkey?: number | null
}

/** When the next epoch is: of every version from 233 on. */
export function schedule(host: Host, request: ScheduleRequest): ScheduleAnswer {
  checkRequest('request', request)
  const { epochs = 1 } = request
  checkEpochs('epochs', epochs)
  const [found] = words(host, FUNCTION.schedule, [
    smallSlot('spec_version', request.specVersion, MAX_U32),
    smallSlot('netuid', request.netuid, MAX_U16),
    smallSlot('tempo', request.tempo, MAX_U16),
    bigSlot('last_epoch_block', request.lastEpochBlock),
    bigSlot('pending_epoch_at', request.pendingEpochAt),
    bigSlot('blocks_since_last_step', request.blocksSinceLastStep),
    bigSlot('block', request.block),
    BigInt(epochs),
  ])
  const nextEpochBlocks = [...found!]
  const [next = null] = nextEpochBlocks
  return { due: next === request.block + 1n, nextEpochBlock: next, nextEpochBlocks }
}

/** Total, alpha and TAO in I64F64, as stake by uid. */
export function stakeWeightsOf([total, alpha, tao]: readonly BigUint64Array[]): StakeWeights {
  // The high word of an I64F64 is what it is floored to.
  const rao = (words: BigUint64Array): BigUint64Array => words.filter((_, i) => i % 2 === 1)
  return { totalStake: total!, alphaStake: rao(alpha!), taoStake: rao(tao!) }
}

/** The stake that neurons weigh with. */
export function stakeWeights(host: Host, request: StakeWeightsRequest): StakeWeights {
  checkRequest('request', request)
  const slots = [
    smallSlot('netuid', request.netuid, MAX_U16),
    smallSlot('n', request.n, MAX_U16),
    bigSlot('tao_weight', request.taoWeight),
    smallSlot('owner_hotkey', request.ownerHotkey ?? NO_ACCOUNT, MAX_U32),
  ]
  return stakeWeightsOf(words(host, FUNCTION.stakeWeights, slots, stakeColumns(request)))
}
