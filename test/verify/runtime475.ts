import type { Hasher } from '../../ts/chain/runtime.ts'
import type { FakeRuntime } from '../chain/fake-chain.ts'
import { changedMetadata, type ItemLayout } from '../chain/metadata.ts'
import { realRuntime } from '../chain/shared.ts'

/*
 * Synthetic metadata of 473 and 475. No real metadata of a version after 424 is at hand, so what differs is put into
 * the real one of 424: names, hashers, shapes and defaults of storage as finney's own metadata had them at 475 (block
 * 9,240,388, a public listing). Whatever is no storage of these pallets, events and calls among it, is 424's. Left out,
 * as the listing does not say what they are made of and nobody reads them: `CurrentDissolveCleanupStatus`,
 * `NetworkRegistrationQueue`, `BetaBaseline`, `BetaIndexSnapshot`, `BetaIndexSweep`, `BetaIndexFundSample`.
 */

const SUBNET: readonly [Hasher, string] = ['Identity', 'u16']
const ACCOUNT: readonly [Hasher, string] = ['Blake2128Concat', '[u8;32]']
const POOL: readonly [Hasher, string] = ['Twox64Concat', 'u16']

const ZERO = '0000000000000000'
const WIDE_ZERO = ZERO + ZERO
/** 1 as U64F64. */
const ONE = `${ZERO}0100000000000000`

type Keys = ItemLayout['keys']

function item(name: string, keys: Keys, value: string, fallback: string): ItemLayout {
  return { pallet: 'SubtensorModule', name, keys, value, fallback }
}

function optional(name: string, keys: Keys, value: string): ItemLayout {
  return { pallet: 'SubtensorModule', name, keys, value, optional: true }
}

/** Items that 475 has and 473 has not. */
const OF_475: readonly ItemLayout[] = [
  item('SubnetEpochConsensus', [SUBNET], 'enum{Yuma,Null}', '00'),
  optional('LastYumaStepBlock', [SUBNET], 'u64'),
  optional('SavedYumaMaxAllowedValidators', [SUBNET], 'u16'),
  optional('NullPruningTarget', [SUBNET], 'u16'),
]

/** Items of subnets, neurons and keys that 424 lacks or has differently. */
const OF_EPOCHS: readonly ItemLayout[] = [
  item('LiquidAlphaConsensusMode', [SUBNET], 'enum{Current,Previous,Auto}', '02'),
  item('ConsensusByMechanism', [SUBNET], 'Vec<PerU16(u16)>', '00'),
  item('Consensus', [SUBNET], 'Vec<PerU16(u16)>', '00'),
  item('Incentive', [SUBNET], 'Vec<PerU16(u16)>', '00'),
  item('Dividends', [SUBNET], 'Vec<PerU16(u16)>', '00'),
  item('ValidatorTrust', [SUBNET], 'Vec<PerU16(u16)>', '00'),
  optional('ChildkeyThresholdChecks', [ACCOUNT], '()'),
  optional('ChildkeyThresholdSuspended', [ACCOUNT], '()'),
  item('MaxDelegateTake', [], 'PerU16(u16)', '142e'),
  item('MinDelegateTake', [], 'PerU16(u16)', '0000'),
  item('MaxChildkeyTake', [], 'PerU16(u16)', '142e'),
  item('MinChildkeyTake', [], 'PerU16(u16)', '0000'),
  item('MinChildkeyTakePerSubnet', [SUBNET], 'PerU16(u16)', '0000'),
  item('Delegates', [ACCOUNT], 'PerU16(u16)', '142e'),
  item('ChildkeyTake', [ACCOUNT, SUBNET], 'PerU16(u16)', '0000'),
]

/** Items of blocks: emission's gate, pools, stake, baskets, collateral. */
const OF_BLOCKS: readonly ItemLayout[] = [
  item('EmissionBarQuantile', [], 'FixedU128(u128)', `00285c8fc2f5289c${ZERO}`),
  item('EmissionBarRank', [], 'u16', '2000'),
  item('EmissionGateExponent', [], 'FixedU128(u128)', `${ZERO}0300000000000000`),
  item('EmissionGateBar', [], 'FixedU128(u128)', WIDE_ZERO),
  optional('SubnetFastMovingPrice', [SUBNET], 'FixedU128(u128)'),
  item('TotalAlphaStaked', [SUBNET], 'u64', ZERO),
  item('AlphaSharePoolEpoch', [ACCOUNT, SUBNET], 'u64', ZERO),
  item('AlphaShareEpoch', [ACCOUNT, ACCOUNT, SUBNET], 'u64', ZERO),
  item('PendingBasketDeposits', [ACCOUNT, SUBNET], 'u64', ZERO),
  optional('PendingBasketFlushCursor', [], 'Vec<u8>'),
  item('BasketShares', [ACCOUNT], 'u64', ZERO),
  item('BasketRate', [ACCOUNT], 'FixedI128(i128)', WIDE_ZERO),
  item('BasketTwr', [ACCOUNT], 'FixedU128(u128)', ONE),
  item('BasketClaimed', [ACCOUNT, ACCOUNT], 'i128', WIDE_ZERO),
  item('BasketDepositedTao', [ACCOUNT], 'u64', ZERO),
  item('BasketRedeemedTao', [ACCOUNT], 'u64', ZERO),
  item('BasketTradingEnabled', [], 'bool', '00'),
  optional('BasketTradingFrozen', [ACCOUNT], '()'),
  item('BasketDailyTurnoverCap', [], 'u16', '9919'),
  item('BasketMinTradeTao', [], 'u64', '0065cd1d00000000'),
  item('BasketLiquidityCap', [], 'u16', '9919'),
  item('BasketClaimRowDustCapTao', [], 'u64', '00ca9a3b00000000'),
  item('BasketClaimRowDustBps', [], 'u16', '0a00'),
  item('BasketClaimSliceDustTao', [], 'u64', 'a086010000000000'),
  item('BasketClaimForfeitCapTao', [], 'u64', '8096980000000000'),
  optional('BasketTradeBucket', [ACCOUNT], '(u64,u64)'),
  optional('BasketLiquidityUsed', [ACCOUNT, SUBNET], '(u64,u64)'),
  item('BasketConcentrationCap', [], 'u16', '0010'),
  item('CollateralLockShare', [SUBNET], 'u16', '0000'),
  item('CollateralDrainRatio', [SUBNET], 'FixedU128(u128)', ONE),
  optional('MinerCollateral', [SUBNET, ACCOUNT, ACCOUNT], '(u64,FixedU128(u128),u64,u64)'),
  item('ColdkeyMinerCollateral', [SUBNET, ACCOUNT], 'u64', ZERO),
  item('ColdkeyCollateralHotkeys', [SUBNET, ACCOUNT], 'BoundedVec(Vec<[u8;32]>)', '00'),
  item(
    'SubnetLeaseUnpaidDividends',
    [
      ['Twox64Concat', 'u32'],
      ['Identity', '[u8;32]'],
    ],
    'u64',
    ZERO,
  ),
  item('RootStakeUnlockInterval', [], 'u64', ZERO),
  item('NetworkPowRegistrationAllowed', [SUBNET], 'bool', '00'),
  {
    pallet: 'Swap',
    name: 'BalancerTaoReservoir',
    keys: [POOL],
    value: 'u64',
    fallback: ZERO,
  },
  { pallet: 'Swap', name: 'BalancerAlphaReservoir', keys: [POOL], value: 'u64', fallback: ZERO },
]

/** Items that no epoch and no block reads. */
const OF_OTHERS: readonly ItemLayout[] = [
  item('StakeMoveCooldownUntil', [SUBNET, ACCOUNT], 'u64', ZERO),
  optional('HotkeySuccessor', [SUBNET, ACCOUNT], '[u8;32]'),
  optional('HotkeyRoot', [SUBNET, ACCOUNT], '[u8;32]'),
  optional('ColdkeySuccessor', [ACCOUNT], '[u8;32]'),
  optional('ColdkeyRoot', [ACCOUNT], '[u8;32]'),
  optional('LastPowRegistrationBlock', [ACCOUNT], 'u64'),
  item('DissolveCleanupQueue', [], 'Vec<u16>', '00'),
  item('NetworkRegistrationLockId', [], 'u32', '00000000'),
  optional('NetworkRegistrationEscrow', [['Identity', 'u32']], '([u8;32],u64)'),
  item('TotalVotingPower', [SUBNET], 'u64', ZERO),
  item('AssociatedUidsByEvmAddress', [POOL, ['Twox64Concat', '[u8;20]']], 'Vec<(u16,u64)>', '00'),
]

/** What neither has any more. */
export const REMOVED: readonly (readonly [string, string])[] = [
  ['SubtensorModule', 'Alpha'],
  ['SubtensorModule', 'TotalHotkeyShares'],
  ['SubtensorModule', 'AlphaMapLastKey'],
  ['SubtensorModule', 'RootClaimType'],
  ['SubtensorModule', 'NumRootClaim'],
]

const SHARED: readonly ItemLayout[] = [...OF_EPOCHS, ...OF_BLOCKS, ...OF_OTHERS]

/** What each version has that differs from 424. */
export const LAYOUTS: Readonly<Record<number, readonly ItemLayout[]>> = {
  473: SHARED,
  475: [...SHARED, ...OF_475],
}

const made = new Map<number, FakeRuntime>()

/**
 * A runtime with synthetic metadata of 473 or 475, whatever number it is to report: a number between or after them
 * takes the storage of the one before.
 * @throws {Error} for a version before 473.
 */
export function syntheticRuntime(specVersion: number): FakeRuntime {
  const known = made.get(specVersion)
  if (known !== undefined) return known
  const of = Object.keys(LAYOUTS)
    .map(Number)
    .filter((spec) => spec <= specVersion)
    .at(-1)
  if (of === undefined) throw new Error(`no synthetic metadata of ${specVersion}`)
  const { specName, metadata } = realRuntime(424)
  const runtime = {
    specName,
    specVersion,
    metadata: changedMetadata(metadata, { specVersion, items: LAYOUTS[of]!, removed: REMOVED }),
  }
  made.set(specVersion, runtime)
  return runtime
}
