import type { Draft } from '../emission/columns.ts'
import type { NetworkRows } from '../emission/fields.ts'
import { Random } from '../snapshot/random.ts'

/** What networks are made from. */
export type Source = Pick<Random, 'u32' | 'u64' | 'below' | 'chance'>

/** What a made network is like. */
export interface NetworkShape {
  readonly subnets: number
  readonly seed: number
  /** The last block that ran. */
  readonly block: bigint
  readonly maxEpochsPerBlock: number
  /** The shortest and the longest tempo. */
  readonly tempos: readonly [number, number]
}

/** A network, and the accounts that its numbers stand for: 64 hex digits, ascending, the key of zeros first. */
export interface MadeNetwork {
  readonly rows: Draft<NetworkRows>
  readonly accounts: readonly string[]
}

type SubnetDraft = NonNullable<Draft<NetworkRows>['subnets']>[number]
type StakeDraft = NonNullable<SubnetDraft['stakes']>[number]

const TAO = 1_000_000_000n
const ONE = 1n << 32n
const NO_COMMIT = 0xffff_ffff_ffff_ffffn
const VALIDATORS = 5
/** Hotkeys that validate on several subnets. */
const SHARED = 8
const NOMINATORS = 12
/** `ActivityCutoffFactorMilli` of every subnet: its cutoff is so many thousandths of its tempo. */
export const CUTOFF_MILLI = 100_000n

/** A seeded network: pools, weights, bonds, relatives, nominators, owners, and epochs that come in each other's way. */
export function makeNetwork(shape: NetworkShape, source: Source = new Random(shape.seed)): MadeNetwork {
  return new Maker(shape, source).network()
}

class Maker {
  readonly #shape: NetworkShape
  readonly #random: Source
  readonly #accounts: string[] = []
  readonly #owner = new Map<number, number>()
  #next = 1

  constructor(shape: NetworkShape, source: Source) {
    this.#shape = shape
    this.#random = source
    // More than are asked for: numbers are given out in ascending order of keys only where keys are sorted.
    const most = 4 + SHARED * 2 + NOMINATORS + shape.subnets * 60
    const keys = Array.from({ length: most }, () => account(this.#random))
    this.#accounts = ['0'.repeat(64), ...keys.sort()]
  }

  network(): MadeNetwork {
    const { block, maxEpochsPerBlock, subnets } = this.#shape
    const shared = Array.from({ length: SHARED }, () => this.#hotkey())
    const nominators = Array.from({ length: NOMINATORS }, () => this.#account())
    const made = Array.from({ length: subnets }, (_, i) => this.#subnet(i + 1, shared, nominators))
    const staked = [...new Set([...shared, ...made.flatMap(({ validators }) => validators)])]
    return {
      accounts: this.#accounts,
      rows: {
        globals: {
          block,
          totalIssuance: 10_500_001n * TAO,
          balancesIssuance: 10_500_003n * TAO,
          totalStake: 6_000_000n * TAO,
          blockEmission: 500_000_000n,
          taoWeight: 3_320_413_933_267_719_290n,
          childkeyBurn: 1n << 60n,
          subnetOwnerCut: 11_796,
          maxEpochsPerBlock,
          stakeThreshold: 1_000n * TAO,
          movingAlpha: 12_885n,
          rootTao: 5_700_000n * TAO + 12_345n,
        },
        rootStakes: sorted(
          staked.map((hotkey) => this.#stake(hotkey, nominators, 100n, 40_000n)),
          ({ hotkey }) => hotkey!,
        ).map(({ shares, ...stake }) => ({ ...stake, rootShares: shares! })),
        owners: sorted([...this.#owner], ([hotkey]) => hotkey).map(([hotkey, coldkey]) => ({
          hotkey,
          coldkey,
        })),
        takes: staked.sort((a, b) => a - b).map((hotkey) => ({ hotkey, take: this.#random.below(12_000) })),
        ownedHotkeys: sorted([...this.#owner], ([, coldkey]) => coldkey).map(([hotkey, coldkey]) => ({
          coldkey,
          hotkey,
        })),
        stakingHotkeys: [],
        subnets: made.map(({ subnet }) => subnet),
      },
    }
  }

  #account(): number {
    return this.#next++
  }

  #hotkey(): number {
    const hotkey = this.#account()
    this.#owner.set(hotkey, this.#account())
    return hotkey
  }

  #between(low: bigint, high: bigint): bigint {
    return low + (this.#random.u64() % (high - low))
  }

  #stake(hotkey: number, nominators: readonly number[], low: bigint, high: bigint): StakeDraft {
    const random = this.#random
    const total = this.#between(low * TAO, high * TAO)
    const share = (part: bigint): { kind: number; mantissa: bigint; exponent: bigint } => ({
      kind: 1,
      mantissa: 100_000_000_000_000_000_001n + part,
      exponent: -8n,
    })
    const holders = [this.#owner.get(hotkey)!, ...nominators.filter(() => random.chance(0.3))]
    return {
      hotkey,
      total,
      ...share(this.#between(800_000_000_000_000_000_000n, 899_999_999_999_999_999_999n)),
      shares: sorted(
        holders.map((coldkey) => ({ coldkey, ...share(random.u64()) })),
        (row) => row.coldkey,
      ),
    }
  }

  #subnet(
    netuid: number,
    shared: readonly number[],
    nominators: readonly number[],
  ): { subnet: SubnetDraft; validators: readonly number[] } {
    const { block, tempos } = this.#shape
    const random = this.#random
    const n = 12 + random.below(13)
    const validators = [...shared.filter(() => random.chance(0.4)), this.#hotkey(), this.#hotkey()].slice(
      0,
      VALIDATORS,
    )
    const miners = Array.from({ length: n - validators.length }, () => this.#hotkey())
    const hotkeys = [...validators, ...miners]
    const mechanisms = netuid % 5 === 0 ? 2 : 1
    const tempo = tempos[0] + random.below(tempos[1] - tempos[0] + 1)
    const tao = this.#between(2_000n * TAO, 60_000n * TAO)
    const alpha = this.#between(tao * 5n, tao * 60n)
    const outside = this.#hotkey()
    const lastEpoch = block - BigInt(random.below(tempo))
    const owner = hotkeys[n - 1]!
    const rows = (own: readonly { readonly uid: number; readonly value: number }[][]): typeof own => own
    const commitReveal = netuid % 3 === 0
    const started = netuid % 7 !== 6
    const [parent, child] = [validators[0]!, validators.at(-1)!]
    const relations = parent === child ? [] : [{ hotkey: parent, part: 1n << 61n, child }]
    const subnet: SubnetDraft = {
      netuid,
      firstEmissionBlock: started ? block - this.#between(1_000n, 900_000n) : null,
      subtokenEnabled: started || netuid % 2 === 0,
      registrationAllowed: netuid % 11 !== 10,
      emissionEnabled: netuid % 9 !== 8,
      ownerCutEnabled: netuid % 4 !== 3,
      mechanism: netuid % 13 === 12 ? 0 : 1,
      tao,
      alpha,
      quoteWeight: 500_000_000_000_000_000n + this.#between(0n, 5_000_000_000_000_000n),
      poolInitialized: netuid % 6 !== 5,
      feeRate: 33,
      alphaOut: this.#between(500_000n * TAO, 4_000_000n * TAO),
      movingPrice: (tao * ONE * 9n) / (alpha * 10n),
      priceHalvingBlocks: 201_600n,
      minerBurned: netuid % 8 === 1 ? ONE / 3n : 0n,
      protocolFlow: this.#between(0n, TAO),
      userFlow: -this.#between(0n, TAO),
      volume: this.#between(0n, 1_000_000n * TAO),
      protocolAlpha: 7n,
      alphaRecycled: 11n,
      alphaBurned: 13n,
      pendingServer: this.#between(0n, 5n * TAO),
      pendingValidator: this.#between(0n, 5n * TAO),
      pendingRoot: this.#between(0n, TAO),
      pendingOwner: this.#between(0n, TAO),
      tempo,
      lastEpochBlock: lastEpoch,
      pendingEpochAt: netuid % 10 === 7 ? block + 3n : 0n,
      blocksSinceLastStep: block - lastEpoch,
      epochIndex: BigInt(100 + netuid),
      lastMechanismStepBlock: lastEpoch,
      owner: netuid % 12 === 11 ? null : this.#owner.get(owner)!,
      ownerHotkey: netuid % 12 === 11 ? null : owner,
      recyclesOwnerIncentive: netuid % 2 === 0,
      minChildkeyTake: 900,
      hasConsensus: true,
      hasSplit: mechanisms === 2,
      activityCutoffBlocks: (CUTOFF_MILLI * BigInt(tempo)) / 1000n,
      maxAllowedValidators: validators.length,
      commitRevealEnabled: commitReveal,
      bondsPenalty: netuid % 3 === 1 ? 65_535 : 20_000,
      yuma3On: netuid % 4 === 0,
      liquidAlphaOn: netuid % 8 === 4,
      neurons: hotkeys.map((hotkey, uid) => ({
        hotkey,
        childkeyTake: hotkey === child ? 5_000 : 0,
        blockAtRegistration: block - 50_000n - BigInt(uid),
        validatorPermit: uid < validators.length ? 1 : 0,
      })),
      children: [...relations, { hotkey: outside, part: 1n << 60n, child: parent }].sort(byHotkey),
      parents: [
        ...relations.map(({ hotkey, part }) => ({ hotkey: child, part, parent: hotkey })),
        { hotkey: parent, part: 1n << 60n, parent: outside },
      ].sort(byHotkey),
      pendingChildren:
        netuid % 3 === 2
          ? [
              {
                hotkey: validators[1]!,
                cooldownBlock: block + 10n,
                pendingParts: [{ part: 1n << 58n, child: miners[0]! }],
              },
            ]
          : [],
      autoStakes: [{ coldkey: this.#owner.get(miners[1]!)!, hotkey: validators[0]! }],
      stakes: sorted(
        [...validators, outside].map((hotkey) => this.#stake(hotkey, nominators, 5_000n, 90_000n)),
        ({ hotkey }) => hotkey!,
      ),
      rootClaimable: sorted([...validators], (hotkey) => hotkey).map((hotkey) => ({
        hotkey,
        rate: this.#between(0n, ONE),
      })),
      alphaDividends: [{ hotkey: outside, rao: 9n }],
      splits: mechanisms === 2 ? [{ part: 40_000 }, { part: 25_535 }] : [],
      mechanisms: Array.from({ length: mechanisms }, () => ({
        lastUpdates: hotkeys.map(() => ({ block: block - BigInt(random.below(20)) })),
        commits: commitReveal ? hotkeys.map(() => ({ block: NO_COMMIT })) : [],
        weightRows: rows(
          hotkeys.map((_, uid) =>
            uid < validators.length
              ? miners.map((_, i) => ({ uid: validators.length + i, value: 1 + random.below(65_535) }))
              : [],
          ),
        ).map((weights) => ({ weights })),
        bondRows: hotkeys.map(() => ({ bonds: [] })),
      })),
    }
    return { subnet, validators: [...validators, outside] }
  }
}

/** An account of 64 hex digits. */
function account(random: Source): string {
  return Array.from({ length: 8 }, () => random.u32().toString(16).padStart(8, '0')).join('')
}

function sorted<T>(list: readonly T[], by: (element: T) => number): T[] {
  return [...list].sort((a, b) => by(a) - by(b))
}

function byHotkey(a: { readonly hotkey: number }, b: { readonly hotkey: number }): number {
  return a.hotkey - b.hotkey
}
