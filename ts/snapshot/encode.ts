import { SNAPSHOT_SCHEMA } from './document.ts'
import { epochScalars, mechanismPieces, sharedPieces } from './generated/file.ts'
import { jsonNumbers } from './json-columns.ts'
import type { Snapshot } from './types.ts'
import { concatenate } from './unpack.ts'

/** What a snapshot file says beside columns, mechanisms and sections. */
function scalars(snapshot: Snapshot): Record<string, unknown> {
  return {
    schema: SNAPSHOT_SCHEMA,
    spec_version: snapshot.specVersion,
    netuid: snapshot.netuid,
    name: snapshot.name,
    block_hash: snapshot.blockHash,
    ...epochScalars(snapshot),
    hotkeys: snapshot.hotkeys,
    coldkeys: snapshot.coldkeys,
  }
}

/** A snapshot as the text of a `yuma-snapshot/1` file, piece by piece, so that a big one never is one string. */
export function* snapshotPieces(snapshot: Snapshot): Generator<string> {
  const split = snapshot.mechanismEmissionSplit
  yield JSON.stringify(scalars(snapshot)).slice(0, -1)
  yield* sharedPieces(snapshot)
  yield `,"mechanism_emission_split":${split === null ? 'null' : jsonNumbers(split)}`
  yield ',"mechanisms":['
  for (const [id, mechanism] of snapshot.mechanisms.entries()) {
    if (id > 0) yield ','
    yield* mechanismPieces(mechanism)
  }
  yield ']'
  if (snapshot.extra !== undefined) yield `,"extra":${JSON.stringify(snapshot.extra)}`
  yield '}\n'
}

/** A snapshot as a `yuma-snapshot/1` file, which {@link parseDocuments} reads back equal. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const chunks: Uint8Array[] = []
  let length = 0
  for (const piece of snapshotPieces(snapshot)) {
    const chunk = encoder.encode(piece)
    chunks.push(chunk)
    length += chunk.length
  }
  return concatenate(chunks, length)
}
