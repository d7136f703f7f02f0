/** Saturating arithmetic on U96F32 bits, and the curve of emissions, as the coinbase before spec 425 computes. */

const FRACTION = 32n
const U128_MAX = (1n << 128n) - 1n
const U64_MAX = (1n << 64n) - 1n

/** Bits of a whole number. */
export function whole(value: bigint): bigint {
  return value << FRACTION
}

/** The floor, at most 2^64 - 1. */
export function toU64(bits: bigint): bigint {
  return min(bits >> FRACTION, U64_MAX)
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

export function add(a: bigint, b: bigint): bigint {
  return min(a + b, U128_MAX)
}

export function sub(a: bigint, b: bigint): bigint {
  return a > b ? a - b : 0n
}

export function mul(a: bigint, b: bigint): bigint {
  return min((a * b) >> FRACTION, U128_MAX)
}

/** The quotient; undefined where it is none: of a division by zero, or too large. */
export function div(a: bigint, b: bigint): bigint | undefined {
  if (b === 0n) return undefined
  const quotient = (a << FRACTION) / b
  return quotient > U128_MAX ? undefined : quotient
}

/** The sum of u64s, at most 2^64 - 1. */
export function addU64(...values: readonly bigint[]): bigint {
  return min(
    values.reduce((a, b) => a + b, 0n),
    U64_MAX,
  )
}

const MAX_SUPPLY = 21_000_000_000_000_000n
const INITIAL_EMISSION = 1_000_000_000n

/**
 * Rao minted in a block at an issuance of so many rao: halved each time half of what is left has been issued.
 *
 * Follows `get_block_emission_for_issuance` of `coinbase/block_emission.rs`; only whole logarithms count there, so
 * the place of the highest bit is enough.
 */
export function blockEmission(issuance: bigint): bigint {
  if (issuance >= MAX_SUPPLY) return 0n
  const left = whole(1n) - whole(issuance) / MAX_SUPPLY
  const remaining = whole(whole(1n)) / left
  const halvings = (remaining >> FRACTION).toString(2).length - 1
  return INITIAL_EMISSION >> BigInt(halvings)
}
