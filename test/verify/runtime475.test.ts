import { describe, expect, test } from 'vitest'
import { readRuntime } from '../../ts/chain/runtime.ts'
import { changedMetadata } from '../chain/metadata.ts'
import { metadataOf, missingShared } from '../chain/shared.ts'
import { LAYOUTS, REMOVED, syntheticRuntime } from './runtime475.ts'

/** A shape without the names of newtypes. */
function plain(shape: string): string {
  return shape.replace(/\b(?!enum)[A-Z]\w*\(([^()]*)\)/g, '$1')
}

describe.skipIf(missingShared !== undefined)('synthetic metadata', () => {
  test('with no change is the real one', () => {
    const metadata = metadataOf(424)
    expect(changedMetadata(metadata, { specVersion: 424, items: [], removed: [] })).toBe(metadata)
  })

  test.each([473, 475])('of %i has what its layout says, and has lost what it lost', (spec) => {
    const { metadata, specName } = syntheticRuntime(spec)
    const runtime = readRuntime(metadata)
    expect(runtime).toMatchObject({ specName, specVersion: spec })
    for (const { pallet, name, keys, value, optional = false, fallback = '00' } of LAYOUTS[spec]!)
      expect(runtime.item(pallet, name), name).toMatchObject({
        hashers: keys.map(([hasher]) => hasher),
        keys: keys.map(([, shape]) => shape),
        value: plain(value),
        optional,
        fallback: `0x${fallback}`,
      })
    for (const [pallet, name] of REMOVED) expect(runtime.item(pallet, name), name).toBeUndefined()
  })

  test('of a version between or after has the storage of the one before, under its own number', () => {
    const between = readRuntime(syntheticRuntime(474).metadata)
    expect(between.specVersion).toBe(474)
    expect(between.item('SubtensorModule', 'ConsensusByMechanism')).toBeDefined()
    expect(between.item('SubtensorModule', 'LastYumaStepBlock')).toBeUndefined()
    const after = readRuntime(syntheticRuntime(476).metadata)
    expect(after.item('SubtensorModule', 'LastYumaStepBlock')).toBeDefined()
  })
})
