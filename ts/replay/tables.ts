/** The tables of a lake, described once: files, views and docs/replay.md follow from here. */

/** The layout that a lake's head names; a lake of another one is refused. */
export const LAKE_SCHEMA = 'yuma-lake/1'

/** What of an epoch a lake keeps. `epochs` is always kept. */
export const KEEPS = ['epochs', 'neurons', 'weights', 'bonds', 'payouts', 'prices', 'snapshots'] as const

/** Something that a lake keeps of every epoch. */
export type Keep = (typeof KEEPS)[number]

/** A column of a table: DuckDB's name of its type, `NOT NULL` unless `optional`. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly optional?: true
  /** What it is, with its unit and where the chain has it, for docs/replay.md. */
  readonly about: string
}

/** A table, of which each chunk has at most one Parquet file. */
export interface Table {
  readonly name: string
  readonly keep: Keep
  /** What one row is. */
  readonly about: string
  /** Rows stand in the order of these columns, so that the same rows make the same bytes. */
  readonly order: readonly string[]
  readonly columns: readonly Column[]
}

const NETUID: Column = { name: 'netuid', type: 'USMALLINT', about: 'subnet' }
const BLOCK: Column = { name: 'block', type: 'UBIGINT', about: 'block in which the epoch ran' }
const UID: Column = { name: 'uid', type: 'USMALLINT', about: 'neuron' }
const MECHANISM: Column = { name: 'mechanism', type: 'UTINYINT', about: 'mechanism, 0 where there is one' }

/** A column, as docs and files have it. */
function column(name: string, type: string, about: string): Column {
  return { name, type, about }
}

/** A column that is null where a version stores no such value, or where it is not known. */
function optional(name: string, type: string, about: string): Column {
  return { name, type, about, optional: true }
}

const DIFFERENT_VALUE: readonly Column[] = [
  column('field', 'VARCHAR', 'what differs, as `yuma verify` names it'),
  optional('mechanism', 'UTINYINT', 'where each mechanism has a value of its own'),
  optional('uid', 'USMALLINT', 'neuron; null for a value of the subnet or the network'),
  optional('hotkey', 'VARCHAR', 'SS58'),
  optional('coldkey', 'VARCHAR', 'SS58; of what a coldkey holds'),
  optional('column_uid', 'USMALLINT', 'of a bond the uid that it is held in; of a list the place in it'),
  optional('chain', 'VARCHAR', 'the stored value, decimal'),
  optional('ours', 'VARCHAR', 'the computed one, decimal'),
]

/** A row of weights or bonds is one entry of a sparse row. */
function sparse(name: 'weights' | 'bonds', about: string, value: Column): Table {
  return {
    name,
    keep: name,
    about,
    order: ['block', 'mechanism', 'uid', 'column_uid'],
    columns: [
      NETUID,
      BLOCK,
      MECHANISM,
      { ...UID, about: 'the row: the validator' },
      column('column_uid', 'USMALLINT', 'the column: the neuron that it is of'),
      value,
    ],
  }
}

/** Every table of a lake. Names of columns are the chain's own where it stores the value. */
export const TABLES: readonly Table[] = [
  {
    name: 'epochs',
    keep: 'epochs',
    about: 'an epoch that was due, checked',
    order: ['block'],
    columns: [
      NETUID,
      BLOCK,
      optional('time', 'TIMESTAMP', "the block's own time, UTC (`Timestamp.Now`)"),
      column('block_hash', 'VARCHAR', 'of the block in which it ran, hex'),
      column('parent_hash', 'VARCHAR', 'of the block whose state it ran on, hex'),
      column('spec_version', 'UINTEGER', 'the runtime that ran it'),
      column('tempo', 'USMALLINT', '`Tempo`: blocks between epochs, less one'),
      column('n', 'USMALLINT', 'neurons'),
      column('registered_at', 'UBIGINT', '`NetworkRegisteredAt`: of another number it is another subnet'),
      column('outcome', 'VARCHAR', '`equal`, `different`, `skipped`, `deferred` or `unchecked`'),
      column('values_checked', 'UBIGINT', 'values compared'),
      column('differences', 'UINTEGER', 'rows of `differences`'),
      column('not_comparable', 'UINTEGER', 'rows of `not_comparable`'),
      optional('pot', 'VARCHAR', 'how what it shared out is known: `computed` or `inferred`'),
      optional('pot_least', 'UBIGINT', 'rao it shared out, the least'),
      optional('pot_most', 'UBIGINT', 'rao it shared out, the most'),
    ],
  },
  {
    name: 'differences',
    keep: 'epochs',
    about: 'a stored value that is not the computed one',
    order: ['block', 'position'],
    columns: [
      NETUID,
      BLOCK,
      column('position', 'UINTEGER', 'place among those of its epoch'),
      ...DIFFERENT_VALUE,
      column('first_step', 'VARCHAR', 'first step that can explain it'),
    ],
  },
  {
    name: 'not_comparable',
    keep: 'epochs',
    about: 'a stored value that transactions of the block may have changed too',
    order: ['block', 'position'],
    columns: [
      NETUID,
      BLOCK,
      column('position', 'UINTEGER', 'place among those of its epoch'),
      ...DIFFERENT_VALUE,
      column('event', 'VARCHAR', 'the event that says so'),
      optional('extrinsic', 'UINTEGER', 'its transaction; null for one of the block itself'),
    ],
  },
  {
    name: 'notes',
    keep: 'epochs',
    about: 'what a check rests on, or does not cover',
    order: ['block', 'position'],
    columns: [
      NETUID,
      BLOCK,
      column('position', 'UINTEGER', 'place among those of its epoch'),
      column('kind', 'VARCHAR', '`not-covered`, `replayed` or `not-replayed`'),
      column('about', 'VARCHAR', 'storage names'),
      column('text', 'VARCHAR', 'in words'),
    ],
  },
  {
    name: 'neurons',
    keep: 'neurons',
    about: 'a neuron in an epoch that ran: what it had before, what was stored of it, what it was paid',
    order: ['block', 'uid'],
    columns: [
      NETUID,
      BLOCK,
      UID,
      column('hotkey', 'VARCHAR', 'SS58, when the epoch ran'),
      column('coldkey', 'VARCHAR', 'SS58, when the epoch ran'),
      column('registered_at', 'UBIGINT', '`BlockAtRegistration`'),
      column('last_update', 'UBIGINT', '`LastUpdate` of mechanism 0, before the epoch'),
      column('total_hotkey_alpha', 'UBIGINT', 'rao of alpha staked to the hotkey here, before the epoch'),
      column('root_alpha', 'UBIGINT', 'rao staked to the hotkey on root, before the epoch'),
      column('alpha_stake', 'UBIGINT', 'rao of alpha it weighs with, parents and children counted'),
      column('tao_stake', 'UBIGINT', 'rao of root stake it weighs with, before `TaoWeight`'),
      column('take', 'USMALLINT', '`Delegates`: u16 proportion of dividends that the owner takes'),
      column('childkey_take', 'USMALLINT', "`ChildkeyTake`: u16 proportion of parents' dividends"),
      optional('stake_weight', 'USMALLINT', '`StakeWeight`, u16 proportion, stored'),
      optional('active', 'BOOLEAN', '`Active`, stored'),
      optional('validator_permit', 'BOOLEAN', '`ValidatorPermit`, stored'),
      optional('consensus', 'USMALLINT', '`Consensus`, u16 proportion, stored'),
      optional('validator_trust', 'USMALLINT', '`ValidatorTrust`, u16 proportion, stored'),
      optional('incentive', 'USMALLINT', '`Incentive` of mechanism 0, u16 proportion, stored'),
      optional('dividends', 'USMALLINT', '`Dividends`, u16 proportion, stored'),
      optional('emission', 'UBIGINT', '`Emission`, rao, stored: of several mechanisms weighted, not paid'),
      optional('server_emission', 'UBIGINT', 'rao paid as a miner; null where that is not known to the rao'),
      optional(
        'validator_emission',
        'UBIGINT',
        'rao paid to the validator and those who stake to it; the same',
      ),
    ],
  },
  {
    name: 'mechanism_incentive',
    keep: 'neurons',
    about: '`Incentive` of a neuron by mechanism, where there are several',
    order: ['block', 'mechanism', 'uid'],
    columns: [NETUID, BLOCK, MECHANISM, UID, column('incentive', 'USMALLINT', 'u16 proportion, stored')],
  },
  sparse(
    'weights',
    'a weight that the epoch read',
    column('weight', 'USMALLINT', '`Weights`, u16 of a row whose largest is 65535'),
  ),
  sparse('bonds', 'a bond after the epoch', column('bond', 'USMALLINT', '`Bonds`, u16, stored')),
  {
    name: 'payouts',
    keep: 'payouts',
    about: 'rao that an epoch paid, of versions whose payout is computed',
    order: ['block', 'position'],
    columns: [
      NETUID,
      BLOCK,
      column('position', 'UINTEGER', 'place among those of its epoch'),
      column(
        'kind',
        'VARCHAR',
        '`owner-cut`, `incentive`, `incentive-recycled`, `incentive-burned`, `alpha-take`, `alpha-stakers`, `root-take`, `root-claimable`, `root-owner`',
      ),
      column('hotkey', 'VARCHAR', 'SS58, that earned them; of the owner cut the one they are staked to'),
      optional('to_hotkey', 'VARCHAR', 'SS58, that they are staked to; null where they are not staked'),
      optional(
        'coldkey',
        'VARCHAR',
        'SS58, whose they are; null for all who stake to the hotkey, and for nobody',
      ),
      column('rao', 'UBIGINT', 'alpha'),
    ],
  },
  {
    name: 'prices',
    keep: 'prices',
    about: "a subnet's pool after an epoch",
    order: ['block'],
    columns: [
      NETUID,
      BLOCK,
      column('subnet_tao', 'UBIGINT', '`SubnetTAO`, rao'),
      column('subnet_alpha_in', 'UBIGINT', '`SubnetAlphaIn`, rao of alpha'),
      column('subnet_alpha_out', 'UBIGINT', '`SubnetAlphaOut`, rao of alpha'),
      column('moving_price', 'DECIMAL(38,0)', '`SubnetMovingPrice`, I96F32 bits'),
      optional(
        'price',
        'DOUBLE',
        'TAO for one alpha at which the pool quotes, as emission has it; null where it is not known of that version',
      ),
    ],
  },
  {
    name: 'snapshots',
    keep: 'snapshots',
    about: 'the state that an epoch ran on, whole: any rule can be run over it again, without a node',
    order: ['block'],
    columns: [
      NETUID,
      BLOCK,
      column('snapshot', 'VARCHAR', 'a `yuma-snapshot/1` document, docs/snapshot-format.md'),
    ],
  },
]

/** Where a chunk's file of a table lies in a lake. */
export function fileOf(table: string, chunk: ChunkId, digest: string): string {
  return `${table}/netuid=${chunk.netuid}/${spanOf(chunk)}-${digest.slice(0, 12)}.parquet`
}

/** Where a lake says that a chunk is done, and what came of it. */
export function manifestOf(chunk: ChunkId): string {
  return `manifest/netuid=${chunk.netuid}/${spanOf(chunk)}.json`
}

/** Blocks of a subnet whose epochs are replayed at once: from `first` to `last`, both with it. */
export interface ChunkId {
  readonly netuid: number
  readonly first: bigint
  readonly last: bigint
}

/** As many digits as a block's number ever has. */
const DIGITS = 10

/** The blocks, so that names are in the order of blocks. */
function spanOf({ first, last }: ChunkId): string {
  return `${String(first).padStart(DIGITS, '0')}-${String(last).padStart(DIGITS, '0')}`
}
