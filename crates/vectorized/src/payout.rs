//! The emission of an epoch: shares of incentive and dividends, in rao.

use crate::vector::{normalize, normalize_by, sum};
use yuma_fixed::{I32F32, I96F32};

/// The normalised shares of the emission, `n` values in each column.
pub struct Shares {
    /// The miners' shares, from incentive.
    pub server: Vec<I32F32>,
    /// The validators' shares, from dividends, or from stake where nobody earned anything.
    pub validator: Vec<I32F32>,
    /// The shares of both together, truncated on their own.
    pub combined: Vec<I32F32>,
}

/// Returns the shares of the emission, by incentive and dividends together.
pub fn shares(
    incentive: &[I32F32],
    dividends: &[I32F32],
    stake: &[I32F32],
    active_stake: &[I32F32],
) -> Shares {
    let mut combined = incentive
        .iter()
        .zip(dividends)
        .map(|(&i, &d)| i.saturating_add(d))
        .collect::<Vec<_>>();
    let total = sum(&combined);
    let mut server = incentive.to_vec();
    if total == I32F32::ZERO {
        // Nobody earned: validators share by stake, by that of the inactive too where none is active.
        let fallback = if sum(active_stake) == I32F32::ZERO {
            stake
        } else {
            active_stake
        };
        return Shares {
            server,
            validator: fallback.to_vec(),
            combined: fallback.to_vec(),
        };
    }
    let mut validator = dividends.to_vec();
    normalize_by(&mut server, total);
    normalize_by(&mut validator, total);
    normalize(&mut combined);
    Shares {
        server,
        validator,
        combined,
    }
}

/// Returns each share of `emission` in rao, truncated.
pub fn in_rao(shares: &[I32F32], emission: u64) -> Vec<u64> {
    shares
        .iter()
        .map(|&share| part_of(share, emission))
        .collect()
}

/// Returns one share of `emission` in rao, truncated.
pub fn part_of(share: I32F32, emission: u64) -> u64 {
    let (high, low) = (emission >> 32, emission & 0xffff_ffff);
    match u64::try_from(share.to_bits()) {
        // A share of at most one: neither product overflows, and their sum is at most the emission.
        Ok(bits) if share <= I32F32::ONE => bits * high + ((bits * low) >> 32),
        _ => I96F32::saturating_from(share)
            .saturating_mul(I96F32::saturating_from_int(emission as i128))
            .saturating_to_u64(),
    }
}
