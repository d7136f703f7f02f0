/** A lake: a folder of Parquet files by subnet and span, and a manifest that says which chunks are done. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { checkAborted, FileError, InputError } from '../errors/index.ts'
import { fileError, onlyFile, removeStale, writeNamed } from '../snapshot/files.ts'
import { checkChunk, checkFolder, checkLake } from './checks.ts'
import {
  type ChunkEntry,
  entryDocument,
  headDocument,
  type LakeHead,
  parseEntry,
  parseHead,
} from './documents.ts'
import { byPlace, overlap, USUAL_SPAN } from './plan.ts'
import { type ChunkId, KEEPS, type Keep, manifestOf, TABLES } from './tables.ts'

/** What a lake is made with. */
export interface LakeOptions {
  /** Genesis hash of its chain, hex: a lake is of one. */
  readonly chain: string
  /** What it keeps of each epoch beside `epochs`. Default: what the lake keeps that is there, else all but `snapshots`. */
  readonly keep?: readonly Keep[]
  /** Blocks of a cell of its grid. Default: those of the lake that is there, else {@link USUAL_SPAN}. */
  readonly span?: bigint
}

/** Something that is wrong with a lake. */
export interface LakeFault {
  /** Below the lake's folder. */
  readonly path: string
  readonly what: string
}

/** A chunk's files are named by its manifest seconds after they are written. */
const YOUNG_MS = 3_600_000

const HEAD_FILE = 'lake.json'
const MANIFEST = 'manifest'
const USUAL_KEEP: readonly Keep[] = KEEPS.filter((keep) => keep !== 'snapshots')
const SUBNET = /^netuid=(\d{1,4})$/
const CHUNK = /^(\d{10,})-(\d{10,})\.json$/

/**
 * Opens the lake of a folder, or makes one there.
 * @throws {InputError} where the lake that is there is of another chain, or keeps or divides other than is asked.
 * @throws {FileError} where the folder is no lake, of another schema, or cannot be written.
 *
 * @example
 * ```ts
 * const lake = await createLake('pay', { chain: await chain.blockHash(0), keep: ['epochs', 'neurons'] })
 * ```
 */
export async function createLake(folder: string, options: LakeOptions): Promise<Lake> {
  checkLake(folder, options)
  const path = onlyFile(folder)
  const file = join(path, HEAD_FILE)
  const known = await headAt(file)
  if (known !== undefined) {
    checkSame(file, known, options)
    return new Lake(path, known)
  }
  await checkEmpty(path)
  const keep = ordered(options.keep ?? USUAL_KEEP)
  const head: LakeHead = { chain: options.chain, keep, span: options.span ?? USUAL_SPAN }
  await makeFolder(path)
  await writeText(file, headDocument(head))
  return new Lake(path, head)
}

/**
 * Opens a lake that is there.
 * @throws {FileError} where the folder is no lake, or one of another schema.
 */
export async function openLake(folder: string): Promise<Lake> {
  checkFolder(folder)
  const path = onlyFile(folder)
  const head = await headAt(join(path, HEAD_FILE))
  if (head === undefined) throw new FileError(folder, `no lake: it has no ${HEAD_FILE}`)
  return new Lake(path, head)
}

/** A folder with chunks of replayed epochs: {@link createLake}, {@link openLake}. */
export class Lake {
  /** Absolute. */
  readonly folder: string
  readonly head: LakeHead

  /** Use {@link openLake}. */
  constructor(folder: string, head: LakeHead) {
    this.folder = folder
    this.head = head
  }

  /** The absolute name of something in it. */
  path(name: string): string {
    return join(this.folder, name)
  }

  /**
   * The chunks that are done, by block and netuid, as the names in the manifest have them: what is in it is not read.
   * @throws {FileError}
   */
  async chunks(): Promise<readonly ChunkId[]> {
    const found: ChunkId[] = []
    for (const folder of await namesIn(this.path(MANIFEST))) {
      const netuid = SUBNET.exec(folder)?.[1]
      if (netuid !== undefined) found.push(...(await this.#chunksOf(Number(netuid))))
    }
    return found.sort(byPlace)
  }

  async #chunksOf(netuid: number): Promise<readonly ChunkId[]> {
    const names = await namesIn(this.path(`${MANIFEST}/netuid=${netuid}`))
    return names.flatMap((name) => {
      const [, first, last] = CHUNK.exec(name) ?? []
      return first === undefined ? [] : [{ netuid, first: BigInt(first), last: BigInt(last!) }]
    })
  }

  /**
   * What came of a chunk; undefined where it is not done.
   * @throws {FileError} where its manifest is broken.
   */
  async entry(chunk: ChunkId): Promise<ChunkEntry | undefined> {
    checkChunk(chunk)
    const name = manifestOf(chunk)
    const document = await textOf(this.path(name))
    return document === undefined ? undefined : parseEntry(this.path(name), document, chunk)
  }

  /**
   * What came of every chunk that is done, by block and netuid.
   * @throws {FileError} where a manifest is broken.
   */
  async entries(): Promise<readonly ChunkEntry[]> {
    const entries: ChunkEntry[] = []
    for (const chunk of await this.chunks()) {
      const entry = await this.entry(chunk)
      if (entry !== undefined) entries.push(entry)
    }
    return entries
  }

  /**
   * Says that a chunk is done, its files being in place: from then on it is in the lake. Where it was in it already
   * nothing changes.
   * @returns What the lake has of the chunk.
   * @throws {InputError} where another chunk that is done has some of its blocks; {@link FileError}.
   */
  async commit(entry: ChunkEntry): Promise<ChunkEntry> {
    checkChunk(entry)
    const known = await this.entry(entry)
    if (known !== undefined) return known
    await this.#checkAlone(entry)
    for (const { path } of entry.files) await this.#checkThere(path)
    const file = this.path(manifestOf(entry))
    await makeFolder(dirname(file))
    await writeText(file, entryDocument(entry))
    // Who plans elsewhere may have come to it at the same time: of both one at least sees the other, and goes.
    const other = await this.#overlapping(entry)
    if (other === undefined) return entry
    await remove(file)
    throw overlapError(entry, other)
  }

  async #checkAlone(chunk: ChunkId): Promise<void> {
    const other = await this.#overlapping(chunk)
    if (other !== undefined) throw overlapError(chunk, other)
  }

  async #overlapping(chunk: ChunkId): Promise<ChunkId | undefined> {
    const others = await this.#chunksOf(chunk.netuid)
    return others.find((other) => manifestOf(other) !== manifestOf(chunk) && overlap(other, chunk))
  }

  async #checkThere(path: string): Promise<void> {
    try {
      await stat(this.path(path))
    } catch (cause) {
      throw fileError(this.path(path), cause)
    }
  }

  /**
   * Data files that no manifest names, below the lake's folder, and what processes left aside that are no more: what a
   * kill leaves between a chunk's files and its manifest.
   * @throws {FileError}
   */
  async orphans(): Promise<readonly string[]> {
    const named = new Set((await this.entries()).flatMap(({ files }) => files.map(({ path }) => path)))
    const found: string[] = []
    for (const path of await this.#dataFiles()) if (!named.has(path)) found.push(path)
    return found
  }

  /**
   * Removes {@link orphans}, but for files that are younger than an hour: others who are at the lake may be about to name
   * them, and who replays their chunk again writes the same bytes under the same names.
   * @returns What was removed.
   * @throws {FileError}
   */
  async sweep(): Promise<readonly string[]> {
    await removeStale(this.folder)
    for (const folder of await this.#subnetFolders(MANIFEST)) await removeStale(this.path(folder))
    for (const { name } of TABLES)
      for (const folder of await this.#subnetFolders(name)) await removeStale(this.path(folder))
    const swept: string[] = []
    for (const path of await this.orphans()) {
      if (!(await isOld(this.path(path)))) continue
      await remove(this.path(path))
      swept.push(path)
    }
    return swept
  }

  async #dataFiles(): Promise<readonly string[]> {
    const found: string[] = []
    for (const { name } of TABLES) {
      for (const folder of await this.#subnetFolders(name)) {
        const files = await namesIn(this.path(folder))
        found.push(...files.filter((file) => file.endsWith('.parquet')).map((file) => `${folder}/${file}`))
      }
    }
    return found
  }

  async #subnetFolders(name: string): Promise<readonly string[]> {
    const folders = await namesIn(this.path(name))
    return folders.filter((folder) => SUBNET.test(folder)).map((folder) => `${name}/${folder}`)
  }

  /**
   * Everything that is wrong with it: manifests that are broken, files that are missing or are not what their manifest
   * says, chunks that overlap, files that no manifest names. Every file is read.
   * @throws {FileError} where it cannot be read; {@link AbortedError}
   */
  async *faults(signal?: AbortSignal): AsyncGenerator<LakeFault> {
    const named = new Set<string>()
    const before = new Map<number, ChunkId>()
    for (const chunk of await this.chunks()) {
      checkAborted(signal)
      const other = before.get(chunk.netuid)
      if (other !== undefined && overlap(other, chunk))
        yield { path: manifestOf(chunk), what: `has blocks that ${manifestOf(other)} has too` }
      if (other === undefined || other.last < chunk.last) before.set(chunk.netuid, chunk)
      const entry = await this.#entryOrFault(chunk)
      if ('what' in entry) {
        yield entry
        continue
      }
      for (const file of entry.files) {
        named.add(file.path)
        const what = await faultOf(this.path(file.path), file)
        if (what !== undefined) yield { path: file.path, what }
      }
    }
    for (const path of await this.#dataFiles())
      if (!named.has(path)) yield { path, what: 'no manifest names it' }
  }

  async #entryOrFault(chunk: ChunkId): Promise<ChunkEntry | LakeFault> {
    try {
      return (await this.entry(chunk))!
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      return { path: manifestOf(chunk), what: error.message }
    }
  }
}

/** What is wrong with a file; undefined where it is what its manifest says. */
async function faultOf(
  path: string,
  { bytes, sha256 }: { readonly bytes: number; readonly sha256: string },
): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    if (size !== bytes) return `has ${size} bytes, where its manifest says ${bytes}`
    const found = await digestOf(path)
    return found === sha256 ? undefined : `has the hash ${found}, where its manifest says ${sha256}`
  } catch (cause) {
    return fileError(path, cause).message
  }
}

/** SHA-256 of a file, hex. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array)
  return hash.digest('hex')
}

function overlapError(chunk: ChunkId, other: ChunkId): InputError {
  const of = ({ first, last }: ChunkId): string => `${first} to ${last}`
  return new InputError({
    field: 'chunk',
    netuid: chunk.netuid,
    expected: `expected blocks that are not in the lake; of ${of(chunk)} some are there, in ${of(other)}`,
  })
}

function ordered(keep: readonly Keep[]): readonly Keep[] {
  return KEEPS.filter((one) => one === 'epochs' || keep.includes(one))
}

/** That what is asked for is what the lake is. */
function checkSame(file: string, head: LakeHead, { chain, keep, span }: LakeOptions): void {
  const differs = (field: string, is: string, asked: string): InputError =>
    new InputError({ field, file, expected: `expected ${is}, as the lake has it, found ${asked}` })
  if (head.chain !== chain) throw differs('chain', head.chain, chain)
  if (span !== undefined && head.span !== span) throw differs('span', `${head.span}`, `${span}`)
  const asked = keep && ordered(keep).join(',')
  if (asked !== undefined && asked !== head.keep.join(',')) throw differs('keep', head.keep.join(','), asked)
}

/** A lake is made where nothing is: its folders would be mixed with others of the same name. */
async function checkEmpty(folder: string): Promise<void> {
  const names = await namesIn(folder)
  if (names.some((name) => !name.startsWith('.')))
    throw new FileError(folder, `no lake, and not empty: expected a new folder, or one with a ${HEAD_FILE}`)
}

async function headAt(file: string): Promise<LakeHead | undefined> {
  const document = await textOf(file)
  return document === undefined ? undefined : parseHead(file, document)
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileError(path, cause)
  }
}

/** The file is there whole or not at all, whatever ends the process or the machine. */
async function writeText(path: string, document: string): Promise<void> {
  await writeNamed(dirname(path), async (aside) => {
    await writeFile(aside, document)
    return basename(path)
  })
}

/** Names in a folder, ascending; none where there is no folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw fileError(folder, cause)
  }
}

/** Makes a folder, and those that it is in. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw fileError(folder, cause)
  }
}

/** Whether a file that is there was written longer ago than files wait for their manifest. */
async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > YOUNG_MS
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw fileError(path, cause)
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw fileError(path, cause)
  }
}
