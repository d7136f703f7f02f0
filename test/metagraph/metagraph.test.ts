import { beforeAll, describe, expect, test } from 'vitest'
import { type ChainSnapshot, connect } from '../../ts/chain/index.ts'
import { demoRuntime } from '../../ts/demo/metadata.ts'
import { InputError } from '../../ts/errors/index.ts'
import { metagraph } from '../../ts/metagraph/index.ts'
import { FakeChain } from '../chain/fake-chain.ts'
import { blockOf, makeSubnet } from '../chain/fixture.ts'
import { ChainServer } from '../chain/server.ts'

const BLOCK = 1_000_000
const N = 40
const subnet = makeSubnet({ netuid: 15, n: N, validators: 9, seed: 3, block: BLOCK, mechanisms: 2 })

describe('the metagraph view', () => {
  let snapshot: ChainSnapshot

  beforeAll(async () => {
    await using server = await ChainServer.start(new FakeChain([blockOf(demoRuntime(424), BLOCK, [subnet])]))
    await using chain = await connect(server.url)
    snapshot = await chain.subnet(15)
  })

  test('floats for reading, each as long as there are uids', () => {
    const m = metagraph(snapshot)
    const columns = [m.S, m.AS, m.TS, m.R, m.T, m.Tv, m.C, m.I, m.D, m.E, m.last_update, m.uids, m.active]
    for (const column of [...columns, m.validator_permit, m.hotkeys, m.coldkeys, m.block_at_registration]) {
      expect(column).toHaveLength(N)
    }
    expect([m.netuid, m.n, m.block, m.tempo, m.mechanism_count]).toEqual([15, N, BLOCK, 360, 2])
    expect(m.I[5]).toBe(subnet.incentive[0]![5]! / 65_535)
    expect(m.D[5]).toBe(subnet.dividends[5]! / 65_535)
    expect(m.E[5]).toBe(Number(subnet.emission[5]) / 1e9)
    expect(m.validator_permit.slice(0, 10)).toEqual(subnet.validatorPermit.slice(0, 10))
    expect(m.hotkeys).toBe(snapshot.hotkeys)
    expect(m.stake).toBe(m.S)
    expect(m.weights).toBe(m.W)
  })

  test('raw for computing', () => {
    const { raw } = metagraph(snapshot)
    expect(raw.S).toBe(snapshot.totalStake)
    expect(raw.W).toBe(snapshot.mechanisms[0]!.weights)
    expect([...raw.I]).toEqual(subnet.incentive[0])
    expect([...metagraph(snapshot, 1).raw.I]).toEqual(subnet.incentive[1])
    const bits = (raw.S[3]! << 64n) | raw.S[2]!
    const expected = Number(bits >> 64n) / 1e9
    expect(metagraph(snapshot).S[1]).toBeCloseTo(expected, 6)
  })

  test('weights are shares of their row, bonds what is stored', () => {
    const m = metagraph(snapshot)
    for (const [uid, row] of m.W.entries()) {
      const sum = row.reduce((a, b) => a + b, 0)
      expect(sum).toBeCloseTo(subnet.weights[0]![uid]!.length > 0 ? 1 : 0, 9)
    }
    for (const [uid, row] of m.B.entries()) {
      const last = new Map(subnet.bonds[0]![uid]!)
      expect([...row]).toEqual(Array.from({ length: N }, (_, j) => last.get(j) ?? 0))
    }
  })

  test('a mechanism that is not there', () => {
    expect(() => metagraph(snapshot, 2)).toThrow(InputError)
  })
})
