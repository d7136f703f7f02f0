/** `yuma-network/1`: a whole network at one block, as a file. */

import * as v from 'valibot'
import { InputError } from '../errors/index.ts'
import type { ParsedDocument } from './document.ts'
import { snapshotPieces } from './encode.ts'
import { JsonReader } from './json.ts'
import type { ChainSnapshot, NetworkItems, NetworkSnapshot, SubnetItems, SubnetState } from './network.ts'
import { u32 } from './schemas.ts'
import {
  CHAIN_SECTION,
  chainSnapshotOf,
  packSections,
  readBaskets,
  readNetworkItems,
  readSubnetItems,
  toJson,
} from './sections.ts'
import { readSnapshot } from './snapshot-document.ts'
import { Source } from './source.ts'
import type { Snapshot } from './types.ts'
import { unpack } from './unpack.ts'

/** The `schema` of a network file. */
export const NETWORK_SCHEMA = 'yuma-network/1'

const MAX_ITEMS_BYTES = 65_536
/** Baskets of all who are on root, on all subnets, are a megabyte or two. */
const MAX_BASKETS_BYTES = 1 << 25
const MAX_SUBNETS = 4096

/** A network as the text of a `yuma-network/1` file, piece by piece. */
export function* networkPieces(network: NetworkSnapshot): Generator<string> {
  const { subnets, ...rest } = network
  yield `${JSON.stringify({ schema: NETWORK_SCHEMA, ...(toJson(rest) as object) }).slice(0, -1)},"subnets":[`
  for (const [i, { netuid, subnet, epoch }] of subnets.entries()) {
    yield `${i === 0 ? '\n' : ',\n'}{"netuid":${netuid},"subnet":${JSON.stringify(toJson(subnet))},"epoch":`
    if (epoch === null) yield 'null'
    else yield* snapshotPieces(packSections(epoch, ['subnet', 'network']))
    yield '}'
  }
  yield ']}\n'
}

const HASH = '0x and 64 hex digits'
const BLOCK = 'a decimal string from 0 to 2^64 - 1'
const block = v.pipe(
  v.string(BLOCK),
  v.regex(/^(0|[1-9][0-9]{0,18})$/, BLOCK),
  v.transform((digits) => BigInt(digits)),
)
const SPEC = 'an integer from 0 to 2^32 - 1'

/** The single values of a network file. */
const HEAD = v.object({
  spec_version: v.pipe(v.number(SPEC), v.integer(SPEC), v.minValue(0, SPEC), v.maxValue(0xffff_ffff, SPEC)),
  block_hash: v.pipe(v.string(HASH), v.regex(/^0x[0-9a-fA-F]{64}$/, HASH)),
  state_block: block,
  block,
  upgraded_from: v.nullable(u32),
  unread: v.array(v.string('a text'), 'an array'),
})

/** A subnet as far as it was read: its sections are put in place once those of the network are there too. */
interface RawSubnet {
  readonly netuid: number
  readonly subnet: unknown
  readonly epoch: Snapshot | null
}

interface RawNetwork {
  readonly head: v.InferOutput<typeof HEAD>
  readonly network: unknown
  readonly subnets: readonly RawSubnet[]
  /** Null in files from before there were any. */
  readonly baskets: unknown
}

function required(source: Source, values: Readonly<Record<string, unknown>>, field: string): unknown {
  if (values[field] !== undefined) return values[field]
  throw source.fault({ field, expected: 'expected a value, found nothing' })
}

function readRaw(source: Source): RawNetwork {
  const values: Record<string, unknown> = {}
  const subnets: RawSubnet[] = []
  const keep = (field: string, maxBytes: number) => (): void => {
    values[field] = source.value({ field }, maxBytes)
  }
  source.object(
    { field: 'network' },
    {
      schema: () => void source.reader.skip(),
      network: keep('network', MAX_ITEMS_BYTES),
      baskets: keep('baskets', MAX_BASKETS_BYTES),
      subnets: () => {
        if (source.reader.kind() !== 'array')
          throw source.unexpected({ field: 'subnets', expected: 'an array' })
        values.subnets = subnets
        source.reader.array((index) => {
          if (index >= MAX_SUBNETS)
            throw source.fault({ field: 'subnets', expected: `expected at most ${MAX_SUBNETS}` })
          subnets.push(readRawSubnet(source))
        })
      },
      ...Object.fromEntries(Object.keys(HEAD.entries).map((field) => [field, keep(field, MAX_ITEMS_BYTES)])),
    },
  )
  const result = v.safeParse(HEAD, values, { abortEarly: true, abortPipeEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    const field = String(issue.path?.[0].key)
    throw source.fault({ field, expected: `expected ${issue.message}, found ${issue.received}` })
  }
  required(source, values, 'subnets')
  const { baskets = null } = values
  return { head: result.output, network: required(source, values, 'network'), subnets, baskets }
}

function readRawSubnet(source: Source): RawSubnet {
  const values: Record<string, unknown> = {}
  source.object(
    { field: 'subnets' },
    {
      netuid: () => {
        values.netuid = source.reader.integer(0xffff)
        if (values.netuid === -1)
          throw source.unexpected({ field: 'netuid', expected: 'an integer from 0 to 65535' })
        source.document = `subnet ${String(values.netuid)}`
      },
      subnet: () => {
        values.subnet = source.value({ field: 'subnet' }, MAX_ITEMS_BYTES)
      },
      epoch: () => {
        values.epoch = source.reader.kind() === 'null' ? null : readSnapshot(source).snapshot
        if (values.epoch === null) source.reader.skip()
      },
    },
  )
  const raw: RawSubnet = {
    netuid: required(source, values, 'netuid') as number,
    subnet: required(source, values, 'subnet'),
    epoch: required(source, values, 'epoch') as Snapshot | null,
  }
  source.document = ''
  return raw
}

/** The epochs of a network file, as other files' documents. */
export function readNetworkEpochs(source: Source): ParsedDocument[] {
  return readRaw(source).subnets.flatMap(({ netuid, epoch }) =>
    epoch === null
      ? []
      : [{ kind: 'snapshot', name: `subnet ${netuid}`, snapshot: epoch, expected: undefined }],
  )
}

/**
 * The network in a `yuma-network/1` file, plain or gzip.
 * @throws {FileError} where the bytes are no such file.
 * @throws {InputError} for a field that no chain could hold, naming file, subnet and field.
 */
export async function parseNetwork(
  bytes: Uint8Array,
  options: { readonly file?: string } = {},
): Promise<NetworkSnapshot> {
  const file = options.file ?? 'input'
  const source = new Source(new JsonReader(await unpack(bytes, file), file), file)
  const { head, network, subnets, baskets } = readRaw(source)
  source.reader.end()
  const items = readNetworkItems(network, 'network', { file })
  return {
    specVersion: head.spec_version,
    blockHash: head.block_hash,
    stateBlock: head.state_block,
    block: head.block,
    upgradedFrom: head.upgraded_from,
    unread: head.unread,
    network: items,
    subnets: subnets.map((raw) => subnetState(raw, items, file)),
    baskets: readBaskets(baskets, 'baskets', { file }),
  }
}

function subnetState({ netuid, subnet, epoch }: RawSubnet, network: NetworkItems, file: string): SubnetState {
  const place = { file, document: `subnet ${netuid}` }
  const items = readSubnetItems(subnet, 'subnet', place)
  return { netuid, subnet: items, epoch: epoch === null ? null : epochOf(epoch, items, network, place) }
}

function epochOf(
  epoch: Snapshot,
  subnet: SubnetItems,
  network: NetworkItems,
  place: { readonly file: string; readonly document: string },
): ChainSnapshot {
  const snapshot = chainSnapshotOf(epoch, place, { subnet, network })
  if (snapshot !== undefined) return snapshot
  throw new InputError({
    ...place,
    field: `extra.${CHAIN_SECTION}`,
    expected: 'expected a section, found none',
  })
}
