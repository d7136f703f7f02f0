import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Json } from '../../ts/emission/index.ts'

/** A JSON object of a vector file. */
export type JsonObject = { readonly [key: string]: Json }

/** A file of `test/vectors/dtao-specN`. */
export function vectors(specVersion: number, name: string): JsonObject {
  const url = new URL(`../vectors/dtao-spec${specVersion}/${name}.json.gz`, import.meta.url)
  const document = JSON.parse(gunzipSync(readFileSync(url)).toString()) as JsonObject
  if (document.spec_version !== specVersion) throw new Error(`${url.pathname}: of another spec version`)
  return document
}

/** A list of objects. */
export function objects(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`a list, not ${JSON.stringify(value)}`)
  return value as readonly JsonObject[]
}
