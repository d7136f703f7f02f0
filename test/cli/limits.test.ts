/** Limits on what a file holds: one on both sides of it, kept before memory is taken. */

import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeSnapshot, generate, parseDocuments, type Snapshot } from '../../ts/snapshot/index.ts'
import { MAX_ENTRIES, MAX_NEURONS, MAX_ROW_ENTRIES, MAX_UNPACKED_BYTES } from '../../ts/snapshot/limits.ts'
import { checkBuilt, MAIN, yuma } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-limits-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => checkBuilt())

const NAME = 'YUMA_LARGE'
const large = process.env[NAME] !== undefined
if (!large) console.warn(`skipped: the largest subnet, through files of 400 MB; ${NAME}=1 runs it`)

/** Runs the command and says how much memory it took at most, in MB. */
function measured(...args: readonly string[]): { code: number | null; err: string; megabytes: number } {
  const report = 'process.on("exit",()=>process.stderr.write("\\nmaxRSS "+process.resourceUsage().maxRSS))'
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, MAIN, ...args],
    { encoding: 'utf8', maxBuffer: 2 ** 30 },
  )
  const [err, kilobytes] = stderr.split('\nmaxRSS ') as [string, string]
  return { code: status, err, megabytes: Math.round(Number(kilobytes) / 1024) }
}

/** A snapshot of two neurons as text, its weights' first row to be put in between. */
function aroundRow(): readonly [string, string] {
  const text = new TextDecoder().decode(encodeSnapshot(generate({ n: 2, validators: 1, seed: 1 })))
  const [head, tail] = text.split('"weights":[[[1,65535]]') as [string, string]
  return [`${head}"weights":[[`, `]${tail}`]
}

/** Rows of entries of no weight, so many of so many. */
function withRows(rows: readonly number[]): Uint8Array {
  const [head, tail] = aroundRow()
  const text = rows.map((count) => Array(count).fill('[0,0]').join(','))
  return gzipSync(`${head}${text.join('],[')}${tail}`)
}

describe('a row', () => {
  it('of 84 million entries at n = 2, 735 kB packed, is refused before it is in memory', async () => {
    const path = join(folder, 'bomb.json.gz')
    const [head, tail] = aroundRow()
    function* pieces(): Generator<string> {
      yield `${head}[0,1]`
      const some = ',[0,1]'.repeat(100_000)
      for (let i = 0; i < 840; i++) yield some
      yield tail
    }
    await pipeline(Readable.from(pieces(), { objectMode: true }), createGzip(), createWriteStream(path))
    expect(statSync(path).size).toBeLessThan(740_000)
    const { code, err, megabytes } = measured('epoch', path)
    expect(err).toBe(
      `yuma: ${path}: weights of mechanism 0 at uid 0: expected at most ${MAX_ROW_ENTRIES} entries in a row\n`,
    )
    expect(code).toBe(2)
    // The text is 504 MB.
    expect(megabytes).toBeLessThan(900)
    console.info(`${megabytes} MB at most`)
  })

  it('has every uid at most', async () => {
    const [document] = await parseDocuments(withRows([MAX_ROW_ENTRIES]))
    expect(document!.snapshot.mechanisms[0]!.weights.uid.length).toBe(MAX_ROW_ENTRIES)
    await expect(parseDocuments(withRows([MAX_ROW_ENTRIES + 1]))).rejects.toMatchObject({
      field: 'weights',
      uid: 0,
      mechanism: 0,
    })
  })
})

describe('weights and bonds of a snapshot', () => {
  it('are bounded in all, whatever rows they are in', async () => {
    const rows = Math.ceil((MAX_ENTRIES + 1) / MAX_ROW_ENTRIES)
    const bomb = withRows(Array(rows).fill(MAX_ROW_ENTRIES))
    await expect(parseDocuments(bomb)).rejects.toMatchObject({
      field: 'weights',
      uid: rows - 1,
      expected: `expected at most ${MAX_ENTRIES} weights and bonds in all, found more`,
    })
  })

  it('fit into a file that is read, as many as there may be', () => {
    const entry = ',[65535,65535]'.length
    // Two addresses, a block, stake, a permit; of each of 16 mechanisms an update, a commit and two rows.
    const block = ',"18446744073709551615"'.length
    const stake = `,"-${2n ** 127n}"`.length
    const address = `,"${'5'.repeat(50)}"`.length
    const neuron = 2 * address + block + stake + ',false'.length + 16 * (2 * block + 2 * ',[]'.length)
    expect(MAX_ENTRIES * entry + MAX_NEURONS * neuron).toBeLessThan(MAX_UNPACKED_BYTES)
  })

  const most = Math.floor(MAX_ENTRIES / 2 / MAX_NEURONS)

  it('are as many for generate as for epoch', () => {
    expect(yuma(['generate', '--n', '65535', '--validators', '600', '-o', join(folder, 'x.json')])).toEqual({
      code: 2,
      out: '',
      err: 'yuma: n: expected at most 30000000 weights and bonds in all, found 78642000: fewer validators, or a lower density\n',
    })
    const options = { n: MAX_NEURONS, seed: 1, mechanisms: 16, density: 1 / 64 }
    expect(() => generate({ ...options, validators: 4 * most + 8 })).toThrow(/^n: expected at most 30000000/)
  })

  it('beyond it are not written', () => {
    const snapshot = generate({ n: 2, validators: 1, seed: 1 })
    const count = MAX_ENTRIES / 2
    const rows = {
      rowStart: Uint32Array.of(0, MAX_ROW_ENTRIES, MAX_ROW_ENTRIES),
      uid: new Uint16Array(MAX_ROW_ENTRIES),
      value: new Uint16Array(MAX_ROW_ENTRIES),
    }
    const [mechanism] = snapshot.mechanisms
    const withOne = (weights: Snapshot['mechanisms'][0]['weights']): Snapshot => ({
      ...snapshot,
      mechanisms: [{ ...mechanism!, weights }],
    })
    expect(encodeSnapshot(withOne(rows)).length).toBeGreaterThan(MAX_ROW_ENTRIES)
    const longer = {
      rowStart: Uint32Array.of(0, count, count),
      uid: new Uint16Array(count),
      value: new Uint16Array(count),
    }
    expect(() => encodeSnapshot(withOne(longer))).toThrow(
      /weights of mechanism 0 at uid 0: expected at most 65536/,
    )
  })

  it.skipIf(!large)('of the largest subnet go from generate through a plain file and gzip to epoch', () => {
    for (const name of ['largest.json', 'largest.json.gz']) {
      const path = join(folder, name)
      const made = yuma(['generate', '--n', '65535', '--validators', String(most), '-o', path])
      expect(made).toEqual({ code: 0, out: '', err: '' })
      const { code, out } = yuma(['epoch', path, '--top', '1'])
      expect([code, out.includes('n 65,535')]).toEqual([0, true])
      console.info(`${name}: ${Math.round(statSync(path).size / 2 ** 20)} MiB`)
      rmSync(path)
    }
  })
})
