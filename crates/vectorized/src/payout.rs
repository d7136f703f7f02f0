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
        let (mut total, mut outside) = (0_i64, 0);
        for (incentive, dividend) in incentive.iter().zip(dividends) {
            for bits in [incentive.to_bits(), dividend.to_bits()] {
                outside |= bits | I32F32::ONE.to_bits().wrapping_sub(bits);
                total = total.wrapping_add(bits);
            }
        }
        // Something is below zero where not all are from zero to one; of proportions no sum wraps.
        if outside < 0 || total == 0 {
            return None;
        }
        let parts = Parts {
            whole: Whole::new(total),
            emission: self.emission,
        };
        // One loop for both: each by itself would be the same code again.
        let mut paid = [const { Vec::new() }; 2];
        for (out, values) in paid.iter_mut().zip([incentive, dividends]) {
            *out = parts.of_emission(values);
        }
        let [server, validator] = paid;
        let combined = parts.of_both([incentive, dividends], [&server, &validator]);
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
        let part = |value: &I32F32| self.part(value.to_bits());
        values.iter().map(part).collect()
    }

    /// Returns the parts of the sums of two columns, whose own parts these are: of nearly every neuron one value is zero,
    /// and the part of the sum is then that of the other.
    #[inline(always)]
    fn of_both(&self, values: [&[I32F32]; 2], parts: [&[u64]; 2]) -> Vec<u64> {
        let [a, b] = parts;
        let mut sums = a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<_>>();
        let pairs = || values[0].iter().zip(values[1]);
        // A fold without an early way out runs in vectors.
        let have_both = |(a, b): (&I32F32, &I32F32)| (a.to_bits() > 0) & (b.to_bits() > 0);
        if pairs().fold(false, |any, pair| any | have_both(pair)) {
            for (sum, pair) in sums.iter_mut().zip(pairs()) {
                if have_both(pair) {
                    *sum = self.part(pair.0.to_bits() + pair.1.to_bits());
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn part(&self, bits: i64) -> u64 {
        let share = self.whole.part(bits);
        part_of_bits(share as u64, self.emission)
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
