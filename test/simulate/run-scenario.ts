/** What a scenario comes to, for a page as for Node: imports of the package are types alone. */

import type { Simulator } from '../../ts/simulate/index.ts'

/** Runs a scenario that makes its network, of which incentive, dividends and stake are recorded. */
export async function runScenario(simulator: Simulator, bytes: Uint8Array): Promise<object> {
  const { start, ...options } = JSON.parse(new TextDecoder().decode(bytes))
  const { columns, final } = await simulator.simulate({
    start: simulator.make(start),
    ...options,
    record: ['incentive', 'dividends', 'stake'],
  })
  return {
    incentive: Array.from(columns.incentive!),
    dividends: Array.from(columns.dividends!),
    stake: Array.from(columns.stake!, String),
    bonds: Array.from(final.mechanisms[0]!.bonds.value),
  }
}
