import { ApiPromise, WsProvider } from '@polkadot/api'
import type { ApiOptions } from '@polkadot/api/types'
import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { NEWEST_SPEC } from '../../ts/chain/items.ts'
import { chainSnapshotOf, packSections, parseDocuments, snapshotPieces } from '../../ts/snapshot/index.ts'

const ENDPOINT = process.env.YUMA_ENDPOINT
const NETUID = Number(process.env.YUMA_NETUID ?? '1')

if (ENDPOINT === undefined) {
  console.warn('skipped: no YUMA_ENDPOINT names a node to pull from (YUMA_NETUID says which subnet)')
}

describe.skipIf(ENDPOINT === undefined)(`a pull from ${ENDPOINT}`, () => {
  test('a whole subnet, the same when it is pulled again', async () => {
    const warnings: string[] = []
    await using chain = await connect(ENDPOINT!.split(','), {
      onWarning: (message) => warnings.push(message),
    })
    const started = performance.now()
    const snapshot = await chain.subnet(NETUID)
    const ms = Math.round(performance.now() - started)
    const { requests, retries } = chain.stats
    console.info(
      `subnet ${NETUID} at ${snapshot.stateBlock}, spec ${snapshot.specVersion}: ${snapshot.n} neurons, ` +
        `${requests} requests, ${ms} ms`,
    )
    // More than one page is needed by more mechanisms or more neurons than usual.
    if (retries === 0 && snapshot.n <= 256 && snapshot.mechanisms.length === 1) {
      expect(requests).toBeLessThanOrEqual(10)
    }
    expect(snapshot.unread.length === 0 || snapshot.specVersion > NEWEST_SPEC).toBe(true)
    expect(warnings.length > 0).toBe(snapshot.specVersion > NEWEST_SPEC)
    expect(snapshot.hotkeys).toHaveLength(snapshot.n)
    expect(snapshot.totalStake).toHaveLength(2 * snapshot.n)
    for (const { weights, bonds, commitBlocks } of snapshot.mechanisms) {
      expect(weights.rowStart).toHaveLength(snapshot.n + 1)
      expect(bonds.rowStart).toHaveLength(snapshot.n + 1)
      expect(commitBlocks).toHaveLength(snapshot.commitRevealEnabled ? snapshot.n : 0)
    }
    expect(await chain.subnet(NETUID, { at: snapshot.blockHash })).toEqual(snapshot)

    const file = new TextEncoder().encode([...snapshotPieces(packSections(snapshot))].join(''))
    const [document] = await parseDocuments(file)
    expect(chainSnapshotOf(document!.snapshot)).toEqual(snapshot)
  })

  test("stake weights are those of the runtime's own metagraph", async () => {
    await using chain = await connect(ENDPOINT!.split(','), { onWarning: () => {} })
    const snapshot = await chain.subnet(NETUID)
    const own = await metagraphOf(ENDPOINT!.split(',')[0]!, snapshot.blockHash)
    if (own === undefined) return console.warn('not compared: this runtime offers no metagraph')
    expect(own.hotkeys.map(String)).toEqual(snapshot.hotkeys)
    expect(own.coldkeys.map(String)).toEqual(snapshot.coldkeys)
    const whole = own.totalStake.map((_, uid) => snapshot.totalStake[2 * uid + 1]!)
    expect(own.totalStake.map((value) => BigInt(value.toString()))).toEqual(whole)
    expect(own.alphaStake.map((value) => BigInt(value.toString()))).toEqual([...snapshot.alphaStake])
    expect(own.taoStake.map((value) => BigInt(value.toString()))).toEqual([...snapshot.taoStake])
  })
})

type Column = readonly { toString(): string }[]
type RuntimeMetagraph = Readonly<
  Record<'hotkeys' | 'coldkeys' | 'totalStake' | 'alphaStake' | 'taoStake', Column>
>

/** What the runtime computes for its metagraph, asked for and decoded by `@polkadot/api`. */
async function metagraphOf(url: string, hash: string): Promise<RuntimeMetagraph | undefined> {
  // The cast is for `exactOptionalPropertyTypes`, which its own types do not keep.
  const provider = new WsProvider(url) as unknown as NonNullable<ApiOptions['provider']>
  const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true })
  try {
    const call = (await api.at(hash)).call.subnetInfoRuntimeApi?.getMetagraph
    const answer = (await call?.(NETUID)) as unknown as { unwrap(): RuntimeMetagraph } | undefined
    return answer?.unwrap()
  } finally {
    await api.disconnect()
  }
}
