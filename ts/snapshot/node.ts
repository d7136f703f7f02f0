/**
 * `yuma-core/snapshot/node`: snapshot files on disk.
 *
 * @module yuma-core/snapshot/node
 */

import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { AbortedError, checkAborted, InputError } from '../errors/index.ts'
import { abortSignal, type Checks, checkOptions, text, unexpectedValue } from '../errors/options.ts'
import type { ParsedDocument } from './document.ts'
import { snapshotPieces } from './encode.ts'
import { fileError, isReplaceable, placeOf, writeAside } from './files.ts'
import { MAX_FILE_BYTES } from './limits.ts'
import { parseDocuments } from './parse.ts'
import type { Snapshot } from './types.ts'
import { concatenate, tooBig } from './unpack.ts'

/** What stands for standard input where a file is named. */
export const STANDARD_INPUT = '-'

/** A network file of 62 MB takes 2 s at level 4 and 15 s at level 9, which saves 4 % more. */
const GZIP_LEVEL = 4

/** The name of a file for messages. */
export function shownName(path: string): string {
  text('path', path)
  return path === STANDARD_INPUT ? 'standard input' : path
}

/**
 * A file's bytes; those of standard input for `-`.
 * @throws {FileError} where it cannot be read, or is bigger than 512 MiB, which is seen before it is read where the
 * system tells a size, and while it is read elsewhere.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const file = shownName(path)
  try {
    if (path !== STANDARD_INPUT && (await stat(path)).size > MAX_FILE_BYTES) throw tooBig(file)
    return await collect(path === STANDARD_INPUT ? process.stdin : createReadStream(path), file)
  } catch (cause) {
    throw fileError(file, cause)
  }
}

async function collect(stream: Readable, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > MAX_FILE_BYTES) throw tooBig(file)
    chunks.push(chunk)
  }
  return concatenate(chunks, length)
}

/**
 * The epochs in a file; in standard input for `-`. See {@link parseDocuments}.
 * @throws {FileError} where the file cannot be read or is no such file.
 * @throws {InputError} for a field that no chain could hold, naming file, field and uid.
 */
export async function readDocuments(path: string): Promise<ParsedDocument[]> {
  return parseDocuments(await readBytes(path), { file: shownName(path) })
}

/**
 * The snapshot in a file that has one: a `yuma-snapshot/1`, a vector, or a network of one subnet; in standard input for `-`.
 * @throws {FileError} where the file cannot be read or is no such file.
 * @throws {InputError} for a field that no chain could hold, and where there are several or none.
 *
 * @example
 * ```ts
 * const snapshot = await readSnapshot('examples/subnet.json.gz')
 * ```
 */
export async function readSnapshot(path: string): Promise<Snapshot> {
  const [first, ...more] = await readDocuments(path)
  if (first !== undefined && more.length === 0) return first.snapshot
  const found = first === undefined ? 'none' : String(more.length + 1)
  throw new InputError({
    file: shownName(path),
    field: 'schema',
    expected: `expected one epoch, found ${found}`,
  })
}

/** Options of whatever writes a file. */
export interface WriteOptions {
  /** Ends the writing: what was there stays, and nothing is left beside it. */
  readonly signal?: AbortSignal
}

const WRITE: Checks<WriteOptions> = { signal: abortSignal }

/**
 * Writes a `yuma-snapshot/1` file, gzip where the name ends in `.gz`. The file is there whole or not at all.
 * @throws {FileError} where it cannot be written; {@link AbortedError}.
 * @throws {InputError} for a snapshot that could not be read back, before anything is written.
 */
export async function writeSnapshot(
  path: string,
  snapshot: Snapshot,
  options: WriteOptions = {},
): Promise<void> {
  text('path', path)
  await writeText(path, snapshotPieces(snapshot, path), options)
}

/**
 * Writes pieces of text into a file, gzip where the name ends in `.gz`. An ordinary file is replaced in one step once
 * all is written, and keeps its mode and its links; anything else, a pipe or a device, is written to as it is.
 * @throws {FileError} where it cannot be written; {@link AbortedError}.
 */
export async function writeText(
  path: string,
  pieces: Iterable<string>,
  options: WriteOptions = {},
): Promise<void> {
  text('path', path)
  if (typeof (pieces as Iterable<string> | null)?.[Symbol.iterator] !== 'function')
    throw unexpectedValue('pieces', 'pieces of text', pieces)
  checkOptions('options', options, WRITE)
  const { signal } = options
  checkAborted(signal)
  const gzip = path.endsWith('.gz')
  const place = await placeOf(path)
  if (isReplaceable(place)) {
    return writeAside(path, place, (aside) => writePieces(aside, pieces, gzip, true, signal), signal)
  }
  try {
    await writePieces(path, pieces, gzip, false, signal)
  } catch (cause) {
    throw signal?.aborted ? new AbortedError(signal) : fileError(path, cause)
  }
}

async function writePieces(
  target: string,
  pieces: Iterable<string>,
  gzip: boolean,
  flush: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const from = Readable.from(pieces, { objectMode: true })
  const file = createWriteStream(target, { flush })
  const options = signal === undefined ? {} : { signal }
  if (gzip) await pipeline(from, createGzip({ level: GZIP_LEVEL }), file, options)
  else await pipeline(from, file, options)
}
