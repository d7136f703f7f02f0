import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'
import { headOf, onlyFile, placeOf, writeAside } from '#files'
import { abortable, onAbort } from '../errors/abort.ts'
import { AbortedError, checkAborted, EngineError, FileError } from '../errors/index.ts'
import type { ChainSnapshot } from '../snapshot/network.ts'
import { type Alert, alertJson } from './alerts.ts'
import {
  checkAlerts,
  checkEntry,
  checkExport,
  checkHotkeys,
  checkId,
  checkPosition,
  checkProgress,
  checkText,
} from './checks.ts'
import type { Outcome, Paid, Verification } from './types.ts'

/** An epoch by its place. */
export interface EpochId {
  readonly netuid: number
  readonly block: bigint
}

/** An epoch that a history holds as different, or as not checked. */
export interface DoubtfulEpoch extends EpochId {
  /** Whether what differed is of what single coldkeys hold. */
  readonly holdings: boolean
}

/** Up to where a watch has looked, for one choice of subnets. */
export interface Progress {
  /** The block from which on it was to check. */
  readonly since: bigint
  /** The last block all of whose epochs are in the history. */
  readonly block: bigint
}

/** What is put in a history of one epoch: the check, and the state after it for what each neuron got. */
export interface Entry {
  readonly verification: Verification
  /** The state that it ran on; only for who makes {@link Alert}s of it, and not kept. */
  readonly before?: ChainSnapshot
  /** Left out where the chain ran none. */
  readonly after?: ChainSnapshot
  /** What the epoch paid; left out where it was not recomputed. */
  readonly paid?: Paid
}

/** What a history holds of the epochs of a subnet that came to the same. */
export interface EpochTally {
  readonly netuid: number
  readonly outcome: Outcome
  readonly epochs: bigint
  readonly differences: bigint
  /** The block of the last of them. */
  readonly block: bigint
}

/** What a history holds of a hotkey on a subnet: the last epoch in which it had a uid, and what all paid it. */
export interface KnownNeuron {
  readonly netuid: number
  readonly hotkey: string
  readonly block: bigint
  readonly uid: number
  /** Whether it had a uid in the last epoch of the subnet that is in the history. */
  readonly isRegistered: boolean
  /** The highest trust since there was an alert of a low one; null where there was none. */
  readonly trustSinceAlert: number | null
  readonly validatorPermit: boolean | null
  /** u16 proportions of 65535, as the chain stored them. */
  readonly stakeWeight: number | null
  readonly validatorTrust: number | null
  readonly dividends: number | null
  /** By mechanism. */
  readonly incentive: readonly number[]
  /** As the chain stored it, in rao. */
  readonly emission: bigint | null
  /** What all epochs paid, in rao, as far as it is known. */
  readonly serverPaid: bigint
  readonly validatorPaid: bigint
}

/** What a history holds, in sum. */
export interface Tally {
  readonly epochs: readonly EpochTally[]
  /** Of the hotkeys that were asked for. */
  readonly neurons: readonly KnownNeuron[]
}

/** An alert that is kept until it is sent. */
export interface UnsentAlert {
  /** Rises with each alert. */
  readonly position: bigint
  readonly id: string
  /** `yuma-alert/1`. */
  readonly document: string
}

/** Options of {@link History.exportParquet}. */
export interface ExportOptions {
  /** Ends the export: the files that were there stay. */
  readonly signal?: AbortSignal
}

const SCHEMA_VERSION = 5

/** Documented in docs/verify.md: change both, and count the version up. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (schema_version UINTEGER NOT NULL, chain VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS progress (
  scope VARCHAR PRIMARY KEY, since UBIGINT NOT NULL, block UBIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS epochs (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, block_hash VARCHAR NOT NULL, parent_hash VARCHAR NOT NULL,
  spec_version UINTEGER NOT NULL, n USMALLINT NOT NULL, engine VARCHAR NOT NULL, outcome VARCHAR NOT NULL,
  values_checked UBIGINT NOT NULL, differences UINTEGER NOT NULL, checked_at TIMESTAMP NOT NULL,
  not_comparable UINTEGER NOT NULL, pot VARCHAR, pot_least UBIGINT, pot_most UBIGINT,
  PRIMARY KEY (netuid, block));
CREATE TABLE IF NOT EXISTS neurons (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, uid USMALLINT NOT NULL, hotkey VARCHAR NOT NULL,
  coldkey VARCHAR NOT NULL, stake_weight USMALLINT, active BOOLEAN, validator_permit BOOLEAN,
  consensus USMALLINT, validator_trust USMALLINT, incentive USMALLINT, dividends USMALLINT, emission UBIGINT,
  server_emission UBIGINT, validator_emission UBIGINT);
CREATE TABLE IF NOT EXISTS mechanism_incentive (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, mechanism UTINYINT NOT NULL, uid USMALLINT NOT NULL,
  incentive USMALLINT NOT NULL);
CREATE TABLE IF NOT EXISTS differences (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, position UINTEGER NOT NULL, field VARCHAR NOT NULL,
  mechanism UTINYINT, uid USMALLINT, hotkey VARCHAR, column_uid USMALLINT, chain VARCHAR, ours VARCHAR,
  first_step VARCHAR NOT NULL, coldkey VARCHAR);
CREATE TABLE IF NOT EXISTS not_comparable (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, position UINTEGER NOT NULL, field VARCHAR NOT NULL,
  hotkey VARCHAR, coldkey VARCHAR, chain VARCHAR, ours VARCHAR, event VARCHAR NOT NULL, extrinsic UINTEGER);
CREATE TABLE IF NOT EXISTS notes (
  netuid USMALLINT NOT NULL, block UBIGINT NOT NULL, position UINTEGER NOT NULL, kind VARCHAR NOT NULL,
  about VARCHAR NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS alerts (
  id VARCHAR PRIMARY KEY, position UBIGINT NOT NULL, netuid USMALLINT NOT NULL, block UBIGINT NOT NULL,
  kind VARCHAR NOT NULL, hotkey VARCHAR, document VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL, sent_at TIMESTAMP);
`

/** What was added with each schema after the one of that number. */
const FROM_SCHEMA: Readonly<Record<number, string>> = {
  1: `
ALTER TABLE epochs ADD COLUMN not_comparable UINTEGER DEFAULT 0;
ALTER TABLE differences ADD COLUMN coldkey VARCHAR;
`,
  2: `
ALTER TABLE IF EXISTS neurons ADD COLUMN server_emission UBIGINT;
ALTER TABLE IF EXISTS neurons ADD COLUMN validator_emission UBIGINT;
`,
  3: `
ALTER TABLE epochs ADD COLUMN pot VARCHAR;
ALTER TABLE epochs ADD COLUMN pot_least UBIGINT;
ALTER TABLE epochs ADD COLUMN pot_most UBIGINT;
`,
  // A table more, which is made where it is not there.
  4: '\n',
}

/** The last epoch in which a hotkey had a uid, by subnet, and what all epochs paid it. */
const KNOWN_NEURONS = `
SELECT netuid, block, uid, incentive, stake_weight, validator_permit, validator_trust, dividends, emission,
  (SELECT max(validator_trust) FROM neurons WHERE hotkey = $1 AND netuid = last.netuid AND block >= (
    SELECT max(block) FROM alerts WHERE kind = 'trust-below' AND hotkey = $1 AND netuid = last.netuid)),
  block = (SELECT max(block) FROM epochs WHERE netuid = last.netuid AND outcome NOT IN ('skipped', 'deferred')),
  server_paid, validator_paid
FROM (
  SELECT *, (coalesce(sum(server_emission) OVER subnet, 0))::UBIGINT AS server_paid,
    (coalesce(sum(validator_emission) OVER subnet, 0))::UBIGINT AS validator_paid
  FROM neurons WHERE hotkey = $1
  WINDOW subnet AS (PARTITION BY netuid)
  QUALIFY row_number() OVER (PARTITION BY netuid ORDER BY block DESC) = 1
) AS last ORDER BY netuid
`

/** The file is all that a history has to do with: nothing is loaded or fetched for what is in it or how it is named. */
const SETTINGS: Readonly<Record<string, string>> = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
}

/** The tables that {@link History.exportParquet} writes, a file each. */
export const HISTORY_TABLES: readonly string[] = [
  'epochs',
  'neurons',
  'mechanism_incentive',
  'differences',
  'not_comparable',
  'notes',
]

/** Where a DuckDB file says what it is, and what. */
const MAGIC_AT = 8
const MAGIC = 'DUCK'

/**
 * That a file is DuckDB's own, or none yet: of files of other databases it would look for an extension.
 * @throws {FileError}
 */
async function checkKind(file: string, path: string): Promise<void> {
  const head = await headOf(path, MAGIC_AT + MAGIC.length)
  if (head.length === 0 || new TextDecoder().decode(head.subarray(MAGIC_AT)) === MAGIC) return
  throw new FileError(file, 'the history cannot be used: it is no DuckDB file')
}

type DuckDb = typeof import('@duckdb/node-api')

/** By a name that bundlers do not follow: the package has native parts, and most bundles no history. */
const DUCKDB: string = '@duckdb/node-api'

async function loadDuckDb(): Promise<DuckDb> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ DUCKDB)) as DuckDb
  } catch (cause) {
    throw new EngineError('a history needs the package @duckdb/node-api: npm install @duckdb/node-api', {
      cause,
    })
  }
}

/**
 * Checked epochs in a DuckDB file. An epoch goes in as a whole or not at all: once {@link History.add} has
 * resolved it is there, whatever happens to the process.
 */
export class History implements AsyncDisposable {
  readonly #file: string
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  /** Transactions follow one another on the one connection. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(file: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#file = file
    this.#instance = instance
    this.#connection = connection
  }

  /**
   * Opens a history, or makes one.
   *
   * @param chain What tells the chain from others, its genesis hash: a history is of one. Without it the file has
   * to be there, and may be of any.
   * @throws {FileError} where the name is no file's, the file is none, another process has it open, or it is of another
   * chain.
   * @throws {EngineError} where `@duckdb/node-api` is not installed.
   */
  static async open(file: string, chain?: string): Promise<History> {
    checkText('file', file)
    if (chain !== undefined) checkText('chain', chain)
    const path = onlyFile(file)
    await checkKind(file, path)
    const { DuckDBInstance } = await loadDuckDb()
    let opened: History | undefined
    try {
      const instance = await DuckDBInstance.create(path, {
        ...SETTINGS,
        ...(chain === undefined ? { access_mode: 'READ_ONLY' } : {}),
      })
      opened = new History(file, instance, await instance.connect())
      await opened.#prepare(chain)
      return opened
    } catch (cause) {
      await opened?.close()
      throw history(file, cause)
    }
  }

  /**
   * Whether an epoch is in it.
   * @throws {FileError} where the file is broken.
   */
  async has(id: EpochId): Promise<boolean> {
    checkId(id)
    const { netuid, block } = id
    const rows = await this.#rows('SELECT 1 FROM epochs WHERE netuid = $1 AND block = $2', [netuid, block])
    return rows.length > 0
  }

  /**
   * Puts an epoch in, and is done once it is safe.
   * @param alerts What it is to be told of for: they are kept with it, all of it or none, until they are sent.
   */
  async add(entry: Entry, alerts: readonly Alert[] = []): Promise<void> {
    checkEntry(entry)
    checkAlerts(alerts)
    await this.#transaction(async () => {
      await this.#addEntry(entry, 'INSERT')
      for (const alert of alerts) await this.#addAlert(alert)
    })
  }

  /**
   * The first alert after a position that is not sent yet; undefined where there is none.
   * @throws {FileError} where the file is broken.
   */
  async unsentAlert(after: bigint): Promise<UnsentAlert | undefined> {
    checkPosition(after)
    let found: UnsentAlert | undefined
    // By itself: what another transaction has put in and not finished is not to be sent.
    await this.#transaction(async () => {
      const [row] = await this.#rows(
        'SELECT position, id, document FROM alerts WHERE sent_at IS NULL AND position > $1 ORDER BY position LIMIT 1',
        [after],
      )
      if (row === undefined) return
      found = { position: row[0] as bigint, id: row[1] as string, document: row[2] as string }
    })
    return found
  }

  /** How many alerts are not sent yet. */
  async unsentAlerts(): Promise<number> {
    const [row] = await this.#rows('SELECT count(*) FROM alerts WHERE sent_at IS NULL', [])
    return Number(row![0])
  }

  /** Says that an alert is sent. */
  async markSent(id: string): Promise<void> {
    checkText('id', id)
    await this.#transaction(() =>
      this.#connection.run('UPDATE alerts SET sent_at = make_timestamp($1::BIGINT) WHERE id = $2', [
        now(),
        id,
      ]),
    )
  }

  /**
   * What it holds, in sum: how many epochs of which outcome, and of some hotkeys what was last known of them.
   * @throws {FileError} where the file is broken.
   */
  async tally(hotkeys: readonly string[] = []): Promise<Tally> {
    checkHotkeys(hotkeys)
    const rows = await this.#rows(
      `SELECT netuid, outcome, count(*), sum(differences)::UBIGINT, max(block) FROM epochs
      GROUP BY netuid, outcome ORDER BY netuid, outcome`,
      [],
    )
    const epochs = rows.map(([netuid, outcome, count, differences, block]) => ({
      netuid: netuid as number,
      outcome: outcome as Outcome,
      epochs: count as bigint,
      differences: differences as bigint,
      block: block as bigint,
    }))
    const neurons: KnownNeuron[] = []
    for (const hotkey of new Set(hotkeys)) neurons.push(...(await this.#knownNeurons(hotkey)))
    return { epochs, neurons }
  }

  /** Puts an epoch in the place of what is known of it, and is done once it is safe. */
  async replace(entry: Entry): Promise<void> {
    checkEntry(entry)
    const { netuid, block } = entry.verification
    await this.#transaction(async () => {
      for (const table of HISTORY_TABLES.filter((name) => name !== 'epochs'))
        await this.#connection.run(`DELETE FROM ${table} WHERE netuid = $1 AND block = $2`, [netuid, block])
      await this.#addEntry(entry, 'INSERT OR REPLACE')
    })
  }

  /**
   * The epochs that differ or were not checked, by block and netuid.
   * @throws {FileError} where the file is broken.
   */
  async doubtful(): Promise<readonly DoubtfulEpoch[]> {
    const rows = await this.#rows(
      `SELECT netuid, block, EXISTS (
        SELECT 1 FROM differences AS d WHERE d.netuid = epochs.netuid AND d.block = epochs.block
        AND (d.coldkey IS NOT NULL OR d.field IN ('TotalHotkeyShares', 'TotalHotkeySharesV2')))
      FROM epochs WHERE outcome IN ('different', 'unchecked') ORDER BY block, netuid`,
      [],
    )
    return rows.map(([netuid, block, holdings]) => ({
      netuid: netuid as number,
      block: block as bigint,
      holdings: holdings as boolean,
    }))
  }

  async #knownNeurons(hotkey: string): Promise<readonly KnownNeuron[]> {
    const rows = await this.#rows(KNOWN_NEURONS, [hotkey])
    const found: KnownNeuron[] = []
    for (const row of rows) {
      const [netuid, block, uid, incentive, ...rest] = row
      const mechanisms = await this.#rows(
        'SELECT incentive FROM mechanism_incentive WHERE netuid = $1 AND block = $2 AND uid = $3 ORDER BY mechanism',
        [netuid!, block!, uid!],
      )
      const first = incentive === null ? [] : [incentive as number]
      found.push({
        netuid: netuid as number,
        hotkey,
        block: block as bigint,
        uid: uid as number,
        incentive: mechanisms.length > 0 ? mechanisms.map(([value]) => value as number) : first,
        stakeWeight: rest[0] as number | null,
        validatorPermit: rest[1] as boolean | null,
        validatorTrust: rest[2] as number | null,
        dividends: rest[3] as number | null,
        emission: rest[4] as bigint | null,
        trustSinceAlert: rest[5] as number | null,
        isRegistered: rest[6] as boolean,
        serverPaid: rest[7] as bigint,
        validatorPaid: rest[8] as bigint,
      })
    }
    return found
  }

  async #addAlert(alert: Alert): Promise<void> {
    const { id, netuid, block, kind, hotkey } = alert
    // An epoch that somebody took out, and that is checked anew, is told of once.
    await this.#connection.run(
      `INSERT OR IGNORE INTO alerts SELECT $1, (SELECT coalesce(max(position), 0) + 1 FROM alerts), $2, $3, $4, $5, $6,
        make_timestamp($7::BIGINT), NULL`,
      [id, netuid, block, kind, hotkey, alertJson(alert), now()],
    )
  }

  async #addEntry(
    { verification, after, paid }: Entry,
    insert: 'INSERT' | 'INSERT OR REPLACE',
  ): Promise<void> {
    await this.#addEpoch(verification, insert)
    if (after !== undefined) await this.#addNeurons(verification, after, paid)
    await this.#addDifferences(verification)
    await this.#addNotComparable(verification)
    await this.#addNotes(verification)
  }

  /**
   * Up to where the subnets of `scope` were looked at; undefined where they never were.
   * @throws {FileError} where the file is broken.
   */
  async progress(scope: string): Promise<Progress | undefined> {
    checkText('scope', scope)
    const [row] = await this.#rows('SELECT since, block FROM progress WHERE scope = $1', [scope])
    return row === undefined ? undefined : { since: row[0] as bigint, block: row[1] as bigint }
  }

  /** Says up to where the subnets of `scope` were looked at. */
  async setProgress(scope: string, progress: Progress): Promise<void> {
    checkProgress(scope, progress)
    const { since, block } = progress
    await this.#transaction(() =>
      this.#connection.run('INSERT OR REPLACE INTO progress VALUES ($1, $2, $3)', [scope, since, block]),
    )
  }

  /**
   * Writes each table to `folder` as Parquet and gives the names of the files. All are written before the first of them
   * takes the place of one that was there.
   * @throws {FileError} {@link AbortedError}
   */
  async exportParquet(folder: string, options: ExportOptions = {}): Promise<readonly string[]> {
    checkExport(folder, options)
    const { signal } = options
    checkAborted(signal)
    const into = onlyFile(folder)
    await this.#transaction(() => this.#copy(into, HISTORY_TABLES, signal), signal)
    return HISTORY_TABLES.map((table) => `${folder}/${table}.parquet`)
  }

  /** Writes a table aside, then all others, and puts them in place on the way back. */
  async #copy(
    folder: string,
    [table, ...others]: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (table === undefined) return
    const file = `${folder}/${table}.parquet`
    const write = async (aside: string): Promise<void> => {
      // COPY takes no parameters for names.
      const order = table === 'epochs' ? 'block, netuid' : 'ALL'
      const name = aside.replaceAll("'", "''")
      await this.#runUntil(
        signal,
        `COPY (SELECT * FROM ${table} ORDER BY ${order}) TO '${name}' (FORMAT parquet, USE_TMP_FILE false)`,
      )
      await this.#copy(folder, others, signal)
    }
    await writeAside(file, await placeOf(file), write, signal)
  }

  /** Runs a statement, which an abort ends: it alone, for others' statements take turns with it. */
  async #runUntil(signal: AbortSignal | undefined, sql: string): Promise<void> {
    checkAborted(signal)
    const stop = signal && onAbort(signal, () => this.#connection.interrupt())
    try {
      await this.#connection.run(sql)
    } finally {
      stop?.()
    }
    checkAborted(signal)
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#last
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #prepare(chain: string | undefined): Promise<void> {
    if (chain !== undefined) {
      await this.#upgrade()
      await this.#connection.run(SCHEMA)
    }
    const [row] = await this.#rows('SELECT schema_version, chain FROM meta', [])
    if (row === undefined) {
      if (chain === undefined) throw new Error('it is empty')
      await this.#connection.run('INSERT INTO meta VALUES ($1, $2)', [SCHEMA_VERSION, chain])
      return
    }
    if (row[0] !== SCHEMA_VERSION) throw new Error(`it has schema ${row[0]}, not ${SCHEMA_VERSION}`)
    if (chain !== undefined && row[1] !== chain) throw new Error(`it is of the chain ${row[1]}, not ${chain}`)
  }

  /** Adds what a file of an earlier schema lacks. */
  async #upgrade(): Promise<void> {
    const meta = await this.#rows("SELECT 1 FROM information_schema.tables WHERE table_name = 'meta'", [])
    if (meta.length === 0) return
    for (;;) {
      const [row] = await this.#rows('SELECT schema_version FROM meta', [])
      const version = Number(row?.[0])
      const changes = FROM_SCHEMA[version]
      if (changes === undefined) return
      await this.#connection.run(`BEGIN;${changes}UPDATE meta SET schema_version = ${version + 1};\nCOMMIT;`)
    }
  }

  async #rows(sql: string, values: DuckDBValue[]): Promise<readonly (readonly DuckDBValue[])[]> {
    try {
      return (await this.#connection.runAndReadAll(sql, values)).getRows()
    } catch (cause) {
      // A broken part of the file shows where it is read, not where the file is opened.
      throw history(this.#file, cause)
    }
  }

  /** All of the work or none of it, after what was begun before; an abort while it waits for that ends it at once. */
  async #transaction(work: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
    const before = this.#last
    const run = async (): Promise<void> => {
      await before
      checkAborted(signal)
      try {
        await this.#connection.run('BEGIN')
        await work()
        await this.#connection.run('COMMIT')
      } catch (cause) {
        await this.#connection.run('ROLLBACK').catch(() => undefined)
        throw history(this.#file, cause)
      }
    }
    const done = run()
    this.#last = done.catch(() => undefined)
    await abortable(before, signal)
    await done
  }

  async #addEpoch(
    { netuid, block, checked, differences, ...rest }: Verification,
    insert: 'INSERT' | 'INSERT OR REPLACE',
  ): Promise<void> {
    const values = checked.reduce((sum, field) => sum + field.values, 0)
    await this.#connection.run(
      `${insert} INTO epochs VALUES
        ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, make_timestamp($11::BIGINT), $12, $13, $14, $15)`,
      [
        netuid,
        block,
        rest.blockHash,
        rest.parentHash,
        rest.specVersion,
        rest.n,
        rest.engine,
        rest.outcome,
        values,
        differences.length,
        now(),
        rest.notComparable.length,
        rest.pot?.known ?? null,
        rest.pot?.least ?? null,
        rest.pot?.most ?? null,
      ],
    )
  }

  async #addNeurons(
    { netuid, block }: Verification,
    after: ChainSnapshot,
    paid: Paid | undefined,
  ): Promise<void> {
    const { stored, hotkeys, coldkeys, validatorPermit, n } = after
    const neurons = await this.#connection.createAppender('neurons')
    const small = (value: number | undefined): void =>
      value === undefined ? neurons.appendNull() : neurons.appendUSmallInt(value)
    const flag = (value: number | undefined): void =>
      value === undefined ? neurons.appendNull() : neurons.appendBoolean(value === 1)
    const big = (value: bigint | undefined): void =>
      value === undefined ? neurons.appendNull() : neurons.appendUBigInt(value)
    for (let uid = 0; uid < n; uid++) {
      neurons.appendUSmallInt(netuid)
      neurons.appendUBigInt(block)
      neurons.appendUSmallInt(uid)
      neurons.appendVarchar(hotkeys[uid]!)
      neurons.appendVarchar(coldkeys[uid]!)
      small(stored.stakeWeight[uid])
      flag(stored.active[uid])
      flag(validatorPermit[uid])
      small(stored.consensus[uid])
      small(stored.validatorTrust[uid])
      small(stored.incentive[0]?.[uid])
      small(stored.dividends[uid])
      big(stored.emission[uid])
      // What was paid for a uid was its hotkey's before the block.
      const isOwn = paid?.hotkeys[uid] === hotkeys[uid]
      big(isOwn ? paid?.serverEmission[uid] : undefined)
      big(isOwn ? paid?.validatorEmission[uid] : undefined)
      neurons.endRow()
    }
    neurons.closeSync()
    if (stored.incentive.length > 1) await this.#addMechanisms(netuid, block, stored.incentive)
  }

  async #addMechanisms(netuid: number, block: bigint, incentive: readonly Uint16Array[]): Promise<void> {
    const rows = await this.#connection.createAppender('mechanism_incentive')
    for (const [mechanism, column] of incentive.entries()) {
      for (const [uid, value] of column.entries()) {
        rows.appendUSmallInt(netuid)
        rows.appendUBigInt(block)
        rows.appendUTinyInt(mechanism)
        rows.appendUSmallInt(uid)
        rows.appendUSmallInt(value)
        rows.endRow()
      }
    }
    rows.closeSync()
  }

  async #addDifferences({ netuid, block, differences }: Verification): Promise<void> {
    for (const [position, difference] of differences.entries()) {
      const { field, mechanism, uid, hotkey, column, chain, ours, firstStep, coldkey } = difference
      await this.#connection.run(
        'INSERT INTO differences VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
        [netuid, block, position, field, mechanism, uid, hotkey, column, chain, ours, firstStep, coldkey],
      )
    }
  }

  async #addNotComparable({ netuid, block, notComparable }: Verification): Promise<void> {
    for (const [position, value] of notComparable.entries()) {
      const { field, hotkey, coldkey, chain, ours, event, extrinsic } = value
      await this.#connection.run(
        'INSERT INTO not_comparable VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
        [netuid, block, position, field, hotkey, coldkey, chain, ours, event, extrinsic],
      )
    }
  }

  async #addNotes({ netuid, block, notes }: Verification): Promise<void> {
    for (const [position, { kind, about, text }] of notes.entries()) {
      await this.#connection.run('INSERT INTO notes VALUES ($1, $2, $3, $4, $5, $6)', [
        netuid,
        block,
        position,
        kind,
        about,
        text,
      ])
    }
  }
}

/** Microseconds, as DuckDB counts them. */
function now(): bigint {
  return BigInt(Date.now()) * 1000n
}

function history(file: string, cause: unknown): FileError | AbortedError {
  if (cause instanceof FileError || cause instanceof AbortedError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FileError(file, `the history cannot be used: ${reason}`, { cause })
}
