// Each epoch from the last ten blocks on is checked as it happens. With `once` it ends at the newest block.
import { loadEngine } from 'yuma-core'
import { connect } from 'yuma-core/chain'
import { watch } from 'yuma-core/verify'

const [endpoint = 'ws://127.0.0.1:9944', mode] = process.argv.slice(2)
const chain = await connect(endpoint)
const { number } = await chain.head('finalized')

await watch(await loadEngine(), chain, {
  since: number - 10n,
  once: mode === 'once',
  onVerification({ netuid, block, outcome, differences }) {
    console.log(`subnet ${netuid}, block ${block}: ${outcome}`)
    for (const { field, uid, chain, ours } of differences)
      console.log(`  ${field} of uid ${uid}: ${chain}, not ${ours}`)
  },
  onFault: (error) => console.error(error.message),
})
await chain.close()
