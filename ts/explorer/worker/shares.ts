import { type Emission, resultRulesInWords } from 'yuma-core/emission'
import type { NetworkItems, NetworkSnapshot } from 'yuma-core/snapshot'
import type { BlockShares } from './messages.ts'

/** What the next block of a network shares out, some of the network's items changed. */
export function sharesOf(
  emission: Emission,
  network: NetworkSnapshot,
  items: Partial<NetworkItems>,
): BlockShares {
  const resident = emission.open({ ...network, network: { ...network.network, ...items } })
  try {
    resident.run(1)
    const report = resident.report()
    return {
      block: report.block,
      rules: resultRulesInWords(report.rules),
      minted: report.minted,
      unspent: report.unspent,
      subnets: report.emissions.map((row) => ({
        netuid: row.netuid,
        share: row.share,
        gated: row.gatedShare,
        base: row.baseShare,
        taoIn: row.taoIn,
        excessTao: row.excessTao,
        alphaIn: row.alphaIn,
        alphaOut: row.alphaOut,
        owner: row.pendingOwner,
        miners: row.pendingServer,
        validators: row.pendingValidator,
        root: row.pendingRoot,
      })),
    }
  } finally {
    resident.close()
  }
}
