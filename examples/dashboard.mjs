// Every subnet of a network: its stake, and who earns most in its next epoch.
import { loadEngine } from 'yuma-core'
import { connect } from 'yuma-core/chain'

const [endpoint = 'ws://127.0.0.1:9944'] = process.argv.slice(2)
const chain = await connect(endpoint)
const engine = await loadEngine()

/** The uid with the greatest value. */
function greatest(column) {
  return column.reduce((best, value, uid) => (value > column[best] ? uid : best), 0)
}

/** Rao as whole alpha. */
const alpha = (rao) => String(rao / 1_000_000_000n)

const { block, subnets } = await chain.network()
console.log(`${subnets.length} subnets, were their epochs in block ${block}`)
const rows = subnets.flatMap(({ netuid, epoch }) => {
  // Root pays nobody by an epoch, and some subnets have none.
  if (netuid === 0 || epoch === null) return []
  const result = engine.epoch(epoch, {
    fields: ['stake', 'serverEmission', 'validatorEmission', 'validatorPermit'],
  })
  const [miner, validator] = [greatest(result.serverEmission), greatest(result.validatorEmission)]
  return {
    netuid,
    neurons: result.n,
    validators: result.validatorPermit.filter((permit) => permit === 1).length,
    stake: alpha(result.stake.reduce((sum, stake) => sum + stake, 0n)),
    'best miner': epoch.hotkeys[miner],
    'best validator': epoch.hotkeys[validator],
  }
})
console.table(rows)
await chain.close()
