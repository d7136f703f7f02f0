import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { EPOCH, type Item, NETWORK, SYSTEM } from '../../ts/chain/items.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { usualHyperparameters } from '../../ts/snapshot/hyperparameters.ts'
import type { ChainSnapshot } from '../../ts/snapshot/network.ts'
import { FakeChain, type FakeRuntime, LOGS_OF_UPGRADE, sealed } from './fake-chain.ts'
import { blockOf, makeSubnet, TAO_WEIGHT } from './fixture.ts'
import { historyRuntime } from './history-runtime.ts'
import { ChainServer } from './server.ts'
import { METADATA, missingShared, realRuntime } from './shared.ts'
import { StorageWriter } from './writer.ts'

const [NETUID, BLOCK] = [7, 720_000]

/** What becomes of a block's state. */
type Change = (writer: StorageWriter) => void

/** A subnet whose owner set nothing of what is named. */
function unset(...items: readonly Item<unknown>[]): Change {
  return (writer) => {
    for (const item of items) {
      const prefix = writer.key(item, [])
      for (const key of [...writer.state.keys()]) if (key.startsWith(prefix)) writer.state.delete(key)
    }
  }
}

/** The subnet in blocks of these runtimes, one block each, pulled from each. */
async function pulled(runtimes: readonly FakeRuntime[], change: readonly Change[]): Promise<ChainSnapshot[]> {
  const subnet = makeSubnet({ netuid: NETUID, n: 12, validators: 5, seed: 5, block: BLOCK })
  const chain = new FakeChain([])
  for (const [at, ran] of runtimes.entries()) {
    const number = BLOCK + at
    const writer = new StorageWriter(ran)
    for (const [key, value] of blockOf(ran, number, [subnet]).state) writer.state.set(key, value)
    change[at % change.length]!(writer)
    writer.put(SYSTEM.lastRuntimeUpgrade, [], [ran.specVersion, ran.specName])
    const parentHash = chain.at(number - 1)?.hash ?? `0x${'00'.repeat(32)}`
    // The code of the next runtime is in the state of the last block that the old one ran.
    const runtime = runtimes[at + 1] ?? ran
    const logs = runtime === ran ? {} : { logs: LOGS_OF_UPGRADE }
    chain.put(sealed({ number, parentHash, runtime, state: writer.state, ...logs }))
  }
  await using server = await ChainServer.start(chain)
  await using connection = await connect(server.url, { onWarning: () => {} })
  const snapshots: ChainSnapshot[] = []
  for (const at of runtimes.keys()) snapshots.push(await connection.subnet(NETUID, { at: BLOCK + at }))
  return snapshots
}

describe('a subnet that never set them', () => {
  const NEVER = [unset(EPOCH.bondsPenalty, EPOCH.commitRevealWeightsEnabled)]

  test('has another bonds penalty from 257 on, and commit-reveal from 306 on', async () => {
    const specs = [247, 252, 252, 257, 257, 302, 302, 306, 306]
    const snapshots = await pulled(specs.map(historyRuntime), NEVER)
    // A block's state is what the next one begins with: of the last one before an upgrade with the new runtime's defaults.
    expect(
      snapshots.map(({ specVersion: spec, bondsPenalty, commitRevealEnabled }) => [
        spec,
        bondsPenalty,
        commitRevealEnabled,
      ]),
    ).toEqual([
      [252, 0, false],
      [252, 0, false],
      [257, 65_535, false],
      [257, 65_535, false],
      [302, 65_535, false],
      [302, 65_535, false],
      [306, 65_535, true],
      [306, 65_535, true],
      [306, 65_535, true],
    ])
  })

  test('has another epoch after the upgrade', async () => {
    const engine = await loadEngine()
    const [, before, after] = await pulled([247, 252, 257, 257].map(historyRuntime), NEVER)
    const bondsOf = (bondsPenalty: number) =>
      engine.epoch({ ...before!, bondsPenalty, specVersion: 257, block: after!.block }).mechanisms[0]!.bonds
    expect(engine.epoch(after!).mechanisms[0]!.bonds).toEqual(bondsOf(65_535))
    expect(bondsOf(65_535)).not.toEqual(bondsOf(0))
  })

  test('has what a generated one of that version begins with', () => {
    const penalty = (spec: number): number => usualHyperparameters(spec).bondsPenalty
    expect([233, 252, 257, 475].map(penalty)).toEqual([0, 0, 65_535, 65_535])
  })

  test.skipIf(missingShared !== undefined)('by the real metadata', async () => {
    const specs = Object.keys(METADATA).map(Number)
    const defaults = specs.map(async (spec) => {
      const [{ bondsPenalty, commitRevealEnabled }] = (await pulled([realRuntime(spec)], NEVER)) as [
        ChainSnapshot,
      ]
      return [spec, bondsPenalty, commitRevealEnabled]
    })
    expect(await Promise.all(defaults)).toEqual([
      [240, 0, false],
      [300, 65_535, false],
      [393, 65_535, true],
      [424, 65_535, true],
    ])
  })
})

describe('the weight of TAO', () => {
  test('is that of each state, and the default of the runtime where it was never set', async () => {
    const stake = async (spec: number, ...weights: readonly (bigint | null)[]): Promise<BigUint64Array[]> => {
      const changes = weights.map(
        (weight): Change =>
          weight === null ? unset(NETWORK.taoWeight) : (writer) => writer.put(NETWORK.taoWeight, [], weight),
      )
      const runtimes = weights.map(() => historyRuntime(spec))
      return (await pulled(runtimes, changes)).map(({ totalStake }) => totalStake)
    }
    for (const spec of [233, 320, 397]) {
      const steps = [TAO_WEIGHT, TAO_WEIGHT / 2n, 0n]
      const [first, second, without, never] = await stake(spec, ...steps, null)
      const root = (column: BigUint64Array): boolean => column.some((word, at) => word !== without![at])
      expect([first, second, never].map((column) => root(column!))).toEqual([true, true, true])
      expect(first).not.toEqual(second)
      // 971718665099567868 of 2^64, the default throughout.
      const [default_] = await stake(spec, 971_718_665_099_567_868n)
      expect(never).toEqual(default_)
    }
  })
})
