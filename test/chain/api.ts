import { ApiPromise, WsProvider } from '@polkadot/api'
import type { ApiOptions } from '@polkadot/api/types'
import { expect } from 'vitest'
import type { ChainSnapshot } from '../../ts/snapshot/network.ts'
import { plainRows } from './expect.ts'

/**
 * Reads a snapshot's items one by one with `@polkadot/api`, which computes keys and decodes values in its own way,
 * and compares.
 */
export async function expectSameAsApi(url: string, snapshots: readonly ChainSnapshot[]): Promise<void> {
  // The cast is for `exactOptionalPropertyTypes`, which its own types do not keep.
  const provider = new WsProvider(url, 1000) as unknown as NonNullable<ApiOptions['provider']>
  const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true })
  try {
    for (const snapshot of snapshots) await compare(snapshot, api)
  } finally {
    await api.disconnect()
  }
}

async function compare(snapshot: ChainSnapshot, api: ApiPromise): Promise<void> {
  const query = (await api.at(snapshot.blockHash)).query.subtensorModule!
  const read = async (name: string, ...parts: unknown[]): Promise<string> =>
    (await query[name]!(...parts)).toString()
  const { netuid, n } = snapshot
  const [mechanism] = snapshot.mechanisms
  expect(await read('subnetworkN', netuid)).toBe(String(n))
  expect(await read('kappa', netuid)).toBe(String(snapshot.kappa))
  expect(await read('yuma3On', netuid)).toBe(String(snapshot.yuma3On))
  expect(await read('liquidAlphaOn', netuid)).toBe(String(snapshot.liquidAlphaOn))
  expect(await read('taoWeight')).toBe(String(snapshot.network.taoWeight))
  expect(await read('subnetTAO', netuid)).toBe(String(snapshot.subnet.subnetTao))
  expect(JSON.parse(await read('lastUpdate', netuid))).toEqual([...mechanism!.lastUpdate].map(Number))
  expect(JSON.parse(await read('incentive', netuid))).toEqual([...snapshot.stored.incentive[0]!])
  expect(JSON.parse(await read('consensus', netuid))).toEqual([...snapshot.stored.consensus])
  const [weights, bonds] = [plainRows(mechanism!.weights), plainRows(mechanism!.bonds)]
  for (let uid = 0; uid < n; uid++) {
    const hotkey = snapshot.hotkeys[uid]!
    expect(await read('keys', netuid, uid)).toBe(hotkey)
    expect(await read('owner', hotkey)).toBe(snapshot.coldkeys[uid])
    expect(await read('blockAtRegistration', netuid, uid)).toBe(String(snapshot.blockAtRegistration[uid]))
    expect(JSON.parse(await read('weights', netuid, uid))).toEqual(weights[uid])
    expect(JSON.parse(await read('bonds', netuid, uid))).toEqual(bonds[uid])
    expect(await read('totalHotkeyAlpha', hotkey, netuid)).toBe(
      String(snapshot.accounts.totalHotkeyAlpha[uid]),
    )
    expect(await read('totalHotkeyAlpha', hotkey, 0)).toBe(String(snapshot.accounts.rootAlpha[uid]))
  }
}
