//! What an epoch pays and stores: shares of incentive and dividends, in rao, and rounded columns.

use crate::Subnet;
use crate::kernels::rounding::Whole;
use crate::kernels::simd::Simd;
use crate::kernels::{Job, Platform, run_on};
use crate::prepare::rao;
use crate::vector::rounded_as_stored;
use yuma_fixed::I32F32;
use yuma_types::{RawTerms, Terms};

/// Returns the part of `emission` for the bits of a share of at most one: neither product overflows, and their sum is
/// at most the emission.
#[inline(always)]
pub fn part_of_bits(bits: u64, emission: u64) -> u64 {
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

/// Returns what each neuron is paid of `emission` rao; `None` where nobody earned anything, or not all shares are
/// proportions, as of stakes whose sum wrapped.
pub fn paid(platform: Platform, raw: &RawTerms, emission: u64) -> Option<Paid> {
    run_on(platform, Pay { raw, emission })
}

/// The job that pays.
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
        let mut combined = vec![I32F32::ZERO; incentive.len()];
        let (mut total, mut outside) = (0_i64, 0);
        for ((sum, incentive), dividend) in combined.iter_mut().zip(incentive).zip(dividends) {
            let [incentive, dividend] = [incentive.to_bits(), dividend.to_bits()];
            for bits in [incentive, dividend] {
                outside |= bits | I32F32::ONE.to_bits().wrapping_sub(bits);
            }
            let both = incentive.wrapping_add(dividend);
            total = total.wrapping_add(both);
            *sum = I32F32::from_bits(both);
        }
        // Something is below zero where not all are from zero to one; of proportions no sum wraps.
        if outside < 0 || total == 0 {
            return None;
        }
        let parts = Parts {
            whole: Whole::new(total),
            emission: self.emission,
        };
        // One loop for all three: each by itself would be the same code again.
        let mut paid = [const { Vec::new() }; 3];
        for (out, values) in paid.iter_mut().zip([incentive, dividends, &combined]) {
            *out = parts.of_emission(values);
        }
        let [server, validator, combined] = paid;
        Some(Paid {
            server,
            validator,
            combined,
        })
    }
}

/// The parts of an emission by the parts of a whole.
struct Parts {
    whole: Whole,
    emission: u64,
}

impl Parts {
    #[inline(always)]
    fn of_emission(&self, values: &[I32F32]) -> Vec<u64> {
        let part = |value: &I32F32| {
            let share = self.whole.part(value.to_bits());
            part_of_bits(share as u64, self.emission)
        };
        values.iter().map(part).collect()
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
        let stake = subnet.total_stake.iter().map(rao).collect();
        let unrounded = [
            &raw.stake,
            &raw.consensus,
            &raw.incentive,
            &raw.dividends,
            &raw.validator_trust,
        ];
        let mut rounded = [const { Vec::new() }; 5];
        for (out, values) in rounded.iter_mut().zip(unrounded) {
            *out = rounded_as_stored(values);
        }
        let [
            stake_weight,
            consensus,
            incentive,
            dividends,
            validator_trust,
        ] = rounded;
        Terms {
            stake_weight,
            consensus,
            incentive,
            dividends,
            validator_trust,
            active: stored.active,
            validator_permit: stored.validator_permit,
            server_emission: stored.paid.server,
            validator_emission: stored.paid.validator,
            emission: stored.paid.combined,
            stake,
        }
    }
}
