/** Blocks and payouts of finney as others published them, through the public API: figure for figure. */

import {
  columnsOf,
  type Draft,
  type Emission,
  NETWORK_TABLES,
  type NetworkColumns,
  type NetworkGlobals,
  type NetworkRows,
  type NetworkSubnetsRow,
  type ResidentNetwork,
  rowsOf,
} from '../../ts/emission/api.ts'
import { type Json, type JsonObject, objects } from './json.ts'

/** The `format` of a published payout. */
const PAYOUT = 'finney-payout/1'

/** What a file's figures came to. */
export interface Figures {
  readonly total: number
  /** In words. */
  readonly differences: readonly string[]
}

const big = (value: Json | undefined): bigint => BigInt(value as string | number)
const object = (value: Json | undefined): JsonObject => value as JsonObject
const isMissing = (value: Json | undefined): value is null | undefined =>
  value === undefined || value === null

/** Whether a document is a block of finney's or a payout. */
export function isFinney(document: JsonObject): boolean {
  return document.format === PAYOUT || document.observed_in_block !== undefined
}

/** What of a block a document is of. */
export function finneyPart(document: JsonObject): 'block' | 'payout' {
  return document.format === PAYOUT ? 'payout' : 'block'
}

/**
 * Computes every figure that a document states.
 * @throws {Error} for a document that states none.
 */
export function runFinney(emission: Emission, document: JsonObject): Figures {
  const tally = new Tally()
  if (document.format === PAYOUT) payout(emission, document, tally)
  else block(emission, document, tally)
  if (tally.total === 0) throw new Error('states no figure')
  return tally
}

class Tally implements Figures {
  readonly differences: string[] = []
  total = 0

  compare(what: string, stated: Json | undefined, computed: bigint): void {
    if (isMissing(stated)) return
    this.total++
    if (big(stated) !== computed) this.differences.push(`${what}: ${computed}, finney had ${String(stated)}`)
  }
}

// --- A block

/** Whose stake baskets are: nobody here has one. */
const ESCROW = 1

/** Runs the block on the state before, all of it but epochs, which nothing is stated of. */
function block(emission: Emission, document: JsonObject, tally: Tally): void {
  const specVersion = Number(document.spec_version)
  const columns = blockState(document)
  const whole = emission.rules.payout.some(({ first, last }) => first <= specVersion && specVersion <= last)
  // Of a version of which the payout is not known, what no payout has a part in is the newest one's.
  const newest = emission.rules.payout.at(-1)!.last
  const network = emission.open({ columns, specVersion, ...(whole ? {} : { asSpec: newest }) })
  const own = emission.open({ columns, specVersion })
  try {
    network.run(1)
    compareBlock(document, rowsOf(NETWORK_TABLES, network.columns()), tally)
    compareOwnPart(document, own, tally)
  } finally {
    network.close()
    own.close()
  }
}

function blockState(document: JsonObject): NetworkColumns {
  const globals = object(document.globals)
  const rows: Draft<NetworkRows> = {
    globals: {
      block: big(document.state_of_block),
      totalIssuance: big(globals.TotalIssuance),
      balancesIssuance: big(globals.TotalIssuance),
      blockEmission: big(globals.BlockEmission_item),
      taoWeight: big(globals.TaoWeight),
      rootTao: big(globals.root_SubnetTAO),
      basketEscrow: ESCROW,
      ...gate(globals),
    },
    subnets: objects(document.subnets).map(subnet),
  }
  return columnsOf(NETWORK_TABLES, rows)
}

/** The gate on small shares; what is not stored has the runtime's default. */
function gate(globals: JsonObject): Draft<NetworkGlobals> {
  const { EmissionBarRank: rank, EmissionGateExponent: exponent } = globals
  return {
    gateBar: big(globals.EmissionGateBar_u64f64),
    gateQuantile: big(globals.EmissionBarQuantile_u64f64),
    ...(isMissing(rank) ? {} : { gateRank: Number(rank) }),
    ...(isMissing(exponent) ? {} : { gateExponent: big(exponent) }),
  }
}

/** A subnet; what was not published of its pool is 0, and its figures are then left out. */
function subnet(value: JsonObject): Draft<NetworkSubnetsRow> {
  return {
    netuid: Number(value.netuid),
    firstEmissionBlock: value.FirstEmissionBlockNumber_set ? 1n : null,
    subtokenEnabled: (value.SubtokenEnabled as boolean | undefined) ?? true,
    emissionEnabled: value.SubnetEmissionEnabled as boolean,
    tao: isMissing(value.SubnetTAO) ? 0n : big(value.SubnetTAO),
    alpha: big(value.SubnetAlphaIn),
    quoteWeight: big(value.SwapBalancer),
    poolInitialized: true,
    alphaOut: big(value.SubnetAlphaOut),
    movingPrice: big(value.SubnetMovingPrice_i96f32),
    minerBurned: big(value.MinerBurned_u96f32),
    participantsUnread: true,
  }
}

function compareBlock(document: JsonObject, { globals, subnets }: NetworkRows, tally: Tally): void {
  const { observed_EmissionGateBar_u64f64: bar } = object(document.globals)
  tally.compare('EmissionGateBar', bar, globals.gateBar)
  for (const value of objects(document.subnets)) {
    if (isMissing(value.SubnetTAO)) continue
    const row = subnets.find(({ netuid }) => netuid === Number(value.netuid))!
    const figures = {
      SubnetTaoInEmission: row.lastTaoIn,
      SubnetExcessTao: row.lastExcessTao,
      SubnetAlphaInEmission: row.lastAlphaIn,
      SubnetAlphaOutEmission: row.lastAlphaOut,
      SwapBalancer: row.quoteWeight,
      alpha_bought: row.protocolAlpha,
    }
    for (const [name, computed] of Object.entries(figures))
      tally.compare(`${name} of subnet ${row.netuid}`, value[`observed_${name}`], computed)
  }
}

/** The same of what the version's own rules of a block say by themselves. */
function compareOwnPart(document: JsonObject, network: ResidentNetwork, tally: Tally): void {
  const { terms } = network.coinbase()
  for (const value of objects(document.subnets)) {
    if (isMissing(value.SubnetTAO)) continue
    const row = terms.netuid.indexOf(Number(value.netuid))
    const figures = {
      SubnetTaoInEmission: terms.taoIn[row]!,
      SubnetAlphaInEmission: terms.alphaIn[row]!,
      SubnetAlphaOutEmission: terms.alphaOut[row]!,
    }
    for (const [name, computed] of Object.entries(figures))
      tally.compare(
        `${name} of subnet ${String(value.netuid)} by itself`,
        value[`observed_${name}`],
        computed,
      )
  }
}

// --- A payout

/** The accounts of one pool: the hotkey, its owner, and one who stakes to it on root. */
const [HOTKEY, OWNER, STAKER, OTHER_ESCROW] = [1, 2, 3, 4] as const
const DECIMAL = 1
const ROOT_STAKE = { kind: DECIMAL, mantissa: 500_000_000_000_000_000_000n, exponent: -8n } as const

/** What a pool was credited with, in order. */
interface Credit {
  readonly kind: string
  readonly amount: bigint
}

/**
 * Pays each pool by itself, in a block of its own: of what several earn together is not published what each had staked.
 * What was paid is the alpha that, split by the hotkey's take, gives the credits.
 */
function payout(emission: Emission, document: JsonObject, tally: Tally): void {
  const [before, after] = [String(Number(blockOf(document)) - 1), blockOf(document)]
  for (const pool of objects(document.pools)) {
    const credits = objects(pool[`credits_in_${after}`]).map(
      ({ kind, amount }): Credit => ({ kind: String(kind), amount: big(amount) }),
    )
    const states = object(pool.state)
    const paid = pay(emission, document, pool, object(states[before]), credits)
    const stated = object(states[after])
    const shares = object(stated.shares)
    const name = String(pool.hotkey_prefix)
    tally.compare(`TotalHotkeyAlpha of ${name}`, stated.alpha, paid.total)
    tally.compare(`TotalHotkeySharesV2 of ${name}, mantissa`, shares.mantissa, paid.mantissa)
    tally.compare(`TotalHotkeySharesV2 of ${name}, exponent`, shares.exponent, paid.exponent)
    tally.compare(`AlphaDividendsPerSubnet of ${name}`, stated.alpha_dividend, paid.dividend)
  }
}

/** The last epoch. */
function blockOf(document: JsonObject): string {
  return String((document.epochs_at as readonly Json[]).at(-1))
}

interface Paid {
  readonly total: bigint
  readonly mantissa: bigint
  readonly exponent: bigint
  readonly dividend: bigint
}

function pay(
  emission: Emission,
  document: JsonObject,
  pool: JsonObject,
  state: JsonObject,
  credits: readonly Credit[],
): Paid {
  const of = (kind: string): bigint => credits.find((credit) => credit.kind === kind)?.amount ?? 0n
  const take = Number(pool.delegate_take_u16)
  const [alphaTake, rootTake] = [of('alpha_take'), of('root_take')]
  const dividends = alphaTake + of('alpha_dividend')
  // Take and rest are floored apart, so that a rao may be missing of what was paid.
  for (const missing of [0n, 1n]) {
    for (const root of paidFor(rootTake, take)) {
      const pending = { validator: dividends + missing, root, owner: of('owner_cut') }
      const network = payoutState(document, { state, take, pending, deposit: of('basket_deposit') })
      const found = inBlock(emission, document, network)
      const [alpha, ofRoot] = [found.payout.alphaDividends[0], found.payout.rootDividends[0]]
      if (alpha?.take !== alphaTake || alpha.nominators !== of('alpha_dividend')) break
      if (ofRoot?.take === rootTake) return { ...found.pool, dividend: alpha.nominators }
    }
  }
  throw new Error(`no pay of ${String(pool.hotkey_prefix)} is split into its credits`)
}

/** What a take of so much can be of, in rao. */
function paidFor(take: bigint, proportion: number): readonly bigint[] {
  if (take === 0n) return [0n]
  const about = (take * 65_535n) / BigInt(proportion)
  return Array.from({ length: 80 }, (_, i) => about + BigInt(i))
}

interface Pay {
  readonly state: JsonObject
  readonly take: number
  readonly pending: { readonly validator: bigint; readonly root: bigint; readonly owner: bigint }
  /** What waits for the hotkey's basket, of which it is the turn. */
  readonly deposit: bigint
}

/** A subnet whose epoch is due, with one pool, whose shares nobody is known to have. */
function payoutState(document: JsonObject, { state, take, pending, deposit }: Pay): NetworkColumns {
  const [netuid, block] = [Number(document.netuid), big(blockOf(document)) - 1n]
  const shares = object(state.shares)
  const pool = { kind: DECIMAL, mantissa: big(shares.mantissa), exponent: big(shares.exponent) }
  const total = big(state.alpha)
  const rows: Draft<NetworkRows> = {
    // A deposit that was brought into a basket was worth it; of all else nothing is.
    globals: { block, basketEscrow: OTHER_ESCROW, basketThreshold: deposit > 0n ? 0n : 2n ** 100n },
    rootHotkeys: [{ hotkey: HOTKEY }],
    rootStakes: [
      { hotkey: HOTKEY, total: total, ...ROOT_STAKE, rootShares: [{ coldkey: STAKER, ...ROOT_STAKE }] },
    ],
    owners: [{ hotkey: HOTKEY, coldkey: OWNER }],
    takes: [{ hotkey: HOTKEY, take }],
    baskets: [{ hotkey: HOTKEY, hash: 1n }],
    basketDeposits: deposit > 0n ? [{ hotkey: HOTKEY, netuid, rao: deposit }] : [],
    subnets: [
      {
        netuid,
        firstEmissionBlock: null,
        mechanism: 0,
        tempo: 360,
        lastEpochBlock: block - 359n,
        pendingValidator: pending.validator,
        pendingRoot: pending.root,
        pendingOwner: pending.owner,
        owner: OWNER,
        ownerHotkey: HOTKEY,
        neurons: [{ hotkey: HOTKEY }],
        stakes: [{ hotkey: HOTKEY, total, ...pool, shares: [] }],
      },
    ],
  }
  return columnsOf(NETWORK_TABLES, rows)
}

function inBlock(
  emission: Emission,
  document: JsonObject,
  columns: NetworkColumns,
): { pool: Omit<Paid, 'dividend'>; payout: ReturnType<ResidentNetwork['report']>['payouts'][number] } {
  const network = emission.open({ columns, specVersion: Number(document.spec_version) })
  try {
    const earned = [{ hotkey: HOTKEY, server: 0n, validator: 1_000_000_000n }]
    network.run(1, { steps: [{ epochs: [{ netuid: Number(document.netuid), earned }] }] })
    const [subnet] = rowsOf(NETWORK_TABLES, network.columns()).subnets
    return { pool: subnet!.stakes[0]!, payout: network.report().payouts[0]! }
  } finally {
    network.close()
  }
}
