import { describe, expect, test } from 'vitest'
import {
  ACCOUNTS,
  COMMITS,
  EPOCH,
  type Item,
  MECHANISM,
  NETWORK,
  NEURONS,
  NOT_READ_YET,
  STORED,
  SUBNET,
  SYSTEM,
} from '../../ts/chain/items.ts'
import { BLOCK, PAYOUT, PRUNING_SCORES, SUBNET_BLOCK } from '../../ts/chain/payout-items.ts'
import { type Runtime, readRuntime } from '../../ts/chain/runtime.ts'
import { Schema } from '../../ts/chain/schema.ts'
import { METADATA, metadataOf, missingShared } from './shared.ts'

const GROUPS: readonly Readonly<Record<string, Item<unknown>>>[] = [
  SYSTEM,
  NETWORK,
  EPOCH,
  SUBNET,
  STORED,
  MECHANISM,
  NEURONS,
  ACCOUNTS,
  COMMITS,
  BLOCK,
  SUBNET_BLOCK,
  { PRUNING_SCORES },
  PAYOUT,
]
const ITEMS = GROUPS.flatMap((group) => Object.values(group))

describe.skipIf(missingShared !== undefined)('the table of items', () => {
  test.each(Object.keys(METADATA).map(Number))('spec %i has no item that cannot be read', (spec) => {
    const schema = new Schema(readRuntime(metadataOf(spec)))
    expect(schema.unread).toEqual([])
    expect(schema.runtime.specVersion).toBe(spec)
  })

  test('a runtime with an item that an epoch reads and that is not read yet says so', () => {
    const runtime = readRuntime(metadataOf(424))
    const known = runtime.item('SubtensorModule', 'Tempo')
    const [pallet, name] = NOT_READ_YET[0]!
    const later: Runtime = {
      specName: runtime.specName,
      specVersion: 430,
      types: runtime.types,
      item: (of, called) => (of === pallet && called === name ? known : runtime.item(of, called)),
    }
    expect(new Schema(later).unread).toEqual([`${pallet}.${name}`])
  })

  // 300 is a runtime of an experimental branch, between mainline versions.
  test.each([240, 393, 424])('spec %i has the items that the table says, in their shapes', (spec) => {
    const schema = new Schema(readRuntime(metadataOf(spec)))
    let found = 0
    for (const item of ITEMS) {
      const name = `${item.pallet}.${item.name}`
      const resolved = schema.of(item)
      if ((item.since ?? 0) > spec) {
        expect(schema.runtime.item(item.pallet, item.name), name).toBeUndefined()
      } else if (spec <= (item.until ?? spec)) {
        expect(resolved.storage, name).toBeDefined()
        found++
      }
      // The default that stands in the metadata decodes, or nothing stored means nothing.
      expect(() => resolved.decode(null), name).not.toThrow()
    }
    expect(found).toBeGreaterThan(60)
  })

  test('defaults are those of the metadata', () => {
    const of = (spec: number): Schema => new Schema(readRuntime(metadataOf(spec)))
    expect(of(424).of(SUBNET.tempo).decode(null)).toBe(360)
    expect(of(300).of(SUBNET.tempo).decode(null)).toBe(10)
    expect(of(424).of(EPOCH.commitRevealWeightsEnabled).decode(null)).toBe(true)
    expect(of(300).of(EPOCH.commitRevealWeightsEnabled).decode(null)).toBe(false)
    expect(of(240).of(EPOCH.bondsPenalty).decode(null)).toBe(0)
    expect(of(424).of(EPOCH.bondsPenalty).decode(null)).toBe(65_535)
    expect(of(424).of(NETWORK.taoWeight).decode(null)).toBe(971_718_665_099_567_868n)
    expect(of(424).of(SUBNET.subnetOwnerHotkey).decode(null)).toBeNull()
  })
})
