import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { importMetagraph } from './metagraph.ts'
import { readBytes, readDocuments } from './node.ts'

const PUBLISHED = new URL('../../../shared/real/subnet-15-block-4769998.json.gz', import.meta.url).pathname
const VECTORS = new URL('../../test/vectors/epoch-spec425/real-subnet-15.json.gz', import.meta.url).pathname

function small(change: Record<string, unknown> = {}): Uint8Array {
  const document = {
    schema: 'metagraph-weights/1',
    network: 'finney',
    netuid: 3,
    block: 1_000_000,
    note: 'x',
    hotkeys: [
      '5FFApaS75bv5pJHfAp2FVLBj9ZaXuFDjEypsaBNc1wCfe52v',
      '5CPM3bR3mPKXKu8RPRjJJFNqRA91Tn1SQE3rhmmf5yxgxfmn',
    ],
    stake: [1.5, 0],
    weights: [
      [
        [0, 0.25],
        [1, 0.5],
      ],
      [],
    ],
    ...change,
  }
  return new TextEncoder().encode(JSON.stringify(document))
}

describe('importMetagraph', () => {
  it.skipIf(!existsSync(PUBLISHED))(
    'gives the snapshot of which the vectors on real weights were made',
    async () => {
      const [vector] = await readDocuments(VECTORS)
      expect(vector!.name).toBe('real-subnet-15-yuma2-0')
      const { name: _, ...expected } = vector!.snapshot
      const imported = await importMetagraph(await readBytes(PUBLISHED), {
        emission: 295_200_000_000n,
        specVersion: 425,
        hyperparameters: { bondsPenalty: 0 },
      })
      const { name, netuid, hotkeys, ...state } = imported
      expect(state).toStrictEqual(expected)
      expect([name, netuid, hotkeys!.length]).toEqual(['finney subnet 15 at block 4769998', 15, 256])
    },
  )

  it('makes integers of floats', async () => {
    const { totalStake, mechanisms } = await importMetagraph(small())
    expect(totalStake).toEqual(BigUint64Array.of(0n, 1_500_000_000n, 0n, 0n))
    expect(mechanisms[0]!.weights).toEqual({
      rowStart: Uint32Array.of(0, 2, 2),
      uid: Uint16Array.of(0, 1),
      value: Uint16Array.of(32768, 65535),
    })
  })

  it.each<readonly [Record<string, unknown>, string]>([
    [{ schema: 'x' }, 'f: schema: expected metagraph-weights/1, found "x"'],
    [{ netuid: -1 }, 'f: netuid: expected an integer from 0 to 65535, found -1'],
    [{ block: '1' }, 'f: block: expected an integer from 0 to 9007199254740991, found "1"'],
    [{ hotkeys: ['x'] }, 'f: hotkeys at uid 0: expected an SS58 address, found "x"'],
    [{ hotkeys: [] }, 'f: hotkeys: expected at least one, found none'],
    [{ stake: [1] }, 'f: stake: expected 2 entries, found 1'],
    [{ stake: [1, -1] }, 'f: stake at uid 1: expected a number of tokens, found -1'],
    [{ stake: [1, 1e300] }, 'f: stake at uid 1: expected a number of tokens, found 1e+300'],
    [{ stake: [1, '1'] }, 'f: stake at uid 1: expected a number of tokens, found "1"'],
    [{ weights: [[], []].slice(1) }, 'f: weights: expected 2 entries, found 1'],
    [{ weights: [[], [[65536, 1]]] }, 'f: weights at uid 1: expected [uid, weight], found [65536,1]'],
    [{ weights: [[], [[1, -0.5]]] }, 'f: weights at uid 1: expected [uid, weight], found [1,-0.5]'],
    [{ weights: [[], [[1]]] }, 'f: weights at uid 1: expected [uid, weight], found [1]'],
    [{ weights: null }, 'f: weights: expected an array, found null'],
  ])('refuses %o', async (change, message) => {
    await expect(importMetagraph(small(change), { file: 'f' })).rejects.toThrow(message)
  })
})
