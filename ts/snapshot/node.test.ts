import {
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FileError } from '../errors/index.ts'
import { encodeSnapshot } from './encode.ts'
import { generate } from './generate.ts'
import { readDocuments, writeSnapshot, writeText } from './node.ts'

const snapshot = generate({ n: 12, validators: 4, seed: 1 })
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yuma-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('writeSnapshot', () => {
  it('writes what readDocuments reads, gzip by the name', async () => {
    for (const name of ['a.json', 'a.json.gz']) {
      const path = join(folder, name)
      await writeSnapshot(path, snapshot)
      const [document] = await readDocuments(path)
      expect(document!.snapshot).toStrictEqual(snapshot)
    }
    const plain = await readFile(join(folder, 'a.json'))
    expect(new Uint8Array(plain)).toEqual(encodeSnapshot(snapshot))
    expect(gunzipSync(await readFile(join(folder, 'a.json.gz')))).toEqual(plain)
  })

  it('replaces a file, behind a link too, and leaves nothing else behind', async () => {
    const place = join(folder, 'links')
    await mkdir(place)
    await writeFile(join(place, 'file'), 'old')
    await symlink('file', join(place, 'link'))
    await writeSnapshot(join(place, 'link'), snapshot)
    expect((await lstat(join(place, 'link'))).isSymbolicLink()).toBe(true)
    expect(new Uint8Array(await readFile(join(place, 'file')))).toEqual(encodeSnapshot(snapshot))
    expect((await readdir(place)).sort()).toEqual(['file', 'link'])
  })

  it('leaves the old file where writing fails half way', async () => {
    const place = join(folder, 'half')
    await mkdir(place)
    await writeFile(join(place, 'file'), 'old')
    function* pieces(): Generator<string> {
      yield 'new'
      throw new RangeError('half way')
    }
    await expect(writeText(join(place, 'file'), pieces())).rejects.toThrow('half way')
    expect(await readFile(join(place, 'file'), 'utf8')).toBe('old')
    expect(await readdir(place)).toEqual(['file'])
  })

  it.skipIf(process.platform === 'win32')('writes to a device without replacing it', async () => {
    await writeSnapshot('/dev/null', snapshot)
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  it('says what keeps it from writing', async () => {
    const nowhere = join(folder, 'nowhere', 'a.json')
    await expect(writeSnapshot(nowhere, snapshot)).rejects.toThrow(
      new FileError(nowhere, 'no such file or directory'),
    )
    await expect(writeSnapshot(folder, snapshot)).rejects.toThrow(new FileError(folder, 'a directory'))
  })
})

describe('readDocuments', () => {
  it('says what keeps it from reading', async () => {
    const missing = join(folder, 'missing')
    await expect(readDocuments(missing)).rejects.toThrow(new FileError(missing, 'no such file or directory'))
    await expect(readDocuments(folder)).rejects.toThrow(new FileError(folder, 'a directory'))
    await expect(readDocuments('a\0b')).rejects.toThrow(FileError)
  })

  it('refuses a file of gigabytes before reading it', async () => {
    const path = join(folder, 'huge.json')
    const file = await open(path, 'w')
    await file.truncate(5 * 2 ** 30)
    await file.close()
    const started = performance.now()
    await expect(readDocuments(path)).rejects.toThrow(new FileError(path, 'bigger than 512 MiB'))
    expect(performance.now() - started).toBeLessThan(2000)
    await rm(path)
  })

  it.skipIf(process.platform === 'win32')('refuses a device without an end', async () => {
    await expect(readDocuments('/dev/zero')).rejects.toThrow(
      new FileError('/dev/zero', 'bigger than 512 MiB'),
    )
  })
})
