// One block's emission: what is minted, how subnets share it, and who is paid where an epoch runs.
import { connect } from 'yuma-core/chain'
import { loadEmission, resultRulesInWords } from 'yuma-core/emission'

const [endpoint = 'ws://127.0.0.1:9944'] = process.argv.slice(2)
const chain = await connect(endpoint)
const emission = await loadEmission()
const network = emission.open(await chain.network())

network.run(1)
const { minted, emissions, payouts, rules } = network.report()
console.log(`rules: ${resultRulesInWords(rules)}`)
console.log(`${minted} rao of TAO minted`)
for (const { netuid, taoIn, alphaIn, alphaOut } of emissions) {
  console.log(
    `subnet ${netuid}: ${taoIn} TAO and ${alphaIn} alpha into the pool, ${alphaOut} alpha to participants`,
  )
}
console.log(`${payouts.length} epochs paid`)
network.close()
await chain.close()
