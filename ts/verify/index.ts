/**
 * `yuma-core/verify`: the chain's own epochs, recomputed and compared value by value.
 *
 * @example
 * ```ts
 * import { loadEngine } from 'yuma-core'
 * import { connect } from 'yuma-core/chain'
 * import { verifyEpoch } from 'yuma-core/verify'
 * await using chain = await connect('wss://entrypoint-finney.opentensor.ai:443')
 * const { outcome, differences } = await verifyEpoch(await loadEngine(), chain, { netuid: 1 })
 * ```
 *
 * @module yuma-core/verify
 */

export type { Masked, MaskReason } from '../emission/explain.ts'
export type { BlockStates, EpochStates } from '../snapshot/block.ts'
export { type AlertSender, type SendOptions, sendAlerts } from './alert-sender.ts'
export { type Alert, type AlertKind, type AlertRules, alertJson } from './alerts.ts'
export {
  readWholeBlock,
  type VerifyBlockOptions,
  verifyBlock,
  verifyWholeBlock,
  type WholeBlock,
} from './block.ts'
export { checkedEpoch, readEpoch, type VerifyOptions, verifyEpoch, verifyStates } from './epoch.ts'
export {
  type Changed,
  type ChangedWeight,
  type ClippedWeight,
  type Explained,
  type ExplainOptions,
  type Explanation,
  explain,
  explainNext,
  explanationJson,
  type Holder,
} from './explain.ts'
export { type FindOptions, findEpochs } from './find.ts'
export {
  type DoubtfulEpoch,
  type Entry,
  type EpochId,
  type EpochTally,
  type ExportOptions,
  HISTORY_TABLES,
  History,
  type KnownNeuron,
  type Progress,
  type Tally,
  type UnsentAlert,
} from './history.ts'
export { blockVerificationJson, verificationJson } from './json.ts'
export { junit } from './junit.ts'
export type { LiquidBond } from './liquid.ts'
export { type MetricsOptions, WatchMetrics } from './metrics.ts'
export type { EntryDetails, WatchObserver } from './observer.ts'
export type { Part } from './parts.ts'
export { type RecheckOptions, recheck } from './recheck.ts'
export type * from './types.ts'
export { type WatchOptions, watch } from './watch.ts'
export type { BestChange, WeightChange } from './whatif.ts'
