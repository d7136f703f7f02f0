import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../ts/cli/exit.ts'
import { loadSimulator, parseScenario } from '../../ts/simulate/index.ts'
import { encodeSnapshot, generate } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, MAIN, yuma } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-simulate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(checkBuilt)

const EXAMPLE = fileURLToPath(new URL('../../examples/scenario.json', import.meta.url))
const file = (name: string): string => join(folder, name)

async function example(): Promise<ReturnType<Awaited<ReturnType<typeof loadSimulator>>['simulate']>> {
  const simulator = await loadSimulator()
  const { start, options } = parseScenario(readFileSync(EXAMPLE))
  if (!('make' in start)) throw new Error('expected something to make')
  return simulator.simulate({ ...options, start: simulator.make(start.make) })
}

describe('yuma simulate', () => {
  it('shows who has what at the end', () => {
    const { code, out } = yuma(['simulate', EXAMPLE, '--top', '3'])
    expect(code).toBe(EXIT.done)
    const shown = lines(out)
    expect(shown[0]).toBe('a copier, a cabal and a miner that becomes better')
    expect(shown[1]).toMatch(/^100 epochs · spec \d+ · n 40 · next block 8,036,100$/)
    expect(shown.length).toBe(14)
  })

  it('writes what is recorded as JSON, CSV and Parquet, and the state after it', async () => {
    const found = await example()
    const [json, csv, parquet, final] = ['out.json', 'out.csv', 'out.parquet', 'final.json'].map(file)
    for (const output of [json!, csv!, parquet!])
      expect(yuma(['simulate', EXAMPLE, '-o', output, '--final', final!]).err).toBe('')
    const documents = lines(readFileSync(json!, 'utf8')).map((line) => JSON.parse(line))
    expect(documents.map(({ epoch }) => epoch)).toEqual([...found.epoch])
    expect(documents[3].validator_trust).toEqual([...found.at(3).columns.validatorTrust!])
    expect(documents[3].stake).toEqual([...found.at(3).columns.stake!].map(String))
    const rows = lines(readFileSync(csv!, 'utf8'))
    expect(rows[0]).toBe('epoch,block,mechanism,uid,incentive,dividends,validator_trust,emission,stake')
    expect(rows.length).toBe(1 + 20 * 40)
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const read = await connection.runAndReadAll(`SELECT * FROM '${parquet}' ORDER BY epoch, uid`)
    const values = read.getRows().map((row) => row.map((value) => value ?? '').join(','))
    connection.closeSync()
    expect(values).toEqual(rows.slice(1))
    const [document] = await readDocuments(final!)
    expect(document!.snapshot.block).toBe(found.final.block)
    expect(document!.snapshot.totalStake).toEqual(found.final.totalStake)
  })

  it('begins with a snapshot beside the scenario', () => {
    writeFileSync(file('subnet.json'), encodeSnapshot(generate({ n: 8, validators: 3, seed: 1 })))
    const scenario = {
      schema: 'yuma-scenario/1',
      start: { file: 'subnet.json' },
      epochs: 2,
      record: ['bonds'],
    }
    writeFileSync(file('scenario.json'), JSON.stringify(scenario))
    const { code, out } = yuma(['simulate', file('scenario.json'), '--format', 'json', '--epochs', '3'])
    expect(code).toBe(EXIT.done)
    const documents = lines(out).map((line) => JSON.parse(line))
    expect(documents.length).toBe(3)
    expect(documents[0].bonds.length).toBe(8)
    const csv = yuma(['simulate', file('scenario.json'), '--format', 'csv'])
    expect([csv.code, csv.err]).toEqual([EXIT.usage, expect.stringContaining('expected no bonds in a table')])
  })

  it('says what is wrong', () => {
    writeFileSync(
      file('wrong.json'),
      JSON.stringify({ ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), every: 0 }),
    )
    for (const [args, text] of [
      [[file('wrong.json')], `${file('wrong.json')}: every: expected an integer from 1`],
      [[EXAMPLE, '-o', file('out.txt')], '--output: expected a name that ends in .json, .csv, .parquet'],
      [[EXAMPLE, '--format', 'parquet'], 'Parquet goes into a file'],
      [[EXAMPLE, '--top', 'all'], '--top: expected an integer'],
      [[], 'no FILE given'],
    ] as const) {
      const { code, err } = yuma(['simulate', ...args])
      expect(err).toContain(text)
      expect(code).toBe(EXIT.usage)
    }
  })

  it('shows who has what where the state after it cannot be written', () => {
    const { code, out, err } = yuma(['simulate', EXAMPLE, '--epochs', '2', '--final', file('absent/x.json')])
    expect([code, err]).toEqual([
      EXIT.usage,
      expect.stringContaining('absent/x.json: no such file or directory'),
    ])
    expect(lines(out)[1]).toMatch(/^2 epochs · /)
  })

  it('keeps what is recorded when it is stopped', async () => {
    const scenario = {
      ...JSON.parse(readFileSync(EXAMPLE, 'utf8')),
      epochs: 20_000_000,
      every: 10_000,
      maxBytes: 2 ** 40,
    }
    writeFileSync(file('long.json'), JSON.stringify(scenario))
    const child = spawn(process.execPath, [MAIN, 'simulate', file('long.json'), '-o', file('long.csv')])
    let err = ''
    child.stderr.on('data', (data) => {
      err += data
    })
    setTimeout(() => child.kill('SIGINT'), 3000)
    const [code] = await once(child, 'exit')
    expect(code).toBe(130)
    expect(err).toContain('what they recorded is kept')
    expect(lines(readFileSync(file('long.csv'), 'utf8')).length).toBeGreaterThan(40)
  })
})
