import { describe, expect, test } from 'vitest'
import { integer, small, u64s } from '../../ts/chain/kinds.ts'
import { rowsOf } from '../../ts/chain/rows.ts'
import { ScaleError, ScaleReader } from '../../ts/chain/scale.ts'
import { compact, type Encodable, encode } from './encode.ts'
import { Random } from './random.ts'

const reader = (hex: string): ScaleReader => new ScaleReader(`0x${hex}`)

describe('SCALE', () => {
  test.each([
    ['u8', 0n, 255n],
    ['u16', 0n, 65_535n],
    ['u32', 0n, 2n ** 32n - 1n],
    ['u64', 0n, 2n ** 64n - 1n],
    ['u128', 0n, 2n ** 128n - 1n],
    ['i8', -128n, 127n],
    ['i16', -32_768n, 32_767n],
    ['i64', -(2n ** 63n), 2n ** 63n - 1n],
    ['i128', -(2n ** 127n), 2n ** 127n - 1n],
  ] as const)('%s from one end to the other', (shape, least, most) => {
    const read = integer.of(shape)!
    for (const value of [least, least + 1n, 0n, 1n, 77n, most - 1n, most]) {
      expect(read(reader(encode(shape, value)))).toBe(value)
    }
  })

  test('a number holds at most 32 bits', () => {
    expect(small.of('u32')!(reader('ffffffff'))).toBe(0xffff_ffff)
    expect(small.of('i16')!(reader('18fc'))).toBe(-1000)
    for (const wide of ['u64', 'i64', 'u128', 'bool', 'Vec<u16>']) expect(small.of(wide)).toBeUndefined()
  })

  test('compact lengths of all modes', () => {
    for (const value of [0, 1, 63, 64, 65, 16_383, 16_384, 70_000, 2 ** 24, 2 ** 30 - 1]) {
      expect(reader(compact(value)).compact()).toBe(value)
    }
    expect(() => reader('03ffffffff').compact()).toThrow(ScaleError)
  })

  test.each([
    ['odd digits', () => new ScaleReader('0x123')],
    ['no 0x', () => new ScaleReader('1234')],
    ['digits that are none', () => reader('1g').byte()],
    ['digits beyond ASCII', () => reader('1é').byte()],
    ['bytes too few', () => reader('12').u16()],
    ['hex too short', () => reader('12').hex(2)],
    ['hex that is none', () => reader('zz').hex(1)],
    ['a skip too far', () => reader('12').skip(2)],
    ['a bool of 2', () => reader('02').bool()],
    ['bytes left over', () => reader('1234').end()],
    ['a length that nothing follows', () => reader('feffffff').length(1)],
    ['a list that is longer than its bytes', () => u64s.of('Vec<u64>')!(reader('feffffff'))],
    ['a row that is longer than its bytes', () => rowsOf([reader('08010002000300')])],
    ['a row that goes on', () => rowsOf([reader('040100020000')])],
    [
      'a row of more entries than there are uids',
      () => rowsOf([reader(`${compact(65_537)}${'0000'.repeat(2 * 65_537)}`)]),
    ],
  ])('%s: an error', (_, read) => {
    expect(read).toThrow(ScaleError)
  })

  test('a length is refused before anything is made for it', () => {
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 100; i++) expect(() => rowsOf([reader('feffffff')])).toThrow(ScaleError)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })

  test('rows into columns, as they stand', () => {
    const random = new Random(5)
    const rows = Array.from({ length: 40 }, () =>
      Array.from({ length: random.int(90) }, () => [random.u16(), random.u16()] as const),
    )
    const columns = rowsOf(
      rows.map((row) => (row.length === 0 ? null : reader(encode('Vec<(u16,u16)>', row as Encodable)))),
    )
    for (const [i, row] of rows.entries()) {
      const [from, to] = [columns.rowStart[i]!, columns.rowStart[i + 1]!]
      expect([...columns.uid.slice(from, to)]).toEqual(row.map(([uid]) => uid))
      expect([...columns.value.slice(from, to)]).toEqual(row.map(([, value]) => value))
    }
  })
})
