import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { type EpochStates, readEpoch, type Verification, verifyStates } from '../../ts/verify/index.ts'
import type { FakeRuntime } from '../chain/fake-chain.ts'
import { historyRuntime } from '../chain/history-runtime.ts'
import { ChainServer } from '../chain/server.ts'
import { METADATA, missingShared, realRuntime } from '../chain/shared.ts'
import { flips } from './column-flips.ts'
import { chainOfRun, makeHistory, type RunEpoch } from './history-run.ts'

const [engine, emission] = [await loadEngine(), await loadEmission()]

const SHAPE = { blocks: 14, netuids: [3, 8], n: 11, seed: 9, from: 6_000_000, emits: true } as const

/** The first version of each range whose block is not computed, and of each span of what is stored beside. */
const VERSIONS = [233, 252, 257, 273, 283, 297, 301, 320, 323, 334, 343, 365, 397, 423]
/** Of 300 the block is computed. */
const REAL = Object.keys(METADATA)
  .map(Number)
  .filter((spec) => spec !== 300)

interface Checked {
  readonly epoch: RunEpoch
  readonly states: EpochStates
}

/** The last epoch of each subnet of a served chain: one with one mechanism, one with two where the version has them. */
async function epochsOf(runtime: FakeRuntime): Promise<Checked[]> {
  const run = makeHistory(engine, emission, { ...SHAPE, runtimes: [runtime] })
  await using server = await ChainServer.start(chainOfRun(run))
  await using chain = await connect(server.url)
  const last = SHAPE.netuids.map((netuid) => run.epochs.findLast((epoch) => epoch.netuid === netuid)!)
  return await Promise.all(last.map(async (epoch) => ({ epoch, states: await readEpoch(chain, epoch) })))
}

/** What a block and its epoch store of the subnet as a whole: other tests change that. */
const OF_SUBNET = /^[A-Z]/

/** Rao on both sides of what an epoch shared out that are tried by running it. */
const AROUND = 80n

/** What the epoch would have stored as emission, had it shared out a little more or less. */
function emissionsNear({ input, pot }: RunEpoch): BigUint64Array[] {
  const found: BigUint64Array[] = []
  for (let rao = pot - AROUND; rao <= pot + AROUND; rao++)
    found.push(engine.epoch({ ...input, emission: rao }).emission)
  return found
}

/** Uids whose emission is otherwise: of each amount that leaves fewest of them. */
function fewestOff(stored: BigUint64Array, near: readonly BigUint64Array[]): readonly (readonly number[])[] {
  const all = near.map((paid) => [...paid.keys()].filter((uid) => paid[uid] !== stored[uid]))
  const fewest = Math.min(...all.map((off) => off.length))
  return all.filter((off) => off.length === fewest)
}

/** What an epoch of a version stores by uid, sorted. */
function storedByUid(spec: number): readonly string[] {
  const stakeWeight = spec === 320 ? [] : ['stakeWeight']
  const ranks = spec < 365 ? ['rank', 'trust', 'pruningScore'] : []
  const always = ['active', 'validatorPermit', 'consensus', 'validatorTrust', 'incentive', 'bonds']
  return [...always, 'dividends', 'emission', ...stakeWeight, ...ranks].sort()
}

function verified(states: EpochStates): Verification {
  return verifyStates(engine, emission, states)
}

async function everyValue(runtime: FakeRuntime): Promise<void> {
  let [found, elsewhere] = [0, 0]
  for (const { epoch, states } of await epochsOf(runtime)) {
    const near = emissionsNear(epoch)
    const unchanged = verified(states)
    expect(unchanged).toMatchObject({ outcome: 'equal', pot: { known: 'inferred' } })
    const fields = unchanged.checked.map(({ field }) => field)
    const changed = new Set<string>()
    for (const named of flips(states, fields)) {
      const { outcome, differences } = verified(states)
      changed.add(named.field)
      const places = differences.map(({ field, mechanism, uid, column }) => ({
        field,
        mechanism,
        uid,
        column,
      }))
      const expected =
        named.field === 'emission'
          ? fewestOff(states.after.stored.emission, near).map((uids) =>
              uids.map((uid) => ({ ...named, uid })),
            )
          : [[named]]
      expect(expected).toContainEqual(places)
      expect(outcome).toBe(places.length === 0 ? 'equal' : 'different')
      if (places.length === 0) elsewhere++
      else found++
    }
    expect(verified(states).outcome).toBe('equal')
    expect([...changed].sort()).toEqual(storedByUid(runtime.specVersion))
    expect(fields.filter((field) => !OF_SUBNET.test(field) && !changed.has(field))).toEqual([])
  }
  expect(found).toBeGreaterThan(200)
  expect(elsewhere).toBeLessThan(4)
}

describe('a stored value changed by one unit, where what the epoch shared out is inferred', () => {
  test.each(VERSIONS)('spec %i: it is found and named', async (spec) => {
    await everyValue(historyRuntime(spec))
  })

  test.skipIf(missingShared !== undefined).each(REAL)(
    'spec %i, real metadata: it is found and named',
    async (spec) => {
      await everyValue(realRuntime(spec))
    },
  )
})

const checked = await epochsOf(historyRuntime(365))

describe('an emission that no possible amount pays', () => {
  /** An epoch of one mechanism. */
  const { epoch, states } = checked[0]!
  const { before, after } = states
  const [pending, minted] = [before.emission, after.subnet.subnetAlphaOutEmission]

  function withEmission(emission: BigUint64Array, of = states): Verification {
    return verified({ ...of, after: { ...after, stored: { ...after.stored, emission } } })
  }

  /** With the emission that the epoch would have stored of another amount. */
  function ofAnother(rao: bigint, of = states): Verification {
    return withEmission(engine.epoch({ ...epoch.input, emission: rao }).emission, of)
  }

  /** More rao than two neighbouring emissions can have in common. */
  const FAR = 10_000n

  test('is a difference: more than was pending and minted, and less than was pending', () => {
    expect([pending > FAR, minted > FAR]).toEqual([true, true])
    for (const rao of [pending, pending + 1n, pending + minted / 2n, pending + minted]) {
      const { outcome, pot } = ofAnother(rao)
      expect(outcome).toBe('equal')
      expect(pot!.known).toBe('inferred')
      expect([pot!.least <= rao, pot!.most >= rao]).toEqual([true, true])
      expect([pot!.least >= pending, pot!.most <= pending + minted]).toEqual([true, true])
    }
    for (const rao of [0n, pending - FAR, pending + minted + FAR, 2n * (pending + minted)]) {
      const { outcome, differences, pot } = ofAnother(rao)
      expect(outcome).toBe('different')
      expect(new Set(differences.map(({ field }) => field))).toEqual(new Set(['emission']))
      expect([pot!.least >= pending, pot!.most <= pending + minted]).toEqual([true, true])
    }
  })

  test('but for the first block of a runtime, whose migrations may have changed what was pending', () => {
    const block = { ...states.block, before: { ...states.block.before, upgradedFrom: 362 } }
    for (const rao of [pending - FAR, pending + minted + FAR]) {
      const { outcome, pot } = ofAnother(rao, { ...states, block })
      expect([outcome, pot!.least <= rao && rao <= pot!.most]).toEqual(['equal', true])
    }
  })

  test('is a difference: no amount pays one neuron for another', () => {
    const emission = after.stored.emission.slice()
    const [most, least] = [...emission.keys()].sort((a, b) => (emission[a]! < emission[b]! ? 1 : -1))
    ;[emission[most!], emission[least!]] = [emission[least!]!, emission[most!]!]
    const { outcome, differences } = withEmission(emission)
    expect(outcome).toBe('different')
    expect(differences.map(({ field, uid }) => [field, uid])).toEqual(
      [most!, least!].sort((a, b) => a - b).map((uid) => ['emission', uid]),
    )
  })
})
