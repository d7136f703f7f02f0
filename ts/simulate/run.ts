/** Epochs in a row with agents. */

import { InputError } from '../errors/index.ts'
import { unexpectedValue } from '../errors/options.ts'
import { sleep } from '../errors/sleep.ts'
import { checkOrder } from './changes.ts'
import { changeList } from './checks.ts'
import { faultAt, type Place } from './port.ts'
import { MAX_BYTES, type OpenSubnet } from './subnet.ts'
import type {
  Agent,
  AgentView,
  Change,
  FunctionAgent,
  NamedAgent,
  Quality,
  RecordedColumn,
  ScheduledChanges,
  Simulated,
  SimulateOptions,
} from './types.ts'

/** Milliseconds after which a run lets others have their turn: a signal, a page. */
const TURN = 50
/** Epochs of the first call, before it is known how long they take. */
const FIRST_CALL = 16
/** Epochs of one call at most. */
const MOST = 100_000

const DEFAULT_RECORD: readonly RecordedColumn[] = ['incentive', 'dividends', 'emission', 'stake']

interface Placed<A> {
  readonly agent: A
  readonly place: number
}

/** Agents that are functions, and agents with a name, with their places among all. */
function apart(agents: readonly Agent[]): {
  readonly functions: readonly Placed<FunctionAgent>[]
  readonly named: readonly Placed<NamedAgent>[]
} {
  const all = agents.map((agent, place) => ({ agent, place }))
  return {
    functions: all.filter((entry): entry is Placed<FunctionAgent> => typeof entry.agent === 'function'),
    named: all.filter((entry): entry is Placed<NamedAgent> => typeof entry.agent !== 'function'),
  }
}

/** What of the options the agents are told. */
function qualitiesOf(quality: Quality | readonly Quality[] | undefined): readonly Quality[] {
  if (quality === undefined) return []
  return Array.isArray(quality) ? quality : [quality as Quality]
}

/** Runs what is asked for on a subnet that was opened for it. */
export async function runOn(subnet: OpenSubnet, options: SimulateOptions): Promise<Simulated> {
  const { epochs, record = DEFAULT_RECORD, every = 1, maxBytes = MAX_BYTES, signal } = options
  const { functions, named } = apart(options.agents ?? [])
  subnet.act({
    agents: named,
    qualities: qualitiesOf(options.quality),
    seed: BigInt(options.seed ?? 0),
    interval: options.commitReveal?.interval ?? 1,
    grow: options.grow ?? 'none',
  })
  const weighing = new Set(named.flatMap(({ agent }) => agent.uids)).size
  subnet.record(record, every, epochs, maxBytes, weighing)
  const placed = ({ agent, ...place }: Place): Place =>
    agent === undefined ? place : { ...place, agent: named[agent]!.place }
  let call = functions.length > 0 ? 1 : FIRST_CALL
  let turn = performance.now()
  const schedule = new Schedule(options.changes ?? [])
  while (subnet.progress.epochs < epochs && !signal?.aborted) {
    schedule.make(subnet)
    for (const { agent, place } of functions) askFunction(subnet, agent, place)
    const started = performance.now()
    const before = subnet.progress.epochs
    subnet.go(Math.min(call, epochs - before, schedule.next - before), undefined, placed)
    if (functions.length === 0) call = nextCall(subnet.progress.epochs - before, performance.now() - started)
    if (performance.now() - turn < TURN) continue
    options.onProgress?.(subnet.progress.epochs)
    await sleep(0, undefined)
    turn = performance.now()
  }
  const ran = subnet.progress.epochs
  const recording = subnet.take(record, ran, ran < epochs)
  return { ...recording, final: subnet.snapshot() }
}

/** Changes by epoch, those made left behind. */
class Schedule {
  readonly #all: readonly ScheduledChanges[]
  #at = 0

  /** @throws {InputError} for changes that are not in the order of their epochs. */
  constructor(all: readonly ScheduledChanges[]) {
    checkOrder(all)
    this.#all = all
  }

  /** The epoch that the next ones are before. */
  get next(): number {
    return this.#all[this.#at]?.epoch ?? Number.POSITIVE_INFINITY
  }

  /** Makes those of the next epoch. */
  make(subnet: OpenSubnet): void {
    const { epochs: epoch } = subnet.progress
    for (; this.next <= epoch; this.#at += 1) {
      try {
        make(subnet, this.#all[this.#at]!.changes)
      } catch (error) {
        throw error instanceof InputError ? faultAt(error, { epoch }) : error
      }
    }
  }
}

/** Epochs that fill a turn, from how long some took. */
function nextCall(epochs: number, took: number): number {
  return Math.max(1, Math.min(MOST, Math.round((epochs * TURN) / Math.max(took, 0.01))))
}

/** Lets a function act before the next epoch. */
function askFunction(subnet: OpenSubnet, agent: FunctionAgent, place: number): void {
  const { epochs: epoch, block, n } = subnet.progress
  const view: AgentView = {
    epoch,
    block,
    n,
    snapshot: () => subnet.snapshot(),
    last: () => subnet.last(),
  }
  const changes = agent(view)
  if (changes === undefined) return
  try {
    make(subnet, changes)
  } catch (error) {
    throw error instanceof InputError ? faultAt(error, { epoch, agent: place }) : error
  }
}

function make(subnet: OpenSubnet, changes: readonly Change[]): void {
  if (typeof (changes as unknown as Promise<unknown>)?.then === 'function')
    throw unexpectedValue('changes', 'an array: an agent does not wait', changes)
  changeList('changes', changes)
  if (changes.length > 0) subnet.change(changes)
}
