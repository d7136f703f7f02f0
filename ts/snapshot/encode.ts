import { InputError } from '../errors/index.ts'
import { checkSnapshot } from './check.ts'
import { SNAPSHOT_SCHEMA } from './document.ts'
import { epochScalars, mechanismPieces, sharedPieces } from './generated/file.ts'
import { jsonNumbers } from './json-columns.ts'
import { MAX_EXTRA_BYTES } from './limits.ts'
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

/**
 * A snapshot as the text of a `yuma-snapshot/1` file, piece by piece, so that a big one never is one string.
 * @param file The file's name, for messages.
 * @throws {InputError} at once, for a snapshot that {@link parseDocuments} would not read back.
 */
export function snapshotPieces(snapshot: Snapshot, file = 'snapshot'): Generator<string> {
  checkSnapshot(snapshot, scalars, file)
  return piecesOf(snapshot, extraOf(snapshot, file))
}

/** The sections as JSON; undefined where there are none. */
function extraOf({ extra }: Snapshot, file: string): string | undefined {
  const text = extra === undefined ? undefined : jsonOf(extra, file)
  if (text === undefined || text.length <= MAX_EXTRA_BYTES) return text
  const expected = `expected sections of at most ${MAX_EXTRA_BYTES} bytes, found ${text.length}`
  throw new InputError({ file, field: 'extra', expected })
}

function jsonOf(extra: object, file: string): string {
  try {
    return JSON.stringify(extra)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({ file, field: 'extra', expected: `expected what JSON holds: ${reason}` }, { cause })
  }
}

function* piecesOf(snapshot: Snapshot, extra: string | undefined): Generator<string> {
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
  if (extra !== undefined) yield `,"extra":${extra}`
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
