import { type Runtime, readRuntime, type Types } from '../../ts/chain/runtime.ts'
import { compact } from './encode.ts'
import type { FakeRuntime } from './fake-chain.ts'

/** An event to encode: its fields as SCALE, hex digits. */
export interface PlainEvent {
  /** `Pallet.Event`. */
  readonly name: string
  /** Null for one of the block itself. */
  readonly extrinsic: number | null
  readonly fields: string
}

/** `System.Events` as the runtime would store them, hex with `0x`. */
export function eventsOf({ metadata }: FakeRuntime, events: readonly PlainEvent[]): string {
  const runtime = readRuntime(metadata)
  return `0x${compact(events.length)}${events.map((event) => record(runtime, event)).join('')}`
}

function record(runtime: Runtime, { name, extrinsic, fields }: PlainEvent): string {
  const { types } = runtime
  const list = types[runtime.item('System', 'Events')!.type]!.def
  const [, event] = fieldsOf(types, list.tag === 'sequence' ? list.value : -1)
  const [pallet, inner] = variantOf(types, event!, name.split('.')[0]!)
  const [index] = variantOf(types, inner[0]!, name.split('.')[1]!)
  const phase = extrinsic === null ? '02' : `00${u32(extrinsic)}`
  return `${phase}${byte(pallet)}${byte(index)}${fields}00`
}

function fieldsOf(types: Types, type: number): readonly number[] {
  const def = types[type]!.def
  return def.tag === 'composite' ? def.value.map((field) => field.type) : []
}

function variantOf(types: Types, type: number, name: string): readonly [number, readonly number[]] {
  const def = types[type]!.def
  const found = def.tag === 'variant' ? def.value.find((variant) => variant.name === name) : undefined
  if (found === undefined) throw new Error(`no event ${name}`)
  return [found.index, found.fields.map((field) => field.type)]
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

export function u16(value: number): string {
  return byte(value & 255) + byte(value >> 8)
}

export function u32(value: number): string {
  return u16(value & 65_535) + u16(value >>> 16)
}

export function u64(value: bigint): string {
  return u32(Number(value & 0xffff_ffffn)) + u32(Number(value >> 32n))
}
