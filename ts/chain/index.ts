/**
 * `yuma-core/chain`: subnets, networks and blocks read from a node, exactly as they are stored.
 *
 * @module yuma-core/chain
 */

export { AbortedError, ChainError, type ChainErrorDetails, type ChainErrorKind } from '../errors/index.ts'
export type {
  BlockSide,
  BlockStates,
  ChainEvent,
  EpochStates,
  Holding,
  PayoutState,
  PendingChildren,
  StoredShare,
  SubnetSide,
} from '../snapshot/block.ts'
export type {
  AccountState,
  ChainSnapshot,
  FlowEma,
  MaturingCommit,
  NetworkItems,
  NetworkSnapshot,
  Relations,
  StoredEpoch,
  SubnetItems,
  SubnetState,
} from '../snapshot/network.ts'
export {
  type At,
  type BlockId,
  Chain,
  type ConnectOptions,
  connect,
  type EpochMarks,
  type EpochStatesOptions,
  type NetworkOptions,
  type PullProgress,
  type StateOptions,
  type SubnetOptions,
} from './chain.ts'
export { endpointName } from './endpoint-name.ts'
export type { Header } from './header.ts'
export type { LinkOptions, LinkStats, Retry } from './link.ts'
export type { Api, Endpoint, Rpc } from './socket.ts'
export type { EpochAt } from './subnet.ts'
