/** The chain's whole-block runs, through networks that stay resident: block for block, and the state at the end. */

import { blake2b } from '@noble/hashes/blake2.js'
import {
  type BlockReport,
  columnsOf,
  type Draft,
  type Emission,
  NETWORK_TABLES,
  type NetworkColumns,
  type NetworkRows,
  type NetworkStakesRow,
  type NetworkSubnetsRow,
  type Operation,
  type ReportAfterRow,
  reportsOf,
  rowsOf,
  type Step,
  type SwapResult,
  swapsOf,
} from '../../ts/emission/api.ts'
import { isEqual, type Json, type JsonObject, objects, tuples } from './json.ts'

/** A `SafeFloat` as stored. */
const DECIMAL = 1

const big = (value: Json | undefined): bigint => BigInt(value as string | number)
const maybeBig = (value: Json | undefined): bigint | null => (value === null ? null : big(value))
const object = (value: Json | undefined): JsonObject => value as JsonObject

type Pool = { -readonly [K in keyof NetworkStakesRow]: NetworkStakesRow[K] }

function decimal(value: Json | undefined): { kind: number; mantissa: bigint; exponent: bigint } {
  const [mantissa, exponent] = value as readonly Json[]
  return { kind: DECIMAL, mantissa: big(mantissa), exponent: big(exponent) }
}

/** An account; the greatest number is the escrow's, which is behind all others. */
const ESCROW = 0xffff_fffe
const accountOf = (value: Json | undefined): number =>
  big(value) === 2n ** 64n - 1n ? ESCROW : Number(value)
const accountText = (account: number): string => String(account === ESCROW ? 2n ** 64n - 1n : account)

/** Stake by netuid, root's among it. */
function stakesOf(stakes: JsonObject, extra: JsonObject): Map<number, Pool[]> {
  const epochs = new Map(
    tuples(extra.AlphaShareEpoch ?? []).map(([hotkey, coldkey, netuid, epoch]) => [
      `${hotkey} ${coldkey} ${netuid}`,
      big(epoch),
    ]),
  )
  const netuids = new Map<number, Map<number, Pool>>()
  const pool = (netuid: Json | undefined, hotkey: Json | undefined): Pool => {
    const pools = netuids.get(Number(netuid)) ?? new Map<number, Pool>()
    netuids.set(Number(netuid), pools)
    const blank = {
      hotkey: Number(hotkey),
      total: 0n,
      epoch: 0n,
      kind: 0,
      mantissa: 0n,
      exponent: 0n,
      shares: [],
    }
    const known = pools.get(Number(hotkey)) ?? blank
    pools.set(Number(hotkey), known)
    return known
  }
  for (const [hotkey, netuid, total] of tuples(stakes.TotalHotkeyAlpha))
    pool(netuid, hotkey).total = big(total)
  for (const [hotkey, netuid, value] of tuples(stakes.TotalHotkeySharesV2))
    Object.assign(pool(netuid, hotkey), decimal(value))
  for (const [hotkey, coldkey, netuid, value] of tuples(stakes.AlphaV2)) {
    const known = pool(netuid, hotkey)
    const epoch = epochs.get(`${hotkey} ${coldkey} ${netuid}`) ?? 0n
    known.shares = [...known.shares, { coldkey: accountOf(coldkey), ...decimal(value), epoch }]
  }
  for (const [hotkey, netuid, epoch] of tuples(extra.AlphaSharePoolEpoch ?? []))
    pool(netuid, hotkey).epoch = big(epoch)
  return new Map([...netuids].map(([netuid, pools]) => [netuid, [...pools.values()]]))
}

function relations(value: Json | undefined): { hotkey: number; part: bigint; relative: number }[] {
  return tuples(value).flatMap(([hotkey, parts]) =>
    tuples(parts).map(([part, relative]) => ({
      hotkey: Number(hotkey),
      part: big(part),
      relative: Number(relative),
    })),
  )
}

function subnetOf(value: JsonObject, globals: JsonObject, stakes: readonly Pool[]): Draft<NetworkSubnetsRow> {
  const netuid = Number(value.netuid)
  const distribution = object(value.distribution)
  const account = (key: Json | undefined): number | null => (key === null ? null : Number(key))
  const quoteWeight = maybeBig(value.SwapBalancer)
  return {
    netuid,
    firstEmissionBlock: maybeBig(value.FirstEmissionBlockNumber),
    subtokenEnabled: value.SubtokenEnabled as boolean,
    registrationAllowed: value.NetworkRegistrationAllowed as boolean,
    emissionEnabled: value.SubnetEmissionEnabled as boolean,
    ownerCutEnabled: value.OwnerCutEnabled as boolean,
    mechanism: Number(value.mechanism),
    tao: big(value.SubnetTAO),
    alpha: big(value.SubnetAlphaIn),
    ...(quoteWeight === null ? {} : { quoteWeight }),
    poolInitialized: quoteWeight !== null,
    alphaOut: big(value.SubnetAlphaOut),
    movingPrice: big(value.SubnetMovingPrice),
    priceHalvingBlocks: big(value.EMAPriceHalvingBlocks),
    minerBurned: big(value.MinerBurned),
    tempo: Number(value.Tempo),
    lastEpochBlock: big(value.LastEpochBlock),
    owner: account(distribution.SubnetOwner),
    ownerHotkey: account(distribution.SubnetOwnerHotkey),
    recyclesOwnerIncentive: distribution.RecycleOrBurn === 'Recycle',
    neurons: objects(distribution.neurons).map(({ hotkey, ChildkeyTake }) => ({
      hotkey: Number(hotkey),
      childkeyTake: Number(ChildkeyTake),
    })),
    children: relations(distribution.ChildKeys).map(({ relative, ...row }) => ({ ...row, child: relative })),
    parents: relations(distribution.ParentKeys).map(({ relative, ...row }) => ({ ...row, parent: relative })),
    autoStakes: tuples(globals.AutoStakeDestination)
      .filter(([, of]) => of === netuid)
      .map(([coldkey, , hotkey]) => ({ coldkey: Number(coldkey), hotkey: Number(hotkey) })),
    stakes,
  }
}

function globalsWithBaskets(header: JsonObject): Draft<NetworkRows['globals']> {
  const gate = object(header.gate)
  return {
    gateBar: big(gate.EmissionGateBar),
    gateQuantile: big(gate.EmissionBarQuantile),
    gateRank: Number(gate.EmissionBarRank),
    gateExponent: big(gate.EmissionGateExponent),
    basketEscrow: accountOf(header.escrow),
    basketThreshold: big(header.RootClaimableThreshold_root) << 32n,
  }
}

/** The hash that storage orders a hotkey by, whose key is its number in 32 bytes. */
function hashOf(hotkey: Json | undefined): bigint {
  const key = Uint8Array.from(Buffer.from(big(hotkey).toString(16).padStart(64, '0'), 'hex'))
  return BigInt(`0x${Buffer.from(blake2b(key, { dkLen: 16 })).toString('hex')}`)
}

/** Who is on root, and what waits for baskets. */
function basketsOf(header: JsonObject): Draft<NetworkRows> {
  const onRoot = header.on_root as readonly Json[]
  const deposits = tuples(header.PendingBasketDeposits)
  const hotkeys = new Set([...onRoot, ...deposits.map(([hotkey]) => hotkey!)].map(String))
  return {
    rootHotkeys: onRoot.map((hotkey) => ({ hotkey: Number(hotkey) })),
    baskets: [...hotkeys].map((hotkey) => ({ hotkey: Number(hotkey), hash: hashOf(hotkey) })),
    basketDeposits: deposits.map(([hotkey, netuid, rao]) => ({
      hotkey: Number(hotkey),
      netuid: Number(netuid),
      rao: big(rao),
    })),
  }
}

function reservoirsOf(subnet: JsonObject, header: JsonObject): Draft<NetworkSubnetsRow> {
  const ofSubnet = (rows: Json | undefined): readonly (readonly Json[])[] =>
    tuples(rows).filter(([netuid]) => netuid === subnet.netuid)
  return {
    taoReservoir: big(subnet.BalancerTaoReservoir),
    alphaReservoir: big(subnet.BalancerAlphaReservoir),
    collateral: ofSubnet(header.MinerCollateral).map(([, hotkey, coldkey, value]) => ({
      hotkey: Number(hotkey),
      coldkey: Number(coldkey),
      locked: big(object(value).locked),
      drainRatio: big(object(value).drain_ratio),
      minLocked: big(object(value).min_locked),
      earned: big(object(value).earned),
    })),
    collateralSums: ofSubnet(header.ColdkeyMinerCollateral).map(([, coldkey, rao]) => ({
      coldkey: Number(coldkey),
      rao: big(rao),
    })),
  }
}

/** The state that a run begins with. */
export function stateOf(run: JsonObject): NetworkColumns {
  const header = object(run.header)
  const globals = object(header.globals)
  const stakes = stakesOf(object(header.stakes), header)
  const staking = new Map<string, { coldkey: number; hotkey: number }>()
  for (const [hotkey, coldkey] of tuples(object(header.stakes).AlphaV2))
    staking.set(`${coldkey} ${hotkey}`, { coldkey: accountOf(coldkey), hotkey: Number(hotkey) })
  const rows: Draft<NetworkRows> = {
    globals: {
      block: big(header.first_block) - 1n,
      totalIssuance: big(header.TotalIssuance),
      balancesIssuance: big(header.balances_total_issuance),
      totalStake: big(header.TotalStake),
      taoWeight: big(header.TaoWeight),
      childkeyBurn: big(header.CKBurn),
      subnetOwnerCut: Number(header.SubnetOwnerCut),
      maxEpochsPerBlock: Number(header.MaxEpochsPerBlock),
      movingAlpha: big(header.SubnetMovingAlpha),
      rootTao: big(header.root_SubnetTAO),
      ...(header.escrow === undefined ? {} : globalsWithBaskets(header)),
    },
    ...(header.escrow === undefined ? {} : basketsOf(header)),
    rootStakes: (stakes.get(0) ?? []).map(({ shares, ...pool }) => ({ ...pool, rootShares: shares })),
    owners: tuples(globals.Owner).map(([hotkey, coldkey]) => ({
      hotkey: Number(hotkey),
      coldkey: Number(coldkey),
    })),
    takes: tuples(globals.Delegates).map(([hotkey, take]) => ({
      hotkey: Number(hotkey),
      take: Number(take),
    })),
    ownedHotkeys: tuples(globals.OwnedHotkeys).flatMap(([coldkey, hotkeys]) =>
      (hotkeys as readonly Json[]).map((hotkey) => ({ coldkey: Number(coldkey), hotkey: Number(hotkey) })),
    ),
    stakingHotkeys: [...staking.values()],
    subnets: objects(run.subnets).map((subnet) => ({
      ...subnetOf(subnet, globals, stakes.get(Number(subnet.netuid)) ?? []),
      ...(header.escrow === undefined ? {} : reservoirsOf(subnet, header)),
    })),
  }
  return columnsOf(NETWORK_TABLES, rows)
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
function operationText(operation: readonly Json[], result: SwapResult | undefined): Json {
  if (result === undefined) return operation
  const given = operation.slice(0, 4)
  if ('refused' in result) return [...given, result.refused]
  return [...given, [result.paidIn, result.paidOut, result.fee].map(String)]
}

/** The file's block as a step: its recorded epochs, of each subnet the sum of its mechanisms'. */
export function stepOf(block: JsonObject): Step {
  const epochs = new Map<number, { hotkey: number; server: bigint; validator: bigint }[]>()
  for (const { netuid, out } of objects(block.epoch_outputs)) {
    const rows = tuples(out).map(([hotkey, server, validator]) => ({
      hotkey: Number(hotkey),
      server: big(server),
      validator: big(validator),
    }))
    epochs.set(Number(netuid), [...(epochs.get(Number(netuid)) ?? []), ...rows])
  }
  return {
    operations: tuples(block.ops).map(operationOf),
    epochs: [...epochs].map(([netuid, earned]) => ({ netuid, earned })),
  }
}

function blockText(report: BlockReport, expected: JsonObject, netuids: readonly number[]): JsonObject {
  const after = new Map(report.after.map((subnet) => [subnet.netuid, subnet]))
  const column = (of: (subnet: ReportAfterRow) => bigint): string[] =>
    netuids.map((netuid) => String(of(after.get(netuid)!)))
  const swaps = swapsOf(report)
  return {
    block: String(report.block),
    minted: String(report.minted),
    root_sell_flag: report.rootSellFlag,
    TotalIssuance: String(report.totalIssuance),
    ops: tuples(expected.ops).map((operation, i) => operationText(operation, swaps.get(i))),
    epoch_outputs: expected.epoch_outputs!,
    epochs_run: report.payouts.map(({ netuid }) => netuid),
    miner_burned: report.payouts.map(({ minerBurned }) => String(minerBurned)),
    tao_in: column(({ lastTaoIn }) => lastTaoIn),
    alpha_in: column(({ lastAlphaIn }) => lastAlphaIn),
    alpha_out: column(({ lastAlphaOut }) => lastAlphaOut),
    excess: column(({ lastExcessTao }) => lastExcessTao),
    SubnetTAO: column(({ tao }) => tao),
    SubnetAlphaIn: column(({ alpha }) => alpha),
    SubnetAlphaOut: column(({ alphaOut }) => alphaOut),
    pending_server: column(({ pendingServer }) => pendingServer),
    pending_validator: column(({ pendingValidator }) => pendingValidator),
    pending_root: column(({ pendingRoot }) => pendingRoot),
    pending_owner: column(({ pendingOwner }) => pendingOwner),
    quote_weight: column(({ quoteWeight }) => quoteWeight),
    moving_price: column(({ movingPrice }) => movingPrice),
    ...('flushed' in expected
      ? {
          TotalStake: String(report.totalStake),
          EmissionGateBar: String(report.gateBar),
          flushed: report.flushes.length === 0 ? null : String(report.flushes[0]!.hotkey),
          reservoir_tao: column(({ taoReservoir }) => taoReservoir),
          reservoir_alpha: column(({ alphaReservoir }) => alphaReservoir),
          fast_moving_price: netuids.map((netuid) => {
            const { hasFastMovingPrice, fastMovingPrice } = after.get(netuid)!
            return hasFastMovingPrice ? String(fastMovingPrice) : null
          }),
        }
      : { BlockEmission: String(report.blockEmission) }),
  }
}

function ascending(a: readonly Json[], b: readonly Json[]): number {
  for (const [i, x] of a.entries()) if (Number(x) !== Number(b[i])) return Number(x) - Number(b[i])
  return 0
}

/** The state that a run leaves, as the file has it. */
export function finalText(
  columns: NetworkColumns,
  netuids: readonly number[],
  withBaskets = false,
): JsonObject {
  const {
    globals,
    rootStakes,
    rootHotkeys,
    baskets,
    basketDeposits,
    subnets: all,
  } = rowsOf(NETWORK_TABLES, columns)
  const subnets = netuids.map((netuid) => all.find((subnet) => subnet.netuid === netuid)!)
  const root = rootStakes.map(({ rootShares, ...pool }) => ({ ...pool, netuid: 0, shares: rootShares }))
  const others = all.flatMap(({ netuid, stakes }) => stakes.map((pool) => ({ ...pool, netuid })))
  const pools = [...root, ...others]
  const sorted = (rows: Json[][], keys: number): Json[][] =>
    rows.sort((a, b) => ascending(a.slice(0, keys), b.slice(0, keys)))
  const shareText = ({ kind, mantissa, exponent }: ReturnType<typeof decimal>): string[] => {
    if (kind !== DECIMAL) throw new Error('no share of a run is a legacy one')
    return [String(mantissa), String(exponent)]
  }
  const claimable = (): Json =>
    sorted(
      subnets.flatMap(({ netuid, rootClaimable }) =>
        rootClaimable.map(({ hotkey, rate }) => [String(hotkey), netuid, String(rate)]),
      ),
      2,
    )
  const amounts = (of: (subnet: NetworkSubnetsRow) => readonly { hotkey: number; rao: bigint }[]): Json =>
    all.flatMap((subnet) => of(subnet).map(({ hotkey, rao }) => [subnet.netuid, String(hotkey), String(rao)]))
  const filled = baskets.filter(({ shares, rate, depositedTao }) => shares || rate || depositedTao)
  const basketsText = (): JsonObject => ({
    SubnetProtocolFlow: subnets.map(({ protocolFlow }) => String(protocolFlow)),
    AlphaDividendsPerSubnet: amounts(({ alphaDividends }) => alphaDividends),
    RootAlphaDividendsPerSubnet: amounts(({ rootDividends }) => rootDividends),
    TotalHotkeyAlphaLastEpoch: amounts(({ alphaLastEpoch }) => alphaLastEpoch),
    on_root: rootHotkeys.map(({ hotkey }) => String(hotkey)),
    MinerCollateral: all.flatMap(({ netuid, collateral }) =>
      collateral.map(({ hotkey, coldkey, locked, drainRatio, minLocked, earned }) => [
        netuid,
        String(hotkey),
        String(coldkey),
        {
          locked: String(locked),
          drain_ratio: String(drainRatio),
          min_locked: String(minLocked),
          earned: String(earned),
        },
      ]),
    ),
    ColdkeyMinerCollateral: all.flatMap(({ netuid, collateralSums }) =>
      collateralSums.map(({ coldkey, rao }) => [netuid, String(coldkey), String(rao)]),
    ),
    PendingBasketDeposits: basketDeposits.map(({ hotkey, netuid, rao }) => [
      String(hotkey),
      netuid,
      String(rao),
    ]),
    AlphaSharePoolEpoch: sorted(
      pools.filter(({ epoch }) => epoch > 0n).map((p) => [String(p.hotkey), p.netuid, String(p.epoch)]),
      2,
    ),
    AlphaShareEpoch: sorted(
      pools.flatMap((p) =>
        p.shares
          .filter(({ epoch }) => epoch > 0n)
          .map(({ coldkey, epoch }) => [String(p.hotkey), accountText(coldkey), p.netuid, String(epoch)]),
      ),
      3,
    ),
    BasketShares: filled.map(({ hotkey, shares }) => [String(hotkey), String(shares)]),
    BasketRate: filled.map(({ hotkey, rate }) => [String(hotkey), String(rate)]),
    BasketDepositedTao: filled.map(({ hotkey, depositedTao }) => [String(hotkey), String(depositedTao)]),
  })
  return {
    TotalStake: String(globals.totalStake),
    RootProp: subnets.map(({ rootProp }) => String(rootProp)),
    SubnetProtocolAlpha: subnets.map(({ protocolAlpha }) => String(protocolAlpha)),
    ...(withBaskets ? basketsText() : { RootClaimable: claimable() }),
    stakes: {
      TotalHotkeyAlpha: sorted(
        pools.filter(({ total }) => total > 0n).map((p) => [String(p.hotkey), p.netuid, String(p.total)]),
        2,
      ),
      TotalHotkeySharesV2: sorted(
        pools.filter(({ kind }) => kind !== 0).map((p) => [String(p.hotkey), p.netuid, shareText(p)]),
        2,
      ),
      AlphaV2: sorted(
        pools.flatMap((p) =>
          p.shares.map((share) => [String(p.hotkey), accountText(share.coldkey), p.netuid, shareText(share)]),
        ),
        3,
      ),
    },
  }
}

/** What a run came to: each of its blocks and the state at the end is one thing to be equal. */
export interface RunOutcome {
  readonly total: number
  readonly differences: readonly string[]
  readonly epochs: number
}

/** Runs a file's blocks on one implementation, by the rules of its version or of one that has the same. */
export function runBlocks(
  emission: Emission,
  run: JsonObject,
  specVersion: number = Number(run.spec_version),
): RunOutcome {
  const netuids = (run.netuids as readonly Json[]).map(Number)
  const blocks = objects(run.blocks)
  const network = emission.open({ specVersion, columns: stateOf(run) })
  const differences: string[] = []
  let epochs = 0
  let at = 0
  const columns = network.run(blocks.length, { steps: blocks.map(stepOf), reports: 'all' })
  for (const report of reportsOf(columns)) {
    const expected = blocks[at++]!
    epochs += report.payouts.length
    if (!isEqual(blockText(report, expected, netuids), expected)) differences.push(`block ${report.block}`)
    if (!splitsAreEqual(emission, run, report, expected))
      differences.push(`mechanisms of block ${report.block}`)
  }
  if (at !== blocks.length) differences.push(`${at} blocks of ${blocks.length}`)
  if (!isEqual(finalText(network.columns(), netuids, 'MinerCollateral' in object(run.final)), run.final))
    differences.push('the state at the end')
  network.close()
  return { total: blocks.length + 1, differences, epochs }
}

/** Whether what epochs handed out is what their mechanisms were recorded to share. */
function splitsAreEqual(
  emission: Emission,
  run: JsonObject,
  { payouts }: BlockReport,
  block: JsonObject,
): boolean {
  const splits = new Map(objects(run.subnets).map((subnet) => [Number(subnet.netuid), subnet]))
  return payouts.every(({ netuid, pendingServer, pendingValidator, pendingRoot }) => {
    const { MechanismEmissionSplit: split, MechanismCountCurrent } = splits.get(netuid)!
    const shares = emission.splitEmission({
      emission: pendingServer + pendingValidator + pendingRoot,
      mechanismEmissionSplit: split === null ? null : Uint16Array.from(split as readonly number[]),
      mechanismCount: Number(MechanismCountCurrent),
    })
    const recorded = objects(block.epoch_outputs).filter((epoch) => epoch.netuid === netuid)
    return isEqual(
      recorded.map((epoch) => String(epoch.emission)),
      shares.map(String),
    )
  })
}
