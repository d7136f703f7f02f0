// One pull in a process of its own, so that its memory is nobody else's. Prints one line of JSON.
import { connect } from '../../../dist/chain/index.js'

const [url, netuid, how] = process.argv.slice(2)
const started = performance.now()
const chain = await connect(url, { prove: how === 'proved' })
const result = netuid === 'all' ? await chain.network() : await chain.subnet(Number(netuid))
const pulled = performance.now()
const { requests } = chain.stats
const { user, system } = process.cpuUsage()
await chain.close()
const subnets = 'subnets' in result ? result.subnets.length : 1
console.log(
  JSON.stringify({
    subnets,
    requests,
    pullMs: Math.round(pulled - started),
    processMs: Math.round(pulled),
    cpuMs: Math.round((user + system) / 1000),
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
