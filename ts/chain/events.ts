import type { ChainEvent } from '../snapshot/block.ts'
import type { Types } from './runtime.ts'
import { ScaleError, ScaleReader } from './scale.ts'

/** `netuid + 4096 * mechanism`, as runtimes name a mechanism of a subnet. */
const MECHANISM_STRIDE = 4096
const ACCOUNT = 'AccountId32'

/**
 * The events of a block, by the runtime's own description of their type. Of each only its name, and the subnets and
 * accounts that its fields name, are kept.
 * @param type Type of `System.Events`.
 * @param hex Its value.
 * @param addressOf Writes an account of 64 hex digits.
 * @throws {ScaleError} for what does not decode, and for a type that is not understood.
 */
export function readEvents(
  types: Types,
  type: number,
  hex: string,
  addressOf: (account: string) => string,
): readonly ChainEvent[] {
  const walker = new Walker(types, new ScaleReader(hex), addressOf)
  return walker.events(type)
}

interface Field {
  readonly type: number
  /** As the runtime's source writes it: a newtype of a netuid has no name of its own in the types. */
  readonly typeName?: string | undefined
}

/** Types within one another, and values of a block's events, beyond which they are none. */
const MOST_NESTED = 100
const MOST_VALUES = 10_000_000

/** Reads values that nobody asked for, and keeps what is an account or a netuid. */
class Walker {
  readonly #types: Types
  readonly #reader: ScaleReader
  readonly #addressOf: (account: string) => string
  #netuids = new Set<number>()
  #accounts: string[] = []
  #nested = 0
  #values = 0

  constructor(types: Types, reader: ScaleReader, addressOf: (account: string) => string) {
    this.#types = types
    this.#reader = reader
    this.#addressOf = addressOf
  }

  events(type: number): readonly ChainEvent[] {
    const record = this.#def(this.#element(type))
    const [phase, event, topics] = record.tag === 'composite' ? record.value : []
    if (phase === undefined || event === undefined || topics === undefined)
      throw new ScaleError('has no list of event records')
    const events = Array.from({ length: this.#reader.length(3) }, () => {
      const extrinsic = this.#phase(phase.type)
      const read = this.#event(event.type, extrinsic)
      this.#skip(topics.type)
      return read
    })
    this.#reader.end()
    return events
  }

  #phase(type: number): number | null {
    const variant = this.#variant(type)
    if (variant.name === 'ApplyExtrinsic') return this.#reader.u32()
    for (const field of variant.fields) this.#field(field)
    return null
  }

  #event(type: number, extrinsic: number | null): ChainEvent {
    this.#netuids = new Set()
    this.#accounts = []
    const pallet = this.#variant(type)
    const inner = pallet.fields[0]
    if (inner === undefined || pallet.fields.length !== 1) throw new ScaleError('has an event of no pallet')
    const event = this.#variant(inner.type)
    for (const field of event.fields) this.#field(field)
    return {
      name: `${pallet.name}.${event.name}`,
      extrinsic,
      netuids: [...this.#netuids],
      accounts: this.#accounts,
    }
  }

  /** A field, by the name that the source gives its type where that is a subnet's. */
  #field({ type, typeName }: Field): void {
    const name = typeName ?? ''
    if (/\bNetUid\b/.test(name)) this.#netuid(type, (value) => value)
    else if (/\bNetUidStorageIndex\b/.test(name)) this.#netuid(type, (value) => value % MECHANISM_STRIDE)
    else this.#skip(type)
  }

  /** One netuid or a list of them. */
  #netuid(type: number, of: (value: number) => number): void {
    this.#within(() => this.#netuidValue(type, of))
  }

  /** Types are the node's word: some hold themselves, some are long lists of nothing. */
  #within(read: () => void): void {
    if (++this.#nested > MOST_NESTED || ++this.#values > MOST_VALUES)
      throw new ScaleError('has events of a type that does not end')
    read()
    this.#nested--
  }

  #netuidValue(type: number, of: (value: number) => number): void {
    const def = this.#def(type)
    if (def.tag === 'primitive' && def.value.tag === 'u16') {
      this.#netuids.add(of(this.#reader.u16()))
    } else if (def.tag === 'compact') {
      this.#netuids.add(of(this.#reader.compact()))
    } else if (def.tag === 'sequence') {
      for (let left = this.#reader.length(1); left > 0; left--) this.#netuid(def.value, of)
    } else if (def.tag === 'composite' && def.value.length === 1) {
      this.#netuid(def.value[0]!.type, of)
    } else {
      throw new ScaleError('has a netuid of a type that is not understood')
    }
  }

  #skip(type: number): void {
    this.#within(() => this.#skipValue(type))
  }

  #skipValue(type: number): void {
    const entry = this.#types[type]
    if (entry?.path.at(-1) === ACCOUNT) {
      this.#accounts.push(this.#addressOf(this.#reader.hex(32)))
      return
    }
    const def = this.#def(type)
    switch (def.tag) {
      case 'primitive':
        this.#reader.skip(this.#width(def.value.tag))
        break
      case 'compact':
        this.#reader.skipCompact()
        break
      case 'sequence':
        for (let left = this.#reader.length(1); left > 0; left--) this.#skip(def.value)
        break
      case 'array':
        for (let left = def.value.len; left > 0; left--) this.#skip(def.value.type)
        break
      case 'tuple':
        for (const part of def.value) this.#skip(part)
        break
      case 'composite':
        for (const field of def.value) this.#field(field)
        break
      case 'variant':
        for (const field of this.#variant(type).fields) this.#field(field)
        break
      default:
        throw new ScaleError(`has a ${def.tag}, which is not understood`)
    }
  }

  #width(primitive: string): number {
    if (primitive === 'str') return this.#reader.length(1)
    const bytes = WIDTHS[primitive]
    if (bytes === undefined) throw new ScaleError(`has a ${primitive}, which is not understood`)
    return bytes
  }

  #variant(type: number): { readonly name: string; readonly fields: readonly Field[] } {
    const def = this.#def(type)
    if (def.tag !== 'variant') throw new ScaleError('has an event that is no variant')
    const index = this.#reader.byte()
    const variant = def.value.find((candidate) => candidate.index === index)
    if (variant === undefined) throw new ScaleError(`has variant ${index}, which there is not`)
    return variant
  }

  #element(type: number): number {
    const def = this.#def(type)
    if (def.tag === 'sequence') return def.value
    throw new ScaleError('is no list of events')
  }

  #def(type: number): Types[number]['def'] {
    const entry = this.#types[type]
    if (entry === undefined) throw new ScaleError(`has type ${type}, which there is not`)
    return entry.def
  }
}

const WIDTHS: Readonly<Record<string, number>> = {
  bool: 1,
  char: 4,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  u128: 16,
  u256: 32,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  i128: 16,
  i256: 32,
}
