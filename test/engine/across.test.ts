/** One epoch by the rules of every version: what each makes of it, what it changes, and who refuses. */

import { describe, expect, it } from 'vitest'
import { type EpochByRange, epochAcrossVersions, loadEngine } from '../../ts/engine/index.ts'
import type { EngineKind, EpochResult } from '../../ts/engine/types.ts'
import { InputError } from '../../ts/errors/index.ts'
import { generate } from '../../ts/snapshot/generate.ts'
import type { Snapshot } from '../../ts/snapshot/types.ts'

const KINDS: EngineKind[] = ['native', 'wasm', 'wasm-scalar', 'reference']

/** Ordinary, and with something that each change of the rules shows on. */
const SUBNET: Snapshot = generate({
  n: 40,
  validators: 12,
  seed: 5,
  hyperparameters: { yuma3On: true, liquidAlphaOn: true, commitRevealEnabled: true },
})

function byFirst(epochs: readonly EpochByRange[], first: number): EpochByRange {
  return epochs.find(({ range }) => range.first === first)!
}

describe.each(KINDS)('%s', async (prefer) => {
  const engine = await loadEngine({ prefer })
  const epochs = epochAcrossVersions(engine, SUBNET)

  it('has every range, newest first, each as the engine computes it by that version', () => {
    expect(epochs.map(({ range }) => range)).toEqual(engine.rules.toReversed())
    for (const { range, spec, own, result, refusal } of epochs) {
      expect(refusal).toBeNull()
      expect(spec).toBe(own ? SUBNET.specVersion : range.last)
      expect(own).toBe(range.first <= SUBNET.specVersion && SUBNET.specVersion <= range.last)
      expect(result).toEqual(engine.epoch(SUBNET, { asSpec: spec }))
    }
    expect(epochs.filter(({ own }) => own).length).toBe(1)
  })

  it('takes the snapshot’s own version in its own range', () => {
    const [spec] = [engine.rules.find(({ first, last }) => first < last)!.first]
    const own = epochAcrossVersions(engine, { ...SUBNET, specVersion: spec }).find((epoch) => epoch.own)!
    expect([own.spec, own.result!.specVersion, own.result!.asSpec]).toEqual([spec, spec, undefined])
  })

  it('says what each changes against the range before, of a branch too, but not past it', () => {
    const main = epochs.filter(({ range }) => !range.branch)
    for (const [at, { changes, result }] of main.entries()) {
      const before = main[at + 1]
      if (before === undefined) expect(changes).toBeNull()
      else expect(changes).toEqual(changesPlainly(before.result!, result!))
    }
    const branch = epochs.findIndex(({ range }) => range.branch)
    const beforeBranch = epochs.slice(branch + 1).find(({ range }) => !range.branch)!
    expect(epochs[branch]!.changes).toEqual(changesPlainly(beforeBranch.result!, epochs[branch]!.result!))
    // What came with 273 leaves nobody's dividends alone; 423 and 425 have the same epoch.
    expect(byFirst(epochs, 273).changes!.validators.length).toBeGreaterThan(0)
    expect(byFirst(epochs, 425).changes).toEqual({
      miners: new Uint16Array(0),
      validators: new Uint16Array(0),
      largest: null,
    })
  })

  it('names who is paid otherwise, and whose payment changes most', () => {
    const { miners, validators, largest } = byFirst(epochs, 273).changes!
    const [before, after] = [byFirst(epochs, 257).result!, byFirst(epochs, 273).result!]
    const paid = (result: EpochResult, uid: number): bigint =>
      result.serverEmission[uid]! + result.validatorEmission[uid]!
    const differences = Array.from({ length: SUBNET.n }, (_, uid) => paid(after, uid) - paid(before, uid))
    const size = (rao: bigint): bigint => (rao < 0n ? -rao : rao)
    for (const rao of differences) expect(size(rao)).toBeLessThanOrEqual(size(largest!.rao))
    expect(differences[largest!.uid]).toBe(largest!.rao)
    expect([...miners, ...validators]).toContain(largest!.uid)
  })

  it('leaves out who refuses, and goes on', () => {
    // What the chain panicked at until arrays of other lengths were tolerated.
    const odd: Snapshot = { ...SUBNET, validatorPermit: SUBNET.validatorPermit.slice(1) }
    const found = epochAcrossVersions(engine, odd)
    const refused = found.filter(({ result }) => result === null)
    expect(refused.map(({ range }) => range.first)).toEqual([301, 300, 297, 283, 273, 257, 252, 233])
    for (const { refusal, changes } of refused) {
      expect(refusal).toBeInstanceOf(InputError)
      expect([refusal!.field, changes]).toEqual(['validatorPermit', null])
    }
    expect(byFirst(found, 320).changes).toBeNull()
    expect(byFirst(found, 365).changes).not.toBeNull()
  })

  it('throws where no version takes the snapshot', () => {
    const impossible: Snapshot = { ...SUBNET, n: 0 }
    expect(() => epochAcrossVersions(engine, impossible)).toThrow(InputError)
  })

  it('has no range of its own for a version that is not known, and refuses state that nobody read', () => {
    const later = epochAcrossVersions(engine, { ...SUBNET, specVersion: 9999 })
    expect(later.some(({ own }) => own)).toBe(false)
    expect(later.map(({ result }) => result)).toEqual(
      epochs.map(({ result, spec }) => ({ ...result, asSpec: spec })),
    )
    const unread: Snapshot = { ...SUBNET, extra: { chain: { unread: ['SubtensorModule.New'] } } }
    const own = epochAcrossVersions(engine, unread).find((epoch) => epoch.own)!
    expect(own.refusal?.field).toBe('unread')
  })

  it('keeps traces where they are asked for', () => {
    const traced = epochAcrossVersions(engine, SUBNET, { trace: true })
    for (const { result } of traced) expect(result!.mechanisms[0]!.trace).toBeDefined()
    expect(epochs[0]!.result!.mechanisms[0]!.trace).toBeUndefined()
  })
})

/** The same from lists of texts: a neuron's values as miner, as validator, and its row of bonds. */
function changesPlainly(before: EpochResult, after: EpochResult): unknown {
  const uids = Array.from({ length: after.n }, (_, uid) => uid)
  const asMiner = (result: EpochResult, uid: number): string =>
    [result.serverEmission[uid], ...result.mechanisms.map(({ incentive }) => incentive[uid])].join()
  const asValidator = (result: EpochResult, uid: number): string => {
    const { validatorEmission, dividends, validatorTrust, validatorPermit, mechanisms } = result
    const rows = mechanisms.map(({ bonds: { rowStart, uid: to, value } }) => {
      const [from, end] = [rowStart[uid], rowStart[uid + 1]]
      return `${to.slice(from, end)};${value.slice(from, end)}`
    })
    const values = [validatorEmission, dividends, validatorTrust, validatorPermit].map((c) => c[uid])
    return [...values, ...rows].join()
  }
  const others = (of: (result: EpochResult, uid: number) => string): Uint16Array =>
    Uint16Array.from(uids.filter((uid) => of(before, uid) !== of(after, uid)))
  let largest: { uid: number; rao: bigint } | null = null
  for (const uid of uids) {
    const paid = ({ serverEmission, validatorEmission }: EpochResult): bigint =>
      serverEmission[uid]! + validatorEmission[uid]!
    const rao = paid(after) - paid(before)
    const known = largest === null ? 0n : BigInt.asUintN(64, largest.rao < 0n ? -largest.rao : largest.rao)
    if ((rao < 0n ? -rao : rao) > known) largest = { uid, rao }
  }
  return { miners: others(asMiner), validators: others(asValidator), largest }
}
