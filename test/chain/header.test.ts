import { TypeRegistry } from '@polkadot/types'
import { describe, expect, test } from 'vitest'
import { checkHeader, storesRuntime } from '../../ts/chain/header.ts'
import { type FakeHeader, headerHash, headerOf } from './fake-chain.ts'
import { Random } from './random.ts'

/** Headers that Polkadot's nodes gave, under the hashes that they were asked for. */
const REAL: readonly (readonly [hash: string, header: FakeHeader])[] = [
  [
    '0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3',
    {
      parentHash: `0x${'00'.repeat(32)}`,
      number: '0x0',
      stateRoot: '0x29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17',
      extrinsicsRoot: '0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314',
      digest: { logs: [] },
    },
  ],
  [
    '0xe961cf2536958785869a8f1892c478ff5f91c5a01ece8a50d7f52cc5d31f96d3',
    {
      parentHash: '0xf00dc4fb3ffe5e87359f159b344e78b94ef0b02554cf4d620f0b763d99f9aada',
      number: '0x16',
      stateRoot: '0x56bf9703deec2388fcc336898b2f278a7a3cf9ea5cfb753b3015440cb12ac76f',
      extrinsicsRoot: '0x58d6476afb15a09ca68b12ea9521cad576688ead5b9078732c1e863a93708070',
      digest: {
        logs: [
          '0x06424142453402040000000abc701000000000',
          '0x0080d8ac54c560a613a6df1ac3822c72d24999499916e3edad338cd4339d6c05489f',
          '0x044245454684031f33ca534a85015f13b1221bd63077cde02615c0dcda544f252058e500541d7d',
          '0x0542414245010104e71e466d9268304f634093921c4c3af3f25d3ea83b21c023e2269b6ce8b92e6f944a906e584e73e3aafc74b23efdf0dc25e63ca45b57b347abfaa0c06f6781',
        ],
      },
    },
  ],
]

const [, [HASH, HEADER]] = REAL as [(typeof REAL)[0], (typeof REAL)[0]]

describe('headers', () => {
  test.each(REAL)('%s, as a real node gave it', (hash, header) => {
    const { digest, number, ...rest } = header
    expect(checkHeader(header, hash)).toEqual({ hash, ...rest, number: BigInt(number), logs: digest.logs })
  })

  test('of any number and digest, hashed as @polkadot/types does', () => {
    const registry = new TypeRegistry()
    const random = new Random(4)
    const numbers = [0, 1, 63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, 2 ** 32 - 1]
    for (const number of numbers) {
      const log = `0x04617572612c${random.account().slice(0, 22)}`
      const logs = Array.from({ length: number % 70 }, () => log)
      const header = headerOf({
        number,
        parentHash: `0x${random.account()}`,
        runtime: null as never,
        state: new Map(),
        logs,
      })
      const hash = registry.createType('Header', header).hash.toHex()
      expect(checkHeader(header, hash)).toMatchObject({ hash, number: BigInt(number) })
      if (number < 2 ** 30) expect(headerHash(header)).toBe(hash)
    }
  })

  test('beyond u32 they are hashed too', () => {
    const header = { ...HEADER, number: '0xffffffffffffffff' }
    expect(() => checkHeader(header, HASH)).toThrow(/is that of 0x[0-9a-f]{64}/)
  })

  test.each([
    ['another number', { ...HEADER, number: '0x17' }],
    ['another parent', { ...HEADER, parentHash: HEADER.stateRoot }],
    ['another root of the state', { ...HEADER, stateRoot: HEADER.parentHash }],
    ['another root of the transactions', { ...HEADER, extrinsicsRoot: HEADER.parentHash }],
    ['no digest', { ...HEADER, digest: { logs: [] } }],
    ['a seal too many', { ...HEADER, digest: { logs: [...HEADER.digest.logs, '0x08'] } }],
  ])('with %s is that of another block', (_, header) => {
    expect(() => checkHeader(header, HASH)).toThrowError(
      expect.objectContaining({ code: 'chain', kind: 'wrong-block', block: HASH }),
    )
  })

  test.each([
    ['nothing', undefined],
    ['a text', 'header'],
    ['a number in decimal', { ...HEADER, number: '22' }],
    ['a number that is one', { ...HEADER, number: 22 }],
    ['a short hash', { ...HEADER, parentHash: '0x12' }],
    ['a digest that is a list', { ...HEADER, digest: HEADER.digest.logs }],
    ['an item that is not hex', { ...HEADER, digest: { logs: ['0x0g'] } }],
    ['an item of half a byte', { ...HEADER, digest: { logs: ['0x012'] } }],
  ])('%s is none', (_, header) => {
    expect(() => checkHeader(header, HASH)).toThrowError(
      expect.objectContaining({ code: 'chain', kind: 'malformed' }),
    )
  })

  test('a block that the node does not know is missing', () => {
    expect(() => checkHeader(null, HASH)).toThrowError(expect.objectContaining({ kind: 'missing' }))
  })

  test('say whether the block stored a new runtime', () => {
    const header = checkHeader(HEADER, HASH)
    expect(storesRuntime(header)).toBe(false)
    expect(storesRuntime({ ...header, logs: [...header.logs, '0x08'] })).toBe(true)
  })
})
