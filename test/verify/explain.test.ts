import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { connect } from '../../ts/chain/index.ts'
import { loadEmission } from '../../ts/emission/index.ts'
import type { Emission } from '../../ts/emission/types.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import type { Engine } from '../../ts/engine/types.ts'
import { generate, type Snapshot, withWeight } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import { recompute } from '../../ts/verify/epoch.ts'
import {
  type EpochStates,
  type Explained,
  type ExplainOptions,
  type Explanation,
  explain,
  explainNext,
  explanationJson,
  readEpoch,
} from '../../ts/verify/index.ts'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'

async function statesOf(name: string): Promise<EpochStates[]> {
  const { netuid, steps, ...recording } = readRecording(name)
  await using server = await ChainServer.start(chainOf({ netuid, steps, ...recording }))
  await using chain = await connect(server.url)
  const all: EpochStates[] = []
  for (const { block } of steps) all.push(await readEpoch(chain, { netuid, block }))
  return all
}

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n)

/** The parts of a value sum to it: its bits, its stored u16, its rao. */
function expectSums(explained: Explained, factored: boolean): void {
  expect(sum(explained.parts.map(({ bits }) => bits))).toBe(explained.sum)
  expect(explained.factor === null).toBe(!factored)
  if (explained.sum === 0n) return
  expect(sum(explained.parts.map(({ units }) => units))).toBe(BigInt(explained.value))
  expect(sum(explained.parts.map(({ rao }) => rao))).toBe(explained.rao ?? 0n)
}

/** What is explained is what the chain stored, and sums to it. */
function expectExplained(explanation: Explanation, { after }: EpochStates, yuma3: boolean): void {
  const { uid, validatorTrust, dividends, incentive } = explanation
  expect(explanation.verified).toBe(true)
  expect(validatorTrust?.value ?? 0).toBe(after.stored.validatorTrust[uid])
  expect(dividends?.value ?? 0).toBe(after.stored.dividends[uid])
  expect(incentive?.value ?? 0).toBe(after.stored.incentive[0]![uid])
  if (validatorTrust !== null) expectSums(validatorTrust, false)
  if (dividends !== null) expectSums(dividends, yuma3)
  if (incentive !== null) expectSums(incentive, false)
  for (const { weight, kept, cut, consensus, by } of [
    ...(validatorTrust?.weights ?? []),
    ...(incentive?.weights ?? []),
  ]) {
    expect(kept + cut).toBe(weight)
    expect(kept).toBe(cut > 0n ? consensus : weight)
    expect(cut > 0n).toBe(weight > consensus)
    expect(by.length > 0).toBe(cut > 0n)
  }
}

/** The best change, made by hand, gives what was promised, and more than now. */
function expectBest(
  engine: Engine,
  emission: Emission,
  explanation: Explanation,
  states: EpochStates,
): number {
  const { uid, incentive, dividends } = explanation
  const { input } = recompute(engine, emission, states)
  let found = 0
  for (const [best, field] of [
    [incentive?.best, 'serverEmission'],
    [dividends?.best, 'validatorEmission'],
  ] as const) {
    if (best == null) continue
    expect(best.wouldBe).toBeGreaterThan(best.value)
    const changed = withWeight(input, { ...best, value: best.becomes })
    expect(engine.epoch(changed).mechanisms[0]![field][uid]).toBe(best.wouldBe)
    expect(engine.epoch(input).mechanisms[0]![field][uid]).toBe(best.value)
    found++
  }
  return found
}

describe('explanations of recorded epochs', () => {
  test.each(RECORDINGS)('%s: of every neuron, summing to what the chain stored', async (name) => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    const counts = { clipped: 0, masked: 0, best: 0, changed: 0, changedWeights: 0 }
    let previous: EpochStates | undefined
    for (const states of await statesOf(name)) {
      for (let uid = 0; uid < states.before.n; uid++) {
        const search = uid < 12
        const given = previous === undefined ? {} : { previous: previous.before }
        const explanation = explain(engine, emission, states, { uid, search, ...given })
        expectExplained(explanation, states, states.before.yuma3On)
        counts.best += expectBest(engine, emission, explanation, states)
        counts.clipped += explanation.incentive?.weights.filter(({ cut }) => cut > 0n).length ?? 0
        counts.masked += explanation.masked.own.length
        counts.changed += explanation.changed!.length
        counts.changedWeights += explanation.changedWeights?.length ?? 0
        expect(JSON.parse(explanationJson(explanation))).toMatchObject({ uid, verified: true })
        expect(explanation.changedWeights === null).toBe(previous === undefined)
      }
      previous = states
    }
    console.info(name, counts)
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0)
  })
})

describe('explanations of epochs that have not run', () => {
  test('of what an epoch read are those of the epoch, but that nothing is stored yet', async () => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    let explained = 0
    for (const states of await statesOf(RECORDINGS[2]!)) {
      const { input } = recompute(engine, emission, states)
      for (let uid = 0; uid < input.n; uid += 3) {
        const ran = explain(engine, emission, states, { uid })
        const next = explainNext(engine, emission, input, { uid })
        expect(next).toEqual({ ...ran, verified: null })
        explained += Number(next.dividends !== null) + Number(next.incentive !== null)
      }
    }
    expect(explained).toBeGreaterThan(20)
  })

  test.each([
    ['a snapshot of a sole mechanism', {}],
    ['of several mechanisms', { mechanisms: 2 }],
    ['by Yuma3', { hyperparameters: { yuma3On: true } }],
  ])('%s: parts sum to what the epoch gives', async (_, options) => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    const snapshot = generate({ n: 32, validators: 8, seed: 5, ...options })
    const mechanism = snapshot.mechanisms.length - 1
    const own = engine.epoch(snapshot).mechanisms[mechanism]!
    for (let uid = 0; uid < 12; uid++) {
      const explanation = explainNext(engine, emission, snapshot, { uid, mechanism })
      const { validatorTrust, dividends, incentive } = explanation
      expect(explanation).toMatchObject({ verified: null, changed: null, changedWeights: null })
      expect(validatorTrust?.value ?? 0).toBe(own.validatorTrust[uid])
      expect(dividends?.value ?? 0).toBe(own.dividends[uid])
      expect(incentive?.value ?? 0).toBe(own.incentive[uid])
      expect(dividends?.rao ?? 0n).toBe(own.validatorEmission[uid])
      expect(incentive?.rao ?? 0n).toBe(own.serverEmission[uid])
      if (validatorTrust !== null) expectSums(validatorTrust, false)
      if (dividends !== null) expectSums(dividends, snapshot.yuma3On)
      if (incentive !== null) expectSums(incentive, false)
      for (const [best, field] of [
        [incentive?.best, 'serverEmission'],
        [dividends?.best, 'validatorEmission'],
      ] as const) {
        if (best == null) continue
        const changed = engine.epoch(withWeight(snapshot, { ...best, mechanism, value: best.becomes }))
          .mechanisms[mechanism]!
        expect(changed[field][uid]).toBe(best.wouldBe)
        expect(best.wouldBe).toBeGreaterThan(own[field][uid]!)
      }
    }
  })

  test('are refused for who is not there, and under Null', async () => {
    const [engine, emission] = [await loadEngine(), await loadEmission()]
    const snapshot = generate({ n: 8, validators: 2, seed: 1 })
    const { hotkeys: _, ...nameless } = snapshot
    const cases: readonly (readonly [Snapshot, ExplainOptions, string])[] = [
      [snapshot, { uid: 8 }, 'uid'],
      [snapshot, { hotkey: '5nobody' }, 'hotkey'],
      [nameless, { hotkey: snapshot.hotkeys![0]! }, 'hotkey'],
      [snapshot, { uid: 0, mechanism: 1 }, 'mechanism'],
      [{ ...snapshot, subnetEpochConsensus: 'Null' }, { uid: 0 }, 'subnet_epoch_consensus'],
    ]
    for (const [of, options, field] of cases)
      expect(() => explainNext(engine, emission, of, options)).toThrow(expect.objectContaining({ field }))
  })
})

const VECTORS = new URL('../vectors/epoch-spec300/', import.meta.url)

describe('parts of the epochs of the vectors', () => {
  const files = ['epoch-spec300', 'epoch-spec425'].flatMap((folder) => {
    const url = new URL(`../${folder}/`, VECTORS)
    return readdirSync(url)
      .filter((name) => name.endsWith('.json.gz'))
      .map((name) => new URL(name, url).pathname)
  })

  test('ranks, dividends, trust and masks, of every neuron of every mechanism', async () => {
    const [engine, { explain: parts }] = [await loadEngine(), await loadEmission()]
    let neurons = 0
    for (const file of files) {
      for (const { name, snapshot } of await readDocuments(file)) {
        const result = engine.epoch(snapshot, { trace: true })
        for (const [m, mechanism] of result.mechanisms.entries()) {
          const trace = mechanism.trace!
          const masked = parts.masked(snapshot, m)
          for (let uid = 0; uid < snapshot.n; uid++) {
            const rank = parts.rankParts(mechanism, uid)
            expect(sum(rank.map(([, bits]) => bits)), name).toBe(trace.ranks[uid])
            const { dividends } = parts.dividendParts(mechanism, uid, snapshot.yuma3On)
            expect(dividends, name).toBe(trace.dividendsBeforeNormalize[uid])
            const { rowStart } = snapshot.mechanisms[m]!.weights
            const left = trace.weights.rowStart[uid + 1]! - trace.weights.rowStart[uid]!
            expect(
              rowStart[uid + 1]! - rowStart[uid]! - masked.filter(({ from }) => from === uid).length,
              `${name} uid ${uid}`,
            ).toBe(left)
            neurons++
          }
        }
      }
    }
    console.info(`${neurons} neurons`)
    expect(files).toHaveLength(64)
    expect(neurons).toBeGreaterThan(10_000)
  })
})
