/** Files that are written aside and put in place once they are whole. Node alone. */

import { createHash, randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import {
  chmod,
  chown,
  type FileHandle,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { AbortedError, FileError } from '../errors/index.ts'

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

/** What keeps a file from being read or written, as a typed error. */
export function fileError(file: string, cause: unknown): FileError | AbortedError {
  if (cause instanceof FileError || cause instanceof AbortedError) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  return new FileError(file, REASONS[code ?? ''] ?? message, { cause })
}

/** Where what is written to a path goes. */
export interface Place {
  /** The file itself, behind all links. */
  readonly path: string
  /** What is there; undefined where nothing is. */
  readonly there: Stats | undefined
}

/** As many links as Linux follows. */
const MAX_LINKS = 40

/**
 * The file behind a path and its links, a link that leads nowhere among them: what is written is where it leads to.
 * @throws {FileError} where it cannot be had.
 */
export async function placeOf(path: string): Promise<Place> {
  try {
    return await followed(path)
  } catch (cause) {
    throw fileError(path, cause)
  }
}

async function followed(path: string): Promise<Place> {
  let current = path
  for (let links = 0; links < MAX_LINKS; links++) {
    const there = await lstat(current).catch(orNothing)
    if (there === undefined) return { path: current, there }
    if (!there.isSymbolicLink()) return { path: await realpath(current), there: await stat(current) }
    current = resolve(await realpath(dirname(current)), await readlink(current))
  }
  throw new FileError(path, REASONS.ELOOP!)
}

function orNothing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT') throw cause
}

/** Whether a place takes a file that is written aside: a pipe or a device must be written to as it is. */
export function isReplaceable({ there }: Place): boolean {
  return there === undefined || there.isFile()
}

/** This machine, so that a folder that several share keeps what others are writing. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const ASIDE = /^\.yuma-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/

/** A name beside a file that nobody else has, however long the file's own is. */
function nameAside(folder: string): string {
  return join(folder, `.yuma-${MACHINE}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
}

/**
 * Has `write` write a file aside and puts it in place of the one that is there, whose mode, owner and hard links stay.
 * Whatever fails, or is aborted, what was there stays, and nothing is left aside. What a process left aside that was
 * killed goes with the next file that is written into the folder.
 * @param write Writes the whole of the file of the name that it is given.
 * @throws {FileError} {@link AbortedError}, and whatever `write` throws.
 */
export async function writeAside(
  path: string,
  { path: target, there }: Place,
  write: (aside: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const folder = dirname(target)
  await removeStale(folder)
  const aside = nameAside(folder)
  try {
    await make(aside, there)
    await write(aside)
    if (signal?.aborted) throw new AbortedError(signal)
    await put(aside, target, there)
  } catch (cause) {
    await rm(aside, { force: true })
    throw signal?.aborted ? new AbortedError(signal) : fileError(path, cause)
  }
}

/**
 * Has `write` write a file aside in a folder and gives it the name that `write` says, as of files that are named by what
 * is in them. It is on the disk before it has its name: a power cut leaves no file of that name that is not whole.
 * @throws {FileError} {@link AbortedError}, and whatever `write` throws; then nothing is left aside.
 */
export async function writeNamed(
  folder: string,
  write: (aside: string) => Promise<string>,
  signal?: AbortSignal,
): Promise<void> {
  const aside = nameAside(folder)
  try {
    await make(aside, undefined)
    const name = await write(aside)
    await sync(aside)
    if (signal?.aborted) throw new AbortedError(signal)
    await rename(aside, join(folder, name))
  } catch (cause) {
    await rm(aside, { force: true })
    throw signal?.aborted ? new AbortedError(signal) : fileError(folder, cause)
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** An empty file that nobody may read who may not read what it takes the place of. */
async function make(aside: string, there: Stats | undefined): Promise<void> {
  const file = await open(aside, 'wx', there === undefined ? 0o666 : 0o600)
  await file.close()
}

const MODE = 0o7777

async function put(aside: string, target: string, there: Stats | undefined): Promise<void> {
  if (there === undefined) return rename(aside, target)
  if (there.nlink > 1) {
    // Under its other names the file must be the same one still: its content is replaced, and not it.
    await overwrite(target, aside)
    return rm(aside, { force: true })
  }
  // Who may not give files away keeps them.
  await chown(aside, there.uid, there.gid).catch(() => {})
  await chmod(aside, there.mode & MODE)
  await rename(aside, target)
}

/**
 * Gives a file the content of another. What makes it longer is written first: where the disk has no room for that the
 * file is as it was. That is not one step: who ends the process in the middle ends the file's content too.
 */
async function overwrite(target: string, source: string): Promise<void> {
  const [from, to] = [await open(source, 'r'), await open(target, 'r+')]
  try {
    const [{ size }, { size: before }] = [await from.stat(), await to.stat()]
    try {
      await copyPart(from, to, before, size)
    } catch (cause) {
      await to.truncate(before)
      throw cause
    }
    await copyPart(from, to, 0, Math.min(before, size))
    await to.truncate(size)
    await to.sync()
  } finally {
    await Promise.all([from.close(), to.close()])
  }
}

const PART_BYTES = 1 << 20

/** Copies the bytes from one place up to another. */
async function copyPart(from: FileHandle, to: FileHandle, start: number, end: number): Promise<void> {
  const part = new Uint8Array(Math.min(PART_BYTES, Math.max(end - start, 0)))
  for (let at = start; at < end; ) {
    const { bytesRead } = await from.read(part, 0, Math.min(part.length, end - at), at)
    if (bytesRead === 0) return
    // A disk that is nearly full takes a part of it first.
    at += (await to.write(part, 0, bytesRead, at)).bytesWritten
  }
}

/** Removes what processes of this machine left aside in a folder that are no more. */
export async function removeStale(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const [, machine, pid] = ASIDE.exec(name) ?? []
    if (machine !== MACHINE) continue
    const path = join(folder, name)
    if (await isStale(path, Number(pid))) await rm(path, { force: true }).catch(() => {})
  }
}

async function isStale(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid)
  // Of a process before with the same number, which had been made before this one began.
  const made = await lstat(path).catch(() => undefined)
  return made !== undefined && made.mtimeMs < Date.now() - process.uptime() * 1000
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/**
 * The absolute name of a file that is to be a file and nothing else, as some programs take other names.
 * @throws {FileError} for an empty name, and one that is an address.
 */
export function onlyFile(name: string): string {
  if (name === '' || name.startsWith(':memory:') || /^[a-z][a-z0-9+.-]+:/i.test(name))
    throw new FileError(name === '' ? '""' : name, "expected a file's name")
  return resolve(name)
}

/**
 * The first bytes of a file, fewer where it has no more; none where there is no file.
 * @throws {FileError} where it cannot be read.
 */
export async function headOf(path: string, bytes: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(bytes), 0, bytes, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(0)
    throw fileError(path, cause)
  }
}
