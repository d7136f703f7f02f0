/** A history by itself: its file, what it keeps of what was paid, and Parquet. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { AbortedError, FileError } from '../../ts/errors/index.ts'
import { metagraph } from '../../ts/metagraph/index.ts'
import { type ChainSnapshot, generate } from '../../ts/snapshot/index.ts'
import { HISTORY_TABLES, History, type Verification } from '../../ts/verify/index.ts'
import { chainSnapshot } from '../emission/network.ts'
import { yuma } from './cli.ts'
import { query } from './query.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-history-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NETUID = 15
const BLOCK = 4_719_001n

function verificationOf(block: bigint, n: number): Verification {
  return {
    netuid: NETUID,
    block,
    blockHash: '0xaa',
    parentHash: '0xbb',
    specVersion: 425,
    n,
    engine: 'native',
    outcome: 'equal',
    pot: { known: 'computed', least: 295_200_000_000n, most: 295_200_000_000n },
    checked: [],
    differences: [],
    notComparable: [],
    notes: [],
  }
}

/** Two mechanisms that share 295.2 alpha evenly, of a public report: half of what was paid is stored. */
const subnet = generate({ n: 12, validators: 3, seed: 3, mechanisms: 2, emission: 295_200_000_000n })
const engine = await loadEngine()
const result = engine.epoch(subnet)
const PAID = 295_199_999_538n
const STORED = 147_599_999_815n

/** The state that the epoch leaves. */
const after: ChainSnapshot = {
  ...chainSnapshot(NETUID, 12),
  ...subnet,
  netuid: NETUID,
  hotkeys: subnet.hotkeys!,
  coldkeys: subnet.coldkeys!,
  blockHash: '0xaa',
  validatorPermit: result.validatorPermit,
  stored: {
    active: result.active,
    consensus: result.consensus,
    dividends: result.dividends,
    emission: result.emission,
    validatorTrust: result.validatorTrust,
    stakeWeight: result.stakeWeight,
    rank: new Uint16Array(0),
    trust: new Uint16Array(0),
    incentive: result.mechanisms.map(({ incentive }) => incentive),
    consensusByMechanism: result.mechanisms.map(({ consensus }) => consensus),
  },
}
const { serverEmission, validatorEmission } = result
const paid = { serverEmission, validatorEmission, hotkeys: subnet.hotkeys! }

/** The queries that docs/verify.md gives, in their order. */
function documentedQueries(): string[] {
  const text = readFileSync(new URL('../../docs/verify.md', import.meta.url), 'utf8')
  return [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql!)
}

const sum = (values: BigUint64Array): bigint => values.reduce((total, value) => total + value, 0n)

describe('what an epoch of two mechanisms paid, beside what is stored of it', () => {
  test('is twice as much', () => {
    expect([sum(result.emission), sum(serverEmission) + sum(validatorEmission)]).toEqual([STORED, PAID])
  })

  test('is what the documented query sums up', async () => {
    const file = join(folder, 'paid.duckdb')
    {
      await using history = await History.open(file, 'a chain')
      for (const block of [BLOCK, BLOCK + 361n])
        await history.add({ verification: verificationOf(block, 12), after, paid })
      // One that was not recomputed, and one in whose block another neuron took uid 0.
      await history.add({ verification: verificationOf(BLOCK + 722n, 12), after })
      const hotkeys = paid.hotkeys.map((hotkey, uid) => (uid === 0 ? 'another' : hotkey))
      await history.add({
        verification: verificationOf(BLOCK + 1083n, 12),
        after,
        paid: { ...paid, hotkeys },
      })
    }
    const [documented, ...more] = documentedQueries()
    expect(more).toEqual([])
    const rows = await query(file, documented!)
    const earned = subnet.hotkeys!.flatMap((hotkey, uid) => {
      if (result.validatorPermit[uid] === 0) return []
      const known = uid === 0 ? 2n : 3n
      return [
        [hotkey, Number(known * (serverEmission[uid]! + validatorEmission[uid]!)) / 1e9, 4n - known],
      ] as const
    })
    expect(rows).toEqual(earned.toSorted(([, a], [, b]) => b - a))
    const [sums] = await query(
      file,
      `SELECT sum(emission)::BIGINT, sum(server_emission + validator_emission)::BIGINT FROM neurons WHERE block = ${BLOCK}`,
    )
    expect(sums).toEqual([STORED, PAID])
  })

  test('is what a metagraph shows under a name of its own, where the result is given', () => {
    const total = (column: Float64Array): number => column.reduce((a, b) => a + b, 0)
    expect(total(metagraph(after).E)).toBeCloseTo(147.599999815, 9)
    expect(metagraph(after).paid).toBeNull()
    const shown = metagraph(after, 0, result)
    expect(total(shown.paid!)).toBeCloseTo(295.199999538, 9)
    expect(shown.paid![0]).toBe(Number(serverEmission[0]! + validatorEmission[0]!) / 1e9)
    expect(() => metagraph(after, 0, engine.epoch(generate({ n: 4, validators: 2, seed: 1 })))).toThrow(
      /^paid: expected the result of an epoch of 12 neurons/,
    )
  })
})

describe('a file of an earlier schema', () => {
  const EARLIER = `
    CREATE TABLE meta (schema_version UINTEGER NOT NULL, chain VARCHAR NOT NULL);
    CREATE TABLE epochs (netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, block_hash VARCHAR NOT NULL,
      parent_hash VARCHAR NOT NULL, spec_version UINTEGER NOT NULL, n USMALLINT NOT NULL, engine VARCHAR NOT NULL,
      outcome VARCHAR NOT NULL, values_checked UBIGINT NOT NULL, differences UINTEGER NOT NULL,
      checked_at TIMESTAMP NOT NULL, PRIMARY KEY (netuid, block));
    CREATE TABLE neurons (netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, uid USMALLINT NOT NULL,
      hotkey VARCHAR NOT NULL, coldkey VARCHAR NOT NULL, stake_weight USMALLINT, active BOOLEAN,
      validator_permit BOOLEAN, consensus USMALLINT, validator_trust USMALLINT, incentive USMALLINT,
      dividends USMALLINT, emission UBIGINT);
    CREATE TABLE differences (netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, position UINTEGER NOT NULL,
      field VARCHAR NOT NULL, mechanism UTINYINT, uid USMALLINT, hotkey VARCHAR, column_uid USMALLINT,
      chain VARCHAR, ours VARCHAR, first_step VARCHAR NOT NULL);
    INSERT INTO epochs VALUES (15, 4719000, 'a', 'b', 425, 1, 'native', 'equal', 1, 0, now());
    INSERT INTO neurons VALUES (15, 4719001, 0, 'k', 'c', 1, true, true, 1, 1, 1, 1, 77);`

  test.each([
    [1, `${EARLIER} INSERT INTO meta VALUES (1, 'a chain');`],
    [
      2,
      `${EARLIER} ALTER TABLE epochs ADD COLUMN not_comparable UINTEGER DEFAULT 0;
      ALTER TABLE differences ADD COLUMN coldkey VARCHAR; INSERT INTO meta VALUES (2, 'a chain');`,
    ],
    [
      3,
      `${EARLIER} ALTER TABLE epochs ADD COLUMN not_comparable UINTEGER DEFAULT 0;
      ALTER TABLE differences ADD COLUMN coldkey VARCHAR;
      ALTER TABLE neurons ADD COLUMN server_emission UBIGINT;
      ALTER TABLE neurons ADD COLUMN validator_emission UBIGINT; INSERT INTO meta VALUES (3, 'a chain');`,
    ],
    [
      4,
      `${EARLIER} ALTER TABLE epochs ADD COLUMN not_comparable UINTEGER DEFAULT 0;
      ALTER TABLE differences ADD COLUMN coldkey VARCHAR;
      ALTER TABLE neurons ADD COLUMN server_emission UBIGINT;
      ALTER TABLE neurons ADD COLUMN validator_emission UBIGINT;
      ALTER TABLE epochs ADD COLUMN pot VARCHAR; ALTER TABLE epochs ADD COLUMN pot_least UBIGINT;
      ALTER TABLE epochs ADD COLUMN pot_most UBIGINT; INSERT INTO meta VALUES (4, 'a chain');`,
    ],
  ])('%s is taken on, and nothing of it is lost', async (version, sql) => {
    const file = join(folder, `schema${version}.duckdb`)
    await query(file, sql)
    await expect(History.open(file)).rejects.toThrow(`it has schema ${version}, not 5`)
    {
      await using history = await History.open(file, 'a chain')
      expect(await history.has({ netuid: 15, block: 4_719_000n })).toBe(true)
      await history.add({ verification: verificationOf(BLOCK, 12), after, paid })
    }
    expect(await query(file, 'SELECT schema_version FROM meta')).toEqual([[5]])
    expect(await query(file, 'SELECT count(*) FROM alerts')).toEqual([[0n]])
    expect(await query(file, 'SELECT count(*), sum(not_comparable)::BIGINT FROM epochs')).toEqual([[2n, 0n]])
    const pots = await query(file, 'SELECT pot, pot_least, pot_most FROM epochs ORDER BY block')
    expect(pots).toEqual([
      [null, null, null],
      ['computed', 295_200_000_000n, 295_200_000_000n],
    ])
    const rows = await query(file, documentedQueries()[0]!)
    // What was not kept is not taken for nothing.
    expect(rows.find(([hotkey]) => hotkey === 'k')).toEqual(['k', null, 1n])
    expect(rows).toHaveLength(1 + result.validatorPermit.reduce((count, permit) => count + permit, 0))
  })
})

describe('what is no name of a file', () => {
  const NAMES = ['', ':memory:', ':memory:kept', 'md:', 'md:kept', 'motherduck:kept', 's3://bucket/kept']

  test.each([...NAMES, 'https://example.com/kept.duckdb', 'sqlite:kept'])(
    '%j is refused, and nothing is made or fetched of it',
    async (name) => {
      const before = readdirSync('.').sort()
      await expect(History.open(name, 'a chain')).rejects.toBeInstanceOf(FileError)
      await expect(History.open(name)).rejects.toThrow(/expected a file's name$/)
      // Before the chain is asked for anything: nobody is there.
      const args = ['verify', '--since', '1', '--endpoint', 'ws://127.0.0.1:9', '--history', name]
      const { code, err } = await yuma(...args)
      expect(code).toBe(2)
      expect(err).toContain("expected a file's name")
      expect(readdirSync('.').sort()).toEqual(before)
    },
  )

  test('is a file where it only looks odd', async () => {
    const file = join(folder, 'md:kept.duckdb')
    {
      await using history = await History.open(file, 'a chain')
      await history.setProgress('all', { since: 1n, block: 5n })
    }
    expect(existsSync(file)).toBe(true)
  })

  test('a file of another kind makes DuckDB load nothing', async () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    const file = join(folder, 'other.db')
    const head = Buffer.alloc(8192)
    head.write('SQLite format 3\0')
    writeFileSync(file, head)
    const before = process.env.HOME
    process.env.HOME = home
    try {
      const { code, err } = await yuma('verify', '--history', file, '--parquet', join(folder, 'none'))
      expect(code).toBe(2)
      expect(err).toBe(`yuma: ${file}: the history cannot be used: it is no DuckDB file\n`)
    } finally {
      process.env.HOME = before
    }
    expect(readdirSync(home)).toEqual([])
    expect(readFileSync(file).equals(head)).toBe(true)
  })

  test('a broken block is told by the file, opened or read', async () => {
    /** DuckDB's headers, and what it keeps in one piece behind them. */
    const [headers, block] = [3 * 4096, 2 ** 18]
    const file = join(folder, 'sound.duckdb')
    {
      await using history = await History.open(file, 'a chain')
      await history.setProgress('all', { since: 1n, block: BLOCK })
    }
    const sound = readFileSync(file)
    const ends = new Set<string>()
    for (let at = headers + 100; at < sound.length; at += block) {
      const broken = join(folder, `broken-${at}.duckdb`)
      const bytes = Buffer.from(sound)
      bytes[at]! ^= 1
      writeFileSync(broken, bytes)
      ends.add(await readAll(broken))
    }
    expect([...ends].sort()).toEqual(['opened', 'read'])
  })

  /** What of a history ends in a typed error: its opening, its reading, or nothing. */
  async function readAll(file: string): Promise<'opened' | 'read' | 'nothing'> {
    let history: History | undefined
    try {
      history = await History.open(file, 'a chain')
      await history.progress('all')
      await history.doubtful()
      await history.has({ netuid: NETUID, block: BLOCK })
      return 'nothing'
    } catch (error) {
      expect(error).toBeInstanceOf(FileError)
      expect((error as FileError).message).toContain('the history cannot be used: ')
      return history === undefined ? 'opened' : 'read'
    } finally {
      await history?.close()
    }
  }
})

describe('Parquet', () => {
  test('keeps the modes and links of files that were there, and leaves nothing beside them', async () => {
    const file = join(folder, 'parquet.duckdb')
    const [into, elsewhere] = [join(folder, "it's a folder"), join(folder, 'elsewhere')]
    for (const path of [into, elsewhere]) mkdirSync(path)
    await using history = await History.open(file, 'a chain')
    await history.add({ verification: verificationOf(BLOCK, 12), after, paid })
    writeFileSync(join(into, 'epochs.parquet'), 'before')
    chmodSync(join(into, 'epochs.parquet'), 0o600)
    symlinkSync(join(elsewhere, 'neurons.parquet'), join(into, 'neurons.parquet'))
    const names = await history.exportParquet(into)
    expect(names).toEqual(HISTORY_TABLES.map((table) => `${into}/${table}.parquet`))
    expect(readdirSync(into).sort()).toEqual(HISTORY_TABLES.map((table) => `${table}.parquet`).sort())
    expect(readdirSync(elsewhere)).toEqual(['neurons.parquet'])
    expect(statSync(join(into, 'epochs.parquet')).mode & 0o777).toBe(0o600)
    const from = join(elsewhere, 'neurons.parquet')
    const [sums] = await query(
      ':memory:',
      `SELECT sum(server_emission + validator_emission)::BIGINT FROM '${from}'`,
    )
    expect(sums).toEqual([PAID])
  })

  test('that is stopped while it waits for its turn stops at once, and nothing else with it', async () => {
    const into = join(folder, 'waits')
    mkdirSync(into)
    await using history = await History.open(join(folder, 'waits.duckdb'), 'a chain')
    const adding = Array.from({ length: 20 }, (_, i) =>
      history.add({ verification: verificationOf(BLOCK + BigInt(i), 12), after, paid }),
    )
    let added = 0
    for (const one of adding) void one.then(() => added++)
    const controller = new AbortController()
    const exporting = history.exportParquet(into, { signal: controller.signal })
    controller.abort()
    await expect(exporting).rejects.toBeInstanceOf(AbortedError)
    expect(added).toBeLessThan(adding.length)
    await Promise.all(adding)
    expect(readdirSync(into)).toEqual([])
    expect(await history.exportParquet(into)).toHaveLength(HISTORY_TABLES.length)
    const [count] = await query(':memory:', `SELECT count(*) FROM '${into}/epochs.parquet'`)
    expect(count).toEqual([20n])
  })

  test('that fails or is stopped leaves every file as it was', async () => {
    const into = join(folder, 'kept')
    mkdirSync(into)
    for (const table of HISTORY_TABLES) writeFileSync(join(into, `${table}.parquet`), table)
    await using history = await History.open(join(folder, 'stopped.duckdb'), 'a chain')
    await history.add({ verification: verificationOf(BLOCK, 12), after, paid })
    const stopped = history.exportParquet(into, { signal: AbortSignal.abort() })
    await expect(stopped).rejects.toBeInstanceOf(AbortedError)
    const controller = new AbortController()
    const exporting = history.exportParquet(into, { signal: controller.signal })
    controller.abort()
    await expect(exporting).rejects.toBeInstanceOf(AbortedError)
    // The last of them cannot be put in place: none is.
    rmSync(join(into, 'notes.parquet'))
    mkdirSync(join(into, 'notes.parquet'))
    await expect(history.exportParquet(into)).rejects.toBeInstanceOf(FileError)
    const kept = HISTORY_TABLES.filter((table) => table !== 'notes')
    for (const table of kept) expect(readFileSync(join(into, `${table}.parquet`), 'utf8')).toBe(table)
    expect(readdirSync(into).sort()).toEqual(HISTORY_TABLES.map((table) => `${table}.parquet`).sort())
    // The history goes on.
    expect(await history.has({ netuid: NETUID, block: BLOCK })).toBe(true)
    await expect(history.exportParquet(join(folder, 'nowhere'))).rejects.toThrow(/no such file or directory$/)
  })
})
