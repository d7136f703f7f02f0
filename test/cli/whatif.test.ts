import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../ts/cli/exit.ts'
import { loadEngine } from '../../ts/engine/index.ts'
import { loadSimulator } from '../../ts/simulate/index.ts'
import { encodeSnapshot, generate } from '../../ts/snapshot/index.ts'
import { checkBuilt, lines, yuma } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'yuma-whatif-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(checkBuilt)

const snapshot = generate({ n: 24, validators: 6, seed: 3 })
const FILE = join(folder, 'subnet.json')
writeFileSync(FILE, encodeSnapshot(snapshot))
const validator = [...snapshot.validatorPermit.keys()].find(
  (uid) => uid > 0 && snapshot.validatorPermit[uid],
)!

describe('yuma whatif', () => {
  it('makes the changes that its options name', async () => {
    const hotkey = snapshot.hotkeys![validator]!
    const { code, out } = yuma([
      'whatif',
      FILE,
      '--json',
      '--weight',
      `${hotkey}:7=65535`,
      '--weight',
      '0:8=3',
      '--row',
      '1=9:1,8:65535',
      '--stake',
      `${hotkey}=+1000.5`,
      '--stake',
      '0=-1',
      '--stake',
      '2=7',
      '--set',
      'kappa=0.6',
      '--set',
      'bonds_penalty=100',
      '--set',
      'yuma3On=true',
      '--set',
      'owner_uid=none',
      '--register',
      '20',
    ])
    expect(code).toBe(EXIT.done)
    const [line, ...more] = lines(out)
    expect(more).toEqual([])
    const found = JSON.parse(line!)
    expect(found.schema).toBe('yuma-whatif/1')
    const simulator = await loadSimulator()
    const { before, after, difference } = simulator.whatIf(snapshot, [
      { kind: 'set', field: 'kappa', value: 39_321 },
      { kind: 'set', field: 'bondsPenalty', value: 100 },
      { kind: 'set', field: 'yuma3On', value: true },
      { kind: 'set', field: 'ownerUid', value: null },
      { kind: 'add-stake', uid: validator, rao: 1_000_500_000_000n },
      { kind: 'add-stake', uid: 0, rao: -1_000_000_000n },
      { kind: 'stake', uid: 2, rao: 7_000_000_000n },
      { kind: 'register', uid: 20 },
      { kind: 'row', uid: 1, weights: { uid: Uint16Array.of(9, 8), value: Uint16Array.of(1, 65_535) } },
      { kind: 'weight', from: validator, to: 7, value: 65_535 },
      { kind: 'weight', from: 0, to: 8, value: 3 },
    ])
    expect(found.before.incentive).toEqual([...before.incentive])
    expect(found.after.server_emission).toEqual([...after.serverEmission].map(String))
    expect(found.difference.dividends).toEqual([...difference.dividends])
    expect(found.difference.validator_emission).toEqual([...difference.validatorEmission].map(String))
    expect(found.difference.raw[0].active_stake).toEqual([...difference.raw[0]!.activeStake].map(String))
  })

  it('says who is paid otherwise', () => {
    const { code, out } = yuma(['whatif', FILE, '--set', 'kappa=0.2', '--top', '2'])
    expect(code).toBe(EXIT.done)
    const shown = lines(out)
    expect(shown[0]).toBe(snapshot.name)
    expect(shown[2]).toMatch(/^\d+ of 24 neurons are paid otherwise$/)
    expect(shown.length).toBe(7)
  })

  it('searches the single change that pays most', async () => {
    const { code, out } = yuma(['whatif', FILE, '--best', String(validator), '--json'])
    expect(code).toBe(EXIT.done)
    const { validates, tried, best } = JSON.parse(out)
    expect(validates).toBe(true)
    expect(tried).toBeGreaterThan(23)
    const simulator = await loadSimulator()
    const engine = await loadEngine()
    expect(engine.epoch(snapshot).validatorEmission[validator]).toBe(BigInt(best.value))
    const { from, to, becomes } = best
    const { after } = simulator.whatIf(snapshot, [{ kind: 'weight', from, to, value: becomes }])
    expect(String(after.validatorEmission[validator])).toBe(best.wouldBe)
  })

  it('says what is wrong with its options, and with what they name', () => {
    for (const [args, code, text] of [
      [[], EXIT.usage, 'no change given'],
      [['--set', 'kapa=1'], EXIT.usage, '--set: expected one of block, tempo'],
      [['--set', 'kappa=1.5'], EXIT.usage, '--set: expected kappa as an integer of 65535'],
      [['--weight', '3=4'], EXIT.usage, '--weight: expected FROM:TO=VALUE'],
      [['--weight', '3:4=70000'], EXIT.usage, '--weight: expected an integer from 0 to 65535'],
      [['--stake', '5Fnobody=1'], EXIT.usage, '--stake: expected a uid or a hotkey of the snapshot'],
      [['--stake', '1=x'], EXIT.usage, '--stake: expected WHO=ALPHA'],
      [['--weight', '99:1=1'], EXIT.usage, '--weight: expected an integer from 0 to 23, found "99"'],
      [['--weight', '1:24=1'], EXIT.usage, '--weight: expected an integer from 0 to 23, found "24"'],
      [['--row', '1=24:1'], EXIT.usage, '--row: expected an integer from 0 to 23, found "24"'],
      [['--row', '1=4:1,5:1,4:2'], EXIT.usage, '--row: expected each uid once, found "4:1,5:1,4:2"'],
      [['--stake', '24=1'], EXIT.usage, '--stake: expected an integer from 0 to 23, found "24"'],
      [['--register', '0'], EXIT.usage, 'changes[0].uid at uid 0: expected another uid than the owner'],
      [['--best', '99'], EXIT.usage, '--best: expected an integer from 0 to 23, found "99"'],
    ] as const) {
      const found = yuma(['whatif', FILE, ...args])
      expect(found.err).toContain(text)
      expect(found.code).toBe(code)
    }
  })
})
