/** Answers of which public reports said that they mislead: small inputs, and what is right of them. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { DemoChain } from '../../ts/demo/chain.ts'
import { DemoServer } from '../../ts/demo/server.ts'
import { dueEmissions, loadEmission, withDueEmission } from '../../ts/emission/index.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { encodeSnapshot, networkPieces, type Snapshot } from '../../ts/snapshot/index.ts'
import { liquidBonds } from '../../ts/verify/liquid.ts'
import { ALL_INACTIVE, LIQUID_ABSENT, LIQUID_ZERO, ZERO_ROW } from './cases.ts'
import { checkBuilt, lines, yuma } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-answers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(checkBuilt)

const engine = await loadEngine()

function shown(snapshot: Snapshot): readonly string[] {
  const { code, out } = yuma(['epoch', '-'], { input: encodeSnapshot(snapshot) })
  expect(code).toBe(0)
  return lines(out)
}

describe('an epoch in which nobody earns incentive says why', () => {
  it('where nobody is active, and shows who is not', () => {
    const table = shown(ALL_INACTIVE)
    expect(table).toContain(
      'no incentive and no dividends: nobody is active; validators share all of the emission by stake, that of the inactive too',
    )
    const columns = table.find((line) => line.includes('vtrust'))!.split(/ {2,}/)
    expect(columns).toContain('active')
    expect(table.filter((line) => /^ +[01] .* yes +no +\d/.test(line))).toHaveLength(2)
  })

  it('where the row of the majority is zeros', () => {
    const table = shown(ZERO_ROW)
    expect(table).toContain(
      'no incentive and no dividends: no miner has weight from a majority of active stake, of which 0.666666666 weighs nobody; validators share all of the emission by active stake',
    )
    expect(table.filter((line) => /^ +[01] .* yes +yes +\d/.test(line))).toHaveLength(2)
  })

  it('and nothing where somebody does', () => {
    expect(shown(LIQUID_ZERO).filter((line) => line.startsWith('no '))).toEqual([])
  })
})

describe('a stored weight of 0 and none, with liquid alpha', () => {
  const bondsOf = (snapshot: Snapshot) => {
    const result = engine.epoch(snapshot, { trace: true })
    const [{ bonds }] = result.mechanisms as [(typeof result.mechanisms)[0]]
    const row = [...bonds.uid.subarray(bonds.rowStart[0], bonds.rowStart[1])]
    const at = row.indexOf(2)
    return {
      bond: at < 0 ? undefined : bonds.value[bonds.rowStart[0]! + at],
      told: liquidBonds(snapshot.mechanisms[0]!, result.mechanisms[0]!, 0),
    }
  }

  it('decide whether a bond decays or is gone, which an explanation tells', () => {
    expect(bondsOf(LIQUID_ZERO)).toEqual({
      bond: 12_471,
      told: [{ uid: 2, before: 14_026, after: 12_471, weight: 0, counts: true }],
    })
    expect(bondsOf(LIQUID_ABSENT)).toEqual({
      bond: undefined,
      told: [{ uid: 2, before: 14_026, after: 0, weight: null, counts: false }],
    })
  })
})

describe('what a pulled epoch shares out', () => {
  it('is what is pending, and says so; what the epoch will have is to be had, and is what it then pays', async () => {
    const emission = await loadEmission()
    const demo = new DemoChain(emission, { subnets: 2, seed: 3 })
    await using server = await DemoServer.start(demo, 0)
    await using chain = await connect(server.url)
    const network = await chain.network({ epochAt: 'next-epoch' })
    const { epoch } = network.subnets.find(({ netuid }) => netuid === 1)!
    const file = join(folder, 'network.json')
    writeFileSync(file, [...networkPieces(network)].join(''))
    const pending = yuma(['epoch', file])
    expect(pending.out).toMatch(/shares out [\d,.]+ alpha: what is pending after block [\d,]+, without what/)
    const due = lines(yuma(['epoch', file, '--json', '--emission', 'due']).out).map((line) =>
      JSON.parse(line),
    )
    while (BigInt(demo.best.number) < epoch!.block) demo.next()
    const { stored } = await chain.subnet(1, { at: epoch!.block })
    const paid = [...stored.emission].map(String)
    expect(due[0].emission).toEqual(paid)
    const computed = engine.epoch(withDueEmission(epoch!, dueEmissions(emission, network).get(1)!))
    expect([...computed.emission].map(String)).toEqual(paid)
    expect(computed.emission).not.toEqual(engine.epoch(epoch!).emission)
    demo.close()
  })
})
