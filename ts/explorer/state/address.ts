/** What the page shows, as the part of its address behind `#`, and back: a link reproduces what one sees. */

import type { Change } from 'yuma-core/simulate'

/** Where a snapshot comes from. */
export type Source =
  | { readonly kind: 'example'; readonly id: string }
  /** A file beside the page, as `yuma explore` serves it. */
  | { readonly kind: 'served'; readonly path: string; readonly at: number | null }
  /** A file that was dropped or chosen; its bytes, packed, where they are few enough to stand in an address. */
  | {
      readonly kind: 'file'
      readonly name: string
      readonly packed: string | null
      readonly at: number | null
    }
  | {
      readonly kind: 'node'
      readonly endpoint: string
      readonly netuid: number
      /** Decimal; null for the newest finalized one. */
      readonly block: string | null
    }

/** The neurons that are looked at. */
export interface Selection {
  readonly validator: number | null
  readonly miner: number | null
}

/** All that an address says. */
export interface Place {
  readonly view: string
  readonly source: Source | null
  readonly changes: readonly Change[]
  readonly selection: Selection
}

/** The part behind `#`. */
export function addressOf({ view, source, changes, selection }: Place): string {
  const words = new URLSearchParams()
  words.set('view', view)
  if (source !== null) words.set('from', sourceText(source))
  if (changes.length > 0) words.set('changes', JSON.stringify(changes, plain))
  if (selection.validator !== null) words.set('validator', String(selection.validator))
  if (selection.miner !== null) words.set('miner', String(selection.miner))
  return `#${words}`
}

/**
 * What an address says; whatever in it means nothing is left out. Changes are not looked into: the library refuses those
 * that are none, and says why.
 */
export function placeOf(hash: string): Place {
  const words = new URLSearchParams(hash.replace(/^#/, ''))
  return {
    view: words.get('view') ?? 'weights',
    source: sourceOf(words.get('from')),
    changes: changesOf(words.get('changes')),
    selection: { validator: uidOf(words.get('validator')), miner: uidOf(words.get('miner')) },
  }
}

function sourceText(source: Source): string {
  switch (source.kind) {
    case 'example':
      return `example:${source.id}`
    case 'served':
      return `served:${source.path}${source.at === null ? '' : `:${source.at}`}`
    default: {
      const { kind, ...rest } = source
      return `${kind}:${JSON.stringify(rest)}`
    }
  }
}

function sourceOf(text: string | null): Source | null {
  const [, kind, rest = ''] = /^(\w+):([\s\S]*)$/.exec(text ?? '') ?? []
  if (kind === 'example') return { kind, id: rest }
  if (kind === 'served') {
    const [path = '', at] = rest.split(':')
    // Only what lies beside the page.
    return /^[\w.-]+$/.test(path) ? { kind, path, at: uidOf(at ?? null) } : null
  }
  if (kind === 'file') return fileOf(objectOf(rest))
  if (kind === 'node') return nodeOf(objectOf(rest))
  return null
}

function fileOf({ name, packed, at }: Readonly<Record<string, unknown>>): Source | null {
  if (typeof name !== 'string') return null
  return {
    kind: 'file',
    name,
    packed: typeof packed === 'string' ? packed : null,
    at: typeof at === 'number' ? at : null,
  }
}

function nodeOf({ endpoint, netuid, block }: Readonly<Record<string, unknown>>): Source | null {
  if (typeof endpoint !== 'string' || typeof netuid !== 'number') return null
  return { kind: 'node', endpoint, netuid, block: typeof block === 'string' ? block : null }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

function uidOf(text: string | null): number | null {
  return text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null
}

const BIG = /^-?\d{1,20}n$/

/** Bigints as their digits and an `n`. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

function changesOf(text: string | null): readonly Change[] {
  if (text === null) return []
  try {
    const changes: unknown = JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' && BIG.test(value) ? BigInt(value.slice(0, -1)) : value,
    )
    return Array.isArray(changes) ? (changes as Change[]) : []
  } catch {
    return []
  }
}
