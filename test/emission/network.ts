/** Made-up networks: subnets as `generate` makes them, with what the chain keeps beside. */

import type { ChainSnapshot, NetworkItems, NetworkSnapshot, SubnetItems } from '../../ts/snapshot/index.ts'
import { generate } from '../../ts/snapshot/index.ts'

export const BLOCK = 8_000_000n
const TAO = 1_000_000_000n
const I96F32_ONE = 1n << 32n

export function networkItems(): NetworkItems {
  return {
    totalIssuance: 10_500_001n * TAO,
    balancesTotalIssuance: 10_500_001n * TAO,
    totalStake: 6_000_000n * TAO,
    blockEmission: TAO,
    taoWeight: 3_320_413_933_267_719_290n,
    ckBurn: 0n,
    subnetOwnerCut: 11_796,
    minChildkeyTake: 0,
    stakeThreshold: 0n,
    subnetMovingAlpha: 12_884n,
    maxEpochsPerBlock: 2,
    taoFlowCutoff: 0n,
    flowNormExponent: 1n << 64n,
    flowEmaSmoothingFactor: 29_597_889_189_277n,
    netTaoFlowEnabled: false,
    numRootClaim: 0n,
    numStakingColdkeys: 0n,
    emissionGateBar: null,
    emissionGateExponent: null,
    emissionBarQuantile: null,
    emissionBarRank: null,
  }
}

export function subnetItems(netuid: number, tempo: number): SubnetItems {
  return {
    networkRegisteredAt: 1n,
    firstEmissionBlockNumber: netuid === 0 ? null : 1_000_000n,
    tempo,
    blocksSinceLastStep: 5n,
    lastMechansimStepBlock: BLOCK - 5n - BigInt(netuid),
    lastYumaStepBlock: null,
    subnetEpochConsensus: null,
    lastEpochBlock: BLOCK - 5n - BigInt(netuid),
    pendingEpochAt: 0n,
    subnetEpochIndex: 7n,
    mechanismCountCurrent: 1,
    pendingServerEmission: 1_000n * TAO + BigInt(netuid),
    pendingValidatorEmission: 700n * TAO + 1n,
    pendingRootAlphaDivs: 300n * TAO,
    pendingOwnerCut: 400n * TAO + 3n,
    pendingEmission: 0n,
    pendingRootDivs: 0n,
    pendingAlphaSwapped: 0n,
    subtokenEnabled: true,
    networkRegistrationAllowed: true,
    subnetEmissionEnabled: true,
    ownerCutEnabled: true,
    ownerCutAutoLockEnabled: false,
    subnetMechanism: netuid === 0 ? 0 : 1,
    subnetOwner: null,
    subnetOwnerHotkey: null,
    recycleOrBurn: 'Burn',
    minChildkeyTakePerSubnet: 0,
    subnetTao: netuid === 0 ? 5_000_000n * TAO : 20_000n * TAO + BigInt(netuid) * 77n,
    subnetAlphaIn: 600_000n * TAO,
    subnetAlphaOut: 2_000_000n * TAO,
    subnetTaoProvided: 0n,
    subnetAlphaInProvided: 0n,
    subnetTaoInEmission: 0n,
    subnetAlphaInEmission: 0n,
    subnetAlphaOutEmission: 0n,
    subnetExcessTao: 0n,
    subnetRootSellTao: 0n,
    subnetProtocolAlpha: 0n,
    subnetVolume: 123n,
    subnetMovingPrice: I96F32_ONE / BigInt(20 + netuid),
    emaPriceHalvingBlocks: 201_600n,
    minerBurned: netuid === 3 ? I96F32_ONE / 2n : 0n,
    rootProp: 0n,
    subnetTaoFlow: 0n,
    subnetProtocolFlow: 0n,
    subnetEmaTaoFlow: null,
    subnetEmaProtocolFlow: null,
    rootClaimableThreshold: 0n,
    swapBalancer: 505_000_000_000_000_000n,
    palSwapInitialized: true,
    feeRate: 33,
    alphaSqrtPrice: null,
    totalAlphaIssuance: 0n,
    alphaBurned: 0n,
    alphaRecycled: 0n,
    balancerTaoReservoir: 0n,
    balancerAlphaReservoir: 0n,
    totalAlphaStaked: 0n,
    subnetFastMovingPrice: null,
    rho: 10,
    bondsResetOn: false,
    immunityPeriod: 4096,
    maxAllowedUids: 256,
    minAllowedWeights: 1,
    maxWeightsLimit: 65_535,
    weightsVersionKey: 0n,
    weightsSetRateLimit: 100n,
    burn: 0n,
    minBurn: 0n,
    maxBurn: 0n,
    difficulty: 0n,
    immuneOwnerUidsLimit: 1,
    minNonImmuneUids: 10,
  }
}

/** What differs from the usual subnet. */
export interface Differences {
  readonly specVersion?: number
  readonly items?: Partial<SubnetItems>
  readonly network?: Partial<NetworkItems>
}

/** A subnet as if it were read from a chain. Hotkey 0 is the owner's; hotkey 1 is a child of hotkey 0. */
export function chainSnapshot(
  netuid: number,
  n = 16,
  tempo = 20,
  differences: Differences = {},
): ChainSnapshot {
  const specVersion = differences.specVersion ?? 425
  const generated = generate({ n, validators: 6, seed: netuid, netuid, specVersion, block: BLOCK + 1n })
  const hotkeys = generated.hotkeys!
  const coldkeys = generated.coldkeys!
  const stake = (at: number, scale: bigint): bigint =>
    at < 6 ? scale * BigInt(7 - at) * TAO + BigInt(at) : 0n
  const noRelations = {
    rowStart: new Uint32Array(n + 1),
    account: new Uint32Array(0),
    proportion: new BigUint64Array(0),
  }
  const one = (row: number, account: number): typeof noRelations => ({
    rowStart: Uint32Array.from({ length: n + 1 }, (_, i) => Number(i > row)),
    account: Uint32Array.of(account),
    proportion: BigUint64Array.of(1n << 62n),
  })
  const pending = subnetItems(netuid, tempo)
  const items: SubnetItems = {
    ...pending,
    subnetOwner: coldkeys[0]!,
    subnetOwnerHotkey: hotkeys[0]!,
    ...differences.items,
  }
  return {
    ...generated,
    netuid,
    blockHash: `0x${'ab'.repeat(32)}`,
    hotkeys,
    coldkeys,
    tempo: BigInt(tempo),
    lastMechanismStepBlock: items.lastMechansimStepBlock,
    emission: items.pendingServerEmission + items.pendingValidatorEmission + items.pendingRootAlphaDivs,
    stateBlock: BLOCK,
    alphaStake: new BigUint64Array(n),
    taoStake: new BigUint64Array(n),
    subnet: items,
    network: { ...networkItems(), ...differences.network },
    accounts: {
      hotkeys,
      owner: coldkeys,
      totalHotkeyAlpha: BigUint64Array.from(hotkeys, (_, at) => stake(at, 1_000n)),
      rootAlpha: BigUint64Array.from(hotkeys, (_, at) => stake(at, 100n)),
      delegates: Uint16Array.from(hotkeys, (_, at) => 1000 * at),
      childkeyTake: new Uint16Array(n),
      suspended: new Uint8Array(n),
      onRoot: new Uint8Array(n),
      parentKeys: one(1, 0),
      childKeys: one(0, 1),
      autoStakeDestination: hotkeys.map((_, at) => (at === n - 1 ? hotkeys[2]! : null)),
    },
    stored: {
      active: new Uint8Array(0),
      consensus: new Uint16Array(0),
      dividends: new Uint16Array(0),
      emission: new BigUint64Array(0),
      validatorTrust: new Uint16Array(0),
      stakeWeight: new Uint16Array(0),
      rank: new Uint16Array(0),
      trust: new Uint16Array(0),
      incentive: [new Uint16Array(0)],
      consensusByMechanism: [],
    },
    ownedHotkeys: [hotkeys[0]!],
    maturingCommits: [],
    upgradedFrom: null,
    collateral: [],
    collateralSums: [],
    unread: [],
  }
}

/** A network of so many subnets beside root; the last has no neurons. */
export function networkSnapshot(count: number, differences: Differences = {}): NetworkSnapshot {
  const subnets = Array.from({ length: count }, (_, i) => {
    const epoch = chainSnapshot(i + 1, 16, 20, differences)
    return { netuid: i + 1, subnet: epoch.subnet, epoch: i + 1 === count ? null : epoch }
  })
  return {
    specVersion: differences.specVersion ?? 425,
    blockHash: `0x${'ab'.repeat(32)}`,
    stateBlock: BLOCK,
    block: BLOCK + 1n,
    network: { ...networkItems(), ...differences.network },
    subnets: [{ netuid: 0, subnet: subnetItems(0, 0), epoch: null }, ...subnets],
    upgradedFrom: null,
    baskets: null,
    unread: [],
  }
}
