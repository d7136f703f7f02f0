/** What the page knows: a snapshot, changes of it, the epoch with and without them, what is looked at. */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals'
import type { EpochResult, RulesRange, Snapshot } from 'yuma-core'
import type { Change } from 'yuma-core/simulate'
import type { NetworkSnapshot } from 'yuma-core/snapshot'
import { shares } from '../parts/format.ts'
import { CallError, Client } from '../worker/client.ts'
import type { Choice, Ran, Read } from '../worker/messages.ts'
import { addressOf, placeOf, type Selection, type Source } from './address.ts'
import { packed, unpacked } from './packed.ts'

/** What is open. */
export interface Opened {
  readonly title: string
  readonly snapshot: Snapshot
  /** Which epoch of the file it is, and all of them. */
  readonly at: number
  readonly choices: readonly Choice[]
  readonly network: NetworkSnapshot | null
  /** The epoch without changes. */
  readonly result: EpochResult
}

/** A list of changes, and those that were before it and were undone. */
interface History {
  readonly past: readonly (readonly Change[])[]
  readonly now: readonly Change[]
  readonly future: readonly (readonly Change[])[]
}

const NO_HISTORY: History = { past: [], now: [], future: [] }
const NOBODY: Selection = { validator: null, miner: null }
/** Lists of changes that can be gone back to. */
const KEPT = 500

/** The worker that answers within a frame, and the one that may take its time. */
export const quick: Client = new Client((client) => void revive(client).catch(told))
export const slow: Client = new Client()

export const view: Signal<string> = signal('weights')
export const source: Signal<Source | null> = signal(null)
export const opened: Signal<Opened | null> = signal(null)
/** The epoch with the changes, and the snapshot that it ran on. */
export const ran: Signal<Ran | null> = signal(null)
/** How often an epoch has been computed. */
export const turns: Signal<number> = signal(0)
export const selection: Signal<Selection> = signal(NOBODY)
export const mechanism: Signal<number> = signal(0)
/** What is being opened, in words. */
export const busy: Signal<string | null> = signal(null)
/** What went wrong last, as the library says it. */
export const fault: Signal<string | null> = signal(null)
export const rules: Signal<readonly RulesRange[]> = signal([])
/** Whether tables show what is stored, u16 and rao, in place of shares and alpha. */
export const exact: Signal<boolean> = signal(false)

const history: Signal<History> = signal(NO_HISTORY)
export const changes: ReadonlySignal<readonly Change[]> = computed(() => history.value.now)
/** Whether there are any: what only asks this is not drawn anew by each step of a slider. */
export const changed: ReadonlySignal<boolean> = computed(() => changes.value.length > 0)
export const canUndo: ReadonlySignal<boolean> = computed(() => history.value.past.length > 0)
export const canRedo: ReadonlySignal<boolean> = computed(() => history.value.future.length > 0)

// --- Changes

/** What a change is of: of two with the same key the later one stands alone. */
export function keyOf(change: Change): string {
  switch (change.kind) {
    case 'weight':
      return `weight ${change.mechanism ?? 0} ${change.from} ${change.to}`
    case 'set':
      return `set ${change.field}`
    case 'stake':
      return `stake ${change.uid}`
    default:
      return change.kind
  }
}

/** The key of the change that a hand is still at: the steps of one move are one step back. */
let held: string | null = null

/**
 * Makes a change, in the place of one of the same thing.
 * @param more Whether a hand is still moving it.
 */
export function change(made: Change, more = false): void {
  const key = keyOf(made)
  const now = history.value.now
  const at = now.findIndex((other) => keyOf(other) === key)
  const list = isAsItWas(made) ? now.filter((_, i) => i !== at) : placed(now, at, made)
  const sameMove = held === key
  held = more ? key : null
  move(list, sameMove)
}

function placed(list: readonly Change[], at: number, made: Change): readonly Change[] {
  return at < 0 ? [...list, made] : list.with(at, made)
}

/** Whether a change makes nothing another than it is in the snapshot. */
function isAsItWas(made: Change): boolean {
  const snapshot = opened.value?.snapshot
  if (snapshot === undefined) return false
  if (made.kind === 'set') return snapshot[made.field as keyof Snapshot] === made.value
  if (made.kind === 'spec') return snapshot.specVersion === made.specVersion
  return false
}

/** Takes a change back, whichever it is. */
export function drop(at: number): void {
  move(
    history.value.now.filter((_, i) => i !== at),
    false,
  )
}

/** Takes all changes back. */
export function reset(): void {
  if (history.value.now.length > 0) move([], false)
}

function move(list: readonly Change[], sameMove: boolean): void {
  const { past, now } = history.value
  history.value = { past: sameMove ? past : [...past, now].slice(-KEPT), now: list, future: [] }
}

export function undo(): void {
  const { past, now, future } = history.value
  const before = past.at(-1)
  held = null
  if (before !== undefined) history.value = { past: past.slice(0, -1), now: before, future: [now, ...future] }
}

export function redo(): void {
  const { past, now, future } = history.value
  const [after, ...rest] = future
  held = null
  if (after !== undefined) history.value = { past: [...past, now], now: after, future: rest }
}

// --- Opening

/** Opens what an address or a choice names. What fails leaves what was open. */
export async function open(
  from: Source,
  made: readonly Change[] = [],
  looked: Selection = NOBODY,
): Promise<void> {
  fault.value = null
  busy.value = 'opening'
  try {
    await show(await read(from), from, made, looked)
  } catch (error) {
    told(error)
  } finally {
    busy.value = null
  }
}

/** Opens a file that was dropped or chosen. */
export async function openFile(file: File): Promise<void> {
  fault.value = null
  busy.value = `reading ${file.name}`
  try {
    const bytes = new Uint8Array(await file.arrayBuffer())
    bytesOf.set(file.name, bytes)
    const from: Source = { kind: 'file', name: file.name, packed: await packed(bytes), at: null }
    await show(await read(from), from, [], NOBODY)
  } catch (error) {
    told(error)
  } finally {
    busy.value = null
  }
}

/** Files that were dropped or chosen, by name: what is too large for an address is there until the page is left. */
const bytesOf = new Map<string, Uint8Array>()

async function read(from: Source): Promise<Read & { readonly title: string }> {
  const progress = (done: number | string): void => {
    busy.value = String(done)
  }
  switch (from.kind) {
    case 'example': {
      const read = await quick.call('example', from.id)
      return { ...read, title: read.snapshot.name ?? from.id }
    }
    case 'served': {
      const bytes = await fetched(from.path)
      return {
        ...(await slow.call('read', { name: from.path, bytes, at: from.at })),
        title: from.path.replace(/^file-/, ''),
      }
    }
    case 'file': {
      const bytes = bytesOf.get(from.name) ?? (await unpacked(from.packed))
      if (bytes === undefined)
        throw new Error(`this link is of the file ${from.name}, which is not in it: open the file first`)
      bytesOf.set(from.name, bytes)
      return { ...(await slow.call('read', { name: from.name, bytes, at: from.at })), title: from.name }
    }
    case 'node': {
      const { endpoint, netuid, block } = from
      const read = await slow.call('pull', { endpoint, netuid, block }, progress)
      return { ...read, title: `Subnet ${netuid}` }
    }
  }
}

async function fetched(path: string): Promise<Uint8Array> {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

async function show(
  { title, snapshot, at, choices, network }: Read & { readonly title: string },
  from: Source,
  made: readonly Change[],
  looked: Selection,
): Promise<void> {
  await quick.call('open', snapshot)
  const first = await quick.call('epoch', [])
  batch(() => {
    // What a node has as its newest block is another one soon: a link names it.
    source.value =
      from.kind === 'node' && from.block === null ? { ...from, block: stateBlock(snapshot) } : from
    opened.value = { title, snapshot, at, choices, network, result: first.result }
    ran.value = first
    turns.value += 1
    // What is without changes has just been computed.
    if (made.length === 0) asked = made
    mechanism.value = 0
    history.value = { ...NO_HISTORY, now: made }
    selection.value = looked === NOBODY ? mostCut(first) : within(looked, snapshot.n)
  })
}

function within({ validator, miner }: Selection, n: number): Selection {
  const inside = (uid: number | null): number | null => (uid !== null && uid < n ? uid : null)
  return { validator: inside(validator), miner: inside(miner) }
}

/** The cell of which consensus takes most: what there is to see first. */
function mostCut({ result }: Ran): Selection {
  const { weights, clippedWeights } = result.mechanisms[0]!.trace!
  const [all, kept] = [shares(weights.value), shares(clippedWeights.value)]
  let [most, found, at] = [0, NOBODY, 0]
  for (let validator = 0; validator < result.n; validator++) {
    for (let i = weights.rowStart[validator]!; i < weights.rowStart[validator + 1]!; i++) {
      const miner = weights.uid[i]!
      const end = clippedWeights.rowStart[validator + 1]!
      at = Math.max(at, clippedWeights.rowStart[validator]!)
      // Entries that are clipped to nothing are not among the clipped ones.
      const cut = all[i]! - (at < end && clippedWeights.uid[at] === miner ? kept[at++]! : 0)
      if (cut > most) [most, found] = [cut, { validator, miner }]
    }
  }
  return found
}

function stateBlock({ extra }: Snapshot): string | null {
  const { state_block: block } = Object(extra?.chain) as { readonly state_block?: unknown }
  return block === undefined ? null : String(block)
}

// --- Epochs

/** The list whose epoch was asked for last. */
let asked: readonly Change[] = []
let wanted: readonly Change[] | undefined
let computing = false

/** The epoch with the changes of now. While one is computed the newest alone waits. */
async function compute(made: readonly Change[]): Promise<void> {
  wanted = made
  if (computing) return
  computing = true
  while (wanted !== undefined) {
    const list: readonly Change[] = wanted
    wanted = undefined
    try {
      const answer = await quick.call('epoch', list)
      batch(() => {
        ran.value = answer
        fault.value = null
        turns.value += 1
      })
    } catch (error) {
      told(error)
    }
  }
  computing = false
}

function told(error: unknown): void {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  fault.value = error instanceof CallError && name !== 'Error' ? `${name}: ${message}` : message
}

/** Tells a worker that took the place of a broken one what is open, and asks it for the epoch again. */
async function revive(client: Client): Promise<void> {
  const snapshot = opened.value?.snapshot
  if (snapshot === undefined) return
  await client.call('open', snapshot)
  await compute(changes.value)
}

// --- Address

const REST_MS = 250
let resting: ReturnType<typeof setTimeout> | undefined

function write(address: string): void {
  // The history of the browser is of pages: `undo` goes back in this one.
  if (address !== location.hash) globalThis.history.replaceState(null, '', address)
}

/** Begins: with what the address names, else with the first of the gallery. */
export async function begin(): Promise<void> {
  const place = placeOf(location.hash)
  view.value = place.view
  void quick.call('about', undefined).then((about) => {
    rules.value = about.rules
  }, told)
  await open(place.source ?? { kind: 'example', id: 'calm' }, place.changes, chosenIn(place))
  effect(() => {
    const list = history.value.now
    if (list === asked || untracked(() => opened.value) === null) return
    asked = list
    void compute(list)
  })
  effect(() => {
    const address = addressOf({
      view: view.value,
      source: source.value,
      changes: changes.value,
      selection: selection.value,
    })
    clearTimeout(resting)
    // To write it takes the browser milliseconds, and it refuses what comes too often: a moving hand is waited for.
    if (held === null) write(address)
    else resting = setTimeout(write, REST_MS, address)
  })
  addEventListener('hashchange', () => void follow())
}

/** An address that was typed or pasted into the open page. */
async function follow(): Promise<void> {
  const place = placeOf(location.hash)
  view.value = place.view
  if (place.source !== null) await open(place.source, place.changes, chosenIn(place))
}

/** Whom an address names; what it does not say is chosen when the snapshot is there. */
function chosenIn({ selection }: { readonly selection: Selection }): Selection {
  return selection.validator === null && selection.miner === null ? NOBODY : selection
}
