//! The emission of an epoch: shares of incentive and dividends, in rao.

use crate::{Platform, RawTerms};
use yuma_fixed::{I32F32, I96F32};
use yuma_vectorized::payout::{Paid, paid as paid_in_vectors, part_of_bits};
use yuma_vectorized::vector::{normalize, normalize_by, sum};

/// Returns what each neuron is paid of `emission` rao.
pub(crate) fn paid(platform: Platform, raw: &RawTerms, emission: u64) -> Paid {
    paid_in_vectors(platform, raw, emission).unwrap_or_else(|| {
        let shares = shares(raw);
        Paid {
            server: in_rao(&shares.server, emission),
            validator: in_rao(&shares.validator, emission),
            combined: in_rao(&shares.combined, emission),
        }
    })
}

/// The normalised shares of the emission, `n` values in each column.
pub(crate) struct Shares {
    /// The miners' shares, from incentive.
    pub server: Vec<I32F32>,
    /// The validators' shares, from dividends, or from stake where nobody earned anything.
    pub validator: Vec<I32F32>,
    /// The shares of both together, truncated on their own.
    pub combined: Vec<I32F32>,
}

/// Returns the shares of the emission, by incentive and dividends together.
pub(crate) fn shares(raw: &RawTerms) -> Shares {
    let RawTerms {
        incentive,
        dividends,
        stake,
        active_stake,
        ..
    } = raw;
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
pub(crate) fn part_of(share: I32F32, emission: u64) -> u64 {
    match share.to_bits() {
        bits if (0..=I32F32::ONE.to_bits()).contains(&bits) => part_of_bits(bits as u64, emission),
        _ => I96F32::saturating_from(share)
            .saturating_mul(I96F32::saturating_from_int(emission as i128))
            .saturating_to_u64(),
    }
}
