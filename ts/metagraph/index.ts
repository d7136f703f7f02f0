/**
 * `yuma-core/metagraph`: a snapshot under the names that the Python SDK's metagraph has.
 *
 * @module yuma-core/metagraph
 */

export { Metagraph, metagraph, type PaidEmission } from './metagraph.ts'
