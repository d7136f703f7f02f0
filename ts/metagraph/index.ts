/** `yuma-core/metagraph`: a snapshot under the names that the Python SDK's metagraph has. */

export { Metagraph, metagraph, type PaidEmission } from './metagraph.ts'
