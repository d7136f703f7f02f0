/** The gallery: generated subnets, made where they are shown. The same on every machine. */

import { type Engine, InputError, type Snapshot, type SparseRows } from 'yuma-core'
import { generate, type Row, rowOf, rows } from 'yuma-core/snapshot'
import type { Read } from './messages.ts'

const MOST = 65_535

const MAKERS: Readonly<Record<string, (engine: Engine) => Snapshot>> = {
  calm: () => generate({ n: 64, validators: 12, seed: 11, name: 'A calm subnet' }),
  copier: copied,
  cabal: () =>
    withRows(generate({ n: 64, validators: 12, seed: 23, name: 'A cabal' }), ({ validators, miners }) => {
      const [favoured, members] = [miners.slice(3, 6), validators.slice(2, 6)]
      return members.map((uid) => [uid, favoured.map((miner) => [miner, MOST] as const)])
    }),
  liquid: () =>
    generate({
      n: 64,
      validators: 12,
      seed: 31,
      name: 'Liquid alpha',
      hyperparameters: { yuma3On: true, liquidAlphaOn: true },
    }),
  null: () => ({
    ...generate({ n: 64, validators: 12, seed: 41, name: 'Null consensus' }),
    subnetEpochConsensus: 'Null',
  }),
  large: () =>
    generate({
      n: 256,
      validators: 64,
      seed: 7,
      leastCoverage: 0.3,
      mostCoverage: 1,
      name: 'As large as most',
    }),
  wide: () =>
    generate({ n: 4096, validators: 64, seed: 5, leastCoverage: 0.1, mostCoverage: 0.6, name: 'Very wide' }),
}

/**
 * A subnet of the gallery.
 * @throws {InputError} for one that there is not.
 */
export function makeExample(id: string, engine: Engine): Read {
  const make = Object.hasOwn(MAKERS, id) ? MAKERS[id] : undefined
  if (make === undefined) {
    const expected = `expected one of ${Object.keys(MAKERS).join(', ')}, found ${JSON.stringify(id)}`
    throw new InputError({ field: 'example', expected })
  }
  return { snapshot: make(engine), at: 0, choices: [], network: null }
}

/** One validator submits what the others agreed on. */
function copied(engine: Engine): Snapshot {
  const snapshot = generate({ n: 64, validators: 12, seed: 17, name: 'A weight copier' })
  const { consensus } = engine.epoch(snapshot)
  return withRows(snapshot, ({ validators }) => {
    const row = Array.from(consensus, (weight, uid) => [uid, weight] as const)
    return [[validators[4]!, row.filter(([, weight]) => weight > 0)]]
  })
}

/** Uids with weights, by most stake first, and those without. */
interface Parties {
  readonly validators: readonly number[]
  readonly miners: readonly number[]
}

function withRows(
  snapshot: Snapshot,
  choose: (parties: Parties) => readonly (readonly [uid: number, row: Row])[],
): Snapshot {
  const others = new Map(choose(partiesOf(snapshot)))
  const mechanisms = snapshot.mechanisms.map((state) => ({
    ...state,
    weights: replaced(state.weights, others),
  }))
  return { ...snapshot, mechanisms }
}

function partiesOf({ n, totalStake, mechanisms: [first] }: Snapshot): Parties {
  const { rowStart } = first!.weights
  const uids = Array.from({ length: n }, (_, uid) => uid)
  const weighs = (uid: number): boolean => rowStart[uid + 1]! > rowStart[uid]!
  const byStake = (a: number, b: number): number => Number(totalStake[2 * b + 1]! - totalStake[2 * a + 1]!)
  return { validators: uids.filter(weighs).sort(byStake), miners: uids.filter((uid) => !weighs(uid)) }
}

function replaced(weights: SparseRows, others: ReadonlyMap<number, Row>): SparseRows {
  const uids = Array.from({ length: weights.rowStart.length - 1 }, (_, uid) => uid)
  return rows(uids.map((uid) => others.get(uid) ?? rowOf(weights, uid)))
}
