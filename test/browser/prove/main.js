// A page that reads a subnet, with proofs or without. The tests drive it through `window.app`.
import { connect } from 'yuma-core/chain'

async function pull(url, prove) {
  const chain = await connect(url, { prove, retries: 0 })
  try {
    const { n, blockHash, totalStake } = await chain.subnet(15)
    return { n, blockHash, totalStake: totalStake.join(' ') }
  } catch ({ name, kind }) {
    return { name, kind }
  } finally {
    await chain.close()
  }
}

window.app = { pull }
