import { describe, expect, test } from 'vitest'
import { InputError } from '../../ts/errors/index.ts'
import { loadSimulator, parseScenario } from '../../ts/simulate/index.ts'

const simulator = await loadSimulator()

const SCENARIO = {
  schema: 'yuma-scenario/1',
  name: 'a scenario',
  start: { make: { n: 12, validators: 4, seed: 3, stake_deviation: 0.1, stake: '5000000000000' } },
  epochs: 6,
  seed: 2,
  grow: 'payout',
  quality: { values: [0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1], drift: 0.01 },
  agents: [
    { agent: 'honest', uids: ['0-1', 2], noise: 0.1 },
    {
      agent: 'switching',
      uids: [3],
      at: 3,
      before: { agent: 'cabal', miners: ['10-11'], share: 0.5 },
      after: { agent: 'absent' },
    },
    { agent: 'staking', uids: [0], each: '-5000000000' },
  ],
  changes: [
    { epoch: 1, changes: [{ kind: 'set', field: 'bonds_penalty', value: 7 }] },
    {
      epoch: 2,
      changes: [
        { kind: 'row', uid: 2, weights: [[5, 9]] },
        { kind: 'set', field: 'tempo', value: 99 },
        { kind: 'add-stake', uid: 1, rao: '1000000000000' },
      ],
    },
  ],
  record: ['validator_trust', 'stake', 'weights'],
  every: 1,
}

function parse(document: unknown): ReturnType<typeof parseScenario> {
  return parseScenario(new TextEncoder().encode(JSON.stringify(document)), { file: 'scenario.json' })
}

function faultOf(document: unknown): InputError {
  try {
    parse(document)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('expected a fault')
}

describe('a scenario', () => {
  test('runs as what it says runs by the functions', async () => {
    const { name, start, options } = parse(SCENARIO)
    expect(name).toBe('a scenario')
    if (!('make' in start)) throw new Error('expected something to make')
    const found = await simulator.simulate({ ...options, start: simulator.make(start.make) })
    const same = await simulator.simulate({
      start: simulator.make({
        n: 12,
        validators: 4,
        seed: 3,
        stakeDeviation: 0.1,
        stake: 5_000_000_000_000n,
      }),
      epochs: 6,
      seed: 2,
      grow: 'payout',
      quality: { values: [0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1], drift: 0.01 },
      agents: [
        { agent: 'honest', uids: [0, 1, 2], noise: 0.1 },
        {
          agent: 'switching',
          uids: [3],
          at: 3,
          before: { agent: 'cabal', miners: [10, 11], share: 0.5 },
          after: { agent: 'absent' },
        },
        { agent: 'staking', uids: [0], each: -5_000_000_000n },
      ],
      changes: [
        { epoch: 1, changes: [{ kind: 'set', field: 'bondsPenalty', value: 7 }] },
        {
          epoch: 2,
          changes: [
            { kind: 'row', uid: 2, weights: { uid: Uint16Array.of(5), value: Uint16Array.of(9) } },
            { kind: 'set', field: 'tempo', value: 99n },
            { kind: 'add-stake', uid: 1, rao: 1_000_000_000_000n },
          ],
        },
      ],
      record: ['validatorTrust', 'stake', 'weights'],
    })
    expect(found.columns).toEqual(same.columns)
    expect(found.final).toEqual(same.final)
    expect(found.final.bondsPenalty).toBe(7)
    expect(found.final.tempo).toBe(99n)
  })

  test('that cannot be is refused by its file and field', () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ schema: 'yuma-scenario/2' }, 'schema'],
      [{ start: {} }, 'start'],
      [{ start: { file: 'a', make: {} } }, 'start'],
      [{ start: { make: { n: 0, validators: 1, seed: 1 } } }, 'start.make.n'],
      [{ start: { files: 'a' } }, 'start.files'],
      [{ epochs: -1 }, 'epochs'],
      [{ agent: [] }, 'agent'],
      [{ record: ['everything'] }, 'record[0]'],
      [{ agents: [{ agent: 'absent', uids: ['7-3'] }] }, 'agents[0].uids[0]'],
      [{ agents: [{ agent: 'staking', uids: [1], each: 'much' }] }, 'agents[0].each'],
      [
        { changes: [{ epoch: 1, changes: [{ kind: 'row', uid: 1, weights: [[1]] }] }] },
        'changes[0].changes[0].weights[0]',
      ],
      [
        { changes: [{ epoch: 1, changes: [{ kind: 'set', field: 'tempo', value: 'a while' }] }] },
        'changes[0].changes[0].value',
      ],
    ]
    for (const [changed, field] of cases) {
      const fault = faultOf({ ...SCENARIO, ...changed })
      expect([fault.field, fault.file]).toEqual([field, 'scenario.json'])
    }
    const broken = new TextEncoder().encode('{')
    expect(() => parseScenario(broken, { file: 'x' })).toThrow('x: scenario: expected JSON')
  })

  test('says in a run where it is wrong', async () => {
    const { options } = parse({
      ...SCENARIO,
      changes: [{ epoch: 4, changes: [{ kind: 'permit', uid: 12, permit: true }] }],
    })
    const start = simulator.make({ n: 12, validators: 4, seed: 3 })
    const fault = await simulator.simulate({ ...options, start }).catch((error: unknown) => error)
    expect((fault as InputError).field).toBe('epochs[4].changes[0].uid')
  })
})
