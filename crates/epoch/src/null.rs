//! Null consensus: one mechanism's epoch without Yuma. Miners are paid by the weights of the validator with the most
//! stake, validators by their stake.
//!
//! Follows the Null part of `epoch_mechanism_with_budgets` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 475.

use crate::epoch::Settings;
use crate::mechanisms::add_saturating;
use crate::{
    FixedRows, Mechanism, MechanismOutput, Pools, RawTerms, Rules, StoredRows, Subnet, Trace,
};
use std::ops::{Add, Sub};
use yuma_fixed::{I32F32, I64F64};
use yuma_vectorized::payout::{Paid, Stored};
use yuma_vectorized::prepare::{RowMask, active, normalized_stake, total_stake};
use yuma_vectorized::vector::shares;

/// Returns one mechanism's epoch over input that [`crate::check_input`] has accepted; `pools` are the mechanism's.
///
/// No consensus, trust or active stake comes of it: they are zero. Bonds stay as stored.
pub(crate) fn epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    pools: Pools,
    settings: Settings,
) -> MechanismOutput {
    let winner = winner(subnet);
    let miners = miner_shares(rules, subnet, mechanism, winner);
    let validators = validator_shares(subnet);
    let has_validators = validators.iter().any(|&share| share > I64F64::ZERO);
    let (for_miners, for_validators) = if has_validators {
        (pools.server, pools.validator.saturating_add(pools.root))
    } else {
        (pools.server.saturating_add(pools.validator), 0)
    };
    let server_emission = apportioned(&miners, for_miners);
    let validator_emission = apportioned(&validators, for_validators);
    let mut emission = server_emission.clone();
    add_saturating(&mut emission, &validator_emission);
    let mut validator_permit = vec![false; subnet.n.into()];
    validator_permit[usize::from(winner)] = true;

    let raw = RawTerms {
        stake: normalized_stake(rules, subnet),
        active_stake: zeros(subnet),
        consensus: zeros(subnet),
        incentive: reported(&miners),
        dividends: reported(&validators),
        validator_trust: zeros(subnet),
    };
    let terms = Stored {
        active: active(subnet, mechanism),
        validator_permit,
        paid: Paid {
            server: server_emission,
            validator: validator_emission,
            combined: emission,
        },
    };
    MechanismOutput {
        share: pools.total(),
        terms: terms.beside(settings.platform, &raw, subnet),
        raw,
        bonds: StoredRows {
            start: mechanism.bonds.row_start.to_vec(),
            uid: mechanism.bonds.uid.to_vec(),
            value: mechanism.bonds.value.to_vec(),
        },
        trace: settings.trace.then(|| Box::new(trace(subnet))),
    }
}

/// Returns zero for each of the `n` neurons.
#[inline(never)]
fn zeros(subnet: &Subnet<'_>) -> Vec<I32F32> {
    vec![I32F32::ZERO; subnet.n.into()]
}

/// Returns the uid of the largest stake, the first of equal ones: whatever it holds of permits, activity or threshold.
pub(crate) fn winner(subnet: &Subnet<'_>) -> u16 {
    let mut winner = 0;
    for uid in 1..subnet.n {
        if total_stake(subnet, uid.into()) > total_stake(subnet, winner.into()) {
            winner = uid;
        }
    }
    winner
}

/// Returns each validator's share: its stake in rao, whatever the threshold; none below zero.
fn validator_shares(subnet: &Subnet<'_>) -> Vec<I64F64> {
    (0..usize::from(subnet.n))
        .map(|uid| total_stake(subnet, uid).max(I64F64::ZERO))
        .collect()
}

/// Returns each miner's share, a whole number: the weight that the winner gives it, of repeated ones the last; where
/// all of them are zero, one for each of the `n` neurons.
fn miner_shares(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    winner: u16,
) -> Vec<I64F64> {
    let mask = RowMask::new(rules, subnet, mechanism, true, winner);
    let mut shares = vec![I64F64::ZERO; subnet.n.into()];
    for (to, weight) in mechanism.weights.row(winner.into()) {
        if mask.reason(subnet.block_at_registration, to).is_none() {
            shares[usize::from(to)] = I64F64::saturating_from_int(weight.into());
        }
    }
    if shares.iter().all(|&share| share == I64F64::ZERO) {
        shares.fill(I64F64::ONE);
    }
    shares
}

/// Returns the shares as they are stored: each part of their sum, which wraps; zeros where that is zero.
fn reported(values: &[I64F64]) -> Vec<I32F32> {
    let sum = values
        .iter()
        .fold(I64F64::ZERO, |sum, &value| sum.wrapping_add(value));
    if sum == I64F64::ZERO {
        return vec![I32F32::ZERO; values.len()];
    }
    shares(values, sum)
}

/// Returns `budget` rao in parts by share, none of them below zero; they sum to the budget, but where all shares are
/// zero.
///
/// What the first `k` have together is floored, so that every rao is paid once.
fn apportioned(shares: &[I64F64], budget: u64) -> Vec<u64> {
    let bits = |share: &I64F64| Wide {
        high: 0,
        low: share.to_bits() as u128,
    };
    let whole = shares
        .iter()
        .fold(Wide::default(), |sum, share| sum + bits(share));
    let mut sum = Wide::default();
    let mut paid = 0;
    shares
        .iter()
        .map(|share| {
            if *share == I64F64::ZERO {
                return 0;
            }
            sum = sum + bits(share);
            let due = sum.part_of(whole, budget);
            due - std::mem::replace(&mut paid, due)
        })
        .collect()
}

/// An unsigned number of 192 bits: 65535 shares of 127 bits each sum to less than `2^143`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    // The order of the fields is that of numbers.
    high: u64,
    low: u128,
}

impl Wide {
    /// Returns `floor(budget * self / whole)`, for a number from zero to the whole, and a whole above zero and below
    /// `2^190`.
    ///
    /// The division is the long one by hand, a bit of the budget at a time.
    fn part_of(self, whole: Self, budget: u64) -> u64 {
        let mut quotient = 0;
        let mut rest = Self::default();
        for bit in (0..u64::BITS).rev() {
            rest = rest + rest;
            quotient *= 2;
            if budget >> bit & 1 == 1 {
                rest = rest + self;
            }
            // At most twice.
            while rest >= whole {
                rest = rest - whole;
                quotient += 1;
            }
        }
        quotient
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self {
            high: self.high + other.high + u64::from(carry),
            low,
        }
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self {
            high: self.high - other.high - u64::from(borrow),
            low,
        }
    }
}

/// Returns the trace: permits as they stood, and nothing of Yuma's steps.
fn trace(subnet: &Subnet<'_>) -> Trace {
    let rows = FixedRows::empty(subnet.n.into());
    Trace {
        validator_permit_before: subnet.validator_permit.iter().map(|&p| p != 0).collect(),
        weights: rows.clone(),
        clipped_weights: rows.clone(),
        ranks: zeros(subnet),
        weights_for_bonds: rows.clone(),
        bonds_before: rows.clone(),
        bonds_delta: rows.clone(),
        alphas: rows.clone(),
        ema_bonds: rows,
        dividends_before_normalize: zeros(subnet),
        normalized_server_emission: zeros(subnet),
        normalized_validator_emission: zeros(subnet),
        normalized_emission: zeros(subnet),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_bits(bits: &[i128]) -> Vec<I64F64> {
        bits.iter().map(|&bits| I64F64::from_bits(bits)).collect()
    }

    #[test]
    fn parts_are_floored_together_and_sum_to_the_budget() {
        assert_eq!(apportioned(&of_bits(&[1, 1, 1]), 10), [3, 3, 4]);
        assert_eq!(apportioned(&of_bits(&[1, 0, 2]), u64::MAX)[1], 0);
        assert_eq!(apportioned(&of_bits(&[0, 0]), 10), [0, 0]);
        // The largest shares and the largest budget there are.
        let parts = apportioned(&of_bits(&[i128::MAX; 65_535]), u64::MAX);
        assert_eq!(parts.iter().sum::<u64>(), u64::MAX);
        assert!(parts.iter().all(|&part| part.abs_diff(parts[0]) <= 1));
    }

    #[test]
    fn the_first_of_equal_stakes_wins() {
        let winner_of = |stake: &[[u64; 2]]| {
            winner(&Subnet {
                n: stake.len() as u16,
                total_stake: stake,
                ..Subnet::default()
            })
        };
        assert_eq!(winner_of(&[[1, 0], [2, 0], [2, 0]]), 1);
        assert_eq!(winner_of(&[[0, 0], [0, 0]]), 0);
        // Below zero.
        assert_eq!(winner_of(&[[0, u64::MAX - 1], [0, u64::MAX]]), 1);
    }
}
