/** The columns that can be recorded, and what they cross as. */

import type { RecordedColumn } from './types.ts'

/** In the order of their numbers in `crates/simulate`. */
export const RECORDED: readonly RecordedColumn[] = [
  'stakeWeight',
  'active',
  'consensus',
  'incentive',
  'dividends',
  'validatorTrust',
  'validatorPermit',
  'serverEmission',
  'validatorEmission',
  'emission',
  'stake',
  'rawStake',
  'rawActiveStake',
  'rawConsensus',
  'rawValidatorTrust',
  'rawIncentive',
  'rawDividends',
  'bonds',
  'weights',
]

/** What a column's values are: flags, u16 proportions, rao, I32F32 bits, rows. */
export type RecordedType = 'u8' | 'u16' | 'u64' | 'i64' | 'rows'

const RAO: readonly RecordedColumn[] = ['serverEmission', 'validatorEmission', 'emission', 'stake']
const FLAGS: readonly RecordedColumn[] = ['active', 'validatorPermit']

export function recordedType(column: RecordedColumn): RecordedType {
  if (column === 'bonds' || column === 'weights') return 'rows'
  if (column.startsWith('raw')) return 'i64'
  if (FLAGS.includes(column)) return 'u8'
  return RAO.includes(column) ? 'u64' : 'u16'
}

/** Whether each mechanism has one of its own, and the subnet none. */
export function isOwn(column: RecordedColumn): boolean {
  return recordedType(column) === 'rows' || recordedType(column) === 'i64'
}
