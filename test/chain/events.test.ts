import { describe, expect, test } from 'vitest'
import { readEvents } from '../../ts/chain/events.ts'
import { readRuntime, type Types } from '../../ts/chain/runtime.ts'
import { ScaleError } from '../../ts/chain/scale.ts'
import type { ChainEvent } from '../../ts/snapshot/block.ts'
import { eventsOf, type PlainEvent, u16, u64 } from './events.ts'
import type { FakeRuntime } from './fake-chain.ts'
import { missingShared, RUNTIMES, realRuntime } from './shared.ts'

const HOTKEY = '11'.repeat(32)
const COLDKEY = '22'.repeat(32)

function read({ metadata }: FakeRuntime, hex: string): readonly ChainEvent[] {
  const runtime = readRuntime(metadata)
  return readEvents(runtime.types, runtime.item('System', 'Events')!.type, hex, (account) =>
    account.slice(0, 2),
  )
}

const STAKED: PlainEvent = {
  name: 'SubtensorModule.StakeAdded',
  extrinsic: 3,
  fields: `${COLDKEY}${HOTKEY}${u64(5n)}${u64(7n)}${u16(15)}${u64(0n)}`,
}

for (const { name, missing, of: runtimeOf } of RUNTIMES) {
  describe.skipIf(missing !== undefined)(`events of spec 424, ${name}`, () => {
    test('names, transactions, subnets and accounts', () => {
      const hex = eventsOf(runtimeOf(424), [
        { name: 'System.ExtrinsicSuccess', extrinsic: 0, fields: '04080001' },
        STAKED,
        { name: 'SubtensorModule.RootClaimed', extrinsic: null, fields: COLDKEY },
        { name: 'SubtensorModule.WeightsSet', extrinsic: 4, fields: u16(4096 + 7) + u16(2) },
        {
          name: 'SubtensorModule.StakeMoved',
          extrinsic: 5,
          fields: `${COLDKEY}${HOTKEY}${u16(3)}${HOTKEY}${u16(300)}${u64(1n)}`,
        },
        {
          name: 'SubtensorModule.BatchWeightsCompleted',
          extrinsic: 6,
          // Two compact netuids, 5 and 64.
          fields: `0814${'0101'}${COLDKEY}`,
        },
      ])
      expect(read(runtimeOf(424), hex)).toEqual([
        { name: 'System.ExtrinsicSuccess', extrinsic: 0, netuids: [], accounts: [] },
        { name: 'SubtensorModule.StakeAdded', extrinsic: 3, netuids: [15], accounts: ['22', '11'] },
        { name: 'SubtensorModule.RootClaimed', extrinsic: null, netuids: [], accounts: ['22'] },
        { name: 'SubtensorModule.WeightsSet', extrinsic: 4, netuids: [7], accounts: [] },
        { name: 'SubtensorModule.StakeMoved', extrinsic: 5, netuids: [3, 300], accounts: ['22', '11', '11'] },
        { name: 'SubtensorModule.BatchWeightsCompleted', extrinsic: 6, netuids: [5, 64], accounts: ['22'] },
      ])
    })

    test('none, and bytes that do not decode', () => {
      expect(read(runtimeOf(424), '0x00')).toEqual([])
      const hex = eventsOf(runtimeOf(424), [STAKED])
      expect(() => read(runtimeOf(424), hex.slice(0, -4))).toThrow(ScaleError)
      expect(() => read(runtimeOf(424), `${hex}00`)).toThrow(ScaleError)
      // No pallet has that number.
      expect(() => read(runtimeOf(424), `0x0402fe00`)).toThrow(/variant 254/)
    })
  })
}

describe.skipIf(missingShared !== undefined)(
  'events of older runtimes, whose netuids may have no name of their own, real metadata',
  () => {
    test.each([240, 300, 393])('spec %i names who staked', (spec) => {
      const fields = `${COLDKEY}${HOTKEY}${u64(5n)}${u64(7n)}${u16(15)}`
      // 240 ends there; a fee was added later.
      const hex = eventsOf(realRuntime(spec), [
        { ...STAKED, fields: spec === 240 ? fields : `${fields}${u64(0n)}` },
      ])
      expect(read(realRuntime(spec), hex)[0]!.accounts).toEqual(['22', '11'])
    })
  },
)

describe('events of types that do not end', () => {
  const field = (type: number, typeName?: string): unknown => ({ type, typeName, name: undefined, docs: [] })
  const variant = (name: string, ...fields: readonly unknown[]): unknown => ({
    tag: 'variant',
    value: [{ name, fields, index: 0, docs: [] }],
  })

  /** One event whose one field is of the last of these types, the first of which has number 5. */
  function readOne(defs: readonly unknown[], typeName?: string): readonly ChainEvent[] {
    const record = { tag: 'composite', value: [field(2), field(3), field(5)] }
    const first = [
      { tag: 'sequence', value: 1 },
      record,
      variant('Initialization'),
      variant('Pallet', field(4)),
    ]
    const all = [...first, variant('Event', field(4 + defs.length, typeName)), ...defs]
    const types = all.map((def, id) => ({ id, path: [], params: [], def, docs: [] })) as unknown as Types
    return readEvents(types, 0, `0x04${'00'.repeat(64)}`, (account) => account)
  }

  const unit = { tag: 'tuple', value: [] }
  const lists = (type: number): unknown => ({ tag: 'array', value: { type, len: 0xffff_ffff } })

  test.each([
    ['a list of four billion nothings', [unit, lists(5)], undefined],
    ['lists of lists of nothings', [unit, lists(5), lists(6), lists(7)], undefined],
    ['a struct that holds itself', [unit, { tag: 'composite', value: [field(6)] }], undefined],
    ['a netuid that holds itself', [unit, { tag: 'composite', value: [field(6)] }], 'NetUid'],
  ])('%s', (_, defs, typeName) => {
    expect(() => readOne(defs, typeName)).toThrow(ScaleError)
  })
})
