// On the connection of an ApiPromise of @polkadot/api, which stays open and stays the caller's.
import { ApiPromise, WsProvider } from '@polkadot/api'
import { loadEngine } from 'yuma-core'
import { connect } from 'yuma-core/chain'

const [endpoint = 'ws://127.0.0.1:9944'] = process.argv.slice(2)
const api = await ApiPromise.create({ provider: new WsProvider(endpoint), noInitWarn: true })

const chain = await connect(api)
const snapshot = await chain.subnet(1)
const { incentive } = (await loadEngine()).epoch(snapshot)
console.log(`subnet 1, spec ${snapshot.specVersion}: uid 0 has incentive ${incentive[0]}`)
await chain.close()

// The API goes on.
const header = await api.rpc.chain.getHeader()
console.log(`still connected: ${header.number.toNumber() > 0}`)
await api.disconnect()
