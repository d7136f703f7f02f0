import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { SUBNET } from '../../ts/chain/items.ts'
import { BLOCK } from '../../ts/chain/payout-items.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { History, verifyEpoch } from '../../ts/verify/index.ts'
import { eventsOf, u16, u64 } from '../chain/events.ts'
import { ChainServer } from '../chain/server.ts'
import { StorageWriter } from '../chain/writer.ts'
import { type Ran, yuma } from './cli.ts'
import { LaidRun } from './laid-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-block-'))
afterAll(() => rmSync(folder, { recursive: true }))

const emission = await loadEmission()
const ACCOUNT = '77'.repeat(32)

/** A run up to a block with epochs, and the first subnet that had one. */
function runTo(): { run: LaidRun; number: number; netuid: number } {
  const run = new LaidRun(emission, {
    subnets: 8,
    seed: 31,
    block: 8_000_000n,
    maxEpochsPerBlock: 2,
    tempos: [4, 6],
  })
  for (;;) {
    const { number, report } = run.next()
    const [payout] = report.payouts
    if (payout !== undefined) return { run, number, netuid: payout.netuid }
  }
}

/** The same with a trade in the block: its pool holds another rao. */
function traded(): ReturnType<typeof runTo> {
  const { run, number, netuid } = runTo()
  const block = run.chain.at(number)!
  const writer = new StorageWriter(demoRuntime(425))
  for (const [key, value] of block.state) writer.state.set(key, value)
  const fields = `${ACCOUNT}${ACCOUNT}${u64(5n)}${u64(7n)}${u16(netuid)}${u64(0n)}`
  const events = [{ name: 'SubtensorModule.StakeAdded', extrinsic: 3, fields }]
  writer.state.set(writer.key(BLOCK.events, []), eventsOf(demoRuntime(425), events))
  const { tao } = run.rows.subnets.find((subnet) => subnet.netuid === netuid)!
  writer.put(SUBNET.subnetTao, [netuid], tao + 1n)
  run.chain.put({ ...block, state: new Map(writer.state) })
  return { run, number, netuid }
}

async function verify(run: LaidRun, ...args: readonly string[]): Promise<Ran> {
  await using server = await ChainServer.start(run.chain)
  return await yuma('verify', '--endpoint', server.url, ...args)
}

describe('yuma verify of a block at spec 425', () => {
  test('the whole block: every subnet and its epochs', async () => {
    const { run, number, netuid } = runTo()
    const { code, out, err } = await verify(run, '--block', String(number), '--nominators')
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/^block 8,000,00\d, spec 425, 8 subnets, \d epochs?: equal$/m)
    expect(out).toMatch(/^ {2}[\d,]+ values compared, all equal$/m)
    expect(out).toContain(`\nsubnet ${netuid}, block `)
    expect(out).toMatch(/AlphaV2 \d+/)
    expect(out).not.toMatch(/not covered: what each coldkey holds/)
  })

  test('one epoch without nominators says so', async () => {
    const { run, number, netuid } = runTo()
    const { code, out } = await verify(run, '--netuid', String(netuid), '--block', String(number))
    expect(code).toBe(0)
    expect(out).not.toMatch(/AlphaV2 \d+/)
    expect(out).toMatch(/not covered: what each coldkey holds/)
  })

  test('what a trade touched is not comparable: in text, JSON and JUnit', async () => {
    const { run, number, netuid } = traded()
    const file = join(folder, 'report.xml')
    const { code, out } = await verify(run, '--block', String(number), '--junit', file)
    expect(code).toBe(0)
    expect(out).toMatch(/values compared, all equal but 1 not comparable/)
    const line = `not comparable: SubnetTAO of subnet ${netuid} (SubtensorModule.StakeAdded, transaction 3)`
    expect(out).toContain(line)
    const xml = readFileSync(file, 'utf8')
    expect(xml).toMatch(/<testsuite name="block 800000\d"/)
    expect(xml).toContain(`<testsuite name="subnet ${netuid} block ${number}"`)
    expect(xml).toMatch(/<skipped message="not comparable: .*StakeAdded of transaction 3"\/>/)
    expect(xml).not.toContain('<failure')
    const json = JSON.parse((await verify(run, '--block', String(number), '--json')).out)
    expect(json).toMatchObject({
      schema: 'yuma-block-verification/1',
      block: String(number),
      outcome: 'equal',
    })
    const own = json.epochs.find((epoch: { netuid: number }) => epoch.netuid === netuid)
    expect(own.notComparable).toMatchObject([{ field: 'SubnetTAO', netuid, extrinsic: 3 }])
  })

  test('a history keeps it, and one of the first schema is taken on', async () => {
    const { run, number, netuid } = traded()
    await using server = await ChainServer.start(run.chain)
    await using chain = await connect(server.url)
    const verification = await verifyEpoch(await loadEngine(), chain, { netuid, block: number })
    const file = join(folder, 'old.duckdb')
    const instance = await DuckDBInstance.create(file)
    const old = await instance.connect()
    await old.run(FIRST_SCHEMA)
    old.closeSync()
    instance.closeSync()
    {
      await using history = await History.open(file, '0xabc')
      await history.add({ verification })
    }
    const rows = await query(file, 'SELECT netuid, field, event, extrinsic FROM not_comparable')
    expect(rows).toEqual([[netuid, 'SubnetTAO', 'SubtensorModule.StakeAdded', 3]])
    expect(await query(file, 'SELECT block, not_comparable FROM epochs ORDER BY block')).toEqual([
      [7n, 0],
      [BigInt(number), 1],
    ])
    expect(await query(file, 'SELECT schema_version FROM meta')).toEqual([[5]])
  })
})

async function query(file: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  const rows = (await connection.runAndReadAll(sql)).getRows()
  connection.closeSync()
  instance.closeSync()
  return rows
}

const FIRST_SCHEMA = `
CREATE TABLE meta (schema_version UINTEGER NOT NULL, chain VARCHAR NOT NULL);
INSERT INTO meta VALUES (1, '0xabc');
CREATE TABLE epochs (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, block_hash VARCHAR NOT NULL, parent_hash VARCHAR NOT NULL,
  spec_version UINTEGER NOT NULL, n USMALLINT NOT NULL, engine VARCHAR NOT NULL, outcome VARCHAR NOT NULL,
  values_checked UBIGINT NOT NULL, differences UINTEGER NOT NULL, checked_at TIMESTAMP NOT NULL,
  PRIMARY KEY (netuid, block));
INSERT INTO epochs VALUES (1, 7, '0x1', '0x0', 300, 24, 'native', 'equal', 5, 0, make_timestamp(1::BIGINT));
CREATE TABLE differences (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, position UINTEGER NOT NULL, field VARCHAR NOT NULL,
  mechanism UTINYINT, uid USMALLINT, hotkey VARCHAR, column_uid USMALLINT, chain VARCHAR, ours VARCHAR,
  first_step VARCHAR NOT NULL);
`
