import { describe, expect, test } from 'vitest'
import { type Engine, epochJson, loadEngine } from '../../ts/engine/index.ts'
import { loadWasm } from '../../ts/engine/wasm.ts'
import { encodeSnapshot, generate, rowOf } from '../../ts/snapshot/index.ts'
import { lines, yuma } from '../cli/run.ts'

/** What an engine's answers are besides exact: written out, named as the input is, and placed in a batch. */

const snapshot = generate({ n: 16, validators: 5, seed: 3 })
const several = generate({ n: 16, validators: 5, seed: 3, mechanisms: 2 })
const engines: readonly (readonly [string, Engine])[] = [
  ['native', await loadEngine()],
  ['wasm', await loadWasm()],
  ['reference', await loadEngine({ prefer: 'reference' })],
]
const [[, engine]] = engines as [readonly [string, Engine]]

describe('a result as JSON', () => {
  test.each([
    ['one mechanism', snapshot],
    ['two mechanisms', several],
  ])('of %s is what the command writes', (_, given) => {
    const { out } = yuma(['epoch', '-', '--json', '--trace'], { input: encodeSnapshot(given) })
    const result = engine.epoch(given, { trace: true })
    expect(epochJson(result)).toBe(out)
    expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(lines(out)[0]!))
  })

  test('of some fields has those', () => {
    const result = engine.epoch(several, { fields: ['incentive', 'bonds'] })
    const { rules, ...rest } = JSON.parse(epochJson(result))
    expect(Object.keys(rest)).toEqual(['incentive', 'bonds', 'mechanisms'])
    expect(Object.keys(rest.mechanisms[1])).toEqual(['share', 'incentive', 'bonds'])
    expect(JSON.parse(JSON.stringify(result))).toEqual({ rules, ...rest })
    expect(rest.bonds[0]).toEqual(rowOf(result.mechanisms[0].bonds, 0))
  })

  test('is no member that is seen', () => {
    expect(Object.keys(engine.epoch(snapshot))).not.toContain('toJSON')
    expect(structuredClone(engine.epoch(snapshot)).n).toBe(16)
  })
})

test.each(engines)(
  'the versions that %s knows are those of its ranges',
  (_, { knownSpecVersions, rules, epoch }) => {
    const known = knownSpecVersions()
    const inRanges = rules.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, at) => first + at),
    )
    const computed = inRanges.filter((asSpec) => {
      try {
        return epoch(snapshot, { asSpec, fields: ['incentive'] }).specVersion === asSpec
      } catch {
        return false
      }
    })
    expect(known).toEqual(computed)
    expect(known.length).toBeGreaterThan(100)
    expect(known.length).toBeLessThan(inRanges.length)
  },
)

describe('a fault', () => {
  const BAD = { ...snapshot, bondsPenalty: 70_000 }

  test.each(engines)('of %s names the field as the snapshot does', (_, engine) => {
    expect(() => engine.epoch(BAD)).toThrow(
      /^bondsPenalty: expected an integer from 0 to 65535, found 70000$/,
    )
    expect(() => engine.prepare(BAD)).toThrow(expect.objectContaining({ field: 'bondsPenalty' }))
    const columns = ['totalStake', 'blockAtRegistration'] as const
    for (const field of columns) {
      const given = { ...snapshot, [field]: snapshot[field].slice(1) }
      expect(() => engine.epoch(given)).toThrow(expect.objectContaining({ field }))
    }
  })

  test('names every field of the snapshot as it is', () => {
    const members = Object.keys(several).filter(
      (name) => typeof several[name as keyof typeof several] !== 'object' && name !== 'name',
    )
    expect(members.length).toBeGreaterThan(15)
    for (const field of members) {
      const given = { ...several, [field]: Symbol.iterator as never }
      expect(() => engine.epoch(given), field).toThrow(expect.objectContaining({ field }))
    }
  })

  test.each(engines)('of a batch of %s says of which snapshot', (_, engine) => {
    const late = { ...snapshot, totalStake: snapshot.totalStake.slice(1) }
    expect(() => engine.epochs([snapshot, BAD])).toThrow(
      expect.objectContaining({ index: 1, field: 'bondsPenalty' }),
    )
    expect(() => engine.epochs([snapshot, snapshot, late])).toThrow(/^snapshot 2 of the batch: totalStake/)
    expect(() => engine.epoch(BAD)).toThrow(expect.objectContaining({ index: undefined }))
  })

  test('of a file names it as the file does', () => {
    const text = new TextDecoder().decode(encodeSnapshot(snapshot))
    const { err, code } = yuma(['epoch', '-'], {
      input: text.replace('"bonds_penalty":', '"bonds_penalty":7'),
    })
    expect([code, err]).toEqual([2, expect.stringContaining('bonds_penalty: expected')])
  })
})
