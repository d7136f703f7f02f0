import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { Arguments, type Command } from '../../ts/cli/command.ts'
import type { Io } from '../../ts/cli/io.ts'
import { simulateCommand } from '../../ts/cli/simulate.ts'
import { STUDIES } from '../../ts/cli/studies.ts'
import { AbortedError } from '../../ts/errors/index.ts'
import { writeSnapshot } from '../../ts/snapshot/node.ts'
import { madeSeries } from './series.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-stopped-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly out: string
  readonly notes: readonly string[]
}

async function studied(name: string, argv: readonly string[], stopAt: RegExp | undefined): Promise<Ran> {
  return run(await STUDIES.find((study) => study.name === name)!.load(), argv, stopAt)
}

/** Runs a command to which Ctrl-C is said as soon as it shows this of how far it is. */
async function run(command: Command, argv: readonly string[], stopAt: RegExp | undefined): Promise<Ran> {
  const notes: string[] = []
  let out = ''
  let stop = stopAt
  const io = {
    out: {
      write: async (pieces: Iterable<string>) => {
        for (const piece of pieces) out += piece
      },
    },
    progress: {
      show: (text: string) => {
        if (!stop?.test(text)) return
        stop = undefined
        process.emit('SIGINT', 'SIGINT')
      },
      clear: () => {},
    },
    note: (text: string) => notes.push(text),
  } as unknown as Io
  return { code: await command.run(new Arguments(command, argv), io), out, notes }
}

const series = madeSeries(8)
const files = await Promise.all(
  series.map(async (snapshot, at) => {
    const file = join(folder, `${at}.json`)
    await writeSnapshot(file, snapshot)
    return file
  }),
)

const NOTHING = { total: 0, last: 0 }
const published = ['Yuma 1', 'Yuma 2 (subtensor)', 'Yuma 3 (Rhef+relative bonds)'].flatMap((name) =>
  name.startsWith('Yuma 3') ? [name, `${name} - liquid alpha on`] : [name],
)
const cases = join(folder, 'cases.json')
writeFileSync(
  cases,
  JSON.stringify({
    origin: 'made up',
    cases: ['Case 1', 'Case 2', 'Case 3'].map((name) => ({
      name,
      validators: ['one'],
      servers: ['a', 'b'],
      num_epochs: 2,
      reset_bonds: false,
      reset_bonds_index: null,
      reset_bonds_epoch: null,
      stakes: [[1, 0, 0]],
      weights: [
        {
          n: 2,
          w: [
            [0, 0.5, 0.5],
            [0, 0, 0],
            [0, 0, 0],
          ],
        },
      ],
      results: { 1: Object.fromEntries(published.map((version) => [version, { one: NOTHING }])) },
    })),
  }),
)

/** A study, what it is asked, how its third part is called, and how many lines of JSON are there by then. */
const CASES: readonly (readonly [name: string, argv: readonly string[], part: string, lines: number])[] = [
  ['copying', [...files, '--intervals', '0,1,2', '--rules', 'own,yuma3'], '2 of 6 intervals', 2],
  ['hyperparameters', [...files, '--rules', 'classic,yuma3', '--intervals', '1,2'], '2 of 6 settings', 4],
  ['takeover', [files[0]!, '--sizes', '1,2,3', '--epochs', '2'], '4 of 7 parts', 5],
  ['cases', [cases], '2 of 3 cases', 8],
  ['majority', ['--honest-stake', '.6,.7,.8', '--steps', '2'], '2 of 3 maps', 1],
  ['fairness', files, '2 of 8 files', 2],
]

describe('a study that is stopped', () => {
  test.each(CASES)('%s: keeps what is found by then, marked as a part', async (name, argv, part, count) => {
    const at = new RegExp(`^${part}$`)
    const json = await studied(name, [...argv, '--json'], at)
    expect(json.code).toBe(130)
    expect(json.notes).toEqual([`stopped by SIGINT after ${part}: what is found by then is kept`])
    const lines = json.out.trimEnd().split('\n')
    const [done, of] = part.match(/\d+/g)!.map(Number)
    expect(JSON.parse(lines.pop()!)).toEqual({ partial: true, done, of })
    expect(lines.length).toBe(count)
    const whole = await studied(name, [...argv, '--json'], undefined)
    expect([whole.code, whole.notes]).toEqual([0, []])
    expect(whole.out).not.toContain('partial')
    // What is there of a part is as it is of the whole.
    if (name === 'majority')
      expect(JSON.parse(lines[0]!).maps).toEqual(JSON.parse(whole.out).maps.slice(0, 2))
    else for (const line of lines) expect(whole.out.split('\n')).toContain(line)

    const words = await studied(name, argv, at)
    expect(words).toMatchObject({ code: 130 })
    expect(words.out).toMatch(new RegExp(`^a part of the study: ${part}\n`))

    const svg = join(folder, `${name}.svg`)
    expect(await studied(name, [...argv, '--svg', svg], at)).toMatchObject({ code: 130 })
    expect(readFileSync(svg, 'utf8')).toContain(`a part of the study: ${part}</text>`)
  })

  test('before it has found anything leaves nothing', async () => {
    const stopped = studied('copying', [...files, '--intervals', '0,1'], /^0 of 2/)
    await expect(stopped).rejects.toBeInstanceOf(AbortedError)
  })

  test('in its last part is whole', async () => {
    const found = await studied('copying', [...files, '--intervals', '0,1'], /^2 of 2/)
    expect(found).toMatchObject({ code: 0, notes: [] })
    expect(found.out).not.toContain('a part of the study')
  })
})

describe('a run that is stopped', () => {
  const scenario = join(folder, 'scenario.json')
  const start = { make: { n: 20, validators: 5, seed: 1 } }
  writeFileSync(
    scenario,
    JSON.stringify({ schema: 'yuma-scenario/1', start, epochs: 20_000_000, every: 1000, max_bytes: 2 ** 40 }),
  )
  const asked = /^[1-9][0-9,]* of 20,000,000 epochs$/
  const stopped = (argv: readonly string[]): Promise<Ran> => run(simulateCommand, [scenario, ...argv], asked)

  test('keeps what is recorded, marked as a part where the format has a place for it', async () => {
    const json = await stopped(['--format', 'json'])
    expect(json.code).toBe(130)
    expect(json.notes[0]).toMatch(/^stopped after [0-9,]+ of 20,000,000 epochs: what they recorded is kept$/)
    const lines = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const last = lines.pop()
    expect(last).toMatchObject({ schema: 'yuma-simulation/1', partial: true, of: 20_000_000 })
    expect(lines.length).toBe(Math.ceil(last.epochs / 1000))
    expect(lines.at(-1).epoch).toBe(1000 * (lines.length - 1))

    const parquet = join(folder, 'part.parquet')
    expect(await stopped(['-o', parquet])).toMatchObject({ code: 130 })
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const ask = async (sql: string): Promise<readonly unknown[][]> =>
      (await connection.runAndReadAll(sql)).getRows() as unknown[][]
    const metadata = await ask(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata('${parquet}') ORDER BY 1`,
    )
    const { epochs, of, partial } = Object.fromEntries(metadata)
    expect([of, partial]).toEqual(['20000000', 'true'])
    const [[rows]] = (await ask(`SELECT count(*) FROM '${parquet}'`)) as [[bigint]]
    expect(Number(rows)).toBe(20 * Math.ceil(Number(epochs) / 1000))
    connection.closeSync()
    instance.closeSync()

    const csv = await stopped(['--format', 'csv'])
    expect(csv.code).toBe(130)
    expect((csv.out.trimEnd().split('\n').length - 1) % 20).toBe(0)
    const words = await stopped([])
    expect(words.code).toBe(130)
    expect(words.out).toMatch(/^a part of the run: [0-9,]+ of 20,000,000 epochs\n/)
  })
})
