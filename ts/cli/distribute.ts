import {
  type Accounts,
  distributeRequestOf,
  type Emission,
  type Keys,
  loadEmission,
  networkOf,
  type Payment,
  type PaymentKind,
  type Payout,
  paymentsOf,
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

const MAX_NETUID = 65_535
/** Blocks that a full block can defer an epoch by, at most: there are hardly more subnets. */
const MAX_DEFERRED = 1024
/** The chain's `MAX_TEMPO`. */
const MAX_TEMPO = 50_400n

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
        ? await ofNetwork(emission, bytes, file, netuid)
        : await ofSubnet(emission, bytes, file, netuid)
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
  readonly payout: Payout
  readonly payments: readonly Payment[]
  readonly accounts: Accounts
}

function outcomeOf(
  epoch: { readonly specVersion: number; readonly block: bigint; readonly payout: Payout },
  keys: Keys,
  accounts: Accounts,
): Outcome {
  return { ...epoch, payments: paymentsOf(epoch.payout, keys), accounts }
}

async function ofSubnet(
  emission: Emission,
  bytes: Uint8Array,
  file: string,
  netuid: number | undefined,
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
  const { request, accounts } = distributeRequestOf(snapshot)
  const { payout, keys } = emission.distribute(request)
  return outcomeOf({ specVersion: snapshot.specVersion, block: snapshot.block, payout }, keys, accounts)
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
): Promise<Outcome> {
  const snapshot = await parseNetwork(bytes, { file })
  const { specVersion } = snapshot
  const { network: start, accounts } = networkOf(snapshot)
  const subnet = start.subnets.find((known) => known.netuid === netuid)
  if (subnet === undefined)
    throw unknownSubnet(
      file,
      netuid,
      start.subnets.map((known) => known.netuid),
    )
  const { schedule } = subnet
  const { nextEpochBlock } = emission.schedule({ specVersion, netuid, schedule, block: start.block })
  if (nextEpochBlock === null)
    throw new InputError({ file, field: 'tempo', netuid, expected: 'expected a subnet with epochs' })
  // A subnet that was long without an epoch gets one whatever its tempo.
  const overdueIn = MAX_TEMPO + 1n - schedule.blocksSinceLastStep
  const due = nextEpochBlock - start.block
  let network = start
  let blocks = Math.max(1, Number(due < overdueIn ? due : overdueIn))
  for (let tried = 0; tried < MAX_DEFERRED; tried++) {
    const result = emission.runBlocks({ specVersion, network, blocks, reports: 'last' })
    const [last] = result.reports
    const payout = last?.payouts.find((known) => known.netuid === netuid)
    if (last !== undefined && payout !== undefined)
      return outcomeOf({ specVersion, block: last.block, payout }, result.network.keys, accounts)
    network = result.network
    blocks = 1
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
  const { pending, ledger } = payout
  const texts = (amounts: Readonly<Record<string, bigint>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(amounts).map(([name, rao]) => [name, String(rao)]))
  return {
    netuid: payout.netuid,
    spec_version: specVersion,
    block: String(block),
    pending: texts({ ...pending }),
    ledger: texts({ ...ledger }),
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
  const { pending, ledger } = payout
  return [
    `subnet ${payout.netuid}, block ${grouped(block)}, spec ${specVersion}`,
    `  pending: ${alpha(pending.server)} miners, ${alpha(pending.validator)} validators, ${alpha(pending.root)} root, ${alpha(pending.owner)} owner`,
    `  staked ${alpha(ledger.staked)}, claimable ${alpha(ledger.claimable)}, recycled ${alpha(ledger.recycled)}, burned ${alpha(ledger.burned)}, left ${String(ledger.left)} rao`,
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
