/** Small subnets of six neurons, of which public reports asked why they get what they get. */

import { USUAL_HYPERPARAMETERS } from '../../ts/snapshot/hyperparameters.ts'
import type { Hyperparameters, Snapshot, SparseRows } from '../../ts/snapshot/index.ts'

type Row = readonly (readonly [uid: number, value: number])[]

const RAO = 1_000_000_000n
const N = 6

function rowsOf(rows: readonly Row[]): SparseRows {
  const all = Array.from({ length: N }, (_, uid) => rows[uid] ?? [])
  const rowStart = new Uint32Array(N + 1)
  for (const [uid, row] of all.entries()) rowStart[uid + 1] = rowStart[uid]! + row.length
  return {
    rowStart,
    uid: Uint16Array.from(all.flat(), ([uid]) => uid),
    value: Uint16Array.from(all.flat(), ([, value]) => value),
  }
}

interface Shape {
  readonly name: string
  readonly block: bigint
  readonly updated: bigint
  readonly weights: readonly Row[]
  readonly bonds?: readonly Row[]
  readonly hyperparameters?: Partial<Hyperparameters>
}

/** Two validators with 6,000 and 3,000 alpha, four miners. */
function subnet({ name, block, updated, weights, bonds = [], hyperparameters = {} }: Shape): Snapshot {
  const stake = [6000n, 3000n, 0n, 0n, 0n, 0n]
  return {
    specVersion: 425,
    name,
    n: N,
    block,
    lastMechanismStepBlock: 99_639n,
    ownerUid: null,
    ...USUAL_HYPERPARAMETERS,
    ...hyperparameters,
    blockAtRegistration: new BigUint64Array(N).fill(10n),
    totalStake: BigUint64Array.from(stake.flatMap((alpha) => [0n, alpha * RAO])),
    validatorPermit: Uint8Array.of(1, 1, 0, 0, 0, 0),
    emission: 295_201_648_080n,
    mechanismEmissionSplit: null,
    mechanisms: [
      {
        lastUpdate: new BigUint64Array(N).fill(updated),
        weights: rowsOf(weights),
        bonds: rowsOf(bonds),
        commitBlocks: new BigUint64Array(0),
      },
    ],
  }
}

const BOTH: Row = [
  [2, 65_535],
  [3, 65_535],
]

/** Nobody updated within the cutoff. */
export const ALL_INACTIVE: Snapshot = subnet({
  name: 'all-inactive',
  block: 100_000n,
  updated: 90_000n,
  weights: [BOTH, BOTH],
})

/** All are active, and the weights of two thirds of the stake are zeros. */
export const ZERO_ROW: Snapshot = subnet({
  name: 'zero-row',
  block: 100_000n,
  updated: 99_000n,
  weights: [
    [
      [2, 0],
      [3, 0],
    ],
    [[2, 65_535]],
  ],
})

const LIQUID: Partial<Hyperparameters> = {
  bondsPenalty: 0,
  bondsMovingAverage: 975_000n,
  yuma3On: true,
  liquidAlphaOn: true,
  alphaLow: 6553,
  alphaHigh: 19_660,
}

/** Liquid alpha, where uid 0 has a bond in miner 2 and a weight of 0 on it, stored or not. */
function liquid(name: string, stored: Row): Snapshot {
  return subnet({
    name,
    block: 102_160n,
    updated: 102_150n,
    weights: [
      [...stored, [3, 65_535]],
      [
        [2, 65_535],
        [3, 0],
      ],
    ],
    bonds: [
      [
        [2, 14_026],
        [3, 12_607],
      ],
      [[2, 42_138]],
    ],
    hyperparameters: LIQUID,
  })
}

export const LIQUID_ZERO: Snapshot = liquid('liquid-zero', [[2, 0]])
export const LIQUID_ABSENT: Snapshot = liquid('liquid-absent', [])
