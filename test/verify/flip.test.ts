import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { EPOCH, type Item, MECHANISM, NEURONS, STORED, SUBNET } from '../../ts/chain/items.ts'
import type { KeyPart } from '../../ts/chain/keys.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type EpochStates, type Field, readEpoch, verifyEpoch, verifyStates } from '../../ts/verify/index.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, type Recording, readRecording } from '../chain/shared.ts'
import { StorageWriter } from '../chain/writer.ts'
import { flips } from './column-flips.ts'

async function statesOf(recording: Recording): Promise<EpochStates[]> {
  await using server = await ChainServer.start(chainOf(recording))
  await using chain = await connect(server.url)
  const all: EpochStates[] = []
  for (const { block } of recording.steps)
    all.push(await readEpoch(chain, { netuid: recording.netuid, block }))
  return all
}

describe('a stored value changed by one unit', () => {
  test.each(RECORDINGS)('%s: each value of each epoch is found and named', async (name) => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    let count = 0
    for (const states of await statesOf(readRecording(name))) {
      const { checked } = verifyStates(engine, emission, states)
      for (const named of flips(
        states,
        checked.map(({ field }) => field),
      )) {
        const { outcome, differences } = verifyStates(engine, emission, states)
        expect(outcome).toBe('different')
        expect(differences).toHaveLength(1)
        expect(differences[0]).toMatchObject({ ...named, hotkey: states.before.hotkeys[named.uid!] })
        count++
      }
      expect(verifyStates(engine, emission, states).outcome).toBe('equal')
    }
    expect(count).toBeGreaterThan(1000)
    console.info(`${name}: ${count} values changed, ${count} found`)
  })

  const recording = readRecording(RECORDINGS[0]!)
  const netuid = recording?.netuid ?? 0
  const pruningScores: Item<unknown> = {
    pallet: 'SubtensorModule',
    name: 'PruningScores',
    keys: ['u16'],
    kind: STORED.rank.kind,
  }
  /** An item, its key, and bytes before the value that is changed. */
  const STORAGE: readonly (readonly [Field, Item<unknown>, readonly KeyPart[], number])[] = [
    ['stakeWeight', STORED.stakeWeight, [netuid], 1],
    ['active', STORED.active, [netuid], 1],
    ['validatorPermit', EPOCH.validatorPermit, [netuid], 1],
    ['consensus', STORED.consensus, [netuid], 1 + 2 * 9],
    ['validatorTrust', STORED.validatorTrust, [netuid], 1],
    ['rank', STORED.rank, [netuid], 1 + 2 * 9],
    ['trust', STORED.trust, [netuid], 1 + 2 * 9],
    ['incentive', MECHANISM.incentive, [netuid], 1 + 2 * 9],
    ['dividends', STORED.dividends, [netuid], 1],
    ['emission', STORED.emission, [netuid], 1],
    ['pruningScore', pruningScores, [netuid], 1 + 2 * 3],
    ['bonds', NEURONS.bonds, [netuid, 0], 1 + 2],
    ['SubnetTaoInEmission', SUBNET.subnetTaoInEmission, [netuid], 0],
    ['SubnetAlphaInEmission', SUBNET.subnetAlphaInEmission, [netuid], 0],
    ['SubnetAlphaOutEmission', SUBNET.subnetAlphaOutEmission, [netuid], 0],
    ['PendingEmission', SUBNET.pendingEmission, [netuid], 0],
    ['PendingAlphaSwapped', SUBNET.pendingAlphaSwapped, [netuid], 0],
    ['PendingRootDivs', SUBNET.pendingRootDivs, [netuid], 0],
    ['PendingOwnerCut', SUBNET.pendingOwnerCut, [netuid], 0],
    ['BlocksSinceLastStep', SUBNET.blocksSinceLastStep, [netuid], 0],
  ]

  test.each(STORAGE)('%s, in the storage of the node', async (field, item, parts, offset) => {
    const chain = chainOf(recording)
    const { block } = recording.steps.at(-1)!
    const stored = chain.at(block)!
    const state = new Map(stored.state)
    const key = new StorageWriter(demoRuntime(300)).key(item, parts)
    const value = state.get(key) ?? `0x${'00'.repeat(8)}`
    state.set(key, withByteChanged(value, offset))
    chain.put({ ...stored, state })
    await using server = await ChainServer.start(chain)
    await using connection = await connect(server.url)
    const { outcome, differences } = await verifyEpoch(await loadEngine(), connection, { netuid })
    expect(outcome).toBe('different')
    expect(differences).toHaveLength(1)
    expect(differences[0]!.field).toBe(field)
  })

  test('the number of the last step, and a block without an epoch', async () => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    const states = (await statesOf(recording)).at(-1)!
    const { block } = states.before
    const late = { ...states.after, lastMechanismStepBlock: block + 1n }
    const { differences } = verifyStates(engine, emission, { ...states, after: late })
    expect(differences).toMatchObject([
      {
        field: 'LastMechansimStepBlock',
        chain: String(block + 1n),
        ours: String(block),
        firstStep: 'schedule',
      },
    ])
    const before = { ...states.before, block: block + 1n }
    expect(() => verifyStates(engine, emission, { ...states, before })).toThrow(
      /in which subnet 1 ran an epoch/,
    )
  })
})

/** The lowest bit of one byte the other way: one unit of a little-endian value or a flag. */
function withByteChanged(hex: string, offset: number): string {
  const at = 2 + 2 * offset
  const byte = Number.parseInt(hex.slice(at, at + 2), 16) ^ 1
  return hex.slice(0, at) + byte.toString(16).padStart(2, '0') + hex.slice(at + 2)
}
