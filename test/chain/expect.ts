import { expect } from 'vitest'
import type { ChainSnapshot, Relations } from '../../ts/snapshot/network.ts'
import type { SparseRows } from '../../ts/snapshot/types.ts'
import type { PlainSubnet, Relative, Row } from './fixture.ts'

/** Rows out of columns again. */
export function plainRows({ rowStart, uid, value }: SparseRows): Row[] {
  return Array.from({ length: rowStart.length - 1 }, (_, i) =>
    Array.from(uid.slice(rowStart[i]!, rowStart[i + 1]!), (j, at) => [j, value[rowStart[i]! + at]!] as const),
  )
}

function plainRelations(relations: Relations, hotkeys: readonly string[]): Relative[][] {
  return Array.from({ length: relations.rowStart.length - 1 }, (_, i) =>
    Array.from(relations.account.slice(relations.rowStart[i]!, relations.rowStart[i + 1]!), (account, at) => [
      relations.proportion[relations.rowStart[i]! + at]!,
      hotkeys[account]!,
    ]),
  )
}

/** Compares a pulled snapshot with the plain values that were written, column for column. */
export function expectPulled(
  snapshot: ChainSnapshot,
  subnet: PlainSubnet,
  address: (account: string) => string,
  mechanisms: number = subnet.mechanisms,
): void {
  const named = (rows: readonly (readonly Relative[])[]): Relative[][] =>
    rows.map((row) => row.map(([parts, account]) => [parts, address(account)] as const))
  expect(snapshot.netuid).toBe(subnet.netuid)
  expect(snapshot.n).toBe(subnet.n)
  expect(snapshot.tempo).toBe(BigInt(subnet.tempo))
  expect(snapshot.kappa).toBe(subnet.kappa)
  expect(snapshot.bondsPenalty).toBe(subnet.bondsPenalty)
  expect(snapshot.bondsMovingAverage).toBe(subnet.bondsMovingAverage)
  expect(snapshot.liquidAlphaOn).toBe(subnet.liquidAlphaOn)
  expect([snapshot.alphaLow, snapshot.alphaHigh]).toEqual(subnet.alphaValues)
  expect(snapshot.maxAllowedValidators).toBe(subnet.maxAllowedValidators)
  expect(snapshot.commitRevealEnabled).toBe(subnet.commitReveal)
  expect(snapshot.lastMechanismStepBlock).toBe(subnet.lastMechansimStepBlock)
  expect(snapshot.hotkeys).toEqual(subnet.hotkeys.map(address))
  expect(snapshot.coldkeys).toEqual(subnet.coldkeys.map(address))
  expect(snapshot.ownerUid).toBe(subnet.ownerUid)
  expect([...snapshot.blockAtRegistration]).toEqual(subnet.blockAtRegistration)
  expect([...snapshot.validatorPermit]).toEqual(subnet.validatorPermit.map(Number))
  expect(snapshot.emission).toBe(subnet.pending.reduce((a, b) => a + b))
  expect([...snapshot.accounts.totalHotkeyAlpha.slice(0, subnet.n)]).toEqual(subnet.alpha)
  expect([...snapshot.accounts.rootAlpha.slice(0, subnet.n)]).toEqual(subnet.root)
  for (const [account, [alpha, root]] of subnet.outside) {
    const place = snapshot.accounts.hotkeys.indexOf(address(account))
    expect(snapshot.accounts.totalHotkeyAlpha[place]).toBe(alpha)
    expect(snapshot.accounts.rootAlpha[place]).toBe(root)
  }
  expect(plainRelations(snapshot.accounts.parentKeys, snapshot.accounts.hotkeys)).toEqual(
    named(subnet.parents),
  )
  expect(plainRelations(snapshot.accounts.childKeys, snapshot.accounts.hotkeys)).toEqual(
    named(subnet.children),
  )
  expect([...snapshot.stored.consensus]).toEqual(subnet.consensus)
  expect([...snapshot.stored.dividends]).toEqual(subnet.dividends)
  expect([...snapshot.stored.emission]).toEqual(subnet.emission)
  expect(snapshot.subnet.subnetMovingPrice).toBe(subnet.movingPrice)
  expect(snapshot.mechanisms).toHaveLength(mechanisms)
  for (const [i, mechanism] of snapshot.mechanisms.entries()) {
    expect([...mechanism.lastUpdate]).toEqual(subnet.lastUpdate[i])
    expect(plainRows(mechanism.weights)).toEqual(subnet.weights[i])
    expect(plainRows(mechanism.bonds)).toEqual(subnet.bonds[i])
    expect([...snapshot.stored.incentive[i]!]).toEqual(subnet.incentive[i])
  }
}
