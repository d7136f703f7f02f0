import { checkAddress, readAddresses, readU16s } from './columns.ts'
import type { ParsedDocument } from './document.ts'
import { SNAPSHOT_FIELDS, type SnapshotFields } from './fields.ts'
import {
  checkMechanism,
  checkShared,
  type MechanismColumns,
  mechanismReaders,
  type SharedColumns,
  sharedReaders,
} from './generated/file.ts'
import { MAX_EXTRA_BYTES, MAX_MECHANISMS } from './limits.ts'
import { type FieldReaders, foundText, type Source } from './source.ts'
import { checkLength, required } from './state.ts'
import type { Snapshot } from './types.ts'

/** What a snapshot file holds beside single values and shared columns, as far as it was read. */
export interface Parts {
  hotkeys?: readonly string[]
  coldkeys?: readonly string[]
  split?: Uint16Array | null
  mechanisms?: MechanismColumns[]
  extra?: Readonly<Record<string, unknown>>
}

/** Reads a `yuma-snapshot/1` document. */
export function readSnapshot(source: Source): ParsedDocument {
  const values: Record<string, unknown> = {}
  const columns: SharedColumns = {}
  const parts: Parts = {}
  source.entries = 0
  const readers = {
    ...SNAPSHOT_FIELDS.readers(source, values),
    ...sharedReaders(source, columns),
    ...partReaders(source, parts),
  }
  source.object({ field: 'snapshot' }, readers)
  const snapshot = snapshotOf(source, values, columns, parts)
  const { netuid } = snapshot
  const name = snapshot.name ?? (netuid === undefined ? source.file : `subnet ${netuid}`)
  return { kind: 'snapshot', name, snapshot, expected: undefined }
}

/**
 * A snapshot of what was read of it, or is to be written.
 * @throws {InputError} where that is none.
 */
export function snapshotOf(
  source: Source,
  values: Readonly<Record<string, unknown>>,
  columns: SharedColumns,
  parts: Parts,
): Snapshot {
  const fields = SNAPSHOT_FIELDS.check(source, values)
  return {
    specVersion: fields.spec_version,
    ...labels(fields),
    ...keys(source, parts, fields.n),
    ...checkShared(source, fields, columns),
    mechanismEmissionSplit: split(source, parts),
    mechanisms: required(source, { field: 'mechanisms' }, parts.mechanisms).map((mechanism, id) =>
      checkMechanism(source, mechanism, fields, id),
    ),
    ...(parts.extra === undefined ? {} : { extra: parts.extra }),
  }
}

function partReaders(source: Source, parts: Parts): FieldReaders {
  return {
    hotkeys: () => {
      parts.hotkeys = readAddresses(source, { field: 'hotkeys' })
    },
    coldkeys: () => {
      parts.coldkeys = readAddresses(source, { field: 'coldkeys' })
    },
    mechanism_emission_split: () => {
      parts.split = readSplit(source)
    },
    mechanisms: () => {
      parts.mechanisms = readMechanisms(source)
    },
    extra: () => {
      parts.extra = readExtra(source)
    },
  }
}

function labels({
  netuid,
  name,
  block_hash,
}: SnapshotFields): Pick<Snapshot, 'netuid' | 'name' | 'blockHash'> {
  return {
    ...(netuid === undefined ? {} : { netuid }),
    ...(name === undefined ? {} : { name }),
    ...(block_hash === undefined ? {} : { blockHash: block_hash }),
  }
}

function keys(
  source: Source,
  { hotkeys, coldkeys }: Parts,
  n: number,
): Pick<Snapshot, 'hotkeys' | 'coldkeys'> {
  if (hotkeys !== undefined) {
    checkLength(source, { field: 'hotkeys' }, hotkeys.length, n)
    checkDistinct(source, hotkeys)
  }
  if (coldkeys !== undefined) checkLength(source, { field: 'coldkeys' }, coldkeys.length, n)
  return { ...(hotkeys === undefined ? {} : { hotkeys }), ...(coldkeys === undefined ? {} : { coldkeys }) }
}

/** @throws {InputError} for hotkeys or coldkeys that are no list of addresses. */
export function checkKeys(source: Source, field: 'hotkeys' | 'coldkeys', keys: readonly string[]): void {
  if (!Array.isArray(keys))
    throw source.fault({ field, expected: `expected an array, found ${foundText(keys)}` })
  for (const [uid, key] of keys.entries()) checkAddress(source, { field, uid }, key)
}

/** The chain skips the epoch of a subnet where two uids have one hotkey, so such a state has no epoch. */
function checkDistinct(source: Source, hotkeys: readonly string[]): void {
  const uids = new Map<string, number>()
  for (const [uid, hotkey] of hotkeys.entries()) {
    const before = uids.get(hotkey)
    if (before !== undefined) {
      const expected = `expected a hotkey of its own, found that of uid ${before}`
      throw source.fault({ field: 'hotkeys', uid, expected })
    }
    uids.set(hotkey, uid)
  }
}

function split(source: Source, parts: Parts): Uint16Array | null {
  if (parts.split !== undefined) return parts.split
  throw source.fault({
    field: 'mechanism_emission_split',
    expected: 'expected an array or null, found nothing',
  })
}

function readSplit(source: Source): Uint16Array | null {
  const place = { field: 'mechanism_emission_split' }
  const kind = source.reader.kind()
  if (kind === 'array') return readU16s(source, place)
  if (kind !== 'null') throw source.unexpected({ ...place, expected: 'an array or null' })
  source.reader.skip()
  return null
}

function readMechanisms(source: Source): MechanismColumns[] {
  const place = { field: 'mechanisms' }
  if (source.reader.kind() !== 'array') throw source.unexpected({ ...place, expected: 'an array' })
  const mechanisms: MechanismColumns[] = []
  source.reader.array((mechanism) => {
    if (mechanism === MAX_MECHANISMS) {
      throw source.fault({ ...place, expected: `expected 1 to ${MAX_MECHANISMS} mechanisms, found more` })
    }
    const columns: MechanismColumns = {}
    source.object({ ...place, mechanism }, mechanismReaders(source, columns, mechanism))
    mechanisms.push(columns)
  })
  if (mechanisms.length > 0) return mechanisms
  throw source.fault({ ...place, expected: `expected 1 to ${MAX_MECHANISMS} mechanisms, found none` })
}

const SECTION_NAME = /^[a-z][a-z0-9_]{0,63}$/

function readExtra(source: Source): Readonly<Record<string, unknown>> {
  const field = 'extra'
  if (source.reader.kind() !== 'object') throw source.unexpected({ field, expected: 'an object of sections' })
  const extra = source.value({ field }, MAX_EXTRA_BYTES) as Readonly<Record<string, unknown>>
  checkExtra(source, extra)
  return extra
}

/** @throws {InputError} for a section whose name is none. */
export function checkExtra(source: Source, extra: Readonly<Record<string, unknown>>): void {
  const field = 'extra'
  for (const name of Object.keys(extra)) {
    if (SECTION_NAME.test(name)) continue
    throw source.fault({
      field,
      expected: `expected names of small letters, digits and _, found ${JSON.stringify(name)}`,
    })
  }
}
