import type { Item } from '../chain/items.ts'
import { KeyMaker, type KeyPart } from '../chain/keys.ts'
import { type Runtime, readRuntime, type StorageItem } from '../chain/runtime.ts'
import { type Encodable, encode } from './encode.ts'
import type { DemoRuntime } from './metadata.ts'

/** Runtimes whose metadata is decoded: many writers are of the same. */
const decoded = new WeakMap<DemoRuntime, Runtime>()

function decodedOf(runtime: DemoRuntime): Runtime {
  const known = decoded.get(runtime) ?? readRuntime(runtime.metadata)
  decoded.set(runtime, known)
  return known
}

/** Writes storage as a runtime's metadata says it is laid out. */
export class StorageWriter {
  readonly state: Map<string, string> = new Map()
  readonly #runtime: Runtime
  readonly #keys = new KeyMaker()
  readonly #items = new Map<Item<unknown>, StorageItem | undefined>()

  constructor(runtime: DemoRuntime) {
    this.#runtime = decodedOf(runtime)
  }

  /** Whether the runtime has the item. */
  has(item: Item<unknown>): boolean {
    return this.#found(item) !== undefined
  }

  /** Stores a value; does nothing where the runtime has no such item. */
  put(item: Item<unknown>, parts: readonly KeyPart[], value: Encodable): void {
    const storage = this.#found(item)
    if (storage !== undefined)
      this.state.set(this.#keys.key(storage, parts), `0x${encode(storage.value, value)}`)
  }

  key(item: Item<unknown>, parts: readonly KeyPart[]): string {
    return this.#keys.key(this.#storage(item), parts)
  }

  #found(item: Item<unknown>): StorageItem | undefined {
    if (!this.#items.has(item)) this.#items.set(item, this.#runtime.item(item.pallet, item.name))
    return this.#items.get(item)
  }

  #storage(item: Item<unknown>): StorageItem {
    const storage = this.#found(item)
    if (storage === undefined) throw new Error(`no ${item.pallet}.${item.name}`)
    return storage
  }
}
