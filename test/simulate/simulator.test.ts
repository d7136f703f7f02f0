import { describe, expect, test, vi } from 'vitest'
import { loadEngine } from '../../ts/engine/index.ts'
import { InputError } from '../../ts/errors/index.ts'
import {
  type Agent,
  type Change,
  driftingSeries,
  loadSimulator,
  type RecordedColumn,
  type Simulated,
  type Simulator,
  type SimulatorKind,
} from '../../ts/simulate/index.ts'
import { generate } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'

const KINDS: readonly SimulatorKind[] = ['native', 'wasm', 'wasm-scalar']

const engine = await loadEngine()
const simulators: Readonly<Record<SimulatorKind, Simulator>> = {
  native: await loadSimulator({ prefer: 'native' }),
  wasm: await loadSimulator({ prefer: 'wasm' }),
  'wasm-scalar': await loadSimulator({ prefer: 'wasm-scalar' }),
}
const { native } = simulators

/** Everything that an epoch reads. */
function state(snapshot: Snapshot): unknown {
  const { name: _, extra: __, hotkeys: ___, coldkeys: ____, netuid: _____, ...read } = snapshot
  return read
}

const small = generate({ n: 24, validators: 6, seed: 3 })
const several = generate({ n: 24, validators: 6, seed: 4, mechanisms: 3 })

/** The fault that a call throws. */
function faultOf(call: () => unknown): InputError {
  try {
    call()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('expected a fault')
}

describe('a change', () => {
  const changes: readonly Change[] = [
    { kind: 'weight', from: 0, to: 7, value: 65_535, block: small.block - 1n },
    { kind: 'weight', from: 0, to: 900, value: 3 },
    { kind: 'row', uid: 1, weights: { uid: Uint16Array.of(9, 8), value: Uint16Array.of(1, 65_535) } },
    { kind: 'bonds', uid: 1, bonds: { uid: Uint16Array.of(9), value: Uint16Array.of(12) } },
    { kind: 'stake', uid: 2, rao: 7_000_000_000_000n },
    { kind: 'add-stake', uid: 0, rao: -1_000n },
    { kind: 'add-stake', uid: 4, rao: -(2n ** 62n) },
    { kind: 'set', field: 'kappa', value: 40_000 },
    { kind: 'set', field: 'alphaSigmoidSteepness', value: -5 },
    { kind: 'set', field: 'lastYumaStepBlock', value: 12n },
    { kind: 'set', field: 'liquidAlphaConsensusMode', value: 'Previous' },
    { kind: 'registered', uid: 10, block: 5n },
    { kind: 'permit', uid: 11, permit: true },
    { kind: 'last-update', uid: 12, block: 77n },
  ]

  test('is made of what it names and of nothing else, on every implementation', () => {
    const stake = small.totalStake.slice()
    stake.set([0n, 7_000_000_000_000n], 4)
    stake[1] = stake[1]! - 1_000n
    stake.set([0n, 0n], 8)
    const registered = small.blockAtRegistration.slice()
    registered[10] = 5n
    const permits = small.validatorPermit.slice()
    permits[11] = 1
    const mechanism = small.mechanisms[0]!
    const lastUpdate = mechanism.lastUpdate.slice()
    lastUpdate[0] = small.block - 1n
    lastUpdate[12] = 77n
    for (const kind of KINDS) {
      const changed = simulators[kind].change(small, changes)
      expect(changed.kappa).toBe(40_000)
      expect(changed.alphaSigmoidSteepness).toBe(-5)
      expect(changed.lastYumaStepBlock).toBe(12n)
      expect(changed.liquidAlphaConsensusMode).toBe('Previous')
      expect(changed.totalStake).toEqual(stake)
      expect(changed.blockAtRegistration).toEqual(registered)
      expect(changed.validatorPermit).toEqual(permits)
      const own = changed.mechanisms[0]!
      expect(own.lastUpdate).toEqual(lastUpdate)
      const row = (rows: typeof own.weights, uid: number): number[][] =>
        Array.from(rows.uid.subarray(rows.rowStart[uid], rows.rowStart[uid + 1]), (to, at) => [
          to,
          rows.value[rows.rowStart[uid]! + at]!,
        ])
      expect(row(own.weights, 0).find(([to]) => to === 7)).toEqual([7, 65_535])
      expect(row(own.weights, 0).at(-1)).toEqual([900, 3])
      expect(row(own.weights, 1)).toEqual([
        [9, 1],
        [8, 65_535],
      ])
      expect(row(own.bonds, 1)).toEqual([[9, 12]])
      for (const uid of [2, 3, 5]) expect(row(own.weights, uid)).toEqual(row(mechanism.weights, uid))
      expect(changed.hotkeys).toEqual(small.hotkeys)
    }
  })

  test('of nothing leaves a snapshot as it is', () => {
    for (const snapshot of [small, several, { ...small, mechanismEmissionSplit: Uint16Array.of(65_535) }]) {
      const same = native.change(snapshot, [])
      const { consensusByMechanism: _, ...own } = same.mechanisms[0]!
      expect(own).toEqual(snapshot.mechanisms[0])
      expect(engine.epoch(same)).toEqual(engine.epoch(snapshot))
      expect(same.mechanismEmissionSplit).toEqual(snapshot.mechanismEmissionSplit)
    }
  })

  test('is refused with its place and field', () => {
    const cases: readonly (readonly [Change, string])[] = [
      [{ kind: 'stake', uid: 24, rao: 0n }, 'changes[1].uid'],
      [{ kind: 'weight', from: 0, to: 1, value: 1, mechanism: 1 }, 'changes[1].mechanism'],
      [{ kind: 'set', field: 'kappa', value: 65_536 }, 'changes[1].kappa'],
      [{ kind: 'set', field: 'n' as 'kappa', value: 3 }, 'changes[1].field'],
      [{ kind: 'register', uid: 0 }, 'changes[1].uid'],
      [{ kind: 'spec', specVersion: 3 }, 'changes[1].spec_version'],
      [{ kind: 'stake', uid: 1 } as unknown as Change, 'changes[1].rao'],
      [{ kind: 'stake', uid: 1, rao: 1n, much: 1 } as unknown as Change, 'changes[1].much'],
      [{ kind: 'nothing' } as unknown as Change, 'changes[1].kind'],
    ]
    const first: Change = { kind: 'permit', uid: 1, permit: true }
    for (const [change, field] of cases)
      expect(faultOf(() => native.change(small, [first, change])).field).toBe(field)
  })

  test('registers neurons, with keys where they are given', () => {
    const key = small.hotkeys![5]!
    const replaced = native.change(small, [
      { kind: 'register', uid: 9, stake: 5n, hotkey: key, coldkey: key },
    ])
    expect(replaced.hotkeys![9]).toBe(key)
    expect(replaced.blockAtRegistration[9]).toBe(small.block - small.tempo)
    const added = native.change(small, [{ kind: 'register', block: 8n }])
    expect(added.n).toBe(25)
    expect(added.hotkeys).toBeUndefined()
    expect(engine.epoch(added).stake[24]).toBe(0n)
  })
})

describe('what if', () => {
  test('says what an epoch gives before and after, and the difference', () => {
    const changes: readonly Change[] = [
      { kind: 'weight', from: 0, to: 7, value: 65_535 },
      { kind: 'add-stake', uid: 3, rao: 10n ** 15n },
      { kind: 'register' },
    ]
    for (const snapshot of [small, several]) {
      for (const kind of KINDS) {
        const found = simulators[kind].whatIf(snapshot, changes)
        const after = engine.epoch(found.snapshot)
        expect(found.before).toEqual(engine.epoch(snapshot))
        expect(found.after).toEqual(after)
        const { difference, before } = found
        expect(difference.incentive.length).toBe(25)
        for (const uid of [0, 3, 7, 24]) {
          expect(difference.incentive[uid]).toBe(after.incentive[uid]! - (before.incentive[uid] ?? 0))
          expect(difference.stake[uid]).toBe(after.stake[uid]! - (before.stake[uid] ?? 0n))
          const own = snapshot.mechanisms.length - 1
          const raw = difference.raw[own]!.dividends[uid]
          expect(raw).toBe(
            after.mechanisms[own]!.raw.dividends[uid]! - (before.mechanisms[own]!.raw.dividends[uid] ?? 0n),
          )
        }
      }
    }
  })

  test('names who gains and who loses a permit', () => {
    const before = engine.epoch({ ...small, maxAllowedValidators: 3 })
    const holders = [...before.validatorPermit.keys()].filter((uid) => before.validatorPermit[uid] === 1)
    const { difference } = native.whatIf({ ...small, maxAllowedValidators: 3 }, [
      { kind: 'stake', uid: 20, rao: 10n ** 18n },
    ])
    expect(difference.permits.gained).toEqual([20])
    expect(difference.permits.lost.length).toBe(1)
    expect(holders).toContain(difference.permits.lost[0])
  })

  test('follows the rules that are asked for', () => {
    const { before, after } = native.whatIf(small, [{ kind: 'set', field: 'kappa', value: 9 }], {
      asSpec: 425,
    })
    expect(before.rules.spec).toBe(425)
    expect(after).toEqual(engine.epoch({ ...small, kappa: 9 }, { asSpec: 425 }))
  })
})

describe('the state after an epoch', () => {
  test('is what the chain read next, as far as the chain itself carried it on', async () => {
    let steps = 0
    for (const file of [
      'epoch-spec425/chain30',
      'epoch-spec475/chain-mode',
      'epoch-spec475/chain-null-and-back',
    ]) {
      const documents = await readDocuments(`test/vectors/${file}.json.gz`)
      for (const [at, { snapshot: next }] of documents.entries()) {
        const before = documents[at - 1]?.snapshot
        const goesOn = before !== undefined && next.lastMechanismStepBlock === before.block
        const changed = goesOn && String(next.blockAtRegistration) !== String(before.blockAtRegistration)
        const switched = before?.subnetEpochConsensus !== next.subnetEpochConsensus
        if (!goesOn || changed || switched) continue
        const simulator = simulators[KINDS[at % KINDS.length]!]
        const found = simulator.advance(before, engine.epoch(before))
        expect(found.block).toBe(before.block + before.tempo + 1n)
        expect(found.validatorPermit).toEqual(next.validatorPermit)
        expect(found.mechanisms[0]!.bonds).toEqual(next.mechanisms[0]!.bonds)
        expect(found.lastMechanismStepBlock).toBe(next.lastMechanismStepBlock)
        expect(found.lastYumaStepBlock ?? null).toEqual(next.lastYumaStepBlock ?? null)
        const consensus = next.mechanisms[0]!.consensusByMechanism ?? new Uint16Array(0)
        expect(found.mechanisms[0]!.consensusByMechanism).toEqual(consensus)
        steps += 1
      }
    }
    expect(steps).toBeGreaterThan(450)
  })

  test('has the stake that was paid where it grows, and changes after it', () => {
    const result = engine.epoch(small)
    const found = native.advance(small, result, [{ kind: 'set', field: 'block', value: 9n }], {
      grow: 'payout',
    })
    expect(found.block).toBe(9n)
    for (let uid = 0; uid < small.n; uid++) {
      const paid = result.serverEmission[uid]! + result.validatorEmission[uid]!
      expect(found.totalStake[2 * uid + 1]).toBe(small.totalStake[2 * uid + 1]! + paid)
    }
  })

  test('refuses a result of another subnet', () => {
    const other = engine.epoch(generate({ n: 25, validators: 6, seed: 3 }))
    expect(faultOf(() => native.advance(small, other)).field).toBe('result')
  })
})

const ALL: readonly RecordedColumn[] = [
  'incentive',
  'dividends',
  'validatorPermit',
  'emission',
  'rawDividends',
  'bonds',
  'weights',
]

describe('a resident subnet', () => {
  test('runs on as single epochs and the states after them do', () => {
    for (const snapshot of [small, several]) {
      const subnet = native.open(snapshot)
      const change: Change = { kind: 'weight', from: 0, to: 8, value: 9 }
      const recording = subnet.run(5, { record: ALL, changes: [{ epoch: 2, changes: [change] }] })
      let now = snapshot
      for (let epoch = 0; epoch < 5; epoch++) {
        if (epoch === 2) now = native.change(now, [change])
        const result = engine.epoch(now)
        const { columns, mechanisms, n, block } = recording.at(epoch)
        expect([n, block]).toEqual([now.n, now.block])
        expect(columns.incentive).toEqual(result.incentive)
        expect(columns.validatorPermit).toEqual(result.validatorPermit)
        expect(columns.emission).toEqual(result.emission)
        expect(mechanisms.length).toBe(snapshot.mechanisms.length)
        for (const [id, own] of mechanisms.entries()) {
          const of = result.mechanisms[id]!
          expect(own.rawDividends).toEqual(of.raw.dividends)
          expect(own.dividends).toEqual(of.dividends)
          expect(own.bonds).toEqual(of.bonds)
          expect(own.weights).toEqual(now.mechanisms[id]!.weights)
        }
        now = native.advance(now, result)
      }
      expect(state(subnet.snapshot())).toEqual(state(now))
      expect(subnet.progress).toEqual({ epochs: 5, block: now.block, n: now.n })
      subnet.close()
    }
  })

  test('records every so many epochs, and nothing where nothing is asked for', () => {
    const subnet = native.open(small)
    const recording = subnet.run(7, { record: ['stake'], every: 3 })
    expect([...recording.epoch]).toEqual([0, 3, 6])
    expect([...recording.start]).toEqual([0, 24, 48, 72])
    expect(subnet.run(2).columns).toEqual({})
    subnet.close()
  })

  test('that is closed says so', () => {
    const subnet = native.open(small)
    subnet.close()
    subnet.close()
    expect(() => subnet.run(1)).toThrow('the subnet is closed')
  })

  test('says where in a run something is wrong', () => {
    const subnet = native.open(small)
    const wrong: Change = { kind: 'stake', uid: 30, rao: 0n }
    const fine: Change = { kind: 'weight', from: 0, to: 1, value: 1, block: 3n }
    const fault = faultOf(() => subnet.run(5, { changes: [{ epoch: 3, changes: [fine, wrong] }] }))
    expect(fault.field).toBe('epochs[3].changes[1].uid')
    subnet.close()
  })

  test('does not begin a run that would not fit', () => {
    const subnet = native.open(small)
    const fault = faultOf(() => subnet.run(1000, { record: ['emission'], maxBytes: 100_000 }))
    expect(fault.field).toBe('record')
    expect(fault.expected).toContain('at most 100000 bytes, found 212000')
    expect(subnet.progress.epochs).toBe(0)
    subnet.close()
  })
})

/** Every named agent, on a subnet of 24 neurons of which 6 validate. */
const AGENTS: readonly Agent[] = [
  { agent: 'honest', uids: [0, 1], noise: 0.1 },
  { agent: 'copier', uids: [2], delay: 1 },
  { agent: 'cabal', uids: [3], miners: [7, 8], share: 0.9 },
  { agent: 'late', uids: [4], every: 3, noise: 0.2 },
  {
    agent: 'switching',
    uids: [5],
    at: 6,
    before: { agent: 'self-voter', share: 0.5 },
    after: { agent: 'honest' },
  },
  { agent: 'registering', uids: [23], every: 4, stake: 10n },
  { agent: 'staking', uids: [1], each: -1_000_000_000n, from: 2, until: 5 },
  { agent: 'absent', uids: [22] },
]

const QUALITY = {
  values: Array.from({ length: 24 }, (_, uid) => (uid < 6 ? 0 : 30 - uid)),
  drift: 0.05,
  changes: [{ epoch: 3, uid: 10, value: 80 }],
}

const made = native.make({ n: 24, validators: 6, seed: 5 })

function bare({ at: _, ...recorded }: Simulated): unknown {
  return recorded
}

describe('a simulation', () => {
  const options = {
    start: made,
    epochs: 40,
    agents: AGENTS,
    quality: QUALITY,
    record: ALL,
    grow: 'payout' as const,
    seed: 9,
  }

  test('is the same to the bit on every implementation', async () => {
    const all = await Promise.all(KINDS.map((kind) => simulators[kind].simulate(options)))
    expect(all[0]!.epochs).toBe(40)
    expect(all[0]!.stopped).toBe(false)
    for (const other of all.slice(1)) expect(bare(other)).toEqual(bare(all[0]!))
    const again = await native.simulate({ ...options, seed: 10 })
    expect(again.columns.dividends).not.toEqual(all[0]!.columns.dividends)
  })

  test('makes the same network from a seed on every implementation', () => {
    for (const kind of KINDS) {
      const network = simulators[kind].make({ n: 24, validators: 6, seed: 5 })
      expect(network).toEqual(made)
    }
    expect(native.make({ n: 24, validators: 6, seed: 6 }).totalStake).not.toEqual(made.totalStake)
  })

  test('runs agents in several mechanisms, under commit-reveal', async () => {
    const start = native.make({
      n: 24,
      validators: 6,
      seed: 5,
      mechanisms: 2,
      hyperparameters: { commitRevealEnabled: true },
    })
    const { final, mechanisms } = await native.simulate({
      start,
      epochs: 4,
      agents: [{ agent: 'cabal', uids: [0], miners: [7], share: 1, mechanism: 1, until: 1 }],
      record: ['weights'],
      commitReveal: { interval: 2 },
    })
    const rows = mechanisms.map(({ weights }) =>
      [0, 1, 2, 3].map((epoch) => weights!.rowStart[24 * epoch + 1]! - weights!.rowStart[24 * epoch]!),
    )
    expect(rows[0]!.every((length) => length > 10)).toBe(true)
    expect(rows[1]!.map((length) => length === 1)).toEqual([false, false, true, true])
    expect(final.mechanisms[1]!.lastUpdate[0]).toBe(start.block - 1n)
    expect(final.mechanisms[1]!.commitBlocks[0]).toBe(2n ** 64n - 1n)
  })

  test('asks functions before each epoch', async () => {
    const seen: unknown[] = []
    const agent: Agent = ({ epoch, block, n, last, snapshot }) => {
      seen.push([epoch, block, n, last()?.dividends[0], snapshot().kappa])
      return epoch === 1 ? [{ kind: 'set', field: 'kappa', value: 5 }] : undefined
    }
    const { columns } = await native.simulate({ start: made, epochs: 3, agents: [agent] })
    const dividends = [undefined, columns.dividends![0], columns.dividends![24]]
    const blocks = [made.block, made.block + 361n, made.block + 722n]
    expect(seen).toEqual([0, 1, 2].map((at) => [at, blocks[at], 24, dividends[at], at < 2 ? made.kappa : 5]))
  })

  test('submits what a function hands in as the chain stores it', async () => {
    const weights = { uid: Uint16Array.of(7, 9), value: Uint16Array.of(1, 2) }
    const agent: Agent = () => [{ kind: 'submit', uid: 0, weights }]
    const { final } = await native.simulate({ start: made, epochs: 1, agents: [agent] })
    const { weights: rows, lastUpdate } = final.mechanisms[0]!
    expect([...rows.value.subarray(0, rows.rowStart[1])]).toEqual([32_768, 65_535])
    expect(lastUpdate[0]).toBe(made.block - 1n)
  })

  test('names epoch, agent and field of what is wrong', async () => {
    const cases: readonly (readonly [readonly Agent[], string])[] = [
      [[() => undefined, { agent: 'honest', uids: [24] }], 'agents[1].uid'],
      [[{ agent: 'honest', uids: [1], noise: -1 }], 'agents[0].noise'],
      [[{ agent: 'absent', uids: [1] }, { agent: 'late', uids: [1] } as unknown as Agent], 'agents[1].every'],
      [[{ agent: 'kind', uids: [1] } as unknown as Agent], 'agents[0].agent'],
      [
        [
          {
            agent: 'switching',
            uids: [1],
            at: 1,
            before: { agent: 'absent' },
            after: { agent: 'cabal', miners: [70_000], share: 1 },
          },
        ],
        'agents[0].after.miners[0]',
      ],
      [
        [
          { agent: 'absent', uids: [1] },
          ({ epoch }) => (epoch === 2 ? [{ kind: 'permit', uid: 25, permit: true }] : []),
        ],
        'epochs[2].agents[1].changes[0].uid',
      ],
      [[{ agent: 'registering', uids: [0], every: 2, from: 3 }], 'epochs[3].agents[0].uid'],
    ]
    const start = native.change(made, [{ kind: 'set', field: 'ownerUid', value: 0 }])
    for (const [agents, field] of cases) {
      const error = await native.simulate({ start, epochs: 5, agents }).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(InputError)
      expect((error as InputError).field).toBe(field)
    }
  })

  test('that is stopped keeps what it has recorded', async () => {
    const controller = new AbortController()
    const agent: Agent = ({ epoch }) => {
      if (epoch === 3) controller.abort()
      return undefined
    }
    const { signal } = controller
    const stopped = await native.simulate({ start: made, epochs: 9, agents: [agent], signal })
    expect([stopped.epochs, stopped.stopped, stopped.epoch.length]).toEqual([4, true, 4])
    const whole = await native.simulate({ start: made, epochs: 4 })
    expect(stopped.columns).toEqual(whole.columns)
    expect(stopped.final).toEqual(whole.final)
  })

  test('that would not fit does not begin', async () => {
    let asked = 0
    const agent: Agent = () => {
      asked += 1
      return undefined
    }
    const run = native.simulate({ start: made, epochs: 1000, agents: [agent], maxBytes: 1000 })
    await expect(run).rejects.toMatchObject({ field: 'record' })
    expect(asked).toBe(0)
  })

  test('counts the rows that its agents may make', async () => {
    const start = native.make({ n: 24, validators: 2, seed: 5 })
    const agents: readonly Agent[] = [
      { agent: 'honest', uids: Array.from({ length: 12 }, (_, uid) => uid) },
      { agent: 'absent', uids: [0, 1] },
    ]
    const options = { start, epochs: 10, agents, quality: { values: new Array(24).fill(1) } }
    const found = await native.simulate({ ...options, record: ['weights', 'bonds'] })
    const rows = [found.columns.weights!, found.columns.bonds!]
    const bytes = rows.reduce((sum, { rowStart, uid }) => sum + 4 * rowStart.length + 4 * uid.length, 0)
    const fault = await native
      .simulate({ ...options, record: ['weights', 'bonds'], maxBytes: 1 })
      .catch((error: unknown) => error as InputError)
    const [, told] = /found ([0-9]+):/.exec((fault as InputError).expected)!
    expect(Number(told)).toBeGreaterThanOrEqual(bytes)
    expect(Number(told)).toBeLessThan(2 * bytes)
  })

  test('is refused where the machine has not as much memory, or a module could not hold it', async () => {
    const start = native.make({ n: 24, validators: 2, seed: 5 })
    const options = { start, epochs: 1000, record: ['emission'] as const }
    const free = vi.spyOn(process, 'availableMemory').mockReturnValue(600_000)
    try {
      await expect(native.simulate(options)).rejects.toMatchObject({
        field: 'record',
        expected:
          'expected a recording that fits memory: 212000 bytes take up to 636000 while they are handed out, and 600000 are free',
      })
      await expect(driftingSeries(native, { seed: 1, epochs: 1000 })).rejects.toMatchObject({
        field: 'epochs',
      })
      free.mockReturnValue(636_000)
      expect((await native.simulate(options)).epochs).toBe(1000)
      free.mockReturnValue(2 ** 50)
      const long = { start, epochs: 8_000_000, record: ['emission'] as const, maxBytes: 2 ** 40 }
      await expect(simulators.wasm.simulate(long)).rejects.toMatchObject({
        field: 'record',
        expected: expect.stringContaining(`and ${2 ** 32} are free`),
      })
    } finally {
      free.mockRestore()
    }
  })
})
