import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** What sp-trie finds in nodes alone: see `test/vectors/README.md`. */
export interface Answer {
  /** The keys that the nodes are for; left out of the real block's. */
  readonly asked?: readonly string[]
  readonly nodes: readonly string[]
  /** Keys with their value, null where nothing is stored, `unproved` where the nodes do not say. */
  readonly values: readonly (readonly [key: string, value: string | null])[]
  readonly listings: readonly (readonly [prefix: string, keys: readonly string[] | 'unproved'])[]
}

/** A state, its root and what nodes of its trie prove. */
export interface Case {
  readonly name: string
  readonly version: '0' | '1' | '0, then 1'
  /** Null where it is not known. */
  readonly state: readonly (readonly [key: string, value: string])[] | null
  readonly root: string
  readonly answers: readonly Answer[]
}

/** The states and proofs that sp-trie made. */
export function readCases(): readonly Case[] {
  const file = new URL('../vectors/state-proofs/sp-trie-47.json.gz', import.meta.url)
  const document = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as { cases: readonly Case[] }
  return document.cases
}
