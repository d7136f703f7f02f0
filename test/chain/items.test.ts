import { describe, expect, test } from 'vitest'
import {
  ACCOUNTS,
  COMMITS,
  EPOCH,
  type Item,
  MECHANISM,
  NETWORK,
  NEURONS,
  NEWEST_SPEC,
  STORED,
  SUBNET,
  SYSTEM,
} from '../../ts/chain/items.ts'
import { BLOCK, PAYOUT, PRUNING_SCORES, SUBNET_BLOCK } from '../../ts/chain/payout-items.ts'
import { type Runtime, readRuntime, type StorageItem } from '../../ts/chain/runtime.ts'
import { Schema } from '../../ts/chain/schema.ts'
import { syntheticRuntime } from '../verify/runtime475.ts'
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

/** A runtime, synthetic where there is no real metadata of it. */
function runtimeOf(spec: number): Runtime {
  return readRuntime(spec in METADATA ? metadataOf(spec) : syntheticRuntime(spec).metadata)
}

/** A runtime with one item otherwise. */
function withItem(
  runtime: Runtime,
  name: string,
  change: (storage: StorageItem) => StorageItem | undefined,
): Runtime {
  const { specName, specVersion, types } = runtime
  const item: Runtime['item'] = (pallet, called) => {
    const storage = runtime.item(pallet, called)
    return storage !== undefined && called === name ? change(storage) : storage
  }
  return { specName, specVersion, types, item }
}

/** Made from real metadata: `test/verify/runtime475.ts`. */
const SYNTHETIC = [473, NEWEST_SPEC]

describe.skipIf(missingShared !== undefined)('the table of items', () => {
  test.each([...Object.keys(METADATA).map(Number), ...SYNTHETIC])(
    'spec %i has no item that cannot be read',
    (spec) => {
      const schema = new Schema(runtimeOf(spec))
      expect(schema.unread).toEqual([])
      expect(schema.runtime.specVersion).toBe(spec)
    },
  )

  test('an item that is there in another shape is not taken for one that is not there', () => {
    const mode = (runtime: Runtime) =>
      withItem(runtime, 'LiquidAlphaConsensusMode', (storage) => ({
        ...storage,
        value: 'enum{Current,Previous,Auto,Median}',
      }))
    for (const spec of SYNTHETIC) {
      const refused = () => new Schema(mode(runtimeOf(spec)))
      expect(refused).toThrow(/lacks or has changed SubtensorModule\.LiquidAlphaConsensusMode/)
    }
    const quantile = withItem(runtimeOf(475), 'EmissionBarQuantile', (storage) => ({
      ...storage,
      value: 'str',
    }))
    expect(new Schema(quantile).unread).toEqual(['SubtensorModule.EmissionBarQuantile'])
  })

  test('of a runtime newer than all known ones, what is not there is missed', () => {
    const newer = runtimeOf(NEWEST_SPEC + 1)
    expect(new Schema(newer).unread).toEqual([])
    const without = (name: string) => withItem(newer, name, () => undefined)
    for (const name of ['LastYumaStepBlock', 'ConsensusByMechanism', 'ChildkeyThresholdSuspended']) {
      expect(() => new Schema(without(name)), name).toThrow(name)
    }
    expect(new Schema(without('EmissionGateBar')).unread).toEqual(['SubtensorModule.EmissionGateBar'])
  })

  // 300 is a runtime of an experimental branch, between mainline versions.
  test.each([240, 393, 424, ...SYNTHETIC])(
    'spec %i has the items that the table says, in their shapes',
    (spec) => {
      const schema = new Schema(runtimeOf(spec))
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
    },
  )

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
