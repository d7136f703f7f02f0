import {
  type BlockReport,
  type Emission,
  type EmissionKind,
  loadEmission,
  type ReportEmissionsRow,
  type ResidentNetwork,
  type Ruled,
  reportsOf,
  resultRulesInWords,
} from '../emission/index.ts'
import { FileError } from '../errors/index.ts'
import { type ChainSnapshot, NETWORK_SCHEMA, type NetworkSnapshot, parseNetwork } from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import { readSchema } from '../snapshot/parse.ts'
import { unpack } from '../snapshot/unpack.ts'
import type { Arguments, Command } from './command.ts'
import { EXIT } from './exit.ts'
import { alpha, grouped, type TableColumn, table } from './format.ts'
import type { Io } from './io.ts'
import { noteUpgrade } from './note-upgrade.ts'

export const EMISSION_KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']

const MAX_BLOCKS = 1_000_000
const MAX_SPEC = 0xffff_ffff
/** Subnets' blocks that one call runs: what is held in memory at once. */
const CALL_ROWS = 16_384
/** U64F64. */
const SHARE_BITS = 64n
/** U96F32. */
const RAO_BITS = 32n

/** The option of commands that can compute by other rules. */
export const AS_SPEC_OPTION = {
  value: 'NUMBER',
  help: 'compute by the rules of this spec version, not by the file’s own',
} as const

/** `yuma emission` */
export const emissionCommand: Command = {
  name: 'emission',
  usage: 'FILE [options]',
  about: `Computes what the next block's TAO becomes, subnet by subnet, of a network file (yuma pull --all): each stage's
share, TAO and alpha into the pool, TAO that buys alpha, alpha minted, and what is added for the next epoch. With
--blocks it runs on, epochs and payouts among it. Extrinsics, reveals and claims are not part of it. Of spec versions
of which only the shares are known it shows these. It says what the rules rest on. FILE may be gzip; - is standard
input.`,
  options: {
    blocks: { value: 'N', help: 'blocks to run (1)' },
    engine: { value: 'KIND', help: `${EMISSION_KINDS.join(', ')} (the fastest there is)` },
    'as-spec': AS_SPEC_OPTION,
    json: { help: 'one line of JSON per block: rao and raw bits as decimal strings' },
  },
  async run(args, io) {
    const path = args.single('FILE')
    const blocks = args.integer('blocks', 1, MAX_BLOCKS)
    const kind = args.choice('engine', EMISSION_KINDS)
    const json = args.has('json')
    const file = shownName(path)
    const bytes = await unpack(await readBytes(path), file)
    const schema = readSchema(bytes, file)
    if (schema !== NETWORK_SCHEMA)
      throw new FileError(file, `expected a network file (${NETWORK_SCHEMA}), found ${schema}`)
    const snapshot = await parseNetwork(bytes, { file })
    const emission = await loadEmission(kind === undefined ? {} : { prefer: kind })
    const { subnets } = snapshot
    const network = openAsked(emission, snapshot, args, io)
    const { specVersion } = network
    if (blocks === undefined && !emission.facts(specVersion).block) {
      await sharesOnly(network, json, io)
      return EXIT.done
    }
    const sums = new Sums()
    for (const report of run(network, subnets.length, blocks ?? 1)) {
      io.progress.show(`block ${grouped(report.block)}`)
      sums.add(report)
      if (json) await io.out.write([`${JSON.stringify({ ...ruledJson(report), ...blockJson(report) })}\n`])
    }
    network.close()
    io.progress.clear()
    if (!json) await io.out.write(sums.report(specVersion).map((line) => `${line}\n`))
    return EXIT.done
  },
}

/** A network by the rules that are asked for; says once that what follows is no chain's, where it is. */
export function openAsked(
  emission: Emission,
  snapshot: NetworkSnapshot | ChainSnapshot,
  args: Arguments,
  io: Io,
): ResidentNetwork {
  noteUpgrade(io, snapshot)
  const asSpec = args.integer('as-spec', 0, MAX_SPEC)
  const network = emission.open(snapshot, asSpec === undefined ? {} : { asSpec })
  if (network.asSpec !== undefined) {
    const own = snapshot.specVersion
    io.note(`AS IF at spec ${asSpec}: no chain ran the blocks of a network of spec ${own} by these rules`)
  }
  return network
}

/** Under the names that every command's JSON has: by which rules a result was computed. */
export function ruledJson({ rules, asSpec }: Ruled): object {
  return { spec_version: rules.spec, rules, ...(asSpec === undefined ? {} : { as_spec: asSpec }) }
}

/** The blocks, a call for as many as are held at once. */
function* run(network: ResidentNetwork, subnets: number, blocks: number): Generator<BlockReport> {
  const most = Math.max(1, Math.floor(CALL_ROWS / Math.max(1, subnets)))
  for (let done = 0; done < blocks; done += most) {
    yield* reportsOf(network.run(Math.min(most, blocks - done), { reports: 'all' }))
  }
}

async function sharesOnly(network: ResidentNetwork, json: boolean, io: Io): Promise<void> {
  const { specVersion } = network
  const report = network.shares()
  const { block, minted, emissions } = report
  io.note(`of spec ${specVersion} only the shares are known: not what becomes of them`)
  if (json) {
    const line = {
      ...ruledJson(report),
      block: String(block),
      minted: String(minted),
      subnets: emissions.map(sharesJson),
    }
    await io.out.write([`${JSON.stringify(line)}\n`])
    return
  }
  const lines = [
    `block ${grouped(block)}, spec ${specVersion}, ${alpha(minted)} TAO minted`,
    `  rules: ${resultRulesInWords(report.rules)}`,
    '',
    ...table(SHARE_COLUMNS, emissions.map(shareCells)),
  ]
  await io.out.write(lines.map((line) => `${line}\n`))
}

function sharesJson(row: ReportEmissionsRow): Readonly<Record<string, number | string>> {
  return {
    netuid: row.netuid,
    base_share_u64f64: String(row.baseShare),
    weighted_share_u64f64: String(row.weightedShare),
    gated_share_u64f64: String(row.gatedShare),
    share_u64f64: String(row.share),
    emission_u96f32: String(row.emission),
  }
}

/** What is pending of a row. */
type Pending = Pick<ReportEmissionsRow, 'pendingServer' | 'pendingValidator' | 'pendingRoot' | 'pendingOwner'>

function pendingJson(row: Pending): Readonly<Record<string, string>> {
  return {
    server: String(row.pendingServer),
    validator: String(row.pendingValidator),
    root: String(row.pendingRoot),
    owner: String(row.pendingOwner),
  }
}

function blockJson(report: BlockReport): object {
  const after = new Map(report.after.map((subnet) => [subnet.netuid, subnet]))
  return {
    block: String(report.block),
    minted: String(report.minted),
    unspent: String(report.unspent),
    root_sell_flag: report.rootSellFlag,
    subnets: report.emissions.map((row) => ({
      ...sharesJson(row),
      tao_in: String(row.taoIn),
      excess_tao: String(row.excessTao),
      tao_refused: String(row.taoRefused),
      tao_stranded: String(row.taoStranded),
      alpha_in: String(row.alphaIn),
      alpha_out: String(row.alphaOut),
      alpha_bought: String(row.alphaBought),
      pending_added: pendingJson(row),
      pending: pendingJson(after.get(row.netuid)!),
      spot_price_u64f64: String(after.get(row.netuid)!.spotPrice),
      moving_price_i96f32: String(after.get(row.netuid)!.movingPrice),
    })),
    epochs: report.payouts.map(({ netuid }) => netuid),
    deferred: report.deferred.map(({ netuid }) => netuid),
    skipped: report.skipped.map(({ netuid }) => netuid),
  }
}

/** Bits as a decimal fraction of `digits` digits, truncated. */
function decimal(bits: bigint, fractionBits: bigint, digits: number): string {
  const scaled = String((bits * 10n ** BigInt(digits)) >> fractionBits).padStart(digits + 1, '0')
  return `${grouped(scaled.slice(0, -digits))}.${scaled.slice(-digits)}`
}

const share = (bits: bigint): string => decimal(bits, SHARE_BITS, 6)

const SHARE_COLUMNS: readonly TableColumn[] = [
  { title: 'netuid', align: 'right' },
  { title: 'base', align: 'right' },
  { title: 'weighted', align: 'right' },
  { title: 'gated', align: 'right' },
  { title: 'share', align: 'right' },
  { title: 'TAO due', align: 'right' },
]

const COLUMNS: readonly TableColumn[] = [
  ...SHARE_COLUMNS.slice(0, -1),
  { title: 'TAO in', align: 'right' },
  { title: 'excess', align: 'right' },
  { title: 'alpha in', align: 'right' },
  { title: 'alpha out', align: 'right' },
  { title: 'to miners', align: 'right' },
  { title: 'validators', align: 'right' },
  { title: 'root', align: 'right' },
  { title: 'owner', align: 'right' },
]

function shareCells(row: ReportEmissionsRow): string[] {
  return [
    String(row.netuid),
    share(row.baseShare),
    share(row.weightedShare),
    share(row.gatedShare),
    share(row.share),
    alpha(row.emission >> RAO_BITS),
  ]
}

/** The columns of amounts of a subnet, and what they are in a block. */
function amounts(row: ReportEmissionsRow): bigint[] {
  const { pendingServer, pendingValidator, pendingRoot, pendingOwner } = row
  const added = [pendingServer, pendingValidator, pendingRoot, pendingOwner]
  return [row.taoIn, row.excessTao, row.alphaIn, row.alphaOut, ...added]
}

/** What blocks did in all. */
class Sums {
  readonly #amounts = new Map<number, bigint[]>()
  #minted = 0n
  #unspent = 0n
  #blocks = 0
  #epochs = 0
  #last: BlockReport | undefined

  add(report: BlockReport): void {
    this.#last = report
    this.#blocks += 1
    this.#minted += report.minted
    this.#unspent += report.unspent
    this.#epochs += report.payouts.length
    for (const row of report.emissions) {
      const sums = this.#amounts.get(row.netuid)
      this.#amounts.set(
        row.netuid,
        amounts(row).map((rao, i) => rao + (sums?.[i] ?? 0n)),
      )
    }
  }

  report(specVersion: number): string[] {
    const last = this.#last
    if (last === undefined) return []
    const blocks =
      this.#blocks === 1
        ? `block ${grouped(last.block)}`
        : `${grouped(this.#blocks)} blocks to ${grouped(last.block)}, shares of the last, amounts of all`
    const rows = [...last.emissions].sort((a, b) => a.netuid - b.netuid)
    return [
      `${blocks}, spec ${specVersion}`,
      `  rules: ${resultRulesInWords(last.rules)}`,
      `  ${alpha(this.#minted)} TAO minted, ${alpha(this.#unspent)} unspent; ${grouped(this.#epochs)} epochs`,
      `  root dividends are ${last.rootSellFlag ? 'handed out' : 'recycled'}`,
      '',
      ...table(
        COLUMNS,
        rows.map((row) => [
          ...shareCells(row).slice(0, -1),
          ...(this.#amounts.get(row.netuid) ?? []).map((rao) => alpha(rao)),
        ]),
      ),
    ]
  }
}
