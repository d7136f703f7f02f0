import type { ChainErrorKind } from '../errors/index.ts'
import { checkMetrics, checkTime } from './checks.ts'
import { exposition, type Family, type Sample } from './exposition.ts'
import type { Entry, KnownNeuron, Tally } from './history.ts'
import type { EntryDetails, WatchObserver } from './observer.ts'
import type { Outcome } from './types.ts'

/** What {@link WatchMetrics} shows. */
export interface MetricsOptions {
  /** Hotkeys of which it shows what each epoch gave them, on every subnet that is watched, SS58. Default: none. */
  readonly hotkeys?: readonly string[]
  /** The chain's time from block to block. Default 12. */
  readonly blockSeconds?: number
}

const BLOCK_SECONDS = 12
const MAX_U16 = 65_535
/** Seconds that a check takes at most, of a histogram. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** What epochs of a subnet came to. */
interface SubnetCounts {
  readonly epochs: Map<Outcome, bigint>
  differences: bigint
  last: bigint
  next: bigint | null
}

/** What a hotkey has on a subnet. Proportions are u16, amounts rao; what is not known is left out. */
interface HotkeyState {
  readonly netuid: number
  readonly hotkey: string
  block: bigint
  isRegistered: boolean
  uid?: number
  validatorPermit?: boolean
  stakeWeight?: number | undefined
  validatorTrust?: number | undefined
  dividends?: number | undefined
  incentive: readonly number[]
  emission?: bigint | undefined
  alphaStake?: bigint | undefined
  rootStake?: bigint | undefined
  serverPaid: bigint
  validatorPaid: bigint
}

/** What a watch does, in numbers, as Prometheus reads them. */
export class WatchMetrics {
  readonly #hotkeys: readonly string[]
  readonly #blockSeconds: number
  readonly #subnets = new Map<number, SubnetCounts>()
  readonly #states = new Map<string, HotkeyState>()
  readonly #faults = new Map<ChainErrorKind, number>()
  readonly #buckets = BUCKETS.map(() => 0)
  #checks = 0
  #checkSeconds = 0
  #checkedAt: number | undefined
  #head: { readonly block: bigint; readonly seenAt: number } | undefined
  #reached: bigint | undefined
  /** When all epochs up to the head were checked; before that when it began. */
  #levelAt = Date.now()

  /** @throws {InputError} for what is no hotkey and no time. */
  constructor(options: MetricsOptions = {}) {
    checkMetrics(options)
    const { hotkeys = [], blockSeconds = BLOCK_SECONDS } = options
    this.#hotkeys = [...new Set(hotkeys)]
    this.#blockSeconds = blockSeconds
  }

  /** Who counts: `watch(engine, chain, { observer: metrics.observer, … })`. */
  get observer(): WatchObserver {
    return {
      hotkeys: this.#hotkeys,
      onStart: (known) => this.#start(known),
      onHead: (block) => {
        this.#head = { block, seenAt: Date.now() }
        this.#level()
      },
      onEntry: (entry, details) => this.#entry(entry, details),
      onProgress: ({ block }) => {
        this.#reached = block
        this.#level()
      },
      onFault: ({ kind }) => void this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1),
    }
  }

  /**
   * All of it in Prometheus' text format, version 0.0.4.
   * @param now Milliseconds since 1970, from which on the next epochs are counted. Default: the time that it is.
   */
  text(now: number = Date.now()): string {
    checkTime('now', now)
    return exposition([...this.#watchFamilies(now), ...this.#subnetFamilies(now), ...this.#hotkeyFamilies()])
  }

  // --- What happens

  #start(known: Tally | undefined): void {
    for (const { netuid, outcome, epochs, differences, block } of known?.epochs ?? []) {
      const counts = this.#subnet(netuid)
      counts.epochs.set(outcome, epochs)
      counts.differences += differences
      if (block > counts.last) counts.last = block
    }
    for (const neuron of known?.neurons ?? []) this.#states.set(placeOf(neuron), stateOf(neuron))
  }

  #level(): void {
    if (this.#head !== undefined && this.#reached !== undefined && this.#reached >= this.#head.block)
      this.#levelAt = Date.now()
  }

  #entry(entry: Entry, { seconds, nextEpochBlock }: EntryDetails): void {
    const { netuid, block, outcome, differences } = entry.verification
    const counts = this.#subnet(netuid)
    counts.epochs.set(outcome, (counts.epochs.get(outcome) ?? 0n) + 1n)
    counts.differences += BigInt(differences.length)
    this.#checks++
    this.#checkSeconds += seconds
    this.#checkedAt = Date.now()
    for (const [at, bound] of BUCKETS.entries()) if (seconds <= bound) this.#buckets[at]!++
    // A history that is extended backwards has later ones already.
    const isNewest = block >= counts.last
    if (isNewest) {
      counts.last = block
      counts.next = nextEpochBlock
    }
    for (const hotkey of this.#hotkeys) this.#neuron(hotkey, entry, isNewest)
  }

  #neuron(hotkey: string, { verification, after, paid }: Entry, isNewest: boolean): void {
    if (after === undefined) return
    const { netuid, block } = verification
    const place = placeOf({ netuid, hotkey })
    const uid = after.hotkeys.indexOf(hotkey)
    const known = this.#states.get(place)
    if (uid < 0 && known === undefined) return
    // What was paid for a uid was its hotkey's before the block.
    const payee = paid?.hotkeys[uid] === hotkey ? paid : undefined
    const sums = {
      serverPaid: (known?.serverPaid ?? 0n) + (payee?.serverEmission[uid] ?? 0n),
      validatorPaid: (known?.validatorPaid ?? 0n) + (payee?.validatorEmission[uid] ?? 0n),
    }
    if (known !== undefined && !isNewest) {
      this.#states.set(place, { ...known, ...sums })
      return
    }
    const state = { netuid, hotkey, block, ...sums }
    if (uid < 0) {
      this.#states.set(place, { ...state, isRegistered: false, validatorPermit: false, incentive: [] })
      return
    }
    const { stored, accounts } = after
    this.#states.set(place, {
      ...state,
      isRegistered: true,
      uid,
      validatorPermit: after.validatorPermit[uid] === 1,
      stakeWeight: stored.stakeWeight[uid],
      validatorTrust: stored.validatorTrust[uid],
      dividends: stored.dividends[uid],
      incentive: stored.incentive.flatMap((column) => column[uid] ?? []),
      emission: stored.emission[uid],
      alphaStake: accounts.totalHotkeyAlpha[uid],
      rootStake: accounts.rootAlpha[uid],
    })
  }

  #subnet(netuid: number): SubnetCounts {
    const known = this.#subnets.get(netuid)
    if (known !== undefined) return known
    const counts: SubnetCounts = { epochs: new Map(), differences: 0n, last: 0n, next: null }
    this.#subnets.set(netuid, counts)
    return counts
  }

  // --- What is shown

  *#watchFamilies(now: number): Generator<Family> {
    const subnets = [...this.#subnets].sort(([a], [b]) => a - b)
    yield {
      name: 'yuma_watch_epochs_total',
      type: 'counter',
      help: 'Epochs checked, those that the history held at the start among them.',
      samples: subnets.flatMap(([netuid, { epochs }]) =>
        [...epochs].map(([outcome, value]) => ({ labels: { netuid, outcome }, value })),
      ),
    }
    yield {
      name: 'yuma_watch_differences_total',
      type: 'counter',
      help: 'Values that differ from what the rules give, those that the history held at the start among them.',
      samples: subnets.map(([netuid, { differences }]) => ({ labels: { netuid }, value: differences })),
    }
    yield {
      name: 'yuma_watch_chain_faults_total',
      type: 'counter',
      help: 'Faults of the chain or its nodes since the start, after each of which the watch tried again.',
      samples: [...this.#faults].map(([kind, value]) => ({ labels: { kind }, value })),
    }
    yield {
      name: 'yuma_watch_check_seconds',
      type: 'histogram',
      help: 'Time of reading and checking an epoch, since the start.',
      samples: this.#histogram(),
    }
    yield one('yuma_watch_head_block', 'The newest finalized block that the watch knows.', this.#head?.block)
    yield one('yuma_watch_checked_block', 'The block up to which all epochs are checked.', this.#reached)
    yield one('yuma_watch_lag_blocks', 'Finalized blocks whose epochs are not all checked yet.', this.#lag())
    yield one(
      'yuma_watch_lag_seconds',
      'Time since all epochs up to the newest finalized block were checked, by a look that reached the chain.',
      (now - this.#levelAt) / 1000,
    )
    yield one(
      'yuma_watch_last_check_timestamp_seconds',
      'When the last epoch was checked, since the start; seconds since 1970.',
      this.#checkedAt === undefined ? undefined : this.#checkedAt / 1000,
    )
  }

  #lag(): bigint | undefined {
    if (this.#head === undefined || this.#reached === undefined) return undefined
    const lag = this.#head.block - this.#reached
    return lag > 0n ? lag : 0n
  }

  #histogram(): readonly Sample[] {
    const counts = [
      ...BUCKETS.map((le, at) => [le, this.#buckets[at]!] as const),
      ['+Inf', this.#checks] as const,
    ]
    return [
      ...counts.map(([le, value]) => ({ suffix: '_bucket', labels: { le }, value })),
      { suffix: '_sum', labels: {}, value: this.#checkSeconds },
      { suffix: '_count', labels: {}, value: this.#checks },
    ]
  }

  *#subnetFamilies(now: number): Generator<Family> {
    const subnets = [...this.#subnets].sort(([a], [b]) => a - b)
    const known = subnets.flatMap(([netuid, { next }]) =>
      next === null ? [] : [{ labels: { netuid }, value: next }],
    )
    yield {
      name: 'yuma_subnet_last_epoch_block',
      type: 'gauge',
      help: "The block of the subnet's last epoch that was checked.",
      samples: subnets.map(([netuid, { last }]) => ({ labels: { netuid }, value: last })),
    }
    yield {
      name: 'yuma_subnet_next_epoch_block',
      type: 'gauge',
      help: "The block of the subnet's next epoch by its schedule; a full block may put it off.",
      samples: known,
    }
    yield {
      name: 'yuma_subnet_next_epoch_seconds',
      type: 'gauge',
      help: `Time to that block, at ${this.#blockSeconds} seconds a block; 0 where it is due.`,
      samples: known.map(({ labels, value }) => ({ labels, value: this.#secondsTo(value, now) })),
    }
  }

  #secondsTo(block: bigint, now: number): number {
    const { block: head, seenAt } = this.#head ?? { block: 0n, seenAt: now }
    return Math.max(0, Number(block - head) * this.#blockSeconds - (now - seenAt) / 1000)
  }

  *#hotkeyFamilies(): Generator<Family> {
    const states = [...this.#states.values()].sort(
      (a, b) => a.netuid - b.netuid || (a.hotkey < b.hotkey ? -1 : 1),
    )
    const gauge = (
      name: string,
      help: string,
      of: (state: HotkeyState) => number | bigint | boolean | undefined,
    ): Family => ({
      name: `yuma_hotkey_${name}`,
      type: 'gauge',
      help,
      samples: states.flatMap((state) => {
        const value = of(state)
        return value === undefined ? [] : [{ labels: labelsOf(state), value: numberOf(value) }]
      }),
    })
    yield gauge(
      'registered',
      'Whether the hotkey had a uid after the last epoch, 0 or 1.',
      (of) => of.isRegistered,
    )
    yield gauge('uid', 'Its uid.', ({ uid }) => uid)
    yield gauge('epoch_block', 'The block of the epoch that its values are of.', ({ block }) => block)
    yield gauge('validator_permit', 'Whether it has a validator permit, 0 or 1.', (of) => of.validatorPermit)
    yield gauge('validator_trust', 'Validator trust, 0 to 1.', (of) => part(of.validatorTrust))
    yield gauge('dividends', 'Part of the dividends, 0 to 1.', (of) => part(of.dividends))
    yield gauge('stake_weight', 'Part of the stake that weights count by, 0 to 1.', (of) =>
      part(of.stakeWeight),
    )
    yield {
      ...gauge('incentive', 'Part of the incentive, by mechanism, 0 to 1.', () => undefined),
      samples: states.flatMap((state) =>
        state.incentive.map((value, mechanism) => ({
          labels: { ...labelsOf(state), mechanism },
          value: value / MAX_U16,
        })),
      ),
    }
    yield gauge(
      'alpha_stake_rao',
      'Alpha that is staked to it on the subnet (TotalHotkeyAlpha), rao.',
      (of) => of.alphaStake,
    )
    yield gauge('root_stake_rao', 'What is staked to it on root, rao.', (of) => of.rootStake)
    yield gauge(
      'emission_rao',
      'Emission as the chain stores it of the last epoch, rao.',
      (of) => of.emission,
    )
    yield {
      name: 'yuma_hotkey_paid_rao_total',
      type: 'counter',
      help: 'Alpha that all checked epochs paid for it as a miner, and as a validator with those who stake to it, rao.',
      samples: states.flatMap((state) => [
        { labels: { ...labelsOf(state), as: 'miner' }, value: state.serverPaid },
        { labels: { ...labelsOf(state), as: 'validator' }, value: state.validatorPaid },
      ]),
    }
  }
}

function one(name: string, help: string, value: number | bigint | undefined): Family {
  return { name, type: 'gauge', help, samples: value === undefined ? [] : [{ labels: {}, value }] }
}

function part(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / MAX_U16
}

function numberOf(value: number | bigint | boolean): number | bigint {
  return typeof value === 'boolean' ? Number(value) : value
}

function labelsOf({ netuid, hotkey }: HotkeyState): { readonly netuid: number; readonly hotkey: string } {
  return { netuid, hotkey }
}

function placeOf({ netuid, hotkey }: { readonly netuid: number; readonly hotkey: string }): string {
  return `${netuid}/${hotkey}`
}

/** Of one whose uid another has by now no more is shown than that. */
function stateOf({
  netuid,
  hotkey,
  block,
  isRegistered,
  serverPaid,
  validatorPaid,
  ...rest
}: KnownNeuron): HotkeyState {
  const state = { netuid, hotkey, block, isRegistered, serverPaid, validatorPaid }
  if (!isRegistered) return { ...state, validatorPermit: false, incentive: [] }
  return {
    ...state,
    uid: rest.uid,
    incentive: rest.incentive,
    stakeWeight: rest.stakeWeight ?? undefined,
    validatorTrust: rest.validatorTrust ?? undefined,
    dividends: rest.dividends ?? undefined,
    emission: rest.emission ?? undefined,
    ...(rest.validatorPermit === null ? {} : { validatorPermit: rest.validatorPermit }),
  }
}
