/** The chain's whole-block runs: 400 blocks of 3, 8, 20 and 64 subnets through every implementation, block for block. */

import { describe, expect, test } from 'vitest'
import {
  type BlockReport,
  blankNetwork,
  blankSubnet,
  type EmissionKind,
  type EmissionNetwork,
  type EmissionSubnet,
  type HotkeyEmission,
  type Json,
  loadEmission,
  type Operation,
  type Part,
  type Row,
  type Share,
  type StakePool,
  type Step,
  type SubnetAfter,
  type SwapResult,
} from '../../ts/emission/index.ts'
import { type JsonObject, objects, vectors } from './vectors.ts'

const KINDS: readonly EmissionKind[] = ['native', 'wasm', 'wasm-scalar']
const BLOCKS = 400

/** Subnets and epochs of each run. */
const RUNS = [
  ['sim_03', 3, 69],
  ['sim_08', 8, 155],
  ['sim_20', 20, 378],
  ['sim_64', 64, 1335],
] as const

const big = (value: Json | undefined): bigint => BigInt(value as string | number)
const maybeBig = (value: Json | undefined): bigint | null => (value === null ? null : big(value))
const tuples = (value: Json | undefined): readonly (readonly Json[])[] => {
  if (!Array.isArray(value)) throw new Error(`a list, not ${JSON.stringify(value)}`)
  return value
}
const object = (value: Json | undefined): JsonObject => value as JsonObject

const share = (value: Json | undefined): Share => {
  const [mantissa, exponent] = value as readonly Json[]
  return { mantissa: big(mantissa), exponent: big(exponent) }
}

/** Stake by netuid, root's among it. */
function stakesOf(stakes: JsonObject): Map<number, StakePool[]> {
  const pools = new Map<string, { -readonly [K in keyof StakePool]: StakePool[K] }>()
  const pool = (
    netuid: Json | undefined,
    hotkey: Json | undefined,
  ): { -readonly [K in keyof StakePool]: StakePool[K] } => {
    const key = `${netuid} ${hotkey}`
    const known = pools.get(key) ?? { hotkey: Number(hotkey), total: 0n, denominator: null, shares: [] }
    pools.set(key, known)
    return known
  }
  for (const [hotkey, netuid, total] of tuples(stakes.TotalHotkeyAlpha))
    pool(netuid, hotkey).total = big(total)
  for (const [hotkey, netuid, value] of tuples(stakes.TotalHotkeySharesV2))
    pool(netuid, hotkey).denominator = share(value)
  for (const [hotkey, coldkey, netuid, value] of tuples(stakes.AlphaV2)) {
    const known = pool(netuid, hotkey)
    known.shares = [...known.shares, [Number(coldkey), share(value)]]
  }
  const netuids = new Map<number, StakePool[]>()
  for (const [key, known] of pools) {
    const netuid = Number(key.split(' ')[0])
    netuids.set(netuid, [...(netuids.get(netuid) ?? []), known])
  }
  return netuids
}

const accountRows = (value: Json | undefined): Row<number>[] =>
  tuples(value).map(([key, other]) => [Number(key), Number(other)])

const relations = (value: Json | undefined): Row<readonly Part[]>[] =>
  tuples(value).map(([hotkey, parts]) => [
    Number(hotkey),
    tuples(parts).map(([part, relative]): Part => [big(part), Number(relative)]),
  ])

function subnetOf(value: JsonObject, globals: JsonObject, stakes: readonly StakePool[]): EmissionSubnet {
  const netuid = Number(value.netuid)
  const blank = blankSubnet(netuid)
  const distribution = object(value.distribution)
  const account = (key: Json | undefined): number | null => (key === null ? null : Number(key))
  return {
    ...blank,
    firstEmissionBlock: maybeBig(value.FirstEmissionBlockNumber),
    subtokenEnabled: value.SubtokenEnabled as boolean,
    registrationAllowed: value.NetworkRegistrationAllowed as boolean,
    emissionEnabled: value.SubnetEmissionEnabled as boolean,
    ownerCutEnabled: value.OwnerCutEnabled as boolean,
    pool: {
      ...blank.pool,
      mechanism: Number(value.mechanism),
      tao: big(value.SubnetTAO),
      alpha: big(value.SubnetAlphaIn),
      quoteWeight: maybeBig(value.SwapBalancer) ?? blank.pool.quoteWeight,
      initialized: value.SwapBalancer !== null,
    },
    alphaOut: big(value.SubnetAlphaOut),
    movingPrice: big(value.SubnetMovingPrice),
    priceHalvingBlocks: big(value.EMAPriceHalvingBlocks),
    minerBurned: big(value.MinerBurned),
    schedule: { ...blank.schedule, tempo: Number(value.Tempo), lastEpochBlock: big(value.LastEpochBlock) },
    owner: account(distribution.SubnetOwner),
    ownerHotkey: account(distribution.SubnetOwnerHotkey),
    recyclesOwnerIncentive: distribution.RecycleOrBurn === 'Recycle',
    neurons: objects(distribution.neurons).map(({ hotkey, ChildkeyTake }) => ({
      hotkey: Number(hotkey),
      childkeyTake: Number(ChildkeyTake),
    })),
    children: relations(distribution.ChildKeys),
    parents: relations(distribution.ParentKeys),
    autoStake: tuples(globals.AutoStakeDestination)
      .filter(([, of]) => of === netuid)
      .map(([coldkey, , hotkey]) => [Number(coldkey), Number(hotkey)]),
    stakes,
  }
}

function networkOf(run: JsonObject): EmissionNetwork {
  const header = object(run.header)
  const globals = object(header.globals)
  const stakes = stakesOf(object(header.stakes))
  const staking = new Map<number, number[]>()
  for (const [hotkey, coldkey] of tuples(object(header.stakes).AlphaV2)) {
    const hotkeys = staking.get(Number(coldkey)) ?? []
    if (!hotkeys.includes(Number(hotkey))) hotkeys.push(Number(hotkey))
    staking.set(Number(coldkey), hotkeys)
  }
  return {
    ...blankNetwork(),
    block: big(header.first_block) - 1n,
    totalIssuance: big(header.TotalIssuance),
    balancesIssuance: big(header.balances_total_issuance),
    totalStake: big(header.TotalStake),
    taoWeight: big(header.TaoWeight),
    childkeyBurn: big(header.CKBurn),
    subnetOwnerCut: Number(header.SubnetOwnerCut),
    maxEpochsPerBlock: Number(header.MaxEpochsPerBlock),
    movingAlpha: big(header.SubnetMovingAlpha),
    root: { tao: big(header.root_SubnetTAO), stakes: stakes.get(0) ?? [], registered: [] },
    keys: {
      owner: accountRows(globals.Owner),
      take: accountRows(globals.Delegates),
      ownedHotkeys: tuples(globals.OwnedHotkeys).map(([coldkey, hotkeys]) => [
        Number(coldkey),
        (hotkeys as readonly Json[]).map(Number),
      ]),
      stakingHotkeys: [...staking],
    },
    subnets: objects(run.subnets).map((subnet) =>
      subnetOf(subnet, globals, stakes.get(Number(subnet.netuid)) ?? []),
    ),
  }
}

function operationOf([kind, netuid, value, dropFees]: readonly Json[]): Operation {
  switch (kind) {
    case 'buy':
    case 'sell':
      return { kind, netuid: Number(netuid), amount: big(value), dropFees: dropFees as boolean }
    case 'emission_enabled':
      return { kind, netuid: Number(netuid), enabled: value as boolean }
    case 'pending_epoch_at':
      return { kind, netuid: Number(netuid), block: big(value) }
    default:
      throw new Error(`operation ${JSON.stringify(kind)}`)
  }
}

/** An operation with its result, as the file has it. */
function operationText(operation: readonly Json[], result: SwapResult | null | undefined): Json {
  if (result === null || result === undefined) return operation
  const given = operation.slice(0, 4)
  if ('refused' in result) return [...given, result.refused]
  return [...given, [result.paidIn, result.paidOut, result.fee].map(String)]
}

/** The file's block as a step: its recorded epochs, of each subnet the sum of its mechanisms'. */
function stepOf(block: JsonObject): Step {
  const epochs = new Map<number, HotkeyEmission[]>()
  for (const { netuid, out } of objects(block.epoch_outputs)) {
    const rows = tuples(out).map(
      ([key, server, validator]): HotkeyEmission => [Number(key), big(server), big(validator)],
    )
    epochs.set(Number(netuid), [...(epochs.get(Number(netuid)) ?? []), ...rows])
  }
  return {
    operations: tuples(block.ops).map(operationOf),
    epochs: [...epochs].map(([netuid, emission]) => ({ netuid, emission })),
  }
}

function blockText(report: BlockReport, expected: JsonObject, netuids: readonly number[]): JsonObject {
  const column = (of: (subnet: SubnetAfter) => bigint): string[] =>
    netuids.map((netuid) => String(of(report.after.find((subnet) => subnet.netuid === netuid)!)))
  return {
    block: String(report.block),
    minted: String(report.minted),
    root_sell_flag: report.rootSellFlag,
    TotalIssuance: String(report.totalIssuance),
    BlockEmission: String(report.blockEmission),
    ops: tuples(expected.ops).map((operation, i) => operationText(operation, report.operations[i])),
    epoch_outputs: expected.epoch_outputs!,
    epochs_run: report.payouts.map(({ netuid }) => netuid),
    miner_burned: report.payouts.map(({ minerBurned }) => String(minerBurned)),
    tao_in: column(({ last }) => last.taoIn),
    alpha_in: column(({ last }) => last.alphaIn),
    alpha_out: column(({ last }) => last.alphaOut),
    excess: column(({ last }) => last.excessTao),
    SubnetTAO: column(({ tao }) => tao),
    SubnetAlphaIn: column(({ alpha }) => alpha),
    SubnetAlphaOut: column(({ alphaOut }) => alphaOut),
    pending_server: column(({ pending }) => pending.server),
    pending_validator: column(({ pending }) => pending.validator),
    pending_root: column(({ pending }) => pending.root),
    pending_owner: column(({ pending }) => pending.owner),
    quote_weight: column(({ quoteWeight }) => quoteWeight),
    moving_price: column(({ movingPrice }) => movingPrice),
  }
}

const ascending = (a: readonly Json[], b: readonly Json[]): number => {
  for (const [i, x] of a.entries()) if (Number(x) !== Number(b[i])) return Number(x) - Number(b[i])
  return 0
}

const shareText = (value: Share): string[] => {
  if ('legacy' in value) throw new Error('no share of a run is a legacy one')
  return [String(value.mantissa), String(value.exponent)]
}

function finalText(network: EmissionNetwork, netuids: readonly number[]): JsonObject {
  const subnets = netuids.map((netuid) => network.subnets.find((subnet) => subnet.netuid === netuid)!)
  const pools = [{ netuid: 0, stakes: network.root.stakes }, ...network.subnets].flatMap(
    ({ netuid, stakes }) => stakes.map((pool) => ({ netuid, ...pool })),
  )
  const sorted = (rows: Json[][], keys: number): Json[][] =>
    rows.sort((a, b) => ascending(a.slice(0, keys), b.slice(0, keys)))
  return {
    TotalStake: String(network.totalStake),
    RootProp: subnets.map(({ rootProp }) => String(rootProp)),
    SubnetProtocolAlpha: subnets.map(({ protocolAlpha }) => String(protocolAlpha)),
    RootClaimable: sorted(
      subnets.flatMap(({ netuid, rootClaimable }) =>
        rootClaimable.map(([hotkey, rate]) => [String(hotkey), netuid, String(rate)]),
      ),
      2,
    ),
    stakes: {
      TotalHotkeyAlpha: sorted(
        pools.filter(({ total }) => total > 0n).map((p) => [String(p.hotkey), p.netuid, String(p.total)]),
        2,
      ),
      TotalHotkeySharesV2: sorted(
        pools.flatMap((p) =>
          p.denominator === null ? [] : [[String(p.hotkey), p.netuid, shareText(p.denominator)]],
        ),
        2,
      ),
      AlphaV2: sorted(
        pools.flatMap((p) =>
          p.shares.map(([coldkey, value]) => [String(p.hotkey), String(coldkey), p.netuid, shareText(value)]),
        ),
        3,
      ),
    },
  }
}

describe.each(KINDS)('%s', (kind) => {
  test.each(RUNS)('%s: %i subnets, %i epochs', async (name, subnets, epochs) => {
    const emission = await loadEmission({ prefer: kind })
    const run = vectors(425, name)
    const netuids = (run.netuids as readonly Json[]).map(Number)
    const blocks = objects(run.blocks)
    expect([netuids.length, blocks.length]).toEqual([subnets, BLOCKS])

    const { reports, network } = emission.runBlocks({
      specVersion: 425,
      network: networkOf(run),
      blocks: BLOCKS,
      steps: blocks.map(stepOf),
    })
    expect(reports.length).toBe(BLOCKS)
    for (const [i, report] of reports.entries())
      expect(blockText(report, blocks[i]!, netuids)).toEqual(blocks[i])
    expect(finalText(network, netuids)).toEqual(run.final)
    expect(reports.reduce((sum, { payouts }) => sum + payouts.length, 0)).toBe(epochs)

    // What an epoch hands out is what its mechanisms were recorded to share.
    const splits = new Map(objects(run.subnets).map((s) => [Number(s.netuid), s]))
    for (const [i, { payouts }] of reports.entries()) {
      for (const { netuid, pending } of payouts) {
        const subnet = splits.get(netuid)!
        const shares = emission.splitEmission({
          emission: pending.server + pending.validator + pending.root,
          mechanismEmissionSplit: subnet.MechanismEmissionSplit as readonly number[] | null,
          mechanismCount: Number(subnet.MechanismCountCurrent),
        })
        const recorded = objects(blocks[i]!.epoch_outputs).filter((epoch) => epoch.netuid === netuid)
        expect(recorded.map((epoch) => big(epoch.emission))).toEqual(shares)
      }
    }
  })

  test('a run in parts is the run at once', async () => {
    const emission = await loadEmission({ prefer: kind })
    const run = vectors(425, 'sim_08')
    const steps = objects(run.blocks).map(stepOf)
    let network = networkOf(run)
    const reports: BlockReport[] = []
    for (let at = 0; at < BLOCKS; at += 57) {
      const part = steps.slice(at, at + 57)
      const result = emission.runBlocks({ specVersion: 425, network, blocks: part.length, steps: part })
      reports.push(...result.reports)
      network = result.network
    }
    const whole = emission.runBlocks({ specVersion: 425, network: networkOf(run), blocks: BLOCKS, steps })
    expect(reports).toEqual(whole.reports)
    expect(network).toEqual(whole.network)
    const last = emission.runBlocks({
      specVersion: 425,
      network: networkOf(run),
      blocks: BLOCKS,
      steps,
      reports: 'last',
    })
    expect(last).toEqual({ reports: whole.reports.slice(-1), network: whole.network })
  })
})
