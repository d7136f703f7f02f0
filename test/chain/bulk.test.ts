import { Blake2128, Blake2256, Twox64Concat, Twox128, Twox256 } from '@polkadot-api/substrate-bindings'
import { beforeAll, describe, expect, test } from 'vitest'
import { Addresses } from '../../ts/chain/addresses.ts'
import {
  addressesOf,
  BULK_HASHERS,
  hashing,
  type KeyText,
  keysOf,
  makeKeys,
  readChanges,
  type StorageHost,
} from '../../ts/chain/bulk.ts'
import { connect } from '../../ts/chain/index.ts'
import { encodeParts, KeyMaker, type KeyPart, partBytes } from '../../ts/chain/keys.ts'
import type { Hasher, StorageItem } from '../../ts/chain/runtime.ts'
import { type ReadValues, TextValues } from '../../ts/chain/values.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadProver } from '../../ts/proof/index.ts'
import { FakeChain } from './fake-chain.ts'
import { blockOf, makeSubnet } from './fixture.ts'
import { Random } from './random.ts'
import { ChainServer, type Fault, type Request } from './server.ts'

const ACCOUNT = '[u8;32]'
const BLOCK = `0x${'ab'.repeat(32)}`

let host: StorageHost
beforeAll(async () => {
  host = (await loadProver({ prefer: 'native' })).storage!
})

function itemOf(hashers: readonly Hasher[], keys: readonly string[]): StorageItem {
  const name = `${hashers.join()} ${keys.join()}`
  return {
    pallet: 'A',
    prefix: 'A',
    name,
    hashers,
    keys,
    value: 'u64',
    type: 0,
    optional: false,
    fallback: '0x',
  }
}

function asked(text: KeyText): readonly string[] {
  return [...text.places].map((place) => text.key(place))
}

describe('keys of columns', () => {
  const random = new Random(5)
  const accounts = Array.from({ length: 40 }, () => random.account())

  test.each(BULK_HASHERS as readonly Hasher[])('%s: those that are made one by one', (hasher) => {
    const keys = new KeyMaker()
    const columns: readonly (readonly [
      StorageItem,
      readonly KeyPart[],
      readonly KeyPart[],
      readonly KeyPart[],
    ])[] = [
      [itemOf([hasher], [ACCOUNT]), [], accounts, []],
      [itemOf([hasher, 'Identity'], [ACCOUNT, 'u16']), [], [...accounts, accounts[3]!], [4111]],
      [itemOf(['Twox64Concat', hasher], ['u16', ACCOUNT]), [7], accounts, []],
      [itemOf(['Identity', hasher], ['u16', 'u16']), [7], [0, 1, 255, 256, 65_535], []],
      [
        itemOf(['Identity', hasher, 'Blake2128Concat'], ['u64', 'u64', ACCOUNT]),
        [1n],
        [0n, 2n ** 64n - 1n],
        [accounts[0]!],
      ],
    ]
    const singles = [keys.key(columns[0]![0], [accounts[1]!]), '0x00']
    let parts = ''
    const described = columns.map(([item, before, varying, after]) => {
      const [shape, start] = [item.keys[before.length]!, parts.length / 2]
      parts += encodeParts(varying, shape)
      const [head, tail] = keys.around(item, before, after)
      const bytes = partBytes(shape)!
      const number = BULK_HASHERS.indexOf(hasher)
      return { head, tail, hasher: number, partBytes: bytes, start, length: bytes * varying.length }
    })
    const text = makeKeys(host, singles, described, parts)
    const expected = [
      ...singles,
      ...columns.flatMap(([item, before, varying, after]) =>
        varying.map((part) => keys.key(item, [...before, part, ...after])),
      ),
    ]
    expect(asked(text)).toEqual(expected)
    const once = [...new Set(expected)]
    expect(text.count).toBe(once.length)
    expect(once.length).toBe(expected.length - 2)
    expect(keysOf(text.sliceWith([], 0, text.count))).toEqual(once)
    expect(keysOf(text.sliceWith(['0x01'], 2, 5))).toEqual(['0x01', ...once.slice(2, 5)])
  })

  test('hashes of single things are those of another implementation', () => {
    const hash = hashing(host)
    for (const length of [0, 1, 7, 8, 31, 32, 33, 127, 128, 129, 300]) {
      const bytes = Uint8Array.from({ length }, () => random.int(256))
      expect([...hash('Twox64', bytes)]).toEqual([...Twox64Concat(bytes).subarray(0, 8)])
      expect([...hash('Twox128', bytes)]).toEqual([...Twox128(bytes)])
      expect([...hash('Twox256', bytes)]).toEqual([...Twox256(bytes)])
      expect([...hash('Blake2128', bytes)]).toEqual([...Blake2128(bytes)])
      expect([...hash('Blake2256', bytes)]).toEqual([...Blake2256(bytes)])
    }
  })

  test('addresses are those that are made one by one', () => {
    const addresses = new Addresses()
    expect(addressesOf(host, accounts)).toEqual(accounts.map((account) => addresses.of(account)))
  })
})

describe('an answer as it came', () => {
  const random = new Random(17)
  const keys = Array.from({ length: 30 }, () => `0x${random.account()}`)
  const texts = keys.map((_, i) => (i % 3 === 0 ? null : `0x${random.account().slice(0, 2 * (i % 7))}`))
  const changes = keys.map((key, i) => [key, texts[i]])
  const right = JSON.stringify({ jsonrpc: '2.0', id: 12, result: [{ block: BLOCK, changes }] })
  const asText = Buffer.from(`"${keys.join('","')}"`)
  const read = (message: Uint8Array): ReturnType<typeof readChanges> =>
    readChanges(host, message, asText, BLOCK)
  const shown = (values: ReadValues): unknown =>
    keys.map((_, i) => {
      const reader = values.reader(i)
      return reader === null ? null : reader.hex(reader.left)
    })

  test('has the values that its text has', () => {
    const { id, value } = read(Buffer.from(right))!
    expect(id).toBe(12)
    expect(shown(value)).toEqual(shown(new TextValues(texts)))
    expect(keys.map((_, i) => value.has(i))).toEqual(texts.map((text) => text !== null))
  })

  test('damaged anywhere it is read as it would be as text, or not at all', () => {
    let refused = 0
    for (let i = 0; i < 20_000; i++) {
      const message = Buffer.from(right)
      message[random.int(message.length)] = random.int(128)
      const found = read(message)
      if (found === undefined) {
        refused++
        continue
      }
      const parsed = JSON.parse(message.toString()) as {
        readonly id: number
        readonly result: readonly [
          { readonly block: string; readonly changes: readonly [string, string | null][] },
        ]
      }
      expect(parsed.id).toBe(found.id)
      expect(parsed.result[0].block.toLowerCase()).toBe(BLOCK)
      expect(parsed.result[0].changes.map(([key]) => key)).toEqual(keys)
      expect(shown(found.value)).toEqual(
        shown(new TextValues(parsed.result[0].changes.map(([, value]) => value))),
      )
    }
    expect(refused).toBeGreaterThan(10_000)
  })
})

test('an answer that is written otherwise, or read by another client, gives the same snapshot', async () => {
  const block = blockOf(demoRuntime(424), 900, [
    makeSubnet({ netuid: 3, n: 20, validators: 5, seed: 4, block: 900, commitReveal: true }),
  ])
  const snapshotOf = async (fault?: (request: Request) => Fault | undefined): Promise<unknown> => {
    await using server = await ChainServer.start(new FakeChain([block]), fault === undefined ? {} : { fault })
    await using chain = await connect(server.url)
    return await chain.subnet(3)
  }
  const right = await snapshotOf()
  const spaced = (answer: string): string => JSON.stringify(JSON.parse(answer), null, 1)
  const upper = (answer: string): string =>
    answer.replace(/,"0x[0-9a-f]*"\]/g, (value) => value.toUpperCase().replace('0X', '0x'))
  for (const change of [spaced, upper]) {
    let changed = 0
    const fault = ({ method }: Request): Fault | undefined => {
      if (method !== 'state_queryStorageAt') return undefined
      changed++
      return { kind: 'frames', frames: (_, answer) => [change(answer)] }
    }
    expect(await snapshotOf(fault)).toEqual(right)
    expect(changed).toBeGreaterThan(2)
  }
})
