/** `yuma-core/snapshot/node`: snapshot files on disk. */

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { FileError } from '../errors/index.ts'
import type { ParsedDocument } from './document.ts'
import { snapshotPieces } from './encode.ts'
import { MAX_FILE_BYTES } from './limits.ts'
import { parseDocuments } from './parse.ts'
import type { Snapshot } from './types.ts'
import { concatenate, tooBig } from './unpack.ts'

/** What stands for standard input where a file is named. */
export const STANDARD_INPUT = '-'

/** A network file of 62 MB takes 2 s at level 4 and 15 s at level 9, which saves 4 % more. */
const GZIP_LEVEL = 4

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EISDIR: 'a directory',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  ERR_INVALID_ARG_VALUE: 'not a file name',
}

function fileError(file: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  return new FileError(file, REASONS[code ?? ''] ?? message, { cause })
}

/** The name of a file for messages. */
export function shownName(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path
}

/**
 * A file's bytes; those of standard input for `-`.
 * @throws {FileError} where it cannot be read, or is bigger than 256 MiB, which is seen before it is read where the
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
 * Writes a `yuma-snapshot/1` file, gzip where the name ends in `.gz`. The file is there whole or not at all.
 * @throws {FileError} where it cannot be written.
 */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  await writeText(path, snapshotPieces(snapshot))
}

/**
 * Writes pieces of text into a file, gzip where the name ends in `.gz`. An ordinary file is replaced in one step once
 * all is written; anything else, a pipe or a device, is written to as it is.
 * @throws {FileError} where it cannot be written.
 */
export async function writeText(path: string, pieces: Iterable<string>): Promise<void> {
  const place = await placeOf(path)
  const target = place.replace ? `${place.path}.${randomUUID()}.tmp` : path
  try {
    await writePieces(target, pieces, path.endsWith('.gz'), place.replace)
    if (place.replace) await rename(target, place.path)
  } catch (cause) {
    if (place.replace) await rm(target, { force: true })
    throw fileError(path, cause)
  }
}

/** The file behind a path and its links, and whether it can be replaced: a pipe or a device must not be. */
async function placeOf(path: string): Promise<{ readonly path: string; readonly replace: boolean }> {
  try {
    return { path: await realpath(path), replace: (await stat(path)).isFile() }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { path, replace: true }
    throw fileError(path, cause)
  }
}

async function writePieces(
  target: string,
  pieces: Iterable<string>,
  gzip: boolean,
  flush: boolean,
): Promise<void> {
  const text = Readable.from(pieces, { objectMode: true })
  const file = createWriteStream(target, { flush })
  if (gzip) await pipeline(text, createGzip({ level: GZIP_LEVEL }), file)
  else await pipeline(text, file)
}
