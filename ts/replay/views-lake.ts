/** What a lake says of itself: its head, and the chunks that are done with their files. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkAborted, FileError } from '../errors/index.ts'
import { fileError } from '../snapshot/files.ts'
import { KEEPS, type Keep, LAKE_SCHEMA, TABLES } from './tables.ts'

/** A data file of a lake. */
export interface LakeFile {
  readonly table: string
  /** Its place in the lake, and its name for messages. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** Blocks of a subnet that were replayed. */
export interface LakeChunk {
  readonly netuid: number
  readonly first: bigint
  readonly last: bigint
  readonly files: readonly LakeFile[]
}

/** A lake as its files say that it is. */
export interface LakeContents {
  readonly folder: string
  readonly chain: string
  readonly keep: readonly Keep[]
  /** By netuid and block. */
  readonly chunks: readonly LakeChunk[]
}

const CHUNK_SCHEMA = 'yuma-lake-chunk/1'

/**
 * Reads a lake's head and its manifest.
 * @throws {FileError} where the folder is no lake, or one of another schema; where a file of the manifest is none, or a
 * data file that it names is missing or of another size.
 */
export async function readContents(folder: string): Promise<LakeContents> {
  const head = await readHead(folder)
  const chunks: LakeChunk[] = []
  for (const name of await manifestNames(folder)) chunks.push(await readChunk(folder, name))
  chunks.sort((a, b) => a.netuid - b.netuid || Number(a.first - b.first))
  return { folder, ...head, chunks }
}

async function readHead(folder: string): Promise<Pick<LakeContents, 'chain' | 'keep'>> {
  const file = join(folder, 'lake.json')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ||
      (cause as NodeJS.ErrnoException).code === 'ENOTDIR'
    )
      throw new FileError(folder, 'no lake: there is no lake.json', { cause })
    throw fileError(file, cause)
  }
  const { schema, chain, keep } = objectOf(file, text)
  if (schema !== LAKE_SCHEMA)
    throw new FileError(file, `expected the schema ${LAKE_SCHEMA}, found ${JSON.stringify(schema)}`)
  if (typeof chain !== 'string') throw new FileError(file, 'expected the chain as a text')
  if (!Array.isArray(keep) || !keep.every((name) => KEEPS.includes(name)))
    throw new FileError(file, `expected keep to be some of ${KEEPS.join(', ')}`)
  return { chain, keep }
}

/** The files of the manifest, as paths in the lake. */
async function manifestNames(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(folder, 'manifest'), { recursive: true })
    return names
      .filter((name) => /^netuid=\d+[/\\]\d+-\d+\.json$/.test(name))
      .map((name) => `manifest/${name.replaceAll('\\', '/')}`)
      .sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw fileError(join(folder, 'manifest'), cause)
  }
}

async function readChunk(folder: string, name: string): Promise<LakeChunk> {
  const file = join(folder, name)
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw fileError(file, cause)
  })
  const { schema, netuid, first, last, files } = objectOf(file, text)
  if (schema !== CHUNK_SCHEMA)
    throw new FileError(file, `expected the schema ${CHUNK_SCHEMA}, found ${JSON.stringify(schema)}`)
  if (!Number.isInteger(netuid) || !isBlock(first) || !isBlock(last) || !Array.isArray(files))
    throw new FileError(file, 'expected a netuid, the first and the last block, and files')
  const found: LakeFile[] = []
  for (const entry of files as readonly unknown[]) found.push(await readFileEntry(folder, file, entry))
  return { netuid: netuid as number, first: BigInt(first), last: BigInt(last), files: found }
}

async function readFileEntry(folder: string, manifest: string, entry: unknown): Promise<LakeFile> {
  const { table, path, bytes, sha256 } = Object(entry) as Record<string, unknown>
  const known = TABLES.some(({ name }) => name === table)
  const inside = typeof path === 'string' && /^[a-z_]+\/netuid=\d+\/[\w.-]+\.parquet$/.test(path)
  if (!known || !inside || typeof bytes !== 'number' || typeof sha256 !== 'string')
    throw new FileError(
      manifest,
      `expected files with table, path, bytes and sha256, found ${JSON.stringify(entry)}`,
    )
  const file = join(folder, path)
  const { size } = await stat(file).catch((cause) => {
    throw fileError(file, cause)
  })
  if (size !== bytes)
    throw new FileError(file, `expected ${bytes} bytes, as the manifest says, found ${size}`)
  return { table: table as string, path, bytes, sha256 }
}

function isBlock(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,10}$/.test(value)
}

function objectOf(file: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (cause) {
    throw new FileError(file, 'no JSON', { cause })
  }
  throw new FileError(file, 'expected an object')
}

/**
 * That a data file has the bytes that the manifest says.
 * @throws {FileError} where it has not; {@link AbortedError}.
 */
export async function checkDigest(folder: string, file: LakeFile, signal?: AbortSignal): Promise<void> {
  const path = join(folder, file.path)
  const hash = createHash('sha256')
  try {
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
      checkAborted(signal)
      hash.update(part as Uint8Array)
    }
  } catch (cause) {
    throw fileError(path, cause)
  }
  if (hash.digest('hex') !== file.sha256.toLowerCase())
    throw new FileError(path, 'broken: it is not what the manifest says that was written')
}
