/** A network that stays resident in an implementation. */

import { EngineError, InputError } from '../errors/index.ts'
import { anObject } from '../errors/options.ts'
import type { Answer, Column } from '../runtime/layout.ts'
import type { Accounts } from './accounts.ts'
import { openAnswer, wordsOf } from './answer.ts'
import { checkDistribute, checkReport, checkRequest, checkRun } from './checks.ts'
import { columnsOf, type Draft, decodeTables, encodeTables, rowsOfTable } from './columns.ts'
import {
  COINBASE_TABLES,
  type CoinbaseColumns,
  NETWORK_TABLES,
  type NetworkColumns,
  REPORT_TABLES,
  type ReportBlocksRow,
  type ReportColumns,
  type ReportPayoutsRow,
  STEP_TABLES,
  type StepColumns,
  type StepEarnedRow,
  type StepOperationsRow,
} from './fields.ts'
import { type EmissionRanges, PATHS, type Path, type Ruled, resultRules } from './rules.ts'
import { bigSlot, flagSlot, NONE, smallSlot } from './slots.ts'
import { type StakeWeights, stakeWeightsOf } from './subnet-functions.ts'

/** An implementation's place for a network. */
export interface NetworkPort {
  /** Asks something of the network, by the number that `bindings/wire` gives it. */
  call(method: number, slots: BigUint64Array, columns: Column[]): Answer
  /** Lets the network go. */
  close(): void
}

/** What one block did, as rows, and by which rules. */
export type BlockReport = ReportBlocksRow & Ruled

/** Which way a swap goes: TAO in and alpha out, or back. */
export type Side = 'buy' | 'sell'

/** Why the chain refuses a swap. */
export type Refusal = (typeof REFUSALS)[number]

/** By the number under which they are reported, from 1 on. */
export const REFUSALS = [
  'SwapInputTooLarge',
  'ReservesTooLow',
  'PriceLimitExceeded',
  'InsufficientLiquidity',
] as const

/** What a swap took and gave; the fee comes on top. */
export interface Swap {
  readonly paidIn: bigint
  readonly paidOut: bigint
  readonly fee: bigint
}

/** A swap, or why there was none. */
export type SwapResult = Swap | { readonly refused: Refusal }

/** A swap of so much. */
export interface SwapOperation {
  readonly kind: Side
  readonly netuid: number
  /** Fee included. */
  readonly amount: bigint
  /** Rao of TAO per 10^9 rao of alpha; none by default. */
  readonly limit?: bigint
  readonly dropFees: boolean
}

/** What happens before a block. */
export type Operation =
  | SwapOperation
  | { readonly kind: 'emission_enabled'; readonly netuid: number; readonly enabled: boolean }
  | { readonly kind: 'pending_epoch_at'; readonly netuid: number; readonly block: bigint }

/** What an epoch gave hotkeys. */
export type EarnedRow = StepEarnedRow

/** One block of a run. */
export interface Step {
  /** Before the block, in order. */
  readonly operations?: readonly Operation[]
  /** Epochs that come from elsewhere; Yuma's of the other subnets. Each must run in this block. */
  readonly epochs?: readonly { readonly netuid: number; readonly earned: readonly EarnedRow[] }[]
}

/** Options of {@link ResidentNetwork.run}. */
export interface RunOptions {
  /** What the first blocks have beside; one for each block at most. */
  readonly steps?: readonly Step[]
  /** Which blocks to report: all of them, as what `run` gives; else only the last, for {@link ResidentNetwork.report}. */
  readonly reports?: 'all' | 'last'
}

/** Options of {@link ResidentNetwork.distribute}. */
export interface DistributeOptions {
  readonly netuid: number
  /** What is handed out, rao; the subnet's own by default, which is then emptied. */
  readonly pending?: {
    readonly server: bigint
    readonly validator: bigint
    readonly root: bigint
    readonly owner: bigint
  }
  /** What the epoch gave each hotkey; by default what a Yuma epoch gives. */
  readonly earned?: readonly EarnedRow[]
  /** Block of the epoch; the next one by default. */
  readonly block?: bigint
}

const METHOD = {
  open: 0,
  close: 1,
  run: 2,
  report: 3,
  columns: 4,
  apply: 5,
  shares: 6,
  distribute: 7,
  coinbase: 8,
  stakeWeights: 9,
} as const

/** The method that lets a network go. */
export const CLOSE: number = METHOD.close

const NO_SLOTS: readonly bigint[] = []

/** How {@link ResidentNetwork} is opened. */
export interface OpenOptions {
  readonly specVersion: number
  /** The version by whose rules blocks run, where it is another. */
  readonly asSpec?: number
  readonly columns: NetworkColumns
  /** The accounts that the columns' numbers stand for. */
  readonly accounts?: Accounts | undefined
  /** Epochs by the plain, slow implementation, which only the addon carries: for tests and comparison. */
  readonly plain?: boolean
}

/**
 * A network that stays resident: its state crosses once, and stays where blocks run on it. It is let go by `close`, or
 * where it is forgotten; it lives on the thread that opened it.
 *
 * Every method throws `InputError` for input that no chain could hold, or whose rules are not known at the network's
 * version, and `EngineError` where the network is closed or the implementation fails.
 */
export class ResidentNetwork {
  /** The version by whose rules its blocks run. */
  readonly specVersion: number
  /** The same, where the state is of another. */
  readonly asSpec: number | undefined
  /** The accounts that numbers stand for, where it was opened with them. */
  readonly accounts: Accounts | undefined
  readonly #ranges: EmissionRanges
  #port: NetworkPort | undefined

  /** Use `emission.open`. */
  constructor(
    port: NetworkPort,
    ranges: EmissionRanges,
    { specVersion, asSpec = specVersion, columns, accounts, plain = false }: OpenOptions,
  ) {
    this.specVersion = asSpec
    this.asSpec = asSpec === specVersion ? undefined : asSpec
    this.accounts = accounts
    this.#ranges = ranges
    this.#port = port
    const state = encodeTables(NETWORK_TABLES, columns)
    const head = [smallSlot('spec_version', asSpec, 0xffff_ffff), flagSlot('plain', plain)]
    ResidentNetwork.#ask(this, METHOD.open, [...head, ...state.slots], state.columns)
  }

  /** Not a method: what another thread sent has none, and is to be told so. */
  static #ask(
    network: ResidentNetwork,
    method: number,
    slots: readonly bigint[],
    columns: Column[],
  ): ReturnType<typeof openAnswer> {
    if (!(#port in network)) throw new EngineError('a network is of the thread that opened it')
    if (network.#port === undefined) throw new EngineError('the network is closed')
    return openAnswer(network.#port.call(method, BigUint64Array.from(slots), columns))
  }

  /** What says by which rules a result of these paths was computed. */
  #ruled(...paths: Path[]): Ruled {
    const rules = resultRules(this.#ranges, this.specVersion, paths)
    return this.asSpec === undefined ? { rules } : { rules, asSpec: this.asSpec }
  }

  /**
   * Runs blocks on the state that the last one left. A run that fails leaves the network where it failed.
   * @param blocks At most 100,000; blocks times subnets at most 524,288 where all are reported.
   */
  run(blocks: number, options: RunOptions & { readonly reports: 'all' }): ReportColumns & Ruled
  run(blocks: number, options?: RunOptions): undefined
  run(blocks: number, options: RunOptions = {}): (ReportColumns & Ruled) | undefined {
    checkRun(options)
    const { steps = [], reports = 'last' } = options
    const all = reports === 'all'
    const slots = [smallSlot('blocks', blocks, 0xffff_ffff), flagSlot('reports', all)]
    const answer = ResidentNetwork.#ask(this, METHOD.run, slots, stepColumns(steps))
    return all ? { ...decodeTables(REPORT_TABLES, answer), ...this.#ruled(...PATHS) } : undefined
  }

  /** What the last block did. */
  report(): BlockReport {
    const columns = decodeTables(REPORT_TABLES, ResidentNetwork.#ask(this, METHOD.report, NO_SLOTS, []))
    return { ...onlyBlock(columns), ...this.#ruled(...PATHS) }
  }

  /** The state, as columns in memory of their own. */
  columns(): NetworkColumns {
    return decodeTables(NETWORK_TABLES, ResidentNetwork.#ask(this, METHOD.columns, NO_SLOTS, []))
  }

  /** Applies an operation before the next block; gives a swap's result, and null of the others. */
  apply(operation: Operation): SwapResult | null {
    checkRequest('operation', operation)
    const answer = ResidentNetwork.#ask(
      this,
      METHOD.apply,
      NO_SLOTS,
      stepColumns([{ operations: [operation] }]),
    )
    const { refused, paidIn, paidOut, fee } = decodeTables(REPORT_TABLES, answer).swaps
    if (refused.length === 0) return null
    return swapResult(refused[0]!, paidIn[0]!, paidOut[0]!, fee[0]!)
  }

  /**
   * How the next block's TAO is shared, of every version that is known: its `emissions`. The network stays as it is.
   * @param minted Rao of TAO; by default what the next block mints.
   */
  shares(minted?: bigint): BlockReport {
    const slots = [minted === undefined ? NONE : bigSlot('minted', minted)]
    const columns = decodeTables(REPORT_TABLES, ResidentNetwork.#ask(this, METHOD.shares, slots, []))
    return { ...onlyBlock(columns), ...this.#ruled('shares') }
  }

  /** Hands out what is pending for one subnet's epoch, of versions of which the payout is known. */
  distribute(options: DistributeOptions): ReportPayoutsRow & Ruled {
    checkDistribute(options)
    const { netuid, pending, earned, block } = options
    const { server = 0n, validator = 0n, root = 0n, owner = 0n } = pending ?? {}
    const slots = [
      smallSlot('netuid', netuid, 0xffff),
      flagSlot('pending', pending !== undefined),
      bigSlot('pending.server', server),
      bigSlot('pending.validator', validator),
      bigSlot('pending.root', root),
      bigSlot('pending.owner', owner),
      block === undefined ? NONE : bigSlot('block', block),
    ]
    const steps = earned === undefined ? [] : [{ epochs: [{ netuid, earned }] }]
    const answer = ResidentNetwork.#ask(this, METHOD.distribute, slots, stepColumns(steps))
    const [payout] = onlyBlock(decodeTables(REPORT_TABLES, answer)).payouts
    const ruled = earned === undefined ? this.#ruled('epoch', 'payout') : this.#ruled('payout')
    return { ...payout!, ...ruled }
  }

  /**
   * The own part of the next block, before any epoch: of versions of which it is known, and of spec 300. The network
   * stays as it is.
   */
  coinbase(): CoinbaseColumns & Ruled {
    const answer = ResidentNetwork.#ask(this, METHOD.coinbase, NO_SLOTS, [])
    return { ...decodeTables(COINBASE_TABLES, answer), ...this.#ruled('shares', 'block') }
  }

  /** The stake that the neurons of a subnet weigh with in its epoch. */
  stakeWeights(netuid: number): StakeWeights {
    const slots = [smallSlot('netuid', netuid, 0xffff)]
    return stakeWeightsOf(wordsOf(ResidentNetwork.#ask(this, METHOD.stakeWeights, slots, [])))
  }

  /** Lets the network go; every call behind it is refused. A second time nothing happens. */
  close(): void {
    if (!(#port in this)) throw new EngineError('a network is of the thread that opened it')
    const port = this.#port
    this.#port = undefined
    port?.close()
  }
}

/** The reports of a run, block by block, each made when it is asked for. */
export function* reportsOf(columns: ReportColumns & Ruled): Generator<BlockReport> {
  anObject('columns', columns)
  const { rules, asSpec } = columns
  const ruled = asSpec === undefined ? { rules } : { rules, asSpec }
  for (const row of rowsOfTable(REPORT_TABLES, columns, 'blocks')) yield { ...row, ...ruled }
}

function onlyBlock(columns: ReportColumns): ReportBlocksRow {
  const { value } = rowsOfTable(REPORT_TABLES, columns, 'blocks').next()
  if (value === undefined) throw new EngineError('a report of no block')
  return value
}

/** What a swap came to, by the number of its refusal. */
export function swapResult(refused: number, paidIn: bigint, paidOut: bigint, fee: bigint): SwapResult {
  if (refused === 0) return { paidIn, paidOut, fee }
  return { refused: REFUSALS[refused - 1]! }
}

/**
 * The swaps of a block, by the index of their operation.
 * @throws {InputError} for what is no report.
 */
export function swapsOf(report: BlockReport): ReadonlyMap<number, SwapResult> {
  checkReport(report)
  return new Map(
    report.swaps.map(({ operation, refused, paidIn, paidOut, fee }) => [
      operation,
      swapResult(refused, paidIn, paidOut, fee),
    ]),
  )
}

const KINDS = { buy: 0, sell: 1, emission_enabled: 2, pending_epoch_at: 3 } as const

function operationRow(block: number, operation: Operation): Draft<StepOperationsRow> {
  const { kind, netuid } = operation
  const number = KINDS[kind]
  switch (kind) {
    case 'buy':
    case 'sell':
      return {
        block,
        netuid,
        kind: number,
        amount: operation.amount,
        limit: operation.limit ?? null,
        dropFees: operation.dropFees,
      }
    case 'emission_enabled':
      return { block, netuid, kind: number, amount: operation.enabled ? 1n : 0n }
    case 'pending_epoch_at':
      return { block, netuid, kind: number, amount: operation.block }
    default: {
      const expected = `expected buy, sell, emission_enabled or pending_epoch_at, found ${String(kind)}`
      throw new InputError({ field: 'operations.kind', expected })
    }
  }
}

function stepColumns(steps: readonly Step[]): Column[] {
  const columns: StepColumns = columnsOf(STEP_TABLES, {
    operations: steps.flatMap(({ operations = [] }, block) =>
      operations.map((operation) => operationRow(block, operation)),
    ),
    epochs: steps.flatMap(({ epochs = [] }, block) =>
      epochs.map(({ netuid, earned }) => ({ block, netuid, earned })),
    ),
  })
  return encodeTables(STEP_TABLES, columns).columns
}
