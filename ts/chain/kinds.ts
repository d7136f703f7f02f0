import type { Collateral, FlowEma, Relations } from '../snapshot/network.ts'
import type { SparseRows } from '../snapshot/types.ts'
import { rowsOf } from './rows.ts'
import { ScaleError, type ScaleReader } from './scale.ts'

/** How a value is read, and which shapes of it are understood. */
export interface Kind<T> {
  /** The shape that most items of the kind have. */
  readonly usual: string
  /** What stands for a value that nobody computes with and that cannot be read. */
  readonly none: T
  /** Whether every shape is understood: none is asked for. */
  readonly anyShape?: true
  /** The reader of values of this shape, or `undefined` for a shape that is not understood. */
  of(shape: string): ((reader: ScaleReader) => T) | undefined
}

const UINT: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, u128: 16 }
const INT: Readonly<Record<string, number>> = { i8: 1, i16: 2, i32: 4, i64: 8, i128: 16 }

function exactly<T>(shape: string, none: T, read: (reader: ScaleReader) => T): Kind<T> {
  return { usual: shape, none, of: (actual) => (actual === shape ? read : undefined) }
}

function list<T>(reader: ScaleReader, size: number, element: () => T): T[] {
  return Array.from({ length: reader.length(size) }, element)
}

/** An integer of any width and sign, as bigint; raw bits of fixed-point values among them. */
export const integer: Kind<bigint> = {
  usual: 'u64',
  none: 0n,
  of(shape) {
    const [unsigned, signed] = [UINT[shape], INT[shape]]
    if (unsigned !== undefined) return (reader) => reader.uint(unsigned)
    if (signed !== undefined) return (reader) => reader.int(signed)
    return undefined
  },
}

/** An integer of at most 32 bits, as number. */
export const small: Kind<number> = {
  usual: 'u16',
  none: 0,
  of(shape) {
    const wide = (UINT[shape] ?? INT[shape] ?? 16) > 4
    const read = wide ? undefined : integer.of(shape)
    return read && ((reader) => Number(read(reader)))
  },
}

export const bool: Kind<boolean> = exactly('bool', false, (reader) => reader.bool())

/** Whether there is an entry: its value is nothing. */
export const presence: Kind<boolean> = exactly('()', false, () => true)

/** A choice, whose variants have no fields and stand in the order of their numbers. */
export function oneOf<const T extends string>(names: readonly [T, ...T[]]): Kind<T> {
  return exactly(`enum{${names.join(',')}}`, names[0], (reader) => {
    const number = reader.byte()
    const name = names[number]
    if (name === undefined) throw new ScaleError(`is variant ${number}, of ${names.length} that there are`)
    return name
  })
}

/** An account as 64 hex digits. */
export const account: Kind<string> = exactly('[u8;32]', '0'.repeat(64), (reader) => reader.hex(32))

export const accounts: Kind<readonly string[]> = exactly('Vec<[u8;32]>', [], (reader) =>
  list(reader, 32, () => reader.hex(32)),
)

export const bools: Kind<Uint8Array> = exactly('Vec<bool>', new Uint8Array(0), (reader) =>
  Uint8Array.from(list(reader, 1, () => Number(reader.bool()))),
)

export const u16s: Kind<Uint16Array> = exactly('Vec<u16>', new Uint16Array(0), (reader) =>
  Uint16Array.from(list(reader, 2, () => reader.u16())),
)

export const u64s: Kind<BigUint64Array> = exactly('Vec<u64>', new BigUint64Array(0), (reader) =>
  BigUint64Array.from(list(reader, 8, () => reader.uint(8))),
)

/** A u16 low and a u16 high. */
export const range: Kind<readonly [number, number]> = exactly('(u16,u16)', [0, 0], (reader) => [
  reader.u16(),
  reader.u16(),
])

export const flowEma: Kind<FlowEma> = exactly('(u64,i128)', { block: 0n, ema: 0n }, (reader) => ({
  block: reader.uint(8),
  ema: reader.int(16),
}))

export const recycleOrBurn: Kind<'Burn' | 'Recycle'> = exactly('enum{Burn,Recycle}', 'Burn', (reader) =>
  reader.bool() ? 'Recycle' : 'Burn',
)

/** Parts of 2^64 - 1 and the related account. */
export interface Relation {
  readonly proportion: bigint
  readonly account: string
}

export const relations: Kind<readonly Relation[]> = exactly('Vec<(u64,[u8;32])>', [], (reader) =>
  list(reader, 40, () => ({ proportion: reader.uint(8), account: reader.hex(32) })),
)

/** Rows of relations as columns; `places` has the place of every account in them. */
export function relationsOf(
  rows: readonly (readonly Relation[])[],
  places: ReadonlyMap<string, number>,
): Relations {
  const rowStart = new Uint32Array(rows.length + 1)
  for (const [i, row] of rows.entries()) rowStart[i + 1] = rowStart[i]! + row.length
  const all = rows.flat()
  return {
    rowStart,
    account: Uint32Array.from(all, ({ account }) => places.get(account)!),
    proportion: BigUint64Array.from(all, ({ proportion }) => proportion),
  }
}

/** The three numbers of a `WeightCommits` entry, after its hash. What they mean moved at spec 423. */
export type CommitNumbers = readonly [bigint, bigint, bigint]

export const weightCommits: Kind<readonly CommitNumbers[]> = exactly(
  'Vec<([u8;32],u64,u64,u64)>',
  [],
  (reader) =>
    list(reader, 56, (): CommitNumbers => {
      reader.skip(32)
      return [reader.uint(8), reader.uint(8), reader.uint(8)]
    }),
)

/** Who committed timelocked weights, and in which block. */
export interface TimelockedCommit {
  readonly account: string
  /** 0 where the runtime does not keep it. */
  readonly commitBlock: bigint
}

export const timelockedCommits: Kind<readonly TimelockedCommit[]> = exactly(
  'Vec<([u8;32],u64,Vec<u8>,u64)>',
  [],
  (reader) =>
    list(reader, 49, () => {
      const commit = { account: reader.hex(32), commitBlock: reader.uint(8) }
      reader.skip(reader.length(1))
      reader.skip(8)
      return commit
    }),
)

/** The same as runtimes had it that did not keep the block. */
export const timelockedCommitsWithoutBlock: Kind<readonly TimelockedCommit[]> = exactly(
  'Vec<([u8;32],Vec<u8>,u64)>',
  [],
  (reader) =>
    list(reader, 41, () => {
      const commit = { account: reader.hex(32), commitBlock: 0n }
      reader.skip(reader.length(1))
      reader.skip(8)
      return commit
    }),
)

/** One row of `(uid, u16)`. A matrix is put into columns at once: `rowsOf`. */
export const row: Kind<SparseRows> = exactly('Vec<(u16,u16)>', rowsOf([]), (reader) => rowsOf([reader]))

/** The spec version of the runtime that last ran. */
export const upgrade: Kind<number> = exactly('(Compact<u32>,str)', 0, (reader) => {
  const version = reader.compact()
  reader.skip(reader.length(1))
  return version
})

/** By subnet, what a hotkey's stakers can claim for each rao on root: I96F32 bits. */
export const claimable: Kind<readonly (readonly [netuid: number, rate: bigint])[]> = exactly(
  'Vec<(u16,i128)>',
  [],
  (reader) => list(reader, 18, () => [reader.u16(), reader.int(16)] as const),
)

/** Children that wait for their cooldown, and the block that ends it. */
export interface PendingRelations {
  readonly children: readonly Relation[]
  readonly cooldownBlock: bigint
}

export const pendingRelations: Kind<PendingRelations> = exactly(
  '(Vec<(u64,[u8;32])>,u64)',
  { children: [], cooldownBlock: 0n },
  (reader) => ({
    children: list(reader, 40, () => ({ proportion: reader.uint(8), account: reader.hex(32) })),
    cooldownBlock: reader.uint(8),
  }),
)

/** A decimal floating-point number: `mantissa * 10^exponent`. */
export interface Decimal {
  readonly mantissa: bigint
  readonly exponent: bigint
}

export const decimal: Kind<Decimal> = exactly('(u128,i64)', { mantissa: 0n, exponent: 0n }, (reader) => ({
  mantissa: reader.uint(16),
  exponent: reader.int(8),
}))

/** Bytes as hex digits. */
export const bytes: Kind<string> = exactly('Vec<u8>', '', (reader) => reader.hex(reader.length(1)))

export const collateral: Kind<Collateral> = exactly(
  '(u64,u128,u64,u64)',
  { locked: 0n, drainRatio: 0n, minLocked: 0n, earned: 0n },
  (reader) => ({
    locked: reader.uint(8),
    drainRatio: reader.uint(16),
    minLocked: reader.uint(8),
    earned: reader.uint(8),
  }),
)

const CLAIM_TYPES = ['Swap', 'Keep', 'KeepSubnets'] as const

/** What a coldkey has done with root dividends that it claims. */
export type ClaimType = (typeof CLAIM_TYPES)[number]

/** The last choice came later. */
const CLAIM_SHAPES: readonly string[] = ['enum{Swap,Keep}', 'enum{Swap,Keep,KeepSubnets(Vec<u16>)}']

export const claimType: Kind<ClaimType> = {
  usual: CLAIM_SHAPES[1]!,
  none: 'Swap',
  of: (shape) => (CLAIM_SHAPES.includes(shape) ? readClaimType : undefined),
}

function readClaimType(reader: ScaleReader): ClaimType {
  const type = CLAIM_TYPES[reader.byte()]
  if (type === undefined) throw new ScaleError('has a type of claim that there is not')
  if (type === 'KeepSubnets') reader.skip(2 * reader.length(2))
  return type
}

/** The value itself, hex with `0x`, of whatever shape: its type is read by other means. */
export const raw: Kind<string> = {
  usual: '()',
  none: '0x00',
  anyShape: true,
  of: () => (reader) => `0x${reader.hex(reader.left)}`,
}
