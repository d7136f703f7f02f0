import { type Codec, type CodecType, metadata, type V14 } from '@polkadot-api/substrate-bindings'
import { encode } from './encode.ts'
import { type ItemLayout, layoutsOf } from './layouts.ts'
import { TypeWriter } from './types.ts'

/** A runtime that a block ran. */
export interface DemoRuntime {
  readonly specName: string
  readonly specVersion: number
  /** SCALE, hex with `0x`. */
  readonly metadata: string
}

/** The codec of all versions of metadata. */
const CODEC: Codec<CodecType<typeof metadata>> = metadata
/** "meta", as metadata begins. */
const MAGIC = 0x6174_656d
const SPEC_NAME = 'node-subtensor'
const ADDRESS_PREFIX = 42
/** Blocks whose hashes a state keeps. */
export const BLOCK_HASHES = 2400

type Pallet = V14['pallets'][number]
type Constant = Pallet['constants'][number]

/**
 * Events that the metadata describes: those that a block without transactions has, and some that tell of stakes and
 * weights or name nobody, so that what reads events has something to read.
 */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  System: ['ExtrinsicSuccess((Compact<u64>,Compact<u64>,enum{Normal,Operational,Mandatory},enum{Yes,No}))'],
  Balances: ['Deposit(AccountId32([u8;32]),u64)', 'Withdraw(AccountId32([u8;32]),u64)'],
  SubtensorModule: [
    'StakeAdded(AccountId32([u8;32]),AccountId32([u8;32]),u64,u64,NetUid(u16),u64)',
    'StakeMoved(AccountId32([u8;32]),AccountId32([u8;32]),NetUid(u16),AccountId32([u8;32]),NetUid(u16),u64)',
    'WeightsSet(NetUidStorageIndex(u16),u16)',
    'BatchWeightsCompleted(Vec<Compact<NetUid(u16)>>,AccountId32([u8;32]))',
    'RootClaimed(AccountId32([u8;32]))',
    'EpochDeferred(NetUid(u16),u64,u64)',
  ],
  Sudo: ['KeyRemoved'],
}

const PHASE = 'enum{ApplyExtrinsic(u32),Finalization,Initialization}'
const VERSION = '(str,str,u32,u32,u32,Vec<([u8;8],u32)>,u32,u8)'

const made = new Map<number, DemoRuntime>()

/**
 * A runtime of a spec version as the table of items has it: metadata of version 14, written from the items that are
 * read of that version. It has no calls: its blocks have no transactions.
 */
export function demoRuntime(specVersion: number): DemoRuntime {
  const known = made.get(specVersion)
  if (known !== undefined) return known
  const runtime = runtimeOf(specVersion, layoutsOf(specVersion))
  made.set(specVersion, runtime)
  return runtime
}

/** A runtime that has these items, and events. */
export function runtimeOf(specVersion: number, layouts: readonly ItemLayout[]): DemoRuntime {
  return { specName: SPEC_NAME, specVersion, metadata: metadataOf(specVersion, layouts) }
}

function metadataOf(specVersion: number, layouts: readonly ItemLayout[]): string {
  const lookup: V14['lookup'] = []
  const types = new TypeWriter(lookup)
  const names = [...new Set(['System', ...layouts.map(({ pallet }) => pallet)])]
  types.define('EventRecord', eventRecordOf(types))
  const events = { pallet: 'System', name: 'Events', keys: [], value: 'Vec<EventRecord>', fallback: '00' }
  const all = [...layouts, events]
  const pallets = names.map(
    (name, index): Pallet => ({
      name,
      storage: {
        prefix: name,
        items: all.filter(({ pallet }) => pallet === name).map((layout) => entryOf(layout, types)),
      },
      calls: undefined,
      events: undefined,
      constants: name === 'System' ? constantsOf(specVersion, types) : [],
      errors: undefined,
      index,
      docs: [],
    }),
  )
  const value: V14 = {
    lookup,
    pallets,
    extrinsic: { type: extrinsicOf(types), version: 4, signedExtensions: [] },
    type: types.of('()'),
    apis: [],
  }
  const bytes = CODEC.enc({ magicNumber: MAGIC, metadata: { tag: 'v14', value } })
  return `0x${Buffer.from(bytes).toString('hex')}`
}

/** An entry of a pallet's storage. */
export function entryOf(
  layout: ItemLayout,
  types: TypeWriter,
): NonNullable<Pallet['storage']>['items'][number] {
  const { name, keys, optional = false, fallback = '00' } = layout
  const value = types.of(layout.value)
  const shapes = keys.map(([, shape]) => shape)
  const hashers = keys.map(([tag]) => ({ tag, value: undefined }))
  const key = (): number => types.of(shapes.length === 1 ? shapes[0]! : `(${shapes.join(',')})`)
  return {
    name,
    modifier: optional ? 0 : 1,
    type: keys.length === 0 ? { tag: 'plain', value } : { tag: 'map', value: { hashers, key: key(), value } },
    fallback: `0x${fallback}`,
    docs: [],
  }
}

/** What a runtime says of itself: its version above all. */
function constantsOf(specVersion: number, types: TypeWriter): Constant[] {
  const constant = (name: string, shape: string, value: Parameters<typeof encode>[1]): Constant => ({
    name,
    type: types.of(shape),
    value: `0x${encode(shape, value)}`,
    docs: [],
  })
  return [
    constant('BlockHashCount', 'u32', BLOCK_HASHES),
    constant('SS58Prefix', 'u16', ADDRESS_PREFIX),
    constant('Version', VERSION, [SPEC_NAME, SPEC_NAME, 1, specVersion, 1, [], 1, 1]),
  ]
}

/** An event, and where in its block it happened. Clients look into the type for that of all events. */
function eventRecordOf(types: TypeWriter): number {
  const events = Object.entries(EVENTS).map(([pallet, own]) => `${pallet}(enum{${own.join(',')}})`)
  const [event, hash] = [types.of(`enum{${events.join(',')}}`), types.of('H256([u8;32])')]
  const field = (name: string, type: number) => ({ name, type, typeName: undefined, docs: [] })
  const value = [
    field('phase', types.of(PHASE)),
    field('event', event),
    field('topics', types.of('Vec<H256([u8;32])>')),
  ]
  return types.add(['frame_system', 'EventRecord'], { tag: 'composite', value }, { E: event, T: hash })
}

/** Clients look into the type of a transaction for those of its parts. */
function extrinsicOf(types: TypeWriter): number {
  const nothing = types.of('()')
  const bytes = types.of('Vec<u8>')
  const field = { name: undefined, type: bytes, typeName: undefined, docs: [] }
  return types.add(
    ['sp_runtime', 'generic', 'unchecked_extrinsic', 'UncheckedExtrinsic'],
    { tag: 'composite', value: [field] },
    { Address: types.of('AccountId32([u8;32])'), Call: nothing, Signature: nothing, Extra: nothing },
  )
}
