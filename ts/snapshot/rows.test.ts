import { describe, expect, test } from 'vitest'
import { loadEngine } from '../engine/index.ts'
import { generate, rowOf, rows, valueAt, withWeight } from './index.ts'

const snapshot = generate({ n: 12, validators: 4, seed: 7, mechanisms: 2 })

describe('rows', () => {
  test('are laid out one after the other', () => {
    expect(
      rows([
        [
          [1, 65_535],
          [2, 100],
        ],
        [],
        [[0, 1]],
      ]),
    ).toEqual({
      rowStart: Uint32Array.of(0, 2, 2, 3),
      uid: Uint16Array.of(1, 2, 0),
      value: Uint16Array.of(65_535, 100, 1),
    })
  })

  test('are read as they were written', () => {
    const { weights } = snapshot.mechanisms[0]!
    const lists = Array.from({ length: snapshot.n }, (_, uid) => rowOf(weights, uid))
    expect(lists.flat().length).toBeGreaterThan(10)
    expect(rows(lists)).toEqual(weights)
  })

  test.each([
    ['a uid of 17 bits', [[[65_536, 1]]], 'rows[0].uid'],
    ['a value of 17 bits', [[], [[0, 65_536]]], 'rows[1].value'],
    ['no pair', [[3]], 'rows[0]'],
  ])('%s is refused', (_, lists, field) => {
    expect(() => rows(lists as never)).toThrow(expect.objectContaining({ code: 'input', field }))
  })

  test('of a trace have bits', async () => {
    const { mechanisms } = (await loadEngine()).epoch(snapshot, { trace: true })
    const [[, bits] = []] = rowOf(mechanisms[0].trace!.weights, 0)
    expect(typeof bits).toBe('bigint')
  })
})

describe('a weight', () => {
  test('is set where it stands, and alone', () => {
    const { weights } = snapshot.mechanisms[1]!
    const [to] = rowOf(weights, 0)[1]!
    const changed = withWeight(snapshot, { from: 0, to, value: 5, mechanism: 1 })
    expect(valueAt(changed.mechanisms[1]!.weights, 0, to)).toBe(5)
    expect(rowOf(changed.mechanisms[1]!.weights, 0).map(([uid]) => uid)).toEqual(
      rowOf(weights, 0).map(([uid]) => uid),
    )
    expect(changed.mechanisms[0]).toBe(snapshot.mechanisms[0])
    const back = withWeight(changed, { from: 0, to, value: valueAt(weights, 0, to), mechanism: 1 })
    expect(back).toEqual(snapshot)
  })

  test('that there is not comes last, and only the first of its row is 0', () => {
    const given = {
      ...snapshot,
      mechanisms: [{ ...snapshot.mechanisms[0]!, weights: rows(Array(12).fill([])) }],
    }
    expect(valueAt(given.mechanisms[0]!.weights, 3, 4)).toBe(0)
    const changed = withWeight(withWeight(given, { from: 3, to: 4, value: 9 }), { from: 3, to: 1, value: 2 })
    expect(rowOf(changed.mechanisms[0]!.weights, 3)).toEqual([
      [4, 9],
      [1, 2],
    ])
  })

  test('is set wherever it is repeated', () => {
    const repeated = rows([
      [
        [1, 2],
        [2, 3],
        [1, 4],
      ],
      ...Array(11).fill([]),
    ])
    const given = { ...snapshot, mechanisms: [{ ...snapshot.mechanisms[0]!, weights: repeated }] }
    const { weights } = withWeight(given, { from: 0, to: 1, value: 7 }).mechanisms[0]!
    expect(rowOf(weights, 0)).toEqual([
      [1, 7],
      [2, 3],
      [1, 7],
    ])
  })

  test.each([
    [{ from: 12, to: 0, value: 1 }, 'from'],
    [{ from: 0, to: 12, value: 1 }, 'to'],
    [{ from: 0, to: 0, value: 65_536 }, 'value'],
    [{ from: 0, to: 0, value: 1, mechanism: 2 }, 'mechanism'],
  ])('%j is refused', (weight, field) => {
    expect(() => withWeight(snapshot, weight)).toThrow(expect.objectContaining({ code: 'input', field }))
  })
})
