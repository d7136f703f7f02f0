import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FileError } from '../../ts/errors/index.ts'
import { VIEWS } from '../../ts/replay/questions.ts'
import { openViews, type QueryOptions, type Row, Views } from '../../ts/replay/views.ts'
import { exportView } from '../../ts/replay/views-export.ts'
import { checkBuilt, lines, yuma } from '../cli/run.ts'
import { writeLake } from './fixture-lake.ts'
import { knownLake, PERIOD } from './known-lake.ts'
import { key } from './plain.ts'

/** `yuma history` and `yuma export` over a lake whose views another test holds, and what they refuse. */

checkBuilt()

const folder = mkdtempSync(join(tmpdir(), 'yuma-history-'))
const lake = join(folder, 'lake')
const file = (name: string): string => join(folder, name)
const { rows: _, ...known } = knownLake()
/** Amounts that no double holds. */
const DOCUMENT = '{"schema":"yuma-snapshot/1","name":"not looked at"}'

beforeAll(async () => {
  const chunks = known.chunks
    .filter(({ netuid, first }) => netuid !== 2 && first < 40_000n)
    .map((chunk) => ({
      ...chunk,
      tables: {
        ...chunk.tables,
        snapshots: chunk.tables
          .epochs!.filter(({ outcome }) => outcome !== 'skipped')
          .map(({ netuid, block }) => ({ netuid: netuid!, block: block!, snapshot: `${DOCUMENT}${block}` })),
      },
    }))
  await writeLake(lake, { chunks })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function ask(name: string, options: QueryOptions = {}, of: string = lake): Promise<Row[]> {
  await using views = await openViews(of)
  return await all(views.query(name, options))
}

async function all(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  return found
}

const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
const json = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row, asText))
const cell = (value: unknown): string =>
  value === null ? '' : /[",]/.test(String(value)) ? `"${value}"` : String(value)

/** What DuckDB reads of a file, its types first. */
async function readBack(sql: string): Promise<{ readonly types: string[]; readonly rows: unknown[][] }> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const result = await connection.runAndReadAll(sql)
  const read = { types: result.columnTypes().map(String), rows: result.getRowsJson() as unknown[][] }
  connection.closeSync()
  instance.closeSync()
  return read
}

describe('yuma history', () => {
  test.each(VIEWS)('$command', async ({ name, command, columns }) => {
    const rows = await ask(name, { netuid: 1 })
    expect(rows.length).toBeGreaterThan(0)
    const given = [command, lake, '--netuid', '1']
    expect(lines(yuma(['history', ...given, '--json']).out)).toEqual(json(rows))
    const { code, out, err } = yuma(['history', ...given, '--limit', '2'])
    expect([code, err]).toEqual([0, ''])
    const titles = columns
      .filter(({ shown }) => shown !== undefined)
      .map((column) => column.name.replaceAll('_', ' '))
    for (const title of titles) expect(lines(out)[0]).toContain(title)
    expect(lines(out).length).toBe(Math.min(rows.length, 2) + (rows.length > 2 ? 2 : 1))
  })

  test.each(['yield', 'paid-by-day'])('%s as CSV', async (command) => {
    const { name, columns } = VIEWS.find((view) => view.command === command)!
    const rows = await ask(name, { netuid: 1 })
    const given = [command, lake, '--netuid', '1']
    const csv = lines(yuma(['history', ...given, '--csv', '--limit', '3']).out)
    expect(csv[0]).toBe(columns.map((column) => column.name).join(','))
    expect(csv.slice(1)).toEqual(rows.slice(0, 3).map((row) => Object.values(row).map(cell).join(',')))
  })

  test('chooses by hotkey, coldkey and blocks', async () => {
    const choice = ['--hotkey', key(2), '--from', String(5 * PERIOD), '--to', String(6 * PERIOD)]
    const rows = await ask('paid', { hotkey: key(2), from: 5 * PERIOD, to: 6 * PERIOD })
    expect(rows.length).toBeGreaterThan(1)
    expect(lines(yuma(['history', 'paid', lake, '--json', ...choice]).out)).toEqual(json(rows))
    const own = await ask('paid', { coldkey: key(99), netuid: 3 })
    expect(
      lines(yuma(['history', 'paid', lake, '--json', '--coldkey', key(99), '--netuid', '3']).out),
    ).toEqual(json(own))
    expect(yuma(['history', 'paid', lake, '--netuid', '9']).out).toBe('no rows\n')
  })

  test('gives a script for any DuckDB', async () => {
    for (const { name, command } of VIEWS) {
      const { out } = yuma(['history', command, lake, '--sql', '--netuid', '3', '--from', String(4 * PERIOD)])
      const instance = await DuckDBInstance.create(':memory:')
      const connection = await instance.connect()
      const statements = await connection.extractStatements(out)
      let read: Record<string, unknown>[] = []
      for (let i = 0; i < statements.count; i++) {
        const prepared = await statements.prepare(i)
        read = (await prepared.runAndReadAll()).getRowObjectsJS()
      }
      connection.closeSync()
      instance.closeSync()
      const rows = await ask(name, { netuid: 3, from: 4 * PERIOD })
      expect(read.length).toBe(rows.length)
      expect(Object.keys(read[0]!)).toEqual(Object.keys(rows[0]!))
      const whole = (value: unknown): boolean => ['bigint', 'boolean', 'string'].includes(typeof value)
      for (const [i, row] of rows.entries())
        for (const [column, value] of Object.entries(row))
          if (whole(value) && !['time', 'day'].includes(column)) expect(read[i]![column]).toEqual(value)
    }
  })

  const refused: readonly (readonly [args: readonly string[], says: string])[] = [
    [['paid'], 'no LAKE given'],
    [['paid', '/nowhere'], 'no lake: it has no lake.json'],
    [['piad', 'LAKE'], 'no question "piad"; did you mean paid?'],
    [['paid', 'LAKE', '--hotkey', '5abc'], 'hotkey: expected an SS58 address, found "5abc"'],
    [['paid', 'LAKE', '--coldkey', ''], 'coldkey: expected an SS58 address'],
    [['fairness', 'LAKE', '--hotkey', key(1)], "Unknown option '--hotkey'"],
    [['paid', 'LAKE', '--json', '--csv'], 'one of --json, --csv and --sql expected'],
    [['paid', 'LAKE', '--netuid', '5000'], '--netuid: expected an integer from 0 to 4095'],
    [['paid', 'LAKE', '--from', '-1'], '--from'],
    [['paid', 'LAKE', '--to', '99999999999999'], 'to: expected a block number'],
    [['paid', 'LAKE', '--limit', '0'], '--limit: expected an integer from 1'],
  ]
  test.each(refused)('refuses %j', (args, says) => {
    const { code, out, err } = yuma(['history', ...args.map((arg) => (arg === 'LAKE' ? lake : arg))])
    expect(err).toContain(says)
    expect([code, out]).toEqual([2, ''])
  })
})

describe('a lake that is broken', () => {
  const NAME = 'broken'
  /** Why a question cannot be answered. */
  async function faultOf(question: string, of: string, options: QueryOptions = {}): Promise<FileError> {
    try {
      await ask(question, options, of)
    } catch (error) {
      if (error instanceof FileError) return error
      throw error
    }
    throw new Error('it is answered')
  }

  /** A copy of the lake with a file changed, and what is said of it. */
  async function said(table: string, change: (path: string) => void): Promise<string> {
    const copy = file(NAME)
    rmSync(copy, { recursive: true, force: true })
    cpSync(lake, copy, { recursive: true })
    const path = table.endsWith('.json')
      ? join(copy, table)
      : join(copy, table, 'netuid=1', readdirSync(join(copy, table, 'netuid=1')).sort()[0]!)
    change(path)
    const error = await faultOf('paid', copy)
    expect(error.file).toBe(path)
    return error.message
  }

  test('names the file that is missing, shorter, or other than its manifest says', async () => {
    expect(await said('payouts', (path) => rmSync(path))).toContain('no such file')
    expect(await said('neurons', (path) => truncateSync(path, 100))).toContain('broken: it has 100 bytes')
    const flip = (path: string): void => {
      const bytes = readFileSync(path)
      bytes[Math.floor(bytes.length / 2)]! ^= 1
      writeFileSync(path, bytes)
    }
    expect(await said('payouts', flip)).toContain('broken: it has the hash')
    // With a manifest that says so it is no Parquet all the same.
    const forged = (path: string): void => {
      const bytes = readFileSync(path).fill(0)
      writeFileSync(path, bytes)
      const manifest = path.replace('payouts', 'manifest').replace(/-[0-9a-f]{12}\.parquet$/, '.json')
      const entry = JSON.parse(readFileSync(manifest, 'utf8')) as {
        files: { table: string; sha256: string }[]
      }
      const named = entry.files.find(({ table }) => table === 'payouts')!
      named.sha256 = createHash('sha256').update(bytes).digest('hex')
      writeFileSync(manifest, JSON.stringify(entry))
    }
    expect(await said('payouts', forged)).toContain('the lake cannot be read')
  })

  test('a file that a question does not read is not looked into', async () => {
    const copy = file(NAME)
    rmSync(copy, { recursive: true, force: true })
    cpSync(lake, copy, { recursive: true })
    const path = join(copy, 'weights/netuid=1', readdirSync(join(copy, 'weights/netuid=1'))[0]!)
    writeFileSync(path, readFileSync(path).fill(0))
    expect((await ask('differences_by_rules', {}, copy)).length).toBeGreaterThan(0)
    expect((await ask('trust', { netuid: 3 }, copy)).length).toBeGreaterThan(0)
    expect((await faultOf('trust', copy, { netuid: 1 })).file).toBe(path)
  })

  test('of another schema, with a broken manifest, or with blocks twice', async () => {
    const other = (path: string): void =>
      writeFileSync(path, readFileSync(path, 'utf8').replace('yuma-lake/1', 'yuma-lake/9'))
    expect(await said('lake.json', other)).toContain('expected "yuma-lake/1"')
    expect(await said('manifest', (path) => writeFileSync(path, 'x'))).toContain('not JSON')
    const twice = (path: string): void => {
      const entry = JSON.parse(readFileSync(path, 'utf8')) as object
      const wider = path.replace('0000000001', '0000000002')
      writeFileSync(wider, JSON.stringify({ ...entry, first: '2' }))
    }
    const copy = file(NAME)
    rmSync(copy, { recursive: true, force: true })
    cpSync(lake, copy, { recursive: true })
    twice(join(copy, 'manifest/netuid=1', readdirSync(join(copy, 'manifest/netuid=1')).sort()[0]!))
    expect((await faultOf('paid', copy)).message).toMatch(
      /has blocks that manifest\/netuid=1\/.*\.json has too/,
    )
  })

  test('that does not keep what a question needs says which', async () => {
    const few = file('few')
    const tables = (of: Record<string, readonly unknown[]>): Record<string, never> =>
      Object.fromEntries(
        Object.entries(of).filter(([name]) => ['epochs', 'neurons'].includes(name)),
      ) as Record<string, never>
    const chunks = known.chunks.slice(0, 1).map((chunk) => ({ ...chunk, tables: tables(chunk.tables) }))
    await writeLake(few, { keep: ['epochs', 'neurons'], chunks })
    const { code, err } = yuma(['history', 'yield', few])
    expect(code).toBe(2)
    expect(err).toContain(
      'validator_yield needs payouts, which this lake does not keep: yuma replay --keep epochs,neurons,payouts',
    )
    // Without payouts pay is known by what the epoch gave; without weights trust says nothing of them.
    expect((await ask('paid', {}, few)).map(({ basis }) => basis)).toContain('epoch')
    expect((await ask('trust', {}, few)).map(({ weights }) => weights)).toContain(null)
    expect((await faultOf('weights', few)).message).toContain('weights needs weights')
  })

  test('without a chunk has no rows', async () => {
    const empty = file('empty')
    await writeLake(empty, { chunks: [] })
    for (const { name } of VIEWS) expect(await ask(name, {}, empty)).toEqual([])
    expect(yuma(['history', 'paid', empty]).out).toBe('no rows\n')
  })
})

describe('yuma export', () => {
  test('writes CSV as yuma history does', async () => {
    const { code, err, out } = yuma([
      'export',
      lake,
      'paid-by-day',
      '--to',
      file('days.csv'),
      '--netuid',
      '1',
    ])
    expect([code, err, out]).toEqual([0, `yuma: wrote ${file('days.csv')}\n`, ''])
    expect(readFileSync(file('days.csv'), 'utf8')).toBe(
      yuma(['history', 'paid-by-day', lake, '--csv', '--netuid', '1']).out,
    )
  })

  test('writes Parquet with whole amounts', async () => {
    yuma(['export', lake, 'paid_by_day', '--to', file('days.parquet'), '--netuid', '1'])
    const rows = await ask('paid_by_day', { netuid: 1 })
    const sum = rows.reduce((all, { rao }) => all + (rao as bigint), 0n)
    const { types, rows: read } = await readBack(
      `SELECT any_value(rao), count(*), CAST(sum(rao) AS VARCHAR) FROM '${file('days.parquet')}'`,
    )
    expect([types[0], read[0]![1], read[0]![2]]).toEqual(['DECIMAL(38,0)', String(rows.length), String(sum)])
  })

  test('writes tables, some of their rows', async () => {
    yuma([
      'export',
      lake,
      'neurons',
      '--to',
      file('n.parquet'),
      '--netuid',
      '3',
      '--from',
      '7200',
      '--until',
      '7200',
    ])
    const { rows } = await readBack(`SELECT uid, total_hotkey_alpha FROM '${file('n.parquet')}'`)
    const wanted = (await ask('neurons', { netuid: 3, from: 7200, to: 7200 })).map((row) => [
      row.uid,
      String(row.total_hotkey_alpha),
    ])
    expect(wanted.length).toBe(5)
    expect(rows).toEqual(wanted)
  })

  test('writes a kept snapshot as the document that it is', () => {
    const at = ['--netuid', '3', '--from', '7200', '--until', '7200']
    expect(yuma(['export', lake, 'snapshots', '--to', file('s.json'), ...at]).code).toBe(0)
    expect(readFileSync(file('s.json'), 'utf8')).toBe(`${DOCUMENT}7200`)
    expect(yuma(['export', lake, 'snapshots', '--to', file('s.json.gz'), ...at]).code).toBe(0)
    expect(gunzipSync(readFileSync(file('s.json.gz'))).toString()).toBe(`${DOCUMENT}7200`)
    const several = yuma(['export', lake, 'snapshots', '--to', file('none.json'), '--netuid', '3'])
    expect([several.code, several.err]).toEqual([2, expect.stringContaining('found several')])
    const none = yuma([
      'export',
      lake,
      'snapshots',
      '--to',
      file('none.json'),
      '--netuid',
      '3',
      '--from',
      '7201',
      '--until',
      '7202',
    ])
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('found none')])
    expect(existsSync(file('none.json'))).toBe(false)
  })

  const refused: readonly (readonly [args: readonly string[], says: string])[] = [
    [['LAKE'], 'LAKE and NAME expected, 1 given'],
    [['LAKE', 'paid'], 'no --to given'],
    [['LAKE', 'piad', '--to', 'x.csv'], 'no question or table "piad"; did you mean paid?'],
    [['LAKE', 'paid', '--to', 'x.txt'], 'expected a name that ends in .csv or .parquet'],
    [['LAKE', 'paid', '--to', 'x.json'], 'JSON is for one of snapshots'],
    [
      ['LAKE', 'fairness', '--to', 'FOLDER/x.csv', '--hotkey', key(1)],
      'hotkey: expected none: fairness has no hotkey',
    ],
    [['LAKE', 'paid', '--to', 'FOLDER/no/x.csv'], 'no such file or directory'],
  ]
  test.each(refused)('refuses %j', (args, says) => {
    const { code, err } = yuma([
      'export',
      ...args.map((arg) => arg.replace('LAKE', lake).replace('FOLDER', folder)),
    ])
    expect(err).toContain(says)
    expect(code).toBe(2)
  })

  test('leaves what was there where it fails or is aborted, and nothing beside it', async () => {
    writeFileSync(file('kept.csv'), 'as it was')
    const broken = file('half')
    cpSync(lake, broken, { recursive: true })
    const of = join(broken, 'payouts/netuid=1')
    const path = join(of, readdirSync(of).sort()[0]!)
    writeFileSync(path, readFileSync(path).fill(0))
    await expect(exportView(broken, 'paid', file('kept.csv'))).rejects.toMatchObject({
      code: 'file',
      file: path,
    })
    const stopped = exportView(lake, 'fairness', file('kept.csv'), { signal: AbortSignal.timeout(1) })
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
    expect(readFileSync(file('kept.csv'), 'utf8')).toBe('as it was')
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('openViews', () => {
  test('answers several at once, and one within another', async () => {
    await using views = await openViews(lake)
    let pairs = 0
    for await (const { spec_version } of views.query('differences_by_rules')) {
      for await (const row of views.query('differences_by_rules', { netuid: 3 }))
        pairs += Number(row.spec_version === spec_version)
    }
    expect(pairs).toBe(2)
    const [a, b] = await Promise.all([
      all(views.query('pots', { netuid: 1 })),
      all(views.query('pots', { netuid: 3 })),
    ])
    expect(a).toEqual(await ask('pots', { netuid: 1 }))
    expect(b).toEqual(await ask('pots', { netuid: 3 }))
  })

  test('ends where its signal says', async () => {
    await using views = await openViews(lake)
    await expect(all(views.query('fairness', { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'aborted',
    })
    await expect(all(views.query('fairness', { signal: AbortSignal.timeout(20) }))).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  test('reaches nothing but the lake, and writes no other file', async () => {
    await using views = await Views.open(lake, file('allowed.csv'))
    await expect(views.copy('epochs', {}, file('other.csv'), 'csv')).rejects.toThrow(
      /disabled by configuration/,
    )
    expect(existsSync(file('other.csv'))).toBe(false)
    await views.copy('epochs', {}, file('allowed.csv'), 'csv')
    expect(existsSync(file('allowed.csv'))).toBe(true)
  })
})
