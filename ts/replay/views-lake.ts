/** A lake as views read it: what its manifest names, checked. */

import { stat } from 'node:fs/promises'
import { checkAborted, FileError } from '../errors/index.ts'
import { fileError } from '../snapshot/files.ts'
import type { ChunkEntry, LakeFile } from './documents.ts'
import { digestOf, type Lake, openLake } from './lake.ts'
import { overlap } from './plan.ts'
import { manifestOf } from './tables.ts'

/** A lake and its chunks, by netuid and block. */
export interface LakeContents {
  readonly lake: Lake
  readonly chunks: readonly ChunkEntry[]
}

/**
 * Reads a lake's head and its manifest.
 * @throws {FileError} where the folder is no lake, or one of another schema; where the manifest is broken or names blocks
 * twice, and where a data file that it names is missing or of another size.
 */
export async function readContents(folder: string): Promise<LakeContents> {
  const lake = await openLake(folder)
  const chunks = [...(await lake.entries())].sort((a, b) => a.netuid - b.netuid || Number(a.first - b.first))
  for (const [at, chunk] of chunks.entries()) {
    const before = chunks[at - 1]
    if (before?.netuid === chunk.netuid && overlap(before, chunk))
      throw new FileError(lake.path(manifestOf(chunk)), `has blocks that ${manifestOf(before)} has too`)
    for (const file of chunk.files) await checkSize(lake.path(file.path), file)
  }
  return { lake, chunks }
}

async function checkSize(path: string, { bytes }: LakeFile): Promise<void> {
  const { size } = await stat(path).catch((cause) => {
    throw fileError(path, cause)
  })
  if (size !== bytes)
    throw new FileError(path, `broken: it has ${size} bytes, where its manifest says ${bytes}`)
}

/**
 * That a data file has the bytes that its manifest says.
 * @throws {FileError} where it has not; {@link AbortedError}.
 */
export async function checkDigest(lake: Lake, file: LakeFile, signal?: AbortSignal): Promise<void> {
  checkAborted(signal)
  const path = lake.path(file.path)
  const found = await digestOf(path).catch((cause) => {
    throw fileError(path, cause)
  })
  if (found !== file.sha256)
    throw new FileError(path, `broken: it has the hash ${found}, where its manifest says ${file.sha256}`)
}
