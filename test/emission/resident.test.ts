import { expect, test } from 'vitest'
import { columnsOf, loadEmission, NETWORK_TABLES, networkOf, rowsOf } from '../../ts/emission/index.ts'
import { networkSnapshot } from './network.ts'

test('a resident network is the network that runs by calls', async () => {
  const emission = await loadEmission({ prefer: 'native' })
  const snapshot = networkSnapshot(4)
  const old = emission.runBlocks({ specVersion: 425, network: networkOf(snapshot).network, blocks: 25 })
  const network = emission.open(snapshot)
  const before = network.columns()
  expect(columnsOf(NETWORK_TABLES, rowsOf(NETWORK_TABLES, before))).toEqual(before)
  network.run(25)
  const report = network.report()
  const last = old.reports.at(-1)!
  expect(report.minted).toBe(last.minted)
  expect(report.after.map((a) => a.movingPrice)).toEqual(last.after.map((a) => a.movingPrice))
  expect(report.after.map((a) => a.pendingServer)).toEqual(last.after.map((a) => a.pending.server))
  const rows = rowsOf(NETWORK_TABLES, network.columns())
  expect(rows.subnets.map((s) => s.stakes.map((p) => [p.hotkey, p.total]))).toEqual(
    old.network.subnets.map((s) => s.stakes.map((p) => [p.hotkey, p.total])),
  )
  network.close()
  expect(() => network.report()).toThrow('closed')
})
