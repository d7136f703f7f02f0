import type { Chain } from '../chain/index.ts'
import { loadEmission } from '../emission/index.ts'
import { loadEngine } from '../engine/index.ts'
import { FileError, InputError } from '../errors/index.ts'
import { type Next, type NextOptions, next, type SeatPrice } from '../simulate/index.ts'
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
import { CHAIN_OPTIONS, withChain } from './chain-options.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, printable, shortAddress, type TableColumn, table } from './format.ts'
import type { Io } from './io.ts'
import { noteUpgrades } from './note-upgrade.ts'

const MAX_NETUID = 4095
const MAX_UID = 65_534
const MAX_EPOCHS = 100
/** Immune neurons and replacements that the report names. */
const NAMED = 5
const PER_CENT = 100
const MOST_PARTS = 10_000

/** `yuma next` */
export const nextCommand: Command = {
  name: 'next',
  usage: '(FILE | --netuid N) [options]',
  about: `Says what comes next for a subnet if nothing changes: when its next epochs are, what the next one shares out and
whom it pays what on the weights of now, who gains or loses a permit and what one costs, whom a registration replaces and
until when neurons are immune, and what stake with a validator earns in an epoch and would in a year. FILE is what
yuma pull wrote, of one subnet or, with --netuid, of the whole network; without FILE a node is asked. Of the whole
network (--whole) the blocks until the epochs are run, with what they add and what they put off.`,
  options: {
    netuid: { value: 'N', help: 'the subnet' },
    whole: { help: 'read the whole network from the node, not the subnet alone' },
    block: { value: 'B', help: 'the block whose state is read from the node (the newest finalized one)' },
    epochs: { value: 'K', help: 'how many epochs to name (3)' },
    uid: { value: 'U[,U…]', help: 'neurons of which to say how much more stake a permit takes' },
    hotkey: { value: 'KEY[,KEY…]', help: 'the same by their hotkeys (SS58)' },
    top: { value: 'N', help: 'how many of those who are paid to list (10)' },
    json: { help: 'one line of JSON, yuma-next/1: rao as decimal strings' },
    ...CHAIN_OPTIONS,
  },
  async run(args, io) {
    const [path, ...more] = args.positionals
    if (more.length > 0) throw args.usage(`one FILE expected, ${args.positionals.length} given`)
    const netuid = args.integer('netuid', 1, MAX_NETUID)
    const epochs = args.integer('epochs', 1, MAX_EPOCHS)
    const uids = args.integers('uid', 0, MAX_UID) ?? []
    const hotkeys = args.text('hotkey')?.split(',') ?? []
    const top = args.integer('top', 0, MAX_UID) ?? 10
    const state =
      path === undefined ? await readFromChain(args, io, netuid) : await readFromFile(path, netuid, args)
    const snapshot = subnetOf(state, netuid)
    noteUpgrades(io, [snapshot])
    const options: NextOptions = {
      uids: [...new Set([...uids, ...uidsOf(snapshot, hotkeys)])],
      ...(netuid === undefined ? {} : { netuid }),
      ...(epochs === undefined ? {} : { epochs }),
    }
    const found = next(await loadEngine(), await loadEmission(), state, options)
    await io.out.write(args.has('json') ? [nextJson(found)] : nextReport(found, snapshot, top))
    return EXIT.done
  },
}

async function readFromChain(
  args: Arguments,
  io: Io,
  netuid: number | undefined,
): Promise<ChainSnapshot | NetworkSnapshot> {
  if (netuid === undefined) throw args.usage('no FILE and no --netuid given')
  const block = args.u64('block')
  const at = block === undefined ? {} : { at: block }
  return withChain(args, io, async ({ chain, signal }: { chain: Chain; signal: AbortSignal }) => {
    io.progress.show(args.has('whole') ? 'reading the network' : `reading subnet ${netuid}`)
    const options = { ...at, signal, epochAt: 'next-epoch' } as const
    return args.has('whole') ? chain.network(options) : chain.subnet(netuid, options)
  })
}

async function readFromFile(
  path: string,
  netuid: number | undefined,
  args: Arguments,
): Promise<ChainSnapshot | NetworkSnapshot> {
  const given = ['whole', 'block'].find((name) => args.has(name) || args.text(name) !== undefined)
  if (given !== undefined) throw args.usage(`--${given} is of a node, not of a file`)
  const file = shownName(path)
  const bytes = await unpack(await readBytes(path), file)
  if (readSchema(bytes, file) === NETWORK_SCHEMA) {
    if (netuid === undefined) throw args.usage('a network file needs --netuid N')
    return parseNetwork(bytes, { file })
  }
  const [only, ...others] = await parseDocuments(bytes, { file })
  if (only === undefined || others.length > 0)
    throw new FileError(file, `expected a snapshot of one subnet, found ${others.length + 1} documents`)
  const snapshot = chainSnapshotOf(only.snapshot, { file })
  if (snapshot !== undefined) return snapshot
  throw new InputError({ file, field: 'extra.chain', expected: 'expected a snapshot read from a chain' })
}

/** The subnet's own state; whether there is one, `next` says. */
function subnetOf(state: ChainSnapshot | NetworkSnapshot, netuid: number | undefined): ChainSnapshot {
  if (!('subnets' in state)) return state
  const found = state.subnets.find((subnet) => subnet.netuid === netuid)?.epoch
  if (found !== null && found !== undefined) return found
  const expected = `expected a subnet of the network with epochs and neurons, found ${netuid}`
  throw new InputError({ field: 'netuid', expected })
}

function uidsOf({ hotkeys }: ChainSnapshot, wanted: readonly string[]): number[] {
  return wanted.map((hotkey) => {
    const uid = hotkeys.indexOf(hotkey)
    if (uid >= 0) return uid
    throw new InputError({ field: 'hotkey', expected: `expected a hotkey of the subnet, found ${hotkey}` })
  })
}

// --- As JSON

function nextJson(found: Next): string {
  const { result, ...told } = found
  const { specVersion, rules } = result
  const json = {
    schema: 'yuma-next/1',
    ...told,
    epoch: {
      specVersion,
      rules: {
        spec: rules.spec,
        first: rules.first,
        last: rules.last,
        evidence: rules.evidence,
        as: rules.as,
      },
      incentive: [...result.incentive],
      dividends: [...result.dividends],
      validatorTrust: [...result.validatorTrust],
      validatorPermit: Array.from(result.validatorPermit, (permit) => permit === 1),
      serverEmission: [...result.serverEmission],
      validatorEmission: [...result.validatorEmission],
    },
  }
  return `${JSON.stringify(json, inSnakeCase)}\n`
}

function inSnakeCase(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), inner]),
  )
}

// --- As a report

function right(title: string): TableColumn {
  return { title, align: 'right' }
}

const UID = right('uid')
const HOTKEY: TableColumn = { title: 'hotkey', align: 'left' }

/** A part in per cent; beyond a million it says no more than that. */
function percent(part: number | null, digits: number): string {
  if (part === null) return '-'
  return part < MOST_PARTS
    ? `${(part * PER_CENT).toFixed(digits)} %`
    : `> ${grouped(MOST_PARTS * PER_CENT)} %`
}

function* nextReport(found: Next, snapshot: ChainSnapshot, top: number): Generator<string> {
  const lines = [
    `subnet ${found.netuid}, after block ${grouped(found.stateBlock)}, spec ${found.specVersion}, ${snapshot.n} neurons`,
    ...epochLines(found),
    '',
    ...payLines(found, top),
    '',
    ...seatLines(found),
    '',
    ...replacementLines(found),
    '',
    ...yieldLines(found, snapshot, top),
    ...found.notes.map((note) => `note: ${printable(note)}`),
  ]
  for (const line of lines) yield `${line}\n`
}

function epochLines({ epochs, stateBlock, due, deferrals }: Next): string[] {
  const [first] = epochs
  const blocks = epochs.map(grouped).join(', ')
  const { server, validator, root, owner } = due
  return [
    `next epochs: ${blocks}${deferrals ? '' : ' by the schedule'}; the first in ${grouped(first! - stateBlock)} blocks`,
    `it shares out ${alpha(due.emission)} alpha (${due.basis}): ${alpha(server)} to miners,`,
    `  ${alpha(validator)} to validators, ${alpha(root)} to root; ${alpha(owner)} to the owner`,
  ]
}

function payLines({ pay }: Next, top: number): string[] {
  if (pay === null) return ['who is paid what: not known of this version']
  const sum = ({ ownerCut, incentive, take, stakers, rootStakers }: (typeof pay)[number]): bigint =>
    ownerCut + incentive + take + stakers + rootStakers
  const most = pay.toSorted((a, b) => Number(sum(b) > sum(a)) - Number(sum(b) < sum(a)))
  const columns = [UID, HOTKEY, ...['incentive', 'take', 'stakers', 'root', 'owner'].map(right)]
  const rows = most
    .slice(0, top)
    .map(({ uid, hotkey, incentive, take, stakers, rootStakers, ownerCut }) => [
      uid === null ? '-' : String(uid),
      shortAddress(hotkey),
      ...[incentive, take, stakers, rootStakers, ownerCut].map(shortAlpha),
    ])
  const heading = `paid of it, ${Math.min(top, pay.length)} of ${pay.length} hotkeys, alpha`
  return rows.length === 0 ? [heading] : [heading, ...table(columns, rows)]
}

/** Four decimals: a table of five amounts fits a line; JSON has them exactly. */
function shortAlpha(rao: bigint): string {
  return rao === 0n ? '-' : alpha(rao).slice(0, -5)
}

function seatLines({ seats }: Next): string[] {
  const { most, taken, gained, lost, last } = seats
  const asked = seats.next === null ? seats.asked : [seats.next, ...seats.asked]
  const seen = new Set<number>()
  const prices = asked.filter(({ uid }) => !seen.has(uid) && seen.add(uid))
  const names = (uids: readonly number[]): string => (uids.length === 0 ? 'nobody' : `uid ${uids.join(', ')}`)
  return [
    `permits: ${taken} of ${most}; gained by ${names(gained)}, lost by ${names(lost)}`,
    ...(last === null ? [] : [`  the last is uid ${last.uid} with ${alpha(last.stake)}`]),
    ...prices.map(priceLine),
  ]
}

function priceLine({ uid, stake, more }: SeatPrice): string {
  const has = `  uid ${uid} has ${alpha(stake)}`
  if (more === null) return `${has}: no stake buys a permit`
  return more === 0n ? `${has}: it has a permit` : `${has}: ${alpha(more)} more take one`
}

function replacementLines({ replacements, stateBlock }: Next): string[] {
  if (replacements === null) return ['whom a registration replaces: not known']
  const { free, burn, now, afterEpoch, immune } = replacements
  const list = (uids: readonly number[]): string =>
    uids.length === 0 ? 'nobody' : uids.slice(0, NAMED).join(', ') + (uids.length > NAMED ? ', …' : '')
  const until = immune
    .slice(0, NAMED)
    .map(({ uid, until }) => `uid ${uid} for ${grouped(until - stateBlock - 1n)} blocks`)
  const rest = immune.length > NAMED ? ` and ${immune.length - NAMED} more` : ''
  return [
    `a registration costs ${alpha(burn)} TAO; ${free === 0 ? 'no uid is free' : `${free} uids are free`}`,
    `  ${free === 0 ? 'it replaces' : 'after them it replaces'} uid ${list(now)}; after the epoch ${list(afterEpoch)}`,
    `  immune: ${immune.length === 0 ? 'nobody' : until.join(', ') + rest}`,
  ]
}

function yieldLines({ yields }: Next, { hotkeys }: ChainSnapshot, top: number): string[] {
  if (yields === null) return ['yields: not known of this version']
  const most = yields.toSorted((a, b) => (b.alpha?.period ?? 0) - (a.alpha?.period ?? 0) || a.uid - b.uid)
  const columns = [UID, HOTKEY, ...['stake (alpha)', 'an epoch', 'a year', 'root, an epoch'].map(right)]
  const rows = most
    .slice(0, top)
    .map(({ uid, stake, alpha: gain, rootAlphaPerEpoch }) => [
      String(uid),
      shortAddress(hotkeys[uid] ?? ''),
      alpha(stake),
      percent(gain?.period ?? null, 5),
      percent(gain?.year ?? null, 2),
      percent(rootAlphaPerEpoch, 5),
    ])
  if (rows.length === 0) return ['yields: no validator is paid']
  return [
    'yields to stakers, after the take: stakers / stake; a year as (1 + yield)^epochs - 1,',
    '  if stake and pay stay as they are and all is staked again; root: alpha by TAO',
    ...table(columns, rows),
  ]
}
