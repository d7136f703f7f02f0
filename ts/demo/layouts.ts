import { hasItem } from '../chain/item.ts'
import type { Item } from '../chain/items.ts'
import type { Hasher } from '../chain/runtime.ts'
import { ITEMS } from '../chain/schema.ts'

/**
 * How a storage item lies in a runtime. Shapes are those of `ts/chain/runtime.ts`, in which a newtype may stand as
 * `Name(shape)`.
 */
export interface ItemLayout {
  readonly pallet: string
  readonly name: string
  /** Hasher and shape of each part of the key, none for a plain value. */
  readonly keys: readonly (readonly [Hasher, string])[]
  readonly value: string
  /** No value and the default are different things. */
  readonly optional?: boolean
  /** SCALE of the default, hex digits without `0x`; left out of an optional item. */
  readonly fallback?: string
}

/*
 * The table of items says what is read, in which versions and from which keys. What it does not say, since the reader
 * has it from a runtime's metadata, stands here: how keys are hashed, how wide numbers are, and what stands for nothing.
 * All of it as spec 475 has it, and items that went before as the last runtime had them.
 */

/** Hashers of the parts of a key by their shape, but for {@link HASHERS}. */
const USUAL_HASHERS: Readonly<Record<string, Hasher>> = { u16: 'Identity', '[u8;32]': 'Blake2128Concat' }

/** Pallets whose maps hash with Twox64Concat. */
const TWOX_PALLETS: ReadonlySet<string> = new Set(['System', 'Swap', 'AlphaAssets'])

/** Hashers of items of the pallet of subnets that are not the usual ones. */
const HASHERS: Readonly<Record<string, Hasher>> = {
  RevealPeriodEpochs: 'Twox64Concat',
  MechanismCountCurrent: 'Twox64Concat',
  MechanismEmissionSplit: 'Twox64Concat',
  WeightCommits: 'Twox64Concat',
  TimelockedWeightCommits: 'Twox64Concat',
  CRV3WeightCommits: 'Twox64Concat',
  CRV3WeightCommitsV2: 'Twox64Concat',
  SubnetUidToLeaseId: 'Twox64Concat',
  LiquidAlphaOn: 'Blake2128Concat',
  Yuma3On: 'Blake2128Concat',
  RootClaimableThreshold: 'Blake2128Concat',
}

/** Values that have another shape than most of their kind. */
const SHAPES: Readonly<Record<string, string>> = {
  'System.Number': 'u32',
  'System.BlockHash': 'H256([u8;32])',
  'SubtensorModule.WeightCommits': 'Vec<(H256([u8;32]),u64,u64,u64)>',
  'SubtensorModule.ActivityCutoff': 'u16',
  'SubtensorModule.ActivityCutoffFactorMilli': 'u32',
  'SubtensorModule.AlphaSigmoidSteepness': 'i16',
  'SubtensorModule.MaxEpochsPerBlock': 'u8',
  'SubtensorModule.MechanismCountCurrent': 'u8',
  'SubtensorModule.SubnetUidToLeaseId': 'u32',
  'SubtensorModule.SubnetVolume': 'u128',
  'SubtensorModule.SubnetTaoFlow': 'i64',
  'SubtensorModule.SubnetProtocolFlow': 'i64',
  'SubtensorModule.SubnetMovingAlpha': 'FixedI128(i128)',
  'SubtensorModule.SubnetMovingPrice': 'FixedI128(i128)',
  'SubtensorModule.SubnetFastMovingPrice': 'FixedU128(u128)',
  'SubtensorModule.MinerBurned': 'FixedU128(u128)',
  'SubtensorModule.RootProp': 'FixedU128(u128)',
  'SubtensorModule.RootClaimableThreshold': 'FixedI128(i128)',
  'SubtensorModule.TaoFlowCutoff': 'FixedI128(i128)',
  'SubtensorModule.FlowNormExponent': 'FixedU128(u128)',
  'SubtensorModule.EmissionGateBar': 'FixedU128(u128)',
  'SubtensorModule.EmissionGateExponent': 'FixedU128(u128)',
  'SubtensorModule.EmissionBarQuantile': 'FixedU128(u128)',
  'SubtensorModule.EmissionBarRank': 'u16',
  'SubtensorModule.BasketRate': 'FixedI128(i128)',
  'SubtensorModule.TotalHotkeyShares': 'FixedU128(u128)',
  'SubtensorModule.Alpha': 'FixedU128(u128)',
  'Swap.AlphaSqrtPrice': 'FixedU128(u128)',
}

/** Items that are null where nothing is stored, though their runtimes have a default of zero for them. */
const WITH_DEFAULT: ReadonlySet<string> = new Set([
  'BlockHash',
  'Now',
  'NetworksAdded',
  'SubnetOwner',
  'SubnetOwnerHotkey',
  'EmissionGateBar',
  'TimelockedWeightCommits',
  'CRV3WeightCommits',
  'CRV3WeightCommitsV2',
  'AlphaDividendsPerSubnet',
  'RootAlphaDividendsPerSubnet',
  'TotalHotkeyAlphaLastEpoch',
  'TotalHotkeyShares',
  'TotalHotkeySharesV2',
  'Alpha',
  'AlphaV2',
])

/** Items that are nothing where nothing is stored, though the reader has a value for that. */
const WITHOUT_DEFAULT: ReadonlySet<string> = new Set(['ChildkeyThresholdSuspended'])

/** Defaults that are not zero. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'SubtensorModule.BlockEmission': '00ca9a3b00000000',
  'SubtensorModule.TaoWeight': 'fc62e03efa3c7c0d',
  'SubtensorModule.SubnetOwnerCut': '142e',
  'SubtensorModule.SubnetMovingAlpha': '55320000000000000000000000000000',
  'SubtensorModule.MaxEpochsPerBlock': '02',
  'SubtensorModule.FlowNormExponent': '00000000000000000100000000000000',
  'SubtensorModule.FlowEmaSmoothingFactor': '9dd5ab4beb1a0000',
  'SubtensorModule.NetTaoFlowEnabled': '01',
  'SubtensorModule.NumRootClaim': '0500000000000000',
  'SubtensorModule.EmissionGateExponent': '00000000000000000300000000000000',
  'SubtensorModule.EmissionBarQuantile': '00285c8fc2f5289c0000000000000000',
  'SubtensorModule.EmissionBarRank': '2000',
  'SubtensorModule.AlphaValues': '33b366e6',
  'SubtensorModule.ActivityCutoff': '8813',
  'SubtensorModule.ActivityCutoffFactorMilli': '41360000',
  'SubtensorModule.RevealPeriodEpochs': '0100000000000000',
  'SubtensorModule.MaxAllowedValidators': '8000',
  'SubtensorModule.CommitRevealWeightsEnabled': '01',
  'SubtensorModule.Kappa': 'ff7f',
  'SubtensorModule.BondsPenalty': 'ffff',
  'SubtensorModule.BondsMovingAverage': 'a0bb0d0000000000',
  'SubtensorModule.AlphaSigmoidSteepness': 'e803',
  'SubtensorModule.LiquidAlphaConsensusMode': '02',
  'SubtensorModule.Tempo': '6801',
  'SubtensorModule.MechanismCountCurrent': '01',
  'SubtensorModule.NetworkRegistrationAllowed': '01',
  'SubtensorModule.SubnetEmissionEnabled': '01',
  'SubtensorModule.OwnerCutEnabled': '01',
  'SubtensorModule.EMAPriceHalvingBlocks': '8013030000000000',
  'SubtensorModule.RootClaimableThreshold': '0000000020a107000000000000000000',
  'SubtensorModule.Rho': '0a00',
  'SubtensorModule.ImmunityPeriod': '0010',
  'SubtensorModule.ImmuneOwnerUidsLimit': '0100',
  'SubtensorModule.MinNonImmuneUids': '0a00',
  'SubtensorModule.MaxAllowedUids': '0001',
  'SubtensorModule.MinAllowedWeights': '0004',
  'SubtensorModule.MaxWeightsLimit': 'ffff',
  'SubtensorModule.WeightsSetRateLimit': '6400000000000000',
  'SubtensorModule.Burn': '00e1f50500000000',
  'SubtensorModule.MinBurn': '20a1070000000000',
  'SubtensorModule.MaxBurn': '00e8764817000000',
  'SubtensorModule.Difficulty': '8096980000000000',
  'SubtensorModule.Delegates': '142e',
  'Swap.SwapBalancer': '0000b2d3595bf006',
  'Swap.FeeRate': '2100',
}

/** Defaults that were others before, up to the last version that is known to have had them. */
const OLDER_DEFAULTS: readonly (readonly [lastVersion: number, name: string, fallback: string])[] = [
  [240, 'NetworkRegistrationAllowed', '00'],
  [240, 'NetworkPowRegistrationAllowed', '00'],
  [240, 'Burn', '00ca9a3b00000000'],
  [256, 'BondsPenalty', '0000'],
  [305, 'CommitRevealWeightsEnabled', '00'],
  [300, 'Tempo', '0a00'],
  [300, 'FeeRate', 'c400'],
  [300, 'MaxAllowedUids', '0010'],
  [300, 'MaxWeightsLimit', 'e803'],
  [424, 'NetworkPowRegistrationAllowed', '01'],
]

/** Bytes of the shapes that zeros stand for; a list, an enum and a text are empty or first with one. */
const BYTES: Readonly<Record<string, number>> = {
  u8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  u64: 8,
  i64: 8,
  u128: 16,
  i128: 16,
  bool: 1,
  '()': 0,
  '[u8;32]': 32,
  '(u16,u16)': 4,
  '(u128,i64)': 24,
  '(Vec<(u64,[u8;32])>,u64)': 9,
}

/** Every item that is read of a runtime of the version, as it lies in its storage. */
export function layoutsOf(specVersion: number): readonly ItemLayout[] {
  const read = ITEMS.filter((item) => hasItem(item, specVersion) && item.name !== 'Events')
  return read.map((item) => layoutOf(item, specVersion))
}

function layoutOf(item: Item<unknown>, specVersion: number): ItemLayout {
  const { pallet, name, keys, kind } = item
  const place = `${pallet}.${name}`
  const value = SHAPES[place] ?? named(kind.usual)
  const layout = { pallet, name, keys: keys.map((key) => [hasherOf(item, key), named(key)] as const), value }
  const optional = item.nullable ? !WITH_DEFAULT.has(name) : WITHOUT_DEFAULT.has(name)
  if (optional) return { ...layout, optional }
  const older = OLDER_DEFAULTS.find(([last, own]) => own === name && specVersion <= last)
  const fallback = older?.[2] ?? DEFAULTS[place] ?? '00'.repeat(BYTES[bare(value)] ?? 1)
  return { ...layout, fallback }
}

function hasherOf({ pallet, name }: Item<unknown>, key: string): Hasher {
  return TWOX_PALLETS.has(pallet) ? 'Twox64Concat' : (HASHERS[name] ?? USUAL_HASHERS[key]!)
}

/** A shape in which accounts are named: what else reads the metadata shows them as addresses. */
function named(shape: string): string {
  return shape.replaceAll('[u8;32]', 'AccountId32([u8;32])')
}

/** A shape without the names of newtypes. */
export function bare(shape: string): string {
  return shape.replace(/\b(?:AccountId32|H256|FixedI128|FixedU128)\(([^()]*)\)/g, '$1')
}
