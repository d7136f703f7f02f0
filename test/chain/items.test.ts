import { describe, expect, test } from 'vitest'
import { hasItem } from '../../ts/chain/item.ts'
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
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { declaredAt, historyRuntime, STORAGE_HISTORY } from './history-runtime.ts'
import { METADATA, RUNTIMES } from './shared.ts'

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

function ownRuntime(spec: number): Runtime {
  return readRuntime(demoRuntime(spec).metadata)
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

/** Items that stay in runtimes after the last one that reads them. */
const LEFT: ReadonlySet<string> = new Set([
  'ActivityCutoff',
  'CRV3WeightCommits',
  'CRV3WeightCommitsV2',
  'CommitRevealWeightsVersion',
])

/** The weighted pool came with 380, which was taken back, and again with 423. */
const CAME_TWICE: ReadonlySet<string> = new Set(['SwapBalancer', 'PalSwapInitialized'])

const decoded = new Map<number, Runtime>()

/** A runtime of main; those that declare the same are decoded once. */
function ofHistory(spec: number): Runtime {
  const names = Object.keys(STORAGE_HISTORY.items)
  const text = (version: number): string => names.map((name) => declaredAt(name, version)?.specs).join(';')
  const first = STORAGE_HISTORY.versions.find((version) => text(version) === text(spec))!
  const known = decoded.get(first) ?? readRuntime(historyRuntime(first).metadata)
  decoded.set(first, known)
  return withVersion(known, spec)
}

function withVersion(runtime: Runtime, specVersion: number): Runtime {
  return { ...withItem(runtime, '', () => undefined), specVersion }
}

/** Versions of which there is no real metadata. */
const MADE = [473, NEWEST_SPEC]

for (const { name, missing, of } of RUNTIMES) {
  describe.skipIf(missing !== undefined)(`the table of items, ${name}`, () => {
    const runtimeOf = (spec: number): Runtime => readRuntime(of(spec).metadata)
    const made = missing === undefined && of === demoRuntime ? MADE : []

    test.each([...Object.keys(METADATA).map(Number), ...made])(
      'spec %i has no item that cannot be read',
      (spec) => {
        const schema = new Schema(runtimeOf(spec))
        expect(schema.unread).toEqual([])
        expect(schema.runtime.specVersion).toBe(spec)
      },
    )

    // 300 is a runtime of an experimental branch, between mainline versions.
    test.each([240, 393, 424, ...made])(
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
      const of = (spec: number): Schema => new Schema(runtimeOf(spec))
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
}

describe('the table of items', () => {
  test('an item that is there in another shape is not taken for one that is not there', () => {
    const mode = (runtime: Runtime) =>
      withItem(runtime, 'LiquidAlphaConsensusMode', (storage) => ({
        ...storage,
        value: 'enum{Current,Previous,Auto,Median}',
      }))
    for (const spec of MADE) {
      const refused = () => new Schema(mode(ownRuntime(spec)))
      expect(refused).toThrow(/lacks or has changed SubtensorModule\.LiquidAlphaConsensusMode/)
    }
    const quantile = withItem(ownRuntime(475), 'EmissionBarQuantile', (storage) => ({
      ...storage,
      value: 'str',
    }))
    expect(new Schema(quantile).unread).toEqual(['SubtensorModule.EmissionBarQuantile'])
  })

  test('of a runtime newer than all known ones, what is not there is missed', () => {
    const newer = ownRuntime(NEWEST_SPEC + 1)
    expect(new Schema(newer).unread).toEqual([])
    const without = (name: string) => withItem(newer, name, () => undefined)
    for (const name of ['LastYumaStepBlock', 'ConsensusByMechanism', 'ChildkeyThresholdSuspended']) {
      expect(() => new Schema(without(name)), name).toThrow(name)
    }
    expect(new Schema(without('EmissionGateBar')).unread).toEqual(['SubtensorModule.EmissionGateBar'])
  })
})

describe('the table of items from spec 233 to 425', () => {
  const versions = STORAGE_HISTORY.versions

  test('says of each runtime of main what its source declares', () => {
    let found = 0
    for (const item of ITEMS) {
      const { pallet, name, keys, kind } = item
      const runs = STORAGE_HISTORY.items[`${pallet}.${name}`]
      if (runs === undefined) {
        expect(
          ['System', 'Timestamp', 'Balances', 'AlphaAssets'].includes(pallet) || item.since! > 425,
          name,
        ).toBe(true)
        continue
      }
      for (const spec of versions) {
        const declared = runs.find(({ specs: [first, last] }) => first <= spec && spec <= last)
        const fits =
          declared !== undefined &&
          kind.of(declared.value) !== undefined &&
          declared.keys.map(([, shape]) => shape).join() === keys.join()
        if (LEFT.has(name) && spec > (item.until ?? spec)) continue
        if (CAME_TWICE.has(name) && spec === 380) continue
        expect({ name, spec, fits }).toEqual({ name, spec, fits: hasItem(item, spec) })
        found++
      }
    }
    expect(found).toBeGreaterThan(100 * versions.length)
  })

  describe('against metadata made of it', () => {
    test.each(versions)('spec %i is read whole', (spec) => {
      const schema = new Schema(ofHistory(spec))
      expect(schema.unread).toEqual([])
    })

    test('what was never set is what the version has by default', () => {
      const defaults = (spec: number): unknown[] => {
        const schema = new Schema(readRuntime(historyRuntime(spec).metadata))
        return [EPOCH.bondsPenalty, EPOCH.commitRevealWeightsEnabled, EPOCH.alphaSigmoidSteepness].map(
          (item) => schema.of<unknown>(item).decode(null),
        )
      }
      expect(defaults(252)).toEqual([0, false, 1000])
      expect(defaults(257)).toEqual([65_535, false, 1000])
      expect(defaults(277)).toEqual([65_535, false, 1000])
      expect(defaults(302)).toEqual([65_535, false, 1000])
      expect(defaults(306)).toEqual([65_535, true, 1000])
      expect(defaults(424)).toEqual([65_535, true, 1000])
    })

    /** The first and the last version of each item that an epoch reads, and the item. */
    const needed = ITEMS.filter((item) => item.epoch && item.pallet === 'SubtensorModule').flatMap((item) => {
      const of = versions.filter((spec) => hasItem(item, spec))
      return [...new Set([of[0], of.at(-1)])].flatMap((spec) =>
        spec === undefined ? [] : ([[item.name, spec, item]] as const),
      )
    })

    test.each(needed)('%s missing at %i is refused, with the versions that have it', (name, spec, item) => {
      const runtime = ofHistory(spec)
      const refused = (): unknown => new Schema(withItem(runtime, name, () => undefined))
      const first = item.since === undefined ? '' : item.since
      expect(refused).toThrow(
        new RegExp(`${spec} lacks or has changed SubtensorModule.${name} \\(of spec versions .*${first}`),
      )
      expect(refused).toThrow(expect.objectContaining({ code: 'chain', kind: 'unsupported' }))
    })

    test('300 with the item of the other branch that had the number is refused by name', () => {
      const own = ownRuntime(300)
      expect(new Schema(own).unread).toEqual([])
      expect(() => new Schema(withVersion(ofHistory(299), 300))).toThrow(
        'node-subtensor 300 is not the runtime that is known under this number: it has ' +
          'SubtensorModule.CRV3WeightCommitsV2, as spec versions 297 to 305 but 300 have',
      )
      // And the reverse: what calls itself 299 or 301 and has no such item is neither of them.
      for (const specVersion of [299, 301]) {
        expect(() => new Schema(withVersion(own, specVersion))).toThrow(
          /lacks or has changed .*CRV3WeightCommitsV2/,
        )
      }
    })
  })
})
