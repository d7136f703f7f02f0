/** Vector files: JSON, plain or gzip. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { JsonObject } from './json.ts'

export { type Json, type JsonObject, objects, tuples } from './json.ts'

/** The document in a file. */
export function readDocument(path: string): JsonObject {
  const bytes = readFileSync(path)
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const document: unknown = JSON.parse((isGzip ? gunzipSync(bytes) : bytes).toString())
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as JsonObject
  throw new Error('expected a JSON object')
}

/** A file of a folder `dtao-specN`. */
export function vectors(specVersion: number, name: string): JsonObject {
  const url = new URL(`../vectors/dtao-spec${specVersion}/${name}.json.gz`, import.meta.url)
  const document = readDocument(url.pathname)
  if (document.spec_version !== specVersion) throw new Error(`${url.pathname}: of another spec version`)
  return document
}
