import {
  type Accounts,
  type Emission,
  loadEmission,
  type Payment,
  type PaymentKind,
  paymentsOf,
  type ReportPayoutsRow,
  type ResidentNetwork,
  type Ruled,
  resultRulesInWords,
} from '../emission/index.ts'
import { FileError, InputError } from '../errors/index.ts'
import {
  type ChainSnapshot,
  chainSnapshotOf,
  NETWORK_SCHEMA,
  type NetworkSnapshot,
  parseDocuments,
  parseNetwork,
} from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import { readSchema } from '../snapshot/parse.ts'
import { unpack } from '../snapshot/unpack.ts'
import type { Command } from './command.ts'
import { AS_SPEC_OPTION, EMISSION_KINDS, openAsked, ruledJson } from './emission.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, shortAddress, type TableColumn, table } from './format.ts'

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
    'as-spec': AS_SPEC_OPTION,
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
    const open: Open = (snapshot) => openAsked(emission, snapshot, args, io)
    const outcome =
      isNetwork && netuid !== undefined
        ? await ofNetwork(emission, bytes, file, netuid, open)
        : await ofSubnet(bytes, file, netuid, open)
    await io.out.write(
      args.has('json')
        ? [`${JSON.stringify(outcomeJson(outcome))}\n`]
        : report(outcome).map((line) => `${line}\n`),
    )
    return EXIT.done
  },
}

/** Opens a snapshot by the rules that are asked for. */
type Open = (snapshot: NetworkSnapshot | ChainSnapshot) => ResidentNetwork

interface Outcome {
  readonly ruled: Ruled
  /** Block of the epoch. */
  readonly block: bigint
  readonly payout: ReportPayoutsRow
  readonly payments: readonly Payment[]
  readonly accounts: Accounts
}

/** What an epoch paid; the network is let go. */
function outcomeOf(network: ResidentNetwork, block: bigint, payout: ReportPayoutsRow, ruled: Ruled): Outcome {
  const { accounts } = network
  const payments = paymentsOf(payout, network.columns().owners)
  network.close()
  return { ruled, block, payout, payments, accounts: accounts! }
}

async function ofSubnet(
  bytes: Uint8Array,
  file: string,
  netuid: number | undefined,
  open: Open,
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
  const network = open(snapshot)
  const { block } = snapshot
  const payout = network.distribute({ netuid: snapshot.netuid, block })
  return outcomeOf(network, block, payout, payout)
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
  open: Open,
): Promise<Outcome> {
  const snapshot = await parseNetwork(bytes, { file })
  const { stateBlock } = snapshot
  const subnets = snapshot.subnets.filter((known) => known.netuid !== 0)
  const items = subnets.find((known) => known.netuid === netuid)?.subnet
  if (items === undefined)
    throw unknownSubnet(
      file,
      netuid,
      subnets.map((known) => known.netuid),
    )
  const network = open(snapshot)
  const { specVersion } = network
  const { nextEpochBlock } = emission.schedule({ specVersion, netuid, ...items, block: stateBlock })
  if (nextEpochBlock === null)
    throw new InputError({ file, field: 'tempo', netuid, expected: 'expected a subnet with epochs' })
  network.run(Number(nextEpochBlock - stateBlock))
  for (let tried = 0; tried < MAX_DEFERRED; tried++) {
    const report = network.report()
    const payout = report.payouts.find((known) => known.netuid === netuid)
    if (payout !== undefined) return outcomeOf(network, report.block, payout, report)
    network.run(1)
  }
  throw new InputError({
    file,
    field: 'max_epochs_per_block',
    netuid,
    expected: `expected an epoch within ${MAX_DEFERRED} blocks of its time, found none`,
  })
}

function outcomeJson({ ruled, block, payout, payments, accounts }: Outcome): object {
  const address = (account: number | null): string | null =>
    account === null ? null : accounts.address(account)
  return {
    netuid: payout.netuid,
    ...ruledJson(ruled),
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

function report({ ruled, block, payout, payments, accounts }: Outcome): string[] {
  const short = (account: number | null): string =>
    account === null ? '-' : shortAddress(accounts.address(account))
  const { pendingServer, pendingValidator, pendingRoot, pendingOwner } = payout
  return [
    `subnet ${payout.netuid}, block ${grouped(block)}, spec ${ruled.rules.spec}`,
    `  rules: ${resultRulesInWords(ruled.rules)}`,
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
