import { loadEmission } from '#emission'
import type { Chain } from '../chain/chain.ts'
import type { Emission } from '../emission/types.ts'
import type { Engine } from '../engine/types.ts'
import { ChainError, InputError } from '../errors/index.ts'
import { sleep } from '../errors/sleep.ts'
import { type Alert, type AlertRules, Alerts } from './alerts.ts'
import { checkEpoch } from './check.ts'
import { checkWatch } from './checks.ts'
import { nextEpochBlock } from './epoch.ts'
import { findEpochs } from './find.ts'
import type { Entry, EpochId, History, Progress } from './history.ts'
import type { WatchObserver } from './observer.ts'
import type { Verification } from './types.ts'

/** What to check, and how. */
export interface WatchOptions {
  /** Default: all subnets. */
  readonly netuids?: readonly number[]
  /** The first block whose epochs are checked. Default: where the history ends, else the newest finalized block. */
  readonly since?: bigint
  /** Stop at the newest finalized block, in place of following the chain. */
  readonly once?: boolean
  /** Milliseconds between two looks at the head. Default 6,000. */
  readonly pollMs?: number
  readonly history?: History
  /** Whether to check what each coldkey holds of the stake behind each hotkey: every holder is listed. Default false. */
  readonly nominators?: boolean
  /** What recomputes the blocks around epochs. Default: the fastest there is. */
  readonly emission?: Emission
  readonly signal?: AbortSignal
  /** Told of each epoch once it is checked and in the history. */
  readonly onVerification: (verification: Verification) => Promise<void> | void
  /** Told of what goes wrong with the chain, each time; the watch goes on. */
  readonly onFault?: (error: ChainError) => void
  /** Told where it begins, and each time up to which block all epochs are checked. */
  readonly onProgress?: (progress: Progress) => void
  /** Told of all that it does, to count it: {@link WatchMetrics.observer}. */
  readonly observer?: WatchObserver
  /** Keeps in the history, which it needs, what is to be sent: differences, and what these rules name. */
  readonly alerts?: AlertRules
  /** Told of alerts once they are in the history. */
  readonly onAlerts?: (alerts: readonly Alert[]) => void
}

/** Blocks that are looked through together: what is lost of the looking when the process dies. */
const SPAN = 256n
const POLL_MS = 6000
const RETRY_MS = 5000

/**
 * Checks every epoch from a block on, each once, in order, and goes on with those to come. With a history it goes on
 * where it ended, whatever ended it: an epoch that is in it is not checked again, and none is left out. A difference is read
 * again, from another endpoint where there is one, before it is kept.
 *
 * @throws {AbortedError} when its signal says so; {@link ChainError} with `once` only.
 * @throws {InputError} for a subnet that there is neither at the newest finalized block nor where the check begins, and
 * with `once` for a block that is not finalized yet.
 */
export async function watch(engine: Engine, chain: Chain, options: WatchOptions): Promise<void> {
  checkWatch(engine, chain, options)
  const emission = options.emission ?? (await loadEmission())
  await new Watch(engine, emission, chain, options).run()
}

class Watch {
  readonly #engine: Engine
  readonly #emission: Emission
  readonly #chain: Chain
  readonly #options: WatchOptions
  readonly #scope: string
  #alerts: Alerts | undefined
  /** Epochs of the span that is looked through, which is looked through again after a fault. */
  readonly #checked = new Set<string>()

  constructor(engine: Engine, emission: Emission, chain: Chain, options: WatchOptions) {
    this.#engine = engine
    this.#emission = emission
    this.#chain = chain
    this.#options = options
    const netuids = options.netuids && [...new Set(options.netuids)].sort((a, b) => a - b)
    this.#scope = netuids === undefined ? 'all' : netuids.join(',')
  }

  async run(): Promise<void> {
    const { since, block: start } = await this.#patiently(() => this.#start())
    let block = start
    const { observer } = this.#options
    await this.#remember()
    this.#reached({ since, block })
    for (;;) {
      const head = await this.#patiently(
        async () => (await this.#chain.head('finalized', this.#signal)).number,
      )
      observer?.onHead(head)
      while (block < head) {
        const to = block + SPAN < head ? block + SPAN : head
        await this.#patiently(() => this.#span(block, to))
        block = to
        this.#checked.clear()
        await this.#options.history?.setProgress(this.#scope, { since, block })
        this.#reached({ since, block })
      }
      if (this.#options.once) return
      await this.#pause(this.#options.pollMs ?? POLL_MS)
    }
  }

  get #signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  /** What came of the epochs before. */
  async #remember(): Promise<void> {
    const { history, observer, alerts } = this.#options
    observer?.onStart(await history?.tally(observer.hotkeys))
    if (alerts === undefined) return
    const { neurons } = await history!.tally(alerts.hotkeys)
    this.#alerts = new Alerts(alerts, neurons)
  }

  #reached(progress: Progress): void {
    this.#options.observer?.onProgress(progress)
    this.#options.onProgress?.(progress)
  }

  /** Where to begin, written down at once: what happens after it is not to be missed. */
  async #start(): Promise<{ since: bigint; block: bigint }> {
    const { history, since, once } = this.#options
    const head = (await this.#chain.head('finalized', this.#signal)).number
    if (once && since !== undefined && since > head) {
      const expected = `expected a block up to ${head}, the newest finalized one, found ${since}`
      throw new InputError({ field: 'since', expected })
    }
    const known = await history?.progress(this.#scope)
    // Further on than asked for is as far as it got; further back than it got is begun there.
    if (known !== undefined && (since === undefined || since >= known.since)) {
      await this.#checkSubnets(known.block, head)
      return known
    }
    const first = since ?? head + 1n
    const start = { since: first, block: first > 0n ? first - 1n : 0n }
    await this.#checkSubnets(start.block, head)
    await history?.setProgress(this.#scope, start)
    return start
  }

  /** That each subnet that was named is there at one end at least: of one that is not nothing would ever be found. */
  async #checkSubnets(start: bigint, head: bigint): Promise<void> {
    let missing = this.#options.netuids ?? []
    for (const block of new Set([head, start < head ? start : head])) {
      if (missing.length === 0) return
      const there = await this.#chain.epochMarks(block, missing, this.#signal)
      missing = missing.filter((netuid) => !there.some((marks) => marks.netuid === netuid))
    }
    if (missing.length === 0) return
    throw new InputError({
      field: 'netuid',
      expected: `expected a subnet that has epochs and is there at block ${start} or ${head}, found ${missing.join(', ')}`,
    })
  }

  async #span(after: bigint, to: bigint): Promise<void> {
    const { netuids, history } = this.#options
    const signal = this.#signal
    const epochs = await findEpochs(this.#chain, {
      after,
      to,
      ...(netuids === undefined ? {} : { netuids }),
      ...(signal === undefined ? {} : { signal }),
    })
    for (const epoch of epochs) {
      const place = `${epoch.netuid}/${epoch.block}`
      if (this.#checked.has(place) || (await history?.has(epoch))) continue
      await this.#check(epoch)
      this.#checked.add(place)
    }
  }

  async #check({ netuid, block }: EpochId): Promise<void> {
    const signal = this.#signal
    const { nominators, history, observer } = this.#options
    const begun = performance.now()
    const entry = await checkEpoch(this.#engine, this.#emission, this.#chain, {
      netuid,
      block,
      ...(nominators === undefined ? {} : { nominators }),
      ...(signal === undefined ? {} : { signal }),
    })
    const seconds = (performance.now() - begun) / 1000
    const alerts = this.#alerts?.of(entry) ?? []
    await history?.add(entry, alerts)
    observer?.onEntry(entry, { seconds, nextEpochBlock: this.#nextEpoch(entry) })
    if (alerts.length > 0) this.#options.onAlerts?.(alerts)
    await this.#options.onVerification(entry.verification)
  }

  /** By the schedule after the epoch. */
  #nextEpoch({ after }: Entry): bigint | null {
    return after === undefined ? null : nextEpochBlock(this.#emission, after)
  }

  /** Tries again for as long as the chain cannot be reached; with `once`, whatever is wrong is thrown. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof ChainError) || this.#options.once) throw error
        this.#options.observer?.onFault(error)
        this.#options.onFault?.(error)
        await this.#pause(RETRY_MS)
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, this.#signal)
  }
}
