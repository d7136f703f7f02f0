import { Metadata, TypeRegistry } from '@polkadot/types'
import { expandMetadata } from '@polkadot/types/metadata/decorate'
import { describe, expect, test } from 'vitest'
import {
  ACCOUNTS,
  COMMITS,
  EPOCH,
  type Item,
  MECHANISM,
  NETWORK,
  NEURONS,
  SUBNET,
  SYSTEM,
} from '../../ts/chain/items.ts'
import { KeyMaker, type KeyPart } from '../../ts/chain/keys.ts'
import { readRuntime } from '../../ts/chain/runtime.ts'
import { Schema } from '../../ts/chain/schema.ts'
import { RUNTIMES } from './shared.ts'

const GROUPS: readonly Readonly<Record<string, Item<unknown>>>[] = [
  SYSTEM,
  NETWORK,
  EPOCH,
  SUBNET,
  MECHANISM,
  NEURONS,
  ACCOUNTS,
  COMMITS,
]
const ACCOUNT = 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d'
const PARTS: Readonly<Record<string, KeyPart>> = { u16: 4111, u64: 7_000_000_000n, '[u8;32]': ACCOUNT }

/** What `@polkadot/types` takes for the same part. */
function theirs(part: KeyPart): unknown {
  return typeof part === 'string' ? `0x${part}` : part
}

interface Entry {
  (...parts: readonly unknown[]): Uint8Array
  readonly meta?: { readonly name: { toString(): string } }
}

for (const { name, missing, of: runtimeOf } of RUNTIMES) {
  describe.skipIf(missing !== undefined)(`storage keys, ${name}`, () => {
    test.each([240, 300, 393, 424])('spec %i: those that @polkadot/types computes', (spec) => {
      const bytes = runtimeOf(spec).metadata
      const schema = new Schema(readRuntime(bytes))
      const registry = new TypeRegistry()
      const metadata = new Metadata(registry, bytes as `0x${string}`)
      registry.setMetadata(metadata)
      const query = expandMetadata(registry, metadata).query as unknown as Readonly<
        Record<string, Readonly<Record<string, Entry>>>
      >
      const keys = new KeyMaker()
      let compared = 0
      for (const item of GROUPS.flatMap((group) => Object.values(group))) {
        const { storage } = schema.of(item)
        if (storage === undefined) continue
        const section = query[`${item.pallet[0]!.toLowerCase()}${item.pallet.slice(1)}`]!
        const entry = Object.values(section).find(({ meta }) => meta?.name.toString() === item.name)!
        const parts = item.keys.map((shape) => PARTS[shape]!)
        // A called entry gives the key with its length before it.
        const theirKey = Buffer.from(entry(...parts.map(theirs))).toString('hex')
        const ours = keys.key(storage, parts).slice(2)
        expect(theirKey.endsWith(ours), `${item.pallet}.${item.name}`).toBe(true)
        expect(theirKey.length - ours.length, `${item.pallet}.${item.name}`).toBeLessThanOrEqual(4)
        compared++
      }
      expect(compared).toBeGreaterThan(60)
    })

    test('a known key: System.Number', () => {
      const storage = readRuntime(runtimeOf(424).metadata).item('System', 'Number')!
      expect(new KeyMaker().key(storage, [])).toBe(
        '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac',
      )
    })
  })
}
