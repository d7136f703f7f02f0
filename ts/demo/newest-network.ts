import { blake2b } from '@noble/hashes/blake2.js'
import { ESCROW } from '../chain/baskets.ts'
import type { Draft } from '../emission/columns.ts'
import type { NetworkRows } from '../emission/fields.ts'
import { Random } from '../snapshot/random.ts'
import { type MadeNetwork, makeNetwork, type NetworkShape, type Source } from './network.ts'

type SubnetDraft = NonNullable<Draft<NetworkRows>['subnets']>[number]
type StakeDraft = NonNullable<SubnetDraft['stakes']>[number]
type CollateralDraft = NonNullable<SubnetDraft['collateral']>[number]

const TAO = 1_000_000_000n
const ONE = 1n << 64n
/** Epoch of a pool that was opened, closed and opened again. */
const REOPENED = 3n

/** Netuids, of seven, of the pools whose weight of TAO is next to the least and to the most. */
const AT_LEAST = 2
const AT_MOST = 4

function isAtBound(netuid: number): boolean {
  return [AT_LEAST, AT_MOST].includes(netuid % 7)
}

/**
 * The same network as spec 475 has it: a gate on small shares, reservoirs, collateral, pools that were reopened, baskets
 * and what waits for them, fast averages, and subnets of Null consensus. Some of what is rare is there from the first
 * block on: a subnet that the safety net alone brings an epoch, deposits of a hotkey that is not on root, pools whose
 * weights allow for nothing.
 */
export function makeNewestNetwork(
  shape: NetworkShape,
  sourceOf: (seed: number) => Source = (seed) => new Random(seed),
): MadeNetwork {
  return new Maker(makeNetwork(shape, sourceOf(shape.seed)), sourceOf(shape.seed + 1_000)).network()
}

class Maker {
  readonly #made: MadeNetwork
  readonly #random: Source
  readonly #accounts: readonly string[]
  readonly #escrow: number
  readonly #owners: ReadonlyMap<number, number>
  /** Hotkeys with stake on root, all but the last few of them with a uid there. */
  readonly #staked: readonly number[]
  readonly #onRoot: readonly number[]
  /** Hotkeys that take nothing, and whose owners stake nothing to them. */
  readonly #takeless: ReadonlySet<number>
  /** Hotkeys with a pool whose sole member is the owner. */
  readonly #ofSoleMembers = new Set<number>()

  constructor(made: MadeNetwork, random: Source) {
    this.#made = made
    this.#random = random
    this.#accounts = [...made.accounts, ESCROW]
    this.#escrow = made.accounts.length
    this.#owners = new Map((made.rows.owners ?? []).map(({ hotkey, coldkey }) => [hotkey!, coldkey!]))
    this.#staked = (made.rows.rootStakes ?? []).map(({ hotkey }) => hotkey!)
    this.#onRoot = this.#staked.slice(0, -2)
    this.#takeless = new Set(this.#staked.filter((_, i) => i % 3 === 1))
  }

  network(): MadeNetwork {
    const { rows } = this.#made
    const subnets = (rows.subnets ?? []).map((subnet) => this.#subnet(subnet))
    const netuids = subnets.map(({ netuid }) => netuid!)
    const deposits = this.#deposits(netuids)
    return {
      accounts: this.#accounts,
      rows: {
        ...rows,
        globals: {
          ...rows.globals,
          blockEmission: TAO,
          gateBar: ONE / 50n,
          gateQuantile: (ONE * 3n) / 4n,
          gateRank: 3,
          basketEscrow: this.#escrow,
          basketThreshold: 500_000n << 32n,
          basketCursorHotkey: this.#onRoot[0]!,
          basketCursorNetuid: netuids[0]!,
        },
        takes: (rows.takes ?? []).map((row) => (this.#takeless.has(row.hotkey!) ? { ...row, take: 0 } : row)),
        rootHotkeys: this.#onRoot.map((hotkey) => ({ hotkey })),
        rootStakes: (rows.rootStakes ?? []).map(({ rootShares, ...stake }, i) => ({
          ...stake,
          rootShares: [...(rootShares ?? []), ...(i % 3 === 0 ? [this.#share(0n)] : [])],
        })),
        stakingHotkeys: [
          ...[...this.#ofSoleMembers].map((hotkey) => ({ coldkey: this.#owners.get(hotkey)!, hotkey })),
          { coldkey: this.#escrow, hotkey: this.#staked[1]! },
        ],
        baskets: this.#staked.map((hotkey, i) => ({
          hotkey,
          hash: this.#hash(hotkey),
          ...(i % 4 === 3 ? {} : this.#basket()),
        })),
        basketDeposits: deposits,
        suspended: [{ hotkey: this.#staked[2]! }],
        subnets,
      },
    }
  }

  #between(low: bigint, high: bigint): bigint {
    return low + (this.#random.u64() % (high - low))
  }

  #hash(hotkey: number): bigint {
    const key = Buffer.from(this.#accounts[hotkey]!, 'hex')
    return BigInt(`0x${Buffer.from(blake2b(key, { dkLen: 16 })).toString('hex')}`)
  }

  #basket(): { shares: bigint; rate: bigint; depositedTao: bigint } {
    return {
      shares: this.#between(TAO, 100n * TAO),
      rate: this.#between(0n, 1n << 20n),
      depositedTao: this.#between(TAO, 100n * TAO),
    }
  }

  #share(epoch: bigint): NonNullable<StakeDraft['shares']>[number] {
    const mantissa = 100_000_000_000_000_000_001n + this.#random.u64()
    return { coldkey: this.#escrow, kind: 1, mantissa, exponent: -9n, epoch }
  }

  /** What waits: enough to be brought into a basket, too little for it, and of a hotkey that is not on root. */
  #deposits(netuids: readonly number[]): NonNullable<Draft<NetworkRows>['basketDeposits']> {
    const some = this.#onRoot
      .slice(0, 6)
      .flatMap((hotkey, i) =>
        netuids
          .filter((netuid) => (netuid + i) % 3 === 0)
          .map((netuid) => ({ hotkey, netuid, rao: this.#between(1_000n, 2n * TAO) })),
      )
    const straggler = { hotkey: this.#staked.at(-1)!, netuid: netuids.at(-1)!, rao: 77_777n }
    return [...some, straggler]
  }

  #subnet(subnet: SubnetDraft): SubnetDraft {
    const netuid = subnet.netuid!
    const block = this.#made.rows.globals!.block!
    const isNull = netuid % 8 === 5
    const stakes = (subnet.stakes ?? []).map((stake, i) =>
      isNull && i === 2 ? this.#ofOwner(stake) : this.#stake(stake, i, isAtBound(netuid)),
    )
    const overdue = netuid % 8 === 3
    return {
      ...subnet,
      ...this.#pool(subnet),
      stakes,
      totalAlphaStaked: stakes.reduce((sum, { total }) => sum + total!, 0n),
      rootClaimable: [],
      hasFastMovingPrice: netuid % 3 !== 0,
      fastMovingPrice: netuid % 3 === 0 ? 0n : (subnet.movingPrice! << 32n) + 17n,
      epochConsensus: isNull ? 1 : 0,
      lastYumaStepBlock: netuid % 4 === 0 ? null : isNull ? block - 500n : subnet.lastMechanismStepBlock!,
      liquidAlphaConsensusMode: netuid % 3,
      // Of the last epoch that was due, and was left out: the count of blocks alone says that one is.
      ...(overdue ? { lastEpochBlock: block - 1n, blocksSinceLastStep: BigInt(subnet.tempo!) } : {}),
      ...this.#collateral(subnet),
      mechanisms: (subnet.mechanisms ?? []).map((mechanism) => ({
        ...mechanism,
        storedConsensus:
          netuid % 2 === 0
            ? []
            : (subnet.neurons ?? []).map(() => ({ consensus: this.#random.below(65_536) })),
      })),
    }
  }

  /** Pools that are at the bounds of their weights have something in their reservoirs. */
  #pool({ netuid, alpha, tao }: SubnetDraft): SubnetDraft {
    if (netuid! % 7 === AT_LEAST)
      return { quoteWeight: 10_400_000_000_000_000n, alphaReservoir: alpha! / 10n }
    if (netuid! % 7 === AT_MOST) return { quoteWeight: 989_900_000_000_000_000n, taoReservoir: tao! / 10n }
    if (netuid! % 7 === 5) return { alphaReservoir: 5n * TAO, taoReservoir: TAO / 3n }
    return {}
  }

  /** A pool of which the hotkey's owner is the sole member. */
  #ofOwner({ shares: _, ...stake }: StakeDraft): StakeDraft {
    const { kind, mantissa, exponent } = stake
    this.#ofSoleMembers.add(stake.hotkey!)
    const own = { kind: kind!, mantissa: mantissa!, exponent: exponent! }
    return { ...stake, shares: [{ coldkey: this.#owners.get(stake.hotkey!)!, ...own, epoch: 0n }] }
  }

  /** Every third pool was reopened: of its shares the first is of the epoch before. */
  #stake({ shares = [], ...stake }: StakeDraft, place: number, isAtBound: boolean): StakeDraft {
    const epoch = place % 3 === 1 ? REOPENED : 0n
    const isTakeless = this.#takeless.has(stake.hotkey!)
    const others = shares.filter(({ coldkey }) => !isTakeless || coldkey !== this.#owners.get(stake.hotkey!))
    const own = others.map((share, i) => ({ ...share, epoch: epoch && (i === 1 ? epoch - 1n : epoch) }))
    // What a basket holds where it has no price keeps all else out of it.
    const escrow = place % 2 === 0 && !isAtBound ? [this.#share(epoch)] : []
    return { ...stake, epoch, shares: [...own, ...escrow] }
  }

  /** Of miners and a validator: below what they shall have locked, and above it. */
  #collateral({ neurons = [] }: SubnetDraft): Pick<SubnetDraft, 'collateral' | 'collateralSums'> {
    const rows = [0, neurons.length - 4, neurons.length - 3, neurons.length - 2].map(
      (uid, i): CollateralDraft => {
        const hotkey = neurons[uid]!.hotkey!
        const [locked, minLocked] = [
          [TAO, 1_000n * TAO],
          [0n, 3n * TAO],
          [2n * TAO, 0n],
          [50n * TAO, 49n * TAO],
        ][i]! as [bigint, bigint]
        const drainRatio = (ONE * BigInt(1 + i)) / 3n
        return { hotkey, coldkey: this.#owners.get(hotkey)!, locked, minLocked, drainRatio, earned: 5n }
      },
    )
    const sums = new Map<number, bigint>()
    for (const { coldkey, locked } of rows) sums.set(coldkey!, (sums.get(coldkey!) ?? 0n) + locked!)
    return {
      collateral: rows,
      collateralSums: [...sums].filter(([, rao]) => rao > 0n).map(([coldkey, rao]) => ({ coldkey, rao })),
    }
  }
}
