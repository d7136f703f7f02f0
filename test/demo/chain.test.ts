import { expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { DemoChain, type DemoChainOptions } from '../../ts/demo/chain.ts'
import { DemoServer } from '../../ts/demo/server.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { verifyBlock, verifyEpoch } from '../../ts/verify/index.ts'
import { expectSameAsApi } from '../chain/api.ts'

const emission = await loadEmission()

/** A chain of so many blocks, and how many epochs each subnet had in them. */
function chainOf(
  blocks: number,
  options: Partial<DemoChainOptions> = {},
): { chain: DemoChain; epochs: ReadonlyMap<number, number> } {
  const chain = new DemoChain(emission, { subnets: 4, seed: 1, ...options })
  const epochs = new Map<number, number>()
  for (let i = 0; i < blocks; i++) {
    for (const { netuid } of chain.next().report.payouts) epochs.set(netuid, (epochs.get(netuid) ?? 0) + 1)
  }
  return { chain, epochs }
}

test('the same options make the same blocks, and another seed makes others', () => {
  const [one, same, other] = [chainOf(20), chainOf(20), chainOf(20, { seed: 2 })]
  expect(one.chain.best.hash).toBe(same.chain.best.hash)
  expect(one.chain.best.hash).not.toBe(other.chain.best.hash)
  expect(one.chain.at(0)!.hash).not.toBe(one.chain.best.hash)
})

test('every subnet has epochs soon', () => {
  const { epochs } = chainOf(36, { subnets: 8 })
  for (let netuid = 1; netuid <= 8; netuid++)
    expect(epochs.get(netuid), `${netuid}`).toBeGreaterThanOrEqual(2)
})

test('whole blocks are equal, all that coldkeys hold with them, every value proved', async () => {
  const { chain: blocks } = chainOf(0, { subnets: 8, seed: 3 })
  await using server = await DemoServer.start(blocks, 0)
  await using chain = await connect(server.url, { prove: true })
  const engine = await loadEngine()
  let [values, epochs] = [0, 0]
  for (let i = 0; i < 24; i++) {
    const { block, report } = blocks.next()
    const checked = await verifyBlock(engine, chain, { block: block.number, nominators: true, emission })
    expect(checked).toMatchObject({ outcome: 'equal', differences: [], notComparable: [] })
    expect(checked.epochs.map(({ netuid }) => netuid)).toEqual(report.payouts.map(({ netuid }) => netuid))
    epochs += checked.epochs.length
    for (const epoch of checked.epochs) {
      expect(epoch).toMatchObject({ outcome: 'equal', differences: [], notComparable: [] })
      values += epoch.checked.reduce((sum, field) => sum + field.values, 0)
    }
  }
  expect(epochs).toBeGreaterThan(12)
  expect(values).toBeGreaterThan(6_000)
})

test('what @polkadot/api reads of it, by its own keys and codecs, is what a pull reads', async () => {
  const { chain: blocks } = chainOf(20)
  await using server = await DemoServer.start(blocks, 0)
  await using chain = await connect(server.url)
  await expectSameAsApi(server.url, [await chain.subnet(1), await chain.subnet(2)])
})

test('old states go, and then old headers', async () => {
  const { chain: blocks } = chainOf(40, { statesKept: 20, headersKept: 30 })
  await using server = await DemoServer.start(blocks, 0)
  await using chain = await connect(server.url, { retries: 0 })
  const { number } = blocks.best
  expect((await chain.subnet(1, { at: number - 19 })).stateBlock).toBe(BigInt(number - 19))
  await expect(chain.subnet(1, { at: number - 20 })).rejects.toMatchObject({ kind: 'archive' })
  expect(await chain.blockHash(number - 29)).toBe(blocks.at(number - 29)!.hash)
  await expect(chain.blockHash(number - 30)).rejects.toMatchObject({ kind: 'missing' })
  expect(await chain.blockHash(0)).toBe(blocks.at(0)!.hash)
  const engine = await loadEngine()
  expect(await verifyEpoch(engine, chain, { netuid: 1 })).toMatchObject({ outcome: 'equal' })
})
