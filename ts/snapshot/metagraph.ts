import { InputError } from '../errors/index.ts'
import { checkImport } from './checks.ts'
import { readAddresses, readArray } from './columns.ts'
import { METAGRAPH_FIELDS } from './fields.ts'
import { USUAL_SPEC_VERSION } from './generated/hyperparameters.ts'
import { type Hyperparameters, usualEmission, usualHyperparameters } from './hyperparameters.ts'
import { JsonReader } from './json.ts'
import { MAX_ENTRIES } from './limits.ts'
import { readSchema } from './parse.ts'
import { RowsBuilder } from './rows.ts'
import { foundText, Source } from './source.ts'
import { checkLength, required } from './state.ts'
import type { Snapshot, SparseRows } from './types.ts'
import { unpack } from './unpack.ts'

/** The `schema` of a file of published weights and stake. */
export const METAGRAPH_SCHEMA = 'metagraph-weights/1'

/** Options of {@link importMetagraph}: what published weights do not say. */
export interface ImportOptions {
  /** The file's name, for messages. */
  readonly file?: string
  /** {@link USUAL_SPEC_VERSION} by default. */
  readonly specVersion?: number
  /** None by default. */
  readonly ownerUid?: number
  /** Rao of alpha to hand out; by default what a tempo's blocks bring. */
  readonly emission?: bigint
  /** What differs from the usual hyperparameters. */
  readonly hyperparameters?: Partial<Hyperparameters>
}

/** What a file of published weights holds, as far as it was read. */
interface Published {
  hotkeys?: string[]
  /** Rao by uid. */
  stake?: bigint[]
  weights?: SparseRows
}

const NO_COMMIT = 2n ** 64n - 1n
const RAO = 1e9
/** Blocks since the last update of who sets weights, and of who sets none. */
const RECENT_UPDATE = 100n
const OLD_UPDATE = 9_000n
const REGISTERED_AGO = 100_000n

/**
 * A snapshot from a `metagraph-weights/1` file, plain or gzip: stake and weights as published, in floats. Rows divided
 * by their greatest and times 65535, rounded, are the chain's u16 again. The rest is assumed: nobody holds bonds, who
 * sets weights has a permit and did so lately, nobody registered lately, an epoch ran a tempo ago.
 * @throws {FileError} where the bytes are no such file.
 * @throws {InputError} for a field that is not what it should be, naming file, field and uid.
 */
export async function importMetagraph(bytes: Uint8Array, options: ImportOptions = {}): Promise<Snapshot> {
  checkImport(bytes, options)
  const file = options.file ?? 'input'
  const text = await unpack(bytes, file)
  const schema = readSchema(text, file)
  if (schema !== METAGRAPH_SCHEMA) {
    throw new InputError({
      file,
      field: 'schema',
      expected: `expected ${METAGRAPH_SCHEMA}, found ${JSON.stringify(schema)}`,
    })
  }
  const source = new Source(new JsonReader(text, file), file)
  const values: Record<string, unknown> = {}
  const published = readPublished(source, values)
  source.reader.end()
  const { network, netuid, block } = METAGRAPH_FIELDS.check(source, values)
  const state = checkPublished(source, published)
  return {
    specVersion: options.specVersion ?? USUAL_SPEC_VERSION,
    netuid,
    name: `${network?.slice(0, 64) ?? 'unknown network'} subnet ${netuid} at block ${block}`,
    ownerUid: options.ownerUid ?? null,
    ...assumed(state, BigInt(block), options),
  }
}

function readPublished(source: Source, values: Record<string, unknown>): Published {
  const published: Published = {}
  const readers = {
    ...METAGRAPH_FIELDS.readers(source, values),
    hotkeys: () => {
      published.hotkeys = readAddresses(source, { field: 'hotkeys' })
    },
    stake: () => {
      published.stake = readStake(source)
    },
    weights: () => {
      published.weights = readPublishedWeights(source)
    },
  }
  source.object({ field: 'metagraph' }, readers, () => {
    source.reader.skip()
  })
  return published
}

function checkPublished(source: Source, published: Published): Required<Published> {
  const hotkeys = required(source, { field: 'hotkeys' }, published.hotkeys)
  const stake = required(source, { field: 'stake' }, published.stake)
  const weights = required(source, { field: 'weights' }, published.weights)
  if (hotkeys.length === 0)
    throw source.fault({ field: 'hotkeys', expected: 'expected at least one, found none' })
  checkLength(source, { field: 'stake' }, stake.length, hotkeys.length)
  checkLength(source, { field: 'weights' }, weights.rowStart.length - 1, hotkeys.length)
  return { hotkeys, stake, weights }
}

const MAX_STAKE = 2 ** 63

function readStake(source: Source): bigint[] {
  const stake: bigint[] = []
  readArray(source, { field: 'stake' }, (uid) => {
    const tokens = source.value({ field: 'stake', uid }, 64)
    if (typeof tokens !== 'number' || tokens < 0 || tokens * RAO >= MAX_STAKE) {
      throw source.fault({
        field: 'stake',
        uid,
        expected: `expected a number of tokens, found ${foundText(tokens)}`,
      })
    }
    stake.push(BigInt(Math.round(tokens * RAO)))
  })
  return stake
}

function readPublishedWeights(source: Source): SparseRows {
  const rows = new RowsBuilder()
  readArray(source, { field: 'weights' }, (uid) => {
    const row = readPublishedRow(source, uid)
    const greatest = row.reduce((most, [, weight]) => Math.max(most, weight), 0)
    for (const [column, weight] of row) {
      rows.push(column, greatest === 0 ? 0 : Math.round((weight / greatest) * 65535))
    }
    rows.endRow()
  })
  return rows.finish()
}

function readPublishedRow(source: Source, uid: number): [uid: number, weight: number][] {
  const place = { field: 'weights', uid }
  const row: [number, number][] = []
  readArray(source, place, () => {
    if (source.entries === MAX_ENTRIES)
      throw source.fault({ ...place, expected: `expected at most ${MAX_ENTRIES} weights in all, found more` })
    source.entries += 1
    const entry = source.value(place, 256)
    if (!isPublishedWeight(entry)) {
      throw source.fault({ ...place, expected: `expected [uid, weight], found ${foundText(entry)}` })
    }
    row.push(entry)
  })
  return row
}

function isPublishedWeight(entry: unknown): entry is [number, number] {
  if (!Array.isArray(entry) || entry.length !== 2) return false
  const [uid, weight] = entry as unknown[]
  if (typeof uid !== 'number' || !Number.isInteger(uid) || uid < 0 || uid > 0xffff) return false
  return typeof weight === 'number' && weight >= 0 && weight <= Number.MAX_VALUE
}

type Assumed = Omit<Snapshot, 'specVersion' | 'netuid' | 'name' | 'ownerUid'>

function assumed(
  { hotkeys, stake, weights }: Required<Published>,
  block: bigint,
  options: ImportOptions,
): Assumed {
  const hyperparameters: Hyperparameters = {
    ...usualHyperparameters(options.specVersion ?? USUAL_SPEC_VERSION),
    ...options.hyperparameters,
  }
  const n = hotkeys.length
  const weighs = Array.from(hotkeys, (_, uid) => weights.rowStart[uid + 1]! > weights.rowStart[uid]!)
  const ago = (blocks: bigint): bigint => (block > blocks ? block - blocks : 0n)
  return {
    hotkeys,
    n,
    block,
    lastMechanismStepBlock: ago(hyperparameters.tempo),
    ...hyperparameters,
    blockAtRegistration: new BigUint64Array(n).fill(ago(REGISTERED_AGO)),
    totalStake: BigUint64Array.from(stake.flatMap((rao) => [0n, rao])),
    validatorPermit: Uint8Array.from(weighs, Number),
    emission: options.emission ?? usualEmission(hyperparameters.tempo),
    mechanismEmissionSplit: null,
    mechanisms: [
      {
        lastUpdate: BigUint64Array.from(weighs, (does) => ago(does ? RECENT_UPDATE : OLD_UPDATE)),
        weights,
        bonds: { rowStart: new Uint32Array(n + 1), uid: new Uint16Array(0), value: new Uint16Array(0) },
        commitBlocks: new BigUint64Array(n).fill(NO_COMMIT),
      },
    ],
  }
}
