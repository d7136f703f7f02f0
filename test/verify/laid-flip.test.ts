import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import {
  ACCOUNTS,
  EPOCH,
  type Item,
  MECHANISM,
  NETWORK,
  NEURONS,
  STORED,
  SUBNET,
} from '../../ts/chain/items.ts'
import { KeyMaker } from '../../ts/chain/keys.ts'
import { PAYOUT } from '../../ts/chain/payout-items.ts'
import { type Runtime, readRuntime } from '../../ts/chain/runtime.ts'
import { NETWORK_TABLES } from '../../ts/emission/fields.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type BlockVerification, type Difference, verifyBlock } from '../../ts/verify/index.ts'
import { encode } from '../chain/encode.ts'
import { sealed } from '../chain/fake-chain.ts'
import { ChainServer } from '../chain/server.ts'
import { missingShared } from '../chain/shared.ts'
import { LaidRun } from './laid-run.ts'
import { runtimeOf } from './runtime425.ts'

const BLOCK = 8_000_000n

/** What an epoch stores by uid, under the names of its result. */
const BY_UID: Readonly<Record<string, Item<unknown>>> = {
  stakeWeight: STORED.stakeWeight,
  active: STORED.active,
  validatorPermit: EPOCH.validatorPermit,
  consensus: STORED.consensus,
  validatorTrust: STORED.validatorTrust,
  incentive: MECHANISM.incentive,
  bonds: NEURONS.bonds,
  dividends: STORED.dividends,
  emission: STORED.emission,
}
const ITEMS: readonly Item<unknown>[] = [NETWORK, SUBNET, ACCOUNTS, PAYOUT].flatMap((group) =>
  Object.values(group),
)

function itemOf(field: string): Item<unknown> {
  const name = field.includes('.') ? field : `SubtensorModule.${field}`
  const item = BY_UID[field] ?? ITEMS.find(({ pallet, name: own }) => `${pallet}.${own}` === name)
  if (item === undefined) throw new Error(`no item for ${field}`)
  return item
}

/** Values of one field that are stored, or that could be, and where one unit of each lies. */
class Flips {
  readonly #runtime: Runtime = readRuntime(runtimeOf(425).metadata)
  readonly #keys = new KeyMaker();

  /** States with one value of the field changed by one unit. */
  *of(
    field: string,
    state: ReadonlyMap<string, string>,
    netuid: number,
    hotkeys: readonly string[],
  ): Generator<ReadonlyMap<string, string>> {
    const item = itemOf(field)
    const storage = this.#runtime.item(item.pallet, item.name)
    if (storage === undefined) return
    const prefix = this.#keys.key(storage, [])
    const own = this.#keys
      .key({ ...storage, hashers: ['Identity'], keys: ['u16'] }, [netuid])
      .slice(prefix.length)
    const at = item.keys.indexOf('u16')
    const stored = [...state.keys()].filter(
      (key) =>
        key.startsWith(prefix) &&
        (!RELATIONS.has(item) || hotkeys.some((hotkey) => key.includes(hotkey))) &&
        (at < 0 || (at === 0 ? hasFirst(key, prefix, own, storage.hashers[0]!) : key.endsWith(own))),
    )
    for (const key of stored.slice(0, 3)) {
      const value = state.get(key)!
      for (const place of places(storage.value, value, netuid))
        yield new Map(state).set(key, flipped(value, place))
    }
    if (stored.length > 0) return
    // Nothing is stored: something is then.
    yield new Map(state).set(
      this.#keys.key(storage, [netuid]),
      `0x${encode(storage.value, ONES[storage.value]!)}`,
    )
  }
}

/** Lists that are read of who has a uid, and of whom a block may write them. */
const RELATIONS: ReadonlySet<Item<unknown>> = new Set<Item<unknown>>([
  ACCOUNTS.childKeys,
  ACCOUNTS.parentKeys,
])

const ONES: Readonly<Record<string, never>> = { '(u64,i128)': [1n, 1n] as never }

function hasFirst(key: string, prefix: string, netuid: string, hasher: string): boolean {
  const skipped = hasher === 'Twox64Concat' ? 16 : 0
  return key.slice(prefix.length + skipped).startsWith(netuid)
}

/** Bytes of a value that are the lowest of a number in it. */
function places(shape: string, value: string, netuid: number): readonly number[] {
  const bytes = (value.length - 2) / 2
  if (shape === '(u128,i64)') return [0, 16]
  if (shape.startsWith('(Vec')) return [1, bytes - 8]
  if (shape === 'Vec<(u16,i128)>') {
    const entries = Array.from({ length: (bytes - 1) / 18 }, (_, i) => 1 + 18 * i)
    return entries
      .filter((at) => Buffer.from(value.slice(2), 'hex').readUInt16LE(at) === netuid)
      .map((at) => at + 2)
  }
  if (shape === 'Vec<(u64,[u8;32])>') return bytes > 1 ? [1, 9] : []
  if (shape === 'Vec<(u16,u16)>') return bytes > 1 ? [3] : []
  if (shape.startsWith('Vec')) return bytes > 1 ? [1] : []
  return [0]
}

function flipped(hex: string, offset: number): string {
  const at = 2 + 2 * offset
  const byte = Number.parseInt(hex.slice(at, at + 2), 16) ^ 1
  return hex.slice(0, at) + byte.toString(16).padStart(2, '0') + hex.slice(at + 2)
}

function all({ differences, epochs }: BlockVerification): readonly Difference[] {
  return [...differences, ...epochs.flatMap((epoch) => epoch.differences)]
}

describe.skipIf(missingShared !== undefined)('a stored value changed by one unit at spec 425', () => {
  test('of every field that is compared: it is found and named', async () => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    const run = new LaidRun(emission, {
      subnets: 8,
      seed: 21,
      block: BLOCK,
      maxEpochsPerBlock: 2,
      tempos: [6, 13],
    })
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    const flips = new Flips()
    const [found, fields] = [new Set<string>(), new Set<string>()]
    let count = 0
    for (let i = 0; i < 14; i++) {
      const { number, report } = run.next()
      const netuid = report.payouts[0]?.netuid
      if (netuid === undefined) continue
      const block = run.chain.at(number)!
      const options = { block: number, nominators: true, emission }
      const whole = await verifyBlock(chain, engine, options)
      expect(all(whole)).toEqual([])
      for (const { field } of [...whole.checked, ...whole.epochs.flatMap(({ checked }) => checked)])
        fields.add(field)
      for (const field of fields) {
        if (found.has(field)) continue
        for (const state of flips.of(field, block.state, netuid, run.hotkeys(netuid))) {
          run.chain.put(sealed({ ...block, branch: `${field} ${count}`, state }))
          const differences = all(await verifyBlock(chain, engine, options))
          expect(
            differences.map((one) => one.field),
            field,
          ).toContain(field)
          expect(new Set(differences.map((one) => one.field)), field).toEqual(new Set([field]))
          found.add(field)
          count++
        }
      }
      run.chain.put(block)
    }
    console.info(`${count} values changed of ${found.size} fields`)
    expect([...fields].filter((field) => !found.has(field))).toEqual([])
    expect([...fields].sort()).toEqual(writtenAt425().sort())
  })
})

/** What the table of emission's state says that a block writes, and what an epoch stores by uid. */
function writtenAt425(): string[] {
  const items = NETWORK_TABLES.tables
    .flatMap(({ columns }) => columns)
    .filter(({ written, since = 0, until = 425 }) => written && since <= 425 && until >= 425)
    .flatMap(({ item }) => item ?? [])
    .map((item) => item.replace(/^SubtensorModule\./, ''))
  const named = new Map(Object.entries(BY_UID).map(([field, { name }]) => [name, field]))
  return [...new Set(items.map((item) => named.get(item) ?? item))]
}
