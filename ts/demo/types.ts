import type { V14 } from '@polkadot-api/substrate-bindings'

/** A type of a runtime, as metadata has it. */
export type Type = V14['lookup'][number]

/** Newtypes by the paths that readers of metadata know them under. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  AccountId32: ['sp_core', 'crypto', 'AccountId32'],
  H256: ['primitive_types', 'H256'],
}

/**
 * The types that shapes name, each added once at the end of a list of types. Shapes are those of `ts/chain/runtime.ts`,
 * and a newtype is `Name(shape)`.
 */
export class TypeWriter {
  readonly #lookup: Type[]
  readonly #known = new Map<string, number>()

  constructor(lookup: Type[]) {
    this.#lookup = lookup
  }

  /** The number of a type. */
  of(shape: string): number {
    const known = this.#known.get(shape)
    if (known !== undefined) return known
    const [path, def] = this.#def(shape)
    const id = this.add(path, def)
    this.#known.set(shape, id)
    return id
  }

  /** Adds a type, with the numbers of those that its parameters stand for. */
  add(path: readonly string[], def: Type['def'], params: Readonly<Record<string, number>> = {}): number {
    const id = this.#lookup.length
    const named = Object.entries(params).map(([name, type]) => ({ name, type }))
    this.#lookup.push({ id, path: [...path], params: named, def, docs: [] })
    return id
  }

  /** Gives a type a name that shapes may have it under. */
  define(name: string, type: number): void {
    this.#known.set(name, type)
  }

  #def(shape: string): [path: readonly string[], def: Type['def']] {
    const array = /^\[(.*);(\d+)\]$/.exec(shape)
    if (array) return [[], { tag: 'array', value: { type: this.of(array[1]!), len: Number(array[2]) } }]
    if (shape.startsWith('Vec<')) return [[], { tag: 'sequence', value: this.of(shape.slice(4, -1)) }]
    if (shape.startsWith('Compact<')) return [[], { tag: 'compact', value: this.of(shape.slice(8, -1)) }]
    if (shape.startsWith('('))
      return [[], { tag: 'tuple', value: parts(shape.slice(1, -1)).map((part) => this.of(part)) }]
    if (shape.startsWith('enum{')) {
      const value = parts(shape.slice(5, -1)).map((variant, index) => {
        const [, name, fields] = /^(\w+)(?:\((.*)\))?$/.exec(variant)!
        return { name: name!, fields: this.#fields(fields), index, docs: [] }
      })
      return [[], { tag: 'variant', value }]
    }
    const newtype = /^(\w+)\((.*)\)$/.exec(shape)
    if (newtype)
      return [PATHS[newtype[1]!] ?? [newtype[1]!], { tag: 'composite', value: this.#fields(newtype[2]) }]
    return [[], { tag: 'primitive', value: { tag: shape } } as Type['def']]
  }

  /** Fields without names, each with the name of its type as source text would have it. */
  #fields(inner = ''): { name: undefined; type: number; typeName: string; docs: string[] }[] {
    return parts(inner).map((part) => ({
      name: undefined,
      type: this.of(part),
      typeName: part.replace(/\b([A-Z]\w*)\([^()]*\)/g, '$1'),
      docs: [],
    }))
  }
}

/** The parts of a shape between brackets, split at commas that no bracket holds. */
export function parts(inner: string): string[] {
  const found: string[] = []
  let depth = 0
  let from = 0
  for (const [i, sign] of [...inner].entries()) {
    if ('(<[{'.includes(sign)) depth++
    else if (')>]}'.includes(sign)) depth--
    else if (sign === ',' && depth === 0) {
      found.push(inner.slice(from, i))
      from = i + 1
    }
  }
  const last = inner.slice(from)
  return last === '' ? found : [...found, last]
}
