/** States to begin with. */

import type { EmissionNetwork, EmissionSubnet } from './types.ts'

/** U64F64 bits of 1. */
const ONE = 1n << 64n

/** A network without subnets, stake and issuance, with the runtime's defaults. */
export function blankNetwork(): EmissionNetwork {
  return {
    block: 0n,
    totalIssuance: 0n,
    balancesIssuance: 0n,
    totalStake: 0n,
    blockEmission: 1_000_000_000n,
    taoWeight: 971_718_665_099_567_868n,
    childkeyBurn: 0n,
    subnetOwnerCut: 11_796,
    maxEpochsPerBlock: 2,
    stakeThreshold: 0n,
    movingAlpha: 12_884n,
    flow: { cutoff: 0n, exponent: ONE, smoothingFactor: 0n, net: false },
    gate: { bar: 0n, quantile: 11_252_513_884_962_826_240n, rank: 32, exponent: 3n * ONE },
    root: { tao: 0n, stakes: [], registered: [] },
    keys: { owner: [], take: [], ownedHotkeys: [], stakingHotkeys: [] },
    subnets: [],
  }
}

/** A subnet that emission goes to, without reserves, neurons and epochs. */
export function blankSubnet(netuid: number): EmissionSubnet {
  const flow = { since: 0n, average: null }
  return {
    netuid,
    firstEmissionBlock: 1n,
    subtokenEnabled: true,
    registrationAllowed: true,
    emissionEnabled: true,
    ownerCutEnabled: true,
    pool: {
      mechanism: 1,
      tao: 0n,
      alpha: 0n,
      quoteWeight: 500_000_000_000_000_000n,
      initialized: false,
      feeRate: 33,
    },
    alphaOut: 0n,
    movingPrice: 0n,
    priceHalvingBlocks: 201_600n,
    minerBurned: 0n,
    rootProp: 0n,
    userFlow: flow,
    protocolFlow: flow,
    last: { taoIn: 0n, alphaIn: 0n, alphaOut: 0n, excessTao: 0n },
    protocolAlpha: 0n,
    volume: 0n,
    alphaRecycled: 0n,
    alphaBurned: 0n,
    pending: { server: 0n, validator: 0n, root: 0n, owner: 0n },
    schedule: {
      tempo: 0,
      lastEpochBlock: 0n,
      pendingEpochAt: 0n,
      blocksSinceLastStep: 0n,
      epochIndex: 0n,
      lastMechanismStepBlock: 0n,
    },
    owner: null,
    ownerHotkey: null,
    leased: false,
    recyclesOwnerIncentive: false,
    neurons: [],
    minChildkeyTake: 0,
    children: [],
    parents: [],
    pendingChildren: [],
    autoStake: [],
    stakes: [],
    rootClaimable: [],
    alphaDividends: [],
    rootDividends: [],
    alphaLastEpoch: [],
    consensus: null,
  }
}
