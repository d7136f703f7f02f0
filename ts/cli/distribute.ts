import {
  type Accounts,
  type Emission,
  loadEmission,
  type Payment,
  type PaymentKind,
  paymentsOf,
  type ReportPayoutsRow,
  type ResidentNetwork,
} from '../emission/index.ts'
import { FileError, InputError } from '../errors/index.ts'
import { chainSnapshotOf, NETWORK_SCHEMA, parseDocuments, parseNetwork } from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import { readSchema } from '../snapshot/parse.ts'
import { unpack } from '../snapshot/unpack.ts'
import type { Command } from './command.ts'
import { EMISSION_KINDS } from './emission.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, shortAddress, type TableColumn, table } from './format.ts'
import type { Io } from './io.ts'
import { noteUpgrade } from './note-upgrade.ts'

const MAX_NETUID = 65_535
/** Blocks that a full block can defer an epoch by, at most: there are hardly more subnets. */
const MAX_DEFERRED = 1024

/** `yuma distribute` */
export const distributeCommand: Command = {
  name: 'distribute',
  usage: 'FILE [options]',
  about: `Hands out what is pending for a subnet's epoch and says who gets what, in rao: the owner's cut, miners'
incentives, validators' takes, what their stakers get. Of a subnet's snapshot (yuma pull --netuid) it is what is pending
there; of a network file (yuma pull --all) and --netuid the blocks until the epoch are run first, so that what they add
is in it. FILE may be gzip; - is standard input.`,
  options: {
    netuid: { value: 'N', help: 'the subnet, of a network file' },
    engine: { value: 'KIND', help: `${EMISSION_KINDS.join(', ')} (the fastest there is)` },
    json: { help: 'one line of JSON: rao as decimal strings, keys in full' },
  },
  async run(args, io) {
    const path = args.single('FILE')
    const netuid = args.integer('netuid', 1, MAX_NETUID)
    const kind = args.choice('engine', EMISSION_KINDS)
    const file = shownName(path)
    const bytes = await unpack(await readBytes(path), file)
    const emission = await loadEmission(kind === undefined ? {} : { prefer: kind })
    const isNetwork = readSchema(bytes, file) === NETWORK_SCHEMA
    if (isNetwork && netuid === undefined) throw args.usage('a network file needs --netuid N')
    const outcome =
      isNetwork && netuid !== undefined
        ? await ofNetwork(emission, bytes, file, netuid, io)
        : await ofSubnet(emission, bytes, file, netuid, io)
    await io.out.write(
      args.has('json')
        ? [`${JSON.stringify(outcomeJson(outcome))}\n`]
        : report(outcome).map((line) => `${line}\n`),
    )
    return EXIT.done
  },
}

interface Outcome {
  readonly specVersion: number
  /** Block of the epoch. */
  readonly block: bigint
  readonly payout: ReportPayoutsRow
  readonly payments: readonly Payment[]
  readonly accounts: Accounts
}

/** What an epoch paid; the network is let go. */
function outcomeOf(network: ResidentNetwork, block: bigint, payout: ReportPayoutsRow): Outcome {
  const { specVersion, accounts } = network
  const payments = paymentsOf(payout, network.columns().owners)
  network.close()
  return { specVersion, block, payout, payments, accounts: accounts! }
}

async function ofSubnet(
  emission: Emission,
  bytes: Uint8Array,
  file: string,
  netuid: number | undefined,
  io: Io,
): Promise<Outcome> {
  const documents = await parseDocuments(bytes, { file })
  const [only] = documents
  if (only === undefined || documents.length > 1) {
    throw new FileError(file, `expected a snapshot of one subnet, found ${documents.length} documents`)
  }
  const snapshot = chainSnapshotOf(only.snapshot, { file })
  if (snapshot === undefined) {
    throw new InputError({ file, field: 'extra.chain', expected: 'expected a snapshot read from a chain' })
  }
  if (netuid !== undefined && netuid !== snapshot.netuid) throw unknownSubnet(file, netuid, [snapshot.netuid])
  noteUpgrade(io, snapshot)
  const network = emission.open(snapshot)
  const { block } = snapshot
  return outcomeOf(network, block, network.distribute({ netuid: snapshot.netuid, block }))
}

function unknownSubnet(file: string, netuid: number, known: readonly number[]): InputError {
  const expected = `expected one of ${known.join(', ')}, found ${netuid}`
  return new InputError({ file, field: 'netuid', expected })
}

/** Runs the blocks until the subnet's epoch has run. */
async function ofNetwork(
  emission: Emission,
  bytes: Uint8Array,
  file: string,
  netuid: number,
  io: Io,
): Promise<Outcome> {
  const snapshot = await parseNetwork(bytes, { file })
  noteUpgrade(io, snapshot)
  const { specVersion, stateBlock } = snapshot
  const subnets = snapshot.subnets.filter((known) => known.netuid !== 0)
  const items = subnets.find((known) => known.netuid === netuid)?.subnet
  if (items === undefined)
    throw unknownSubnet(
      file,
      netuid,
      subnets.map((known) => known.netuid),
    )
  const { nextEpochBlock } = emission.schedule({ specVersion, netuid, ...items, block: stateBlock })
  if (nextEpochBlock === null)
    throw new InputError({ file, field: 'tempo', netuid, expected: 'expected a subnet with epochs' })
  const network = emission.open(snapshot)
  network.run(Number(nextEpochBlock - stateBlock))
  for (let tried = 0; tried < MAX_DEFERRED; tried++) {
    const { block, payouts } = network.report()
    const payout = payouts.find((known) => known.netuid === netuid)
    if (payout !== undefined) return outcomeOf(network, block, payout)
    network.run(1)
  }
  throw new InputError({
    file,
    field: 'max_epochs_per_block',
    netuid,
    expected: `expected an epoch within ${MAX_DEFERRED} blocks of its time, found none`,
  })
}

function outcomeJson({ specVersion, block, payout, payments, accounts }: Outcome): object {
  const address = (account: number | null): string | null =>
    account === null ? null : accounts.address(account)
  return {
    netuid: payout.netuid,
    spec_version: specVersion,
    block: String(block),
    pending: {
      server: String(payout.pendingServer),
      validator: String(payout.pendingValidator),
      root: String(payout.pendingRoot),
      owner: String(payout.pendingOwner),
    },
    ledger: {
      pending: String(payout.ledgerPending),
      staked: String(payout.ledgerStaked),
      claimable: String(payout.ledgerClaimable),
      recycled: String(payout.ledgerRecycled),
      burned: String(payout.ledgerBurned),
      left: String(payout.ledgerLeft),
    },
    miner_burned_u96f32: String(payout.minerBurned),
    childkey_burn: String(payout.childkeyBurn),
    payments: payments.map(({ kind, hotkey, toHotkey, coldkey, rao }) => ({
      kind,
      hotkey: address(hotkey),
      to_hotkey: address(toHotkey),
      coldkey: address(coldkey),
      rao: String(rao),
    })),
  }
}

const WORDS: Readonly<Record<PaymentKind, string>> = {
  'owner-cut': "owner's cut",
  incentive: 'incentive',
  'incentive-recycled': 'incentive, recycled',
  'incentive-burned': 'incentive, burned',
  'alpha-take': 'take',
  'alpha-stakers': 'to its stakers',
  'root-take': 'take of root dividends',
  'root-claimable': 'claimable by its root stakers',
  'root-owner': 'root dividends beyond its root stake',
}

const COLUMNS: readonly TableColumn[] = [
  { title: 'hotkey', align: 'left' },
  { title: 'for', align: 'left' },
  { title: 'to hotkey', align: 'left' },
  { title: 'coldkey', align: 'left' },
  { title: 'alpha', align: 'right' },
]

function report({ specVersion, block, payout, payments, accounts }: Outcome): string[] {
  const short = (account: number | null): string =>
    account === null ? '-' : shortAddress(accounts.address(account))
  const { pendingServer, pendingValidator, pendingRoot, pendingOwner } = payout
  return [
    `subnet ${payout.netuid}, block ${grouped(block)}, spec ${specVersion}`,
    `  pending: ${alpha(pendingServer)} miners, ${alpha(pendingValidator)} validators, ${alpha(pendingRoot)} root, ${alpha(pendingOwner)} owner`,
    `  staked ${alpha(payout.ledgerStaked)}, claimable ${alpha(payout.ledgerClaimable)}, recycled ${alpha(payout.ledgerRecycled)}, burned ${alpha(payout.ledgerBurned)}, left ${payout.ledgerLeft} rao`,
    '',
    ...table(
      COLUMNS,
      payments.map(({ kind, hotkey, toHotkey, coldkey, rao }) => [
        short(hotkey),
        WORDS[kind],
        toHotkey === hotkey ? 'itself' : short(toHotkey),
        short(coldkey),
        alpha(rao),
      ]),
    ),
  ]
}
