import { describe, expect, test } from 'vitest'
import { NEWEST_SPEC } from '../../ts/chain/items.ts'
import { readRuntime } from '../../ts/chain/runtime.ts'
import { ITEMS, Schema } from '../../ts/chain/schema.ts'
import { bare, layoutsOf } from '../../ts/demo/layouts.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { METADATA, metadataOf, missingShared } from '../chain/shared.ts'

test.each([240, 300, 393, 424, 473, NEWEST_SPEC])('metadata of %i lacks nothing of its version', (spec) => {
  const { metadata, specVersion } = demoRuntime(spec)
  const runtime = readRuntime(metadata)
  expect(runtime).toMatchObject({ specName: 'node-subtensor', specVersion })
  expect(new Schema(runtime).unread).toEqual([])
  for (const layout of layoutsOf(spec))
    expect(runtime.item(layout.pallet, layout.name), layout.name).toMatchObject({
      hashers: layout.keys.map(([hasher]) => hasher),
      keys: layout.keys.map(([, shape]) => bare(shape)),
      value: bare(layout.value),
      optional: layout.optional ?? false,
    })
})

test('what nothing stands for decodes, of every item', () => {
  const schema = new Schema(readRuntime(demoRuntime(NEWEST_SPEC).metadata))
  for (const item of ITEMS) expect(() => schema.of(item).decode(null), item.name).not.toThrow()
})

describe.skipIf(missingShared !== undefined)('beside real metadata', () => {
  test.each(Object.keys(METADATA).map(Number))('of %i every item lies as there', (spec) => {
    const [own, real] = [readRuntime(demoRuntime(spec).metadata), readRuntime(metadataOf(spec))]
    const missing: string[] = []
    for (const { pallet, name } of layoutsOf(spec)) {
      const [mine, theirs] = [own.item(pallet, name)!, real.item(pallet, name)]
      if (theirs === undefined) missing.push(name)
      else expect({ ...mine, type: theirs.type }, `${pallet}.${name}`).toEqual(theirs)
    }
    expect(missing).toEqual([])
  })
})
