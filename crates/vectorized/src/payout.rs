//! What an epoch pays and stores: shares of incentive and dividends, in rao, and rounded columns.

use crate::Subnet;
use crate::kernels::rounding::floor_quotient;
use crate::kernels::simd::Simd;
use crate::kernels::{Job, Platform, run_on};
use crate::prepare::rao;
use crate::vector::{SCALE, are_parts, normalize, normalize_by, sum, to_u16s};
use yuma_fixed::{I32F32, I96F32};
use yuma_types::{RawTerms, Terms};

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
pub fn shares(raw: &RawTerms) -> Shares {
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
fn in_rao(shares: &[I32F32], emission: u64) -> Vec<u64> {
    shares
        .iter()
        .map(|&share| part_of(share, emission))
        .collect()
}

/// Returns one share of `emission` in rao, truncated.
pub fn part_of(share: I32F32, emission: u64) -> u64 {
    match share.to_bits() {
        bits if (0..=I32F32::ONE.to_bits()).contains(&bits) => part_of_bits(bits as u64, emission),
        _ => I96F32::saturating_from(share)
            .saturating_mul(I96F32::saturating_from_int(emission as i128))
            .saturating_to_u64(),
    }
}

/// Returns the part of `emission` for the bits of a share of at most one: neither product overflows, and their sum is
/// at most the emission.
#[inline(always)]
fn part_of_bits(bits: u64, emission: u64) -> u64 {
    bits * (emission >> 32) + ((bits * (emission & 0xffff_ffff)) >> 32)
}

/// What each neuron is paid, `n` values in each column, in rao.
pub struct Paid {
    /// What miners are paid.
    pub server: Vec<u64>,
    /// What validators are paid.
    pub validator: Vec<u64>,
    /// What both are paid together, truncated on its own.
    pub combined: Vec<u64>,
}

/// Returns what each neuron is paid of `emission` rao.
pub fn paid(platform: Platform, raw: &RawTerms, emission: u64) -> Paid {
    run_on(platform, Pay { raw, emission }).unwrap_or_else(|| {
        let shares = shares(raw);
        Paid {
            server: in_rao(&shares.server, emission),
            validator: in_rao(&shares.validator, emission),
            combined: in_rao(&shares.combined, emission),
        }
    })
}

/// The job that pays where somebody earned something, and shares are proportions: as they always are but for a stake
/// whose sum wrapped.
struct Pay<'a> {
    raw: &'a RawTerms,
    emission: u64,
}

impl Job for Pay<'_> {
    type Output = Option<Paid>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Option<Paid> {
        let RawTerms {
            incentive,
            dividends,
            ..
        } = self.raw;
        if !are_parts(incentive, I32F32::ONE) || !are_parts(dividends, I32F32::ONE) {
            return None;
        }
        let mut combined = vec![I32F32::ZERO; incentive.len()];
        for ((sum, incentive), dividend) in combined.iter_mut().zip(incentive).zip(dividends) {
            *sum = I32F32::from_bits(incentive.to_bits() + dividend.to_bits());
        }
        let total = sum(&combined);
        if total == I32F32::ZERO {
            return None;
        }
        let parts = Parts {
            whole: total.to_bits(),
            reciprocal: SCALE / total.to_bits() as f64,
            emission: self.emission,
        };
        Some(Paid {
            server: parts.of(incentive),
            validator: parts.of(dividends),
            combined: parts.of(&combined),
        })
    }
}

/// The parts of an emission by the parts of a whole.
struct Parts {
    whole: i64,
    reciprocal: f64,
    emission: u64,
}

impl Parts {
    #[inline(always)]
    fn of(&self, values: &[I32F32]) -> Vec<u64> {
        let mut out = vec![0; values.len()];
        for (out, value) in out.iter_mut().zip(values) {
            let share = floor_quotient(value.to_bits(), self.whole, self.reciprocal);
            *out = part_of_bits(share as u64, self.emission);
        }
        out
    }
}

/// The columns of an epoch that are stored as they come, `n` values each.
pub struct Stored {
    /// Whether each neuron is active.
    pub active: Vec<bool>,
    /// The permits after the epoch.
    pub validator_permit: Vec<bool>,
    /// What each neuron is paid.
    pub paid: Paid,
}

impl Stored {
    /// Returns all columns of the epoch: these beside the rounded ones.
    pub fn beside(self, platform: Platform, raw: &RawTerms, subnet: &Subnet<'_>) -> Terms {
        let stored = self;
        run_on(
            platform,
            Round {
                stored,
                raw,
                subnet,
            },
        )
    }
}

/// The job that rounds columns as the chain stores them.
struct Round<'a> {
    stored: Stored,
    raw: &'a RawTerms,
    subnet: &'a Subnet<'a>,
}

impl Job for Round<'_> {
    type Output = Terms;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Terms {
        let Self {
            stored,
            raw,
            subnet,
        } = self;
        let mut stake = vec![0; subnet.total_stake.len()];
        for (stake, words) in stake.iter_mut().zip(subnet.total_stake) {
            *stake = rao(words);
        }
        Terms {
            stake_weight: to_u16s(&raw.stake),
            consensus: to_u16s(&raw.consensus),
            incentive: to_u16s(&raw.incentive),
            dividends: to_u16s(&raw.dividends),
            validator_trust: to_u16s(&raw.validator_trust),
            active: stored.active,
            validator_permit: stored.validator_permit,
            server_emission: stored.paid.server,
            validator_emission: stored.paid.validator,
            emission: stored.paid.combined,
            stake,
        }
    }
}
