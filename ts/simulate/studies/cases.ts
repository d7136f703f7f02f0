/**
 * The cases of bactensor/yuma-simulation, which show what bonds do when validators change their minds one before the other,
 * on exact epochs beside its published figures, and what the differences between the two do.
 */

import type { Engine, EpochResult } from '../../engine/types.ts'
import { InputError } from '../../errors/index.ts'
import {
  type Checks,
  checkOptions,
  expecting,
  listOf,
  oneOf,
  text,
  unexpectedValue,
  withMembers,
  withMethods,
} from '../../errors/options.ts'
import { USUAL_SPEC_VERSION } from '../../snapshot/generated/hyperparameters.ts'
import { usualHyperparameters } from '../../snapshot/hyperparameters.ts'
import { RowsBuilder } from '../../snapshot/rows.ts'
import type { Snapshot, SparseRows } from '../../snapshot/types.ts'
import type { Change } from '../types.ts'
import { type Parts, wholeOf } from './parts.ts'
import type { PublishedCase, PublishedCases, PublishedDividends } from './published-cases.ts'
import { movedBonds, unnormalizedDividends } from './unnormalized.ts'

/** Its versions that a chain's rules correspond to. */
export type CaseVersion = 'Yuma 1' | 'Yuma 2' | 'Yuma 3' | 'Yuma 3, liquid alpha'

/**
 * What the published simulation does otherwise than the chain:
 * - `liquid-first`: liquid alpha is not used in the first epoch;
 * - `liquid-consensus`: liquid alpha holds weights against the greater consensus of this epoch and the one before;
 * - `columns`: the moving average of classic bonds is not normalised by column (Yuma 2);
 * - `zeros`: every weight that is 0 is there as a 0, where validators leave it out;
 * - `penalty`: Yuma 3 lets bonds follow weights that are not clipped, whatever the bonds penalty;
 * - `permits`: who loses its stake keeps its permit.
 */
export type CaseDifference = 'liquid-first' | 'liquid-consensus' | 'columns' | 'zeros' | 'penalty' | 'permits'

export const CASE_DIFFERENCES: readonly CaseDifference[] = [
  'liquid-first',
  'liquid-consensus',
  'columns',
  'zeros',
  'penalty',
  'permits',
]

/** A validator's dividends, in its units: TAO for 1,000 TAO of stake. */
export interface CaseDividends {
  /** Over all epochs. */
  readonly total: number
  /** In the last. */
  readonly last: number
}

/** One case by one version at one bonds penalty. */
export interface CaseRun {
  readonly name: string
  readonly version: CaseVersion
  readonly penalty: number
  readonly validators: readonly string[]
  readonly published: readonly CaseDividends[]
  /** By the chain's rules. */
  readonly chain: readonly CaseDividends[]
  /** The same with every difference taken as it was published. */
  readonly aligned: readonly CaseDividends[]
  /** How far apart they are at most, of any validator's total or last. */
  readonly chainDistance: number
  readonly alignedDistance: number
  /** The distance where all but the one difference is aligned: what it does alone. None where it does nothing. */
  readonly alone: Readonly<Partial<Record<CaseDifference, number>>>
  /** Dividends of each validator by epoch, by the chain's rules. */
  readonly byEpoch: readonly (readonly number[])[]
}

/** Options of {@link cases}. */
export interface CasesOptions {
  /** Parts of a case's name, of which one must be in it; all cases by default. */
  readonly names?: readonly string[]
}

const CHECKS: Checks<CasesOptions> = { names: listOf(text) }

interface Version {
  readonly published: string
  /** What of its bonds a validator keeps, in parts per million. */
  readonly kept: bigint
  readonly yuma3: boolean
  readonly liquid: boolean
  /** Which differences it has. */
  readonly differences: readonly CaseDifference[]
}

const VERSIONS: Readonly<Record<CaseVersion, Version>> = {
  'Yuma 1': {
    published: 'Yuma 1',
    kept: 0n,
    yuma3: false,
    liquid: false,
    differences: ['zeros', 'permits'],
  },
  'Yuma 2': {
    published: 'Yuma 2 (subtensor)',
    kept: 100_000n,
    yuma3: false,
    liquid: false,
    differences: ['columns', 'zeros', 'permits'],
  },
  'Yuma 3': {
    published: 'Yuma 3 (Rhef+relative bonds)',
    kept: 975_000n,
    yuma3: true,
    liquid: false,
    differences: ['zeros', 'penalty', 'permits'],
  },
  'Yuma 3, liquid alpha': {
    published: 'Yuma 3 (Rhef+relative bonds) - liquid alpha on',
    kept: 975_000n,
    yuma3: true,
    liquid: true,
    differences: ['liquid-first', 'liquid-consensus', 'zeros', 'penalty', 'permits'],
  },
}
export const CASE_VERSIONS = Object.keys(VERSIONS) as readonly CaseVersion[]

const TEMPO = 360n
const FIRST_BLOCK = 1_000_000n
const WEIGHT = 65_535
/** Its stakes are parts of a million TAO, in rao. */
const ALL_STAKE = 1e15
/** Its validators get 41 of 100 TAO an epoch, and dividends are for 1,000 of a million. */
const DIVIDENDS = 0.041
const ONE = 2 ** 32
/** Its bounds of liquid alpha: .1 and .3. */
const [ALPHA_LOW, ALPHA_HIGH] = [6554, 19_661]

/**
 * Every case by the four versions that chains have rules for, at every bonds penalty that was published.
 * @throws {InputError} for cases that are none.
 */
export function cases(
  engine: Pick<Engine, 'epoch'>,
  published: PublishedCases,
  options: CasesOptions = {},
): CaseRun[] {
  return wholeOf(casesParts(engine, published, options))
}

/** {@link cases}, case by case. */
export function* casesParts(
  engine: Pick<Engine, 'epoch'>,
  published: PublishedCases,
  options: CasesOptions = {},
): Parts<CaseRun[]> {
  withMethods('an engine', 'epoch')('engine', engine)
  withMembers('published cases', 'cases')('published', published)
  checkOptions('options', options, CHECKS)
  const { names } = options
  const chosen = published.cases.filter(
    ({ name }) => names === undefined || names.some((part) => name.includes(part)),
  )
  const runs: CaseRun[] = []
  yield { done: 0, of: chosen.length, found: [] }
  for (const [at, it] of chosen.entries()) {
    for (const version of CASE_VERSIONS) runs.push(...runsOf(engine, it, version))
    yield { done: at + 1, of: chosen.length, found: [...runs] }
  }
}

/** The runs of a case by a version, by penalty; epochs that come to the same are computed once. */
function runsOf(engine: Pick<Engine, 'epoch'>, it: PublishedCase, name: CaseVersion): CaseRun[] {
  const version = VERSIONS[name]
  const known = new Map<string, readonly (readonly number[])[]>()
  const of = (penalty: number, list: readonly CaseDifference[]): readonly (readonly number[])[] => {
    const aligned = new Set(list)
    const felt = aligned.has('penalty') ? 0 : penalty
    const key = [felt, ...list].join()
    const byEpoch = known.get(key) ?? dividends(engine, it, version, felt, aligned)
    known.set(key, byEpoch)
    return byEpoch
  }
  const penalties = Object.entries(it.results).map(
    ([penalty, results]) => [Number(penalty), results] as const,
  )
  return penalties.sort(([a], [b]) => a - b).map(([penalty, results]) => run(it, name, penalty, results, of))
}

function run(
  it: PublishedCase,
  name: CaseVersion,
  penalty: number,
  results: Readonly<Record<string, PublishedDividends>>,
  of: (penalty: number, aligned: readonly CaseDifference[]) => readonly (readonly number[])[],
): CaseRun {
  const { published: publishedName, differences } = VERSIONS[name]
  const published = it.validators.map((validator) => {
    const figures = results[publishedName]?.[validator]
    if (figures !== undefined) return figures
    throw unexpectedValue(
      'published',
      `results of ${publishedName} for ${validator} in ${it.name}`,
      undefined,
    )
  })
  const aligned = summed(of(penalty, differences))
  const alone = differences.flatMap((difference) => {
    const others = differences.filter((other) => other !== difference)
    const far = distance(summed(of(penalty, others)), aligned)
    return far === 0 ? [] : [[difference, far] as const]
  })
  const byEpoch = of(penalty, [])
  const chain = summed(byEpoch)
  return {
    name: it.name,
    version: name,
    penalty,
    validators: it.validators,
    published,
    chain,
    aligned,
    chainDistance: distance(chain, published),
    alignedDistance: distance(aligned, published),
    alone: Object.fromEntries(alone),
    byEpoch,
  }
}

function summed(byEpoch: readonly (readonly number[])[]): readonly CaseDividends[] {
  return byEpoch.at(-1)!.map((last, validator) => ({
    total: byEpoch.reduce((sum, epoch) => sum + epoch[validator]!, 0),
    last,
  }))
}

function distance(a: readonly CaseDividends[], b: readonly CaseDividends[]): number {
  return Math.max(
    ...a.flatMap(({ total, last }, i) => [Math.abs(total - b[i]!.total), Math.abs(last - b[i]!.last)]),
  )
}

/** Dividends by epoch and validator, with the differences in `aligned` as they were published. */
function dividends(
  engine: Pick<Engine, 'epoch'>,
  it: PublishedCase,
  version: Version,
  penalty: number,
  aligned: ReadonlySet<CaseDifference>,
): readonly (readonly number[])[] {
  const floats = aligned.has('columns')
  let before: EpochResult | undefined
  let permits: Uint8Array | undefined
  let bonds: readonly (readonly number[])[] | undefined
  return Array.from({ length: it.numEpochs }, (_, epoch) => {
    const stored = before?.mechanisms[0]
    const snapshot = snapshotOf(it, version, penalty, aligned, epoch, {
      bonds: stored === undefined ? undefined : afterReplacement(it, version, epoch, stored.bonds),
      consensus: stored?.consensus,
      permits: aligned.has('permits') ? undefined : permits,
    })
    const consensus = greaterConsensus(engine, snapshot, version, aligned)
    const result = engine.epoch(consensus, { trace: floats })
    before = result
    permits = result.validatorPermit
    const [mechanism] = result.mechanisms
    if (floats) bonds = movedBonds(mechanism!, bonds, Number(version.kept) / 1e6)
    const shares = floats
      ? unnormalizedDividends(mechanism!, bonds!)
      : Array.from(mechanism!.raw.dividends, (bits) => Number(bits) / ONE)
    const stake = stakesOf(it, epoch)
    return it.validators.map((_, validator) =>
      stake[validator]! > 0 ? (DIVIDENDS * shares[validator]!) / stake[validator]! : 0,
    )
  })
}

interface State {
  readonly bonds: SparseRows | undefined
  readonly consensus: Uint16Array | undefined
  readonly permits: Uint8Array | undefined
}

/** A case by a version at a bonds penalty as something to simulate: what a scenario file says. */
export interface CaseScenario {
  /** What the first epoch reads. */
  readonly start: Snapshot
  readonly epochs: number
  /** What changes before an epoch, counted from 0: rows, stake, and a miner that another takes the place of. */
  readonly changes: readonly { readonly epoch: number; readonly changes: readonly Change[] }[]
}

/**
 * A case as a scenario by the chain's rules: {@link cases} gives its dividends as `byEpoch`.
 * @throws {InputError} for a case that has no weights for an epoch, and for a version and a penalty that are none.
 */
export function caseScenario(it: PublishedCase, version: CaseVersion, penalty: number): CaseScenario {
  withMembers('a published case', 'weights', 'stakes', 'validators')('it', it)
  oneOf(CASE_VERSIONS)('version', version)
  expecting('a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1)(
    'penalty',
    penalty,
  )
  const rules = VERSIONS[version]
  const none = { bonds: undefined, consensus: undefined, permits: undefined }
  const start = {
    ...snapshotOf(it, rules, penalty, new Set(), 0, none),
    // Who is said to have weights goes on having them.
    activityCutoffBlocks: (TEMPO + 1n) * BigInt(it.numEpochs + 1),
  }
  const changes = Array.from({ length: it.numEpochs - 1 }, (_, at) => ({
    epoch: at + 1,
    changes: changesBefore(it, rules, at + 1),
  }))
  return { start, epochs: it.numEpochs, changes: changes.filter((epoch) => epoch.changes.length > 0) }
}

function changesBefore(it: PublishedCase, version: Version, epoch: number): readonly Change[] {
  const replaced = replacedMiner(it, version, epoch)
  const isOther = weightsOf(it, epoch) !== weightsOf(it, epoch - 1)
  const rows = weightRows(it, epoch, false)
  const block = blockOf(epoch) - 1n
  const [stakes, before] = [stakesOf(it, epoch), stakesOf(it, epoch - 1)]
  return [
    ...(replaced === undefined ? [] : [{ kind: 'register', uid: replaced } as const]),
    ...it.validators.flatMap((_, uid): Change[] => {
      // Weights on whom another took the place of are set anew.
      if (!isOther && replaced === undefined) return []
      const [from, to] = [rows.rowStart[uid]!, rows.rowStart[uid + 1]!]
      const weights = { uid: rows.uid.slice(from, to), value: rows.value.slice(from, to) }
      return [{ kind: 'row', uid, weights, block }]
    }),
    ...stakes.flatMap((stake, uid): Change[] =>
      stake === before[uid] ? [] : [{ kind: 'stake', uid, rao: raoOf(stake) }],
    ),
  ]
}

function blockOf(epoch: number): bigint {
  return FIRST_BLOCK + (TEMPO + 1n) * BigInt(epoch)
}

function raoOf(stake: number): bigint {
  return BigInt(Math.round(stake * ALL_STAKE))
}

function snapshotOf(
  it: PublishedCase,
  { yuma3, liquid, kept }: Version,
  penalty: number,
  aligned: ReadonlySet<CaseDifference>,
  epoch: number,
  { bonds, consensus, permits }: State,
): Snapshot {
  const n = it.validators.length + it.servers.length
  const block = blockOf(epoch)
  const stakes = stakesOf(it, epoch)
  const isFirst = epoch === 0 && aligned.has('liquid-first')
  return {
    ...usualHyperparameters(USUAL_SPEC_VERSION),
    specVersion: USUAL_SPEC_VERSION,
    n,
    block,
    lastMechanismStepBlock: block - TEMPO - 1n,
    tempo: TEMPO,
    stakeThreshold: 0n,
    maxAllowedValidators: it.validators.length,
    commitRevealEnabled: false,
    bondsPenalty: Math.round(penalty * WEIGHT),
    bondsMovingAverage: kept,
    yuma3On: yuma3,
    liquidAlphaOn: liquid && !isFirst,
    alphaLow: ALPHA_LOW,
    alphaHigh: ALPHA_HIGH,
    liquidAlphaConsensusMode: 'Current',
    blockAtRegistration: new BigUint64Array(n),
    totalStake: BigUint64Array.from(stakes.flatMap((stake) => [0n, raoOf(stake)])),
    ownerUid: null,
    validatorPermit:
      permits ?? Uint8Array.from({ length: n }, (_, uid) => (uid < it.validators.length ? 1 : 0)),
    emission: 1_000_000_000n,
    mechanismEmissionSplit: null,
    mechanisms: [
      {
        lastUpdate: new BigUint64Array(n).fill(block - 1n),
        weights: weightRows(it, epoch, aligned.has('zeros')),
        bonds: bonds ?? noRows(n),
        commitBlocks: new BigUint64Array(0),
        ...(consensus === undefined ? {} : { consensusByMechanism: consensus }),
      },
    ],
  }
}

/** Where a liquid alpha is to hold weights against the greater consensus, that is stored as the one before. */
function greaterConsensus(
  engine: Pick<Engine, 'epoch'>,
  snapshot: Snapshot,
  { liquid }: Version,
  aligned: ReadonlySet<CaseDifference>,
): Snapshot {
  const [mechanism] = snapshot.mechanisms
  const before = mechanism!.consensusByMechanism
  if (!liquid || !aligned.has('liquid-consensus') || before === undefined) return snapshot
  const { consensus } = engine.epoch(snapshot)
  const greater = consensus.map((value, uid) => Math.max(value, before[uid]!))
  return {
    ...snapshot,
    liquidAlphaConsensusMode: 'Previous',
    mechanisms: [{ ...mechanism!, consensusByMechanism: greater }],
  }
}

function stakesOf({ stakes }: PublishedCase, epoch: number): readonly number[] {
  return stakes[Math.min(epoch, stakes.length - 1)]!
}

/** Each matrix of weights holds for so many epochs. */
function weightsOf({ weights, name }: PublishedCase, epoch: number): readonly (readonly number[])[] {
  let from = 0
  for (const { n, w } of weights) {
    from += n
    if (epoch < from) return w
  }
  throw new InputError({
    field: 'weights',
    expected: `expected weights of epoch ${epoch} of ${name}, found none`,
  })
}

function weightRows(it: PublishedCase, epoch: number, zeros: boolean): SparseRows {
  const builder = new RowsBuilder()
  const servers = it.validators.length
  for (const [from, row] of weightsOf(it, epoch).entries()) {
    for (const [to, weight] of row.entries()) {
      const value = Math.round(weight * WEIGHT)
      if (from < servers && to >= servers && (zeros || value > 0)) builder.push(to, value)
    }
    builder.endRow()
  }
  return builder.finish()
}

/** In some cases a miner is replaced: bonds on it are gone. The published classic versions do not know of it. */
function replacedMiner(
  { resetBonds, resetBondsEpoch, resetBondsIndex, validators }: PublishedCase,
  { yuma3 }: Version,
  epoch: number,
): number | undefined {
  return resetBonds && yuma3 && epoch === resetBondsEpoch ? validators.length + resetBondsIndex! : undefined
}

function afterReplacement(it: PublishedCase, version: Version, epoch: number, bonds: SparseRows): SparseRows {
  const gone = replacedMiner(it, version, epoch)
  if (gone === undefined) return bonds
  const builder = new RowsBuilder()
  for (let row = 0; row + 1 < bonds.rowStart.length; row++) {
    for (let at = bonds.rowStart[row]!; at < bonds.rowStart[row + 1]!; at++) {
      if (bonds.uid[at] !== gone) builder.push(bonds.uid[at]!, bonds.value[at]!)
    }
    builder.endRow()
  }
  return builder.finish()
}

function noRows(n: number): SparseRows {
  return { rowStart: new Uint32Array(n + 1), uid: new Uint16Array(0), value: new Uint16Array(0) }
}
