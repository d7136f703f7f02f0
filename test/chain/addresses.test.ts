import { fromBufferToBase58 } from '@polkadot-api/substrate-bindings'
import { expect, test } from 'vitest'
import { AccountHasher } from '../../ts/chain/account-hashes.ts'
import { Addresses } from '../../ts/chain/addresses.ts'
import { KeyMaker } from '../../ts/chain/keys.ts'
import type { StorageItem } from '../../ts/chain/runtime.ts'
import { loadProver } from '../../ts/proof/index.ts'
import { Random } from './random.ts'

const random = new Random(91)
const ACCOUNTS: readonly string[] = [
  '00'.repeat(32),
  'ff'.repeat(32),
  `00${'ff'.repeat(31)}`,
  ...Array.from({ length: 600 }, () => random.account()),
]
const ITEM: StorageItem = {
  pallet: 'SubtensorModule',
  name: 'TotalHotkeyAlpha',
  prefix: 'SubtensorModule',
  hashers: ['Blake2128Concat', 'Identity'],
  keys: ['[u8;32]', 'u16'],
  value: 'u64',
  type: 0,
  optional: false,
  fallback: '0x0000000000000000',
}

const theirs = fromBufferToBase58(42)

test('addresses are those of another implementation, and name their accounts', () => {
  const addresses = new Addresses()
  for (const account of ACCOUNTS) {
    const address = addresses.of(account)
    // In memory of its own: theirs remembers an account by the first bytes of the memory that it lies in.
    expect(address).toBe(theirs(Uint8Array.from(Buffer.from(account, 'hex'))))
    expect(addresses.accountOf(address)).toBe(account)
  }
  expect(() => addresses.accountOf('5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM')).not.toThrow()
  expect(() => new Addresses().accountOf('5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM')).toThrow(
    'was not read from this chain',
  )
})

test('accounts that are met together have the keys and addresses of those that come one by one', async () => {
  const [keys, addresses] = [new KeyMaker(), new Addresses()]
  new AccountHasher(keys, addresses, await loadProver()).meet([...ACCOUNTS, ACCOUNTS[0]!], true)
  const [ownKeys, ownAddresses] = [new KeyMaker(), new Addresses()]
  new AccountHasher(ownKeys, ownAddresses, undefined).meet(ACCOUNTS, true)
  for (const account of ACCOUNTS) {
    expect([keys.knows(account), addresses.knows(account)]).toEqual([true, true])
    expect([ownKeys.knows(account), ownAddresses.knows(account)]).toEqual([false, false])
    expect(addresses.of(account)).toBe(ownAddresses.of(account))
    for (const netuid of [0, 7, 4111])
      expect(keys.key(ITEM, [account, netuid])).toBe(ownKeys.key(ITEM, [account, netuid]))
  }
})

test('keys that were let go are made again', () => {
  const keys = new KeyMaker()
  const [account] = ACCOUNTS
  const first = keys.key(ITEM, [account!, 1])
  for (let netuid = 0; netuid < 40_000; netuid++) keys.key(ITEM, [account!, netuid])
  expect(keys.key(ITEM, [account!, 1])).toBe(first)
  expect(keys.isKeyOf(ITEM, first)).toBe(true)
  expect(keys.isKeyOf(ITEM, first.slice(0, -1))).toBe(false)
  expect(keys.isKeyOf(ITEM, first.replace(account!, ACCOUNTS[5]!))).toBe(false)
})
