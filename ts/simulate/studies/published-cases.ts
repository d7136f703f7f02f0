/** The cases of bactensor/yuma-simulation as a file has them. */

import * as v from 'valibot'
import { FileError, InputError } from '../../errors/index.ts'
import { text as isText } from '../../errors/options.ts'

/** A validator's published dividends: TAO for 1,000 TAO of stake, over all epochs and in the last. */
export type PublishedDividends = Readonly<Record<string, { readonly total: number; readonly last: number }>>

/** One case: stakes and weights by epoch, validators before servers, and what its versions gave. */
export interface PublishedCase {
  readonly name: string
  readonly validators: readonly string[]
  readonly servers: readonly string[]
  readonly numEpochs: number
  /** Whether a miner is replaced on the way: which server, in which epoch. */
  readonly resetBonds: boolean
  readonly resetBondsIndex: number | null
  readonly resetBondsEpoch: number | null
  /** Parts of all stake, of each epoch; the last for those after it too. */
  readonly stakes: readonly (readonly number[])[]
  /** Matrices that hold for `n` epochs each. */
  readonly weights: readonly { readonly n: number; readonly w: readonly (readonly number[])[] }[]
  /** By bonds penalty and version. */
  readonly results: Readonly<Record<string, Readonly<Record<string, PublishedDividends>>>>
}

/** A file of cases. */
export interface PublishedCases {
  /** Where they are from. */
  readonly origin: string
  readonly cases: readonly PublishedCase[]
}

const MAX_EPOCHS = 100_000
const part = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_EPOCHS))
const dividends = v.object({ total: v.number(), last: v.number() })

const CASE = v.pipe(
  v.object({
    name: v.string(),
    validators: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(256)),
    servers: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(256)),
    num_epochs: v.pipe(count, v.minValue(1)),
    reset_bonds: v.boolean(),
    reset_bonds_index: v.nullable(count),
    reset_bonds_epoch: v.nullable(count),
    stakes: v.pipe(v.array(v.array(part)), v.minLength(1)),
    weights: v.pipe(v.array(v.object({ n: count, w: v.array(v.array(part)) })), v.minLength(1)),
    results: v.record(v.string(), v.record(v.string(), v.record(v.string(), dividends))),
  }),
  v.check(
    ({ validators, servers, stakes, weights }) =>
      stakes.every(({ length }) => length === validators.length + servers.length) &&
      weights.every(({ w }) => isSquare(w, validators.length + servers.length)),
    'stakes and weights of validators and servers',
  ),
  v.transform(
    (it): PublishedCase => ({
      name: it.name,
      validators: it.validators,
      servers: it.servers,
      numEpochs: it.num_epochs,
      resetBonds: it.reset_bonds,
      resetBondsIndex: it.reset_bonds_index,
      resetBondsEpoch: it.reset_bonds_epoch,
      stakes: it.stakes,
      weights: it.weights,
      results: it.results,
    }),
  ),
)
const CASES: v.GenericSchema<unknown, PublishedCases> = v.object({ origin: v.string(), cases: v.array(CASE) })

/**
 * The cases in a file's text.
 * @throws {FileError} for what is no JSON.
 * @throws {InputError} for a field that is none of a case's.
 */
export function parseCases(text: string, file = 'input'): PublishedCases {
  isText('text', text)
  isText('file', file)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FileError(file, `expected JSON: ${(cause as Error).message}`, { cause })
  }
  const result = v.safeParse(CASES, json, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = issue.path?.map(({ key }) => String(key)).join('.') ?? 'cases'
  throw new InputError({
    file,
    field,
    expected: `expected ${issue.expected ?? issue.message}, found ${issue.received}`,
  })
}

function isSquare(rows: readonly (readonly number[])[], n: number): boolean {
  return rows.length === n && rows.every(({ length }) => length === n)
}
