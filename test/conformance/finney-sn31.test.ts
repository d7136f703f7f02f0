/**
 * A hundred published states of finney's subnet 31, one tempo apart, through `epoch` by the rules of every range. They are
 * of August 2024, before dTAO: what finney computed of them is of no version that is known, and was not published. What
 * can be held against the chain is whom it gave permits; all else is one implementation against another.
 */

import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import type { Engine, EpochResult } from '../../ts/engine/types.ts'
import type { Snapshot, SparseRows } from '../../ts/snapshot/types.ts'
import { hasSn31, sn31Series } from '../simulate/sn31.ts'
import { yuma } from '../verify/cli.ts'

const FOLDER = new URL('../../../shared/real/finney-sn31-series/', import.meta.url).pathname
if (!hasSn31) console.warn(`skipped: no published states of finney's subnet 31 in ${FOLDER}`)

/** The states that lie there as snapshots too. */
const BLOCKS = [3_600_000, 3_618_000, 3_635_640]

const fileOf = (block: number): string => `${FOLDER}snapshot-${block}.json.gz`

/** The series by the rules of a version, each epoch on the bonds that the one before left. */
function run(engine: Engine, states: readonly Snapshot[], asSpec: number): readonly EpochResult[] {
  let bonds: SparseRows = states[0]!.mechanisms[0]!.bonds
  return states.map((state) => {
    const result = engine.epoch({ ...state, mechanisms: [{ ...state.mechanisms[0]!, bonds }] }, { asSpec })
    bonds = result.mechanisms[0]!.bonds
    return result
  })
}

function columnsOf({ mechanisms, emission, dividends, consensus, validatorPermit }: EpochResult): unknown {
  return [mechanisms, emission, dividends, consensus, validatorPermit]
}

describe.skipIf(!hasSn31)("finney's subnet 31 of August 2024", async () => {
  const engine = await loadEngine()
  const reference = await loadEngine({ prefer: 'reference' })
  const states = hasSn31 ? sn31Series() : []

  test.each(BLOCKS)('block %i: by the command, by its own version, on every engine', async (block) => {
    const ours = engine.epoch(states.find((state) => state.block === BigInt(block + 1))!)
    for (const prefer of ['native', 'wasm', 'wasm-scalar', 'reference'] as const) {
      const { code, out } = await yuma('epoch', fileOf(block), '--json', '--engine', prefer)
      expect(code).toBe(0)
      const { rules, ...output } = JSON.parse(out)
      expect(rules).toMatchObject({ spec: 300, evidence: 'proved' })
      expect(output.incentive).toEqual([...ours.incentive])
      expect(output.dividends).toEqual([...ours.dividends])
      expect(output.validator_permit).toEqual([...ours.validatorPermit].map(Boolean))
    }
  })

  test('by the rules of every range the engine and the reference agree on all hundred, each on the bonds before', () => {
    for (const { first } of engine.rules) {
      const [ours, theirs] = [run(engine, states, first), run(reference, states, first)]
      expect(ours).toHaveLength(100)
      const off = ours.filter((result, at) => !isDeepStrictEqual(columnsOf(result), columnsOf(theirs[at]!)))
      expect([first, off.length]).toEqual([first, 0])
    }
  })

  test('permits: those that finney gave, as long as the one published stake is that of the state', () => {
    const { validatorPermit } = engine.epoch(states[0]!)
    const off = states.map(
      (state) => validatorPermit.filter((permit, uid) => permit !== state.validatorPermit[uid]).length,
    )
    expect(off.slice(0, 2)).toEqual([0, 0])
    expect(off[2]).toBeGreaterThan(0)
  })
})
