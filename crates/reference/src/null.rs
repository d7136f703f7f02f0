//! Null consensus: the validator with the most stake weighs the miners, and stake itself earns the dividends.

use crate::input::Input;
use crate::masks;
use crate::numbers::{Fixed, wide};
use crate::output::{fixed, stored_rows, to_u16_proportions};
use crate::stake;
use num_bigint::BigInt;
use yuma_types::{FixedRows, MechanismOutput, Pools, RawTerms, Rules, Terms, Trace};

/// One epoch of one mechanism under Null consensus, which hands out its `pools`. Bonds are not touched; consensus,
/// trust and active stake are zero.
pub fn epoch(rules: &Rules, input: &Input<'_>, pools: Pools, keep_trace: bool) -> MechanismOutput {
    let n = input.n;
    let winner = winner(&input.total_stake);
    let miners = miner_shares(rules, input, winner);
    let validators: Vec<i128> = input.total_stake.iter().map(|&s| s.max(0)).collect();

    let nobody_validates = validators.iter().all(|&share| share == 0);
    let (miner_budget, validator_budget) = match nobody_validates {
        true => (pools.server.saturating_add(pools.validator), 0),
        false => (pools.server, pools.validator.saturating_add(pools.root)),
    };
    let server_emission = pay(&miners, miner_budget);
    let validator_emission = pay(&validators, validator_budget);
    let both = server_emission.iter().zip(&validator_emission);
    let emission = both.map(|(&s, &v)| s.saturating_add(v)).collect();

    let stake = stake::shares(rules, input);
    // One miner share is one whole: 2^64 in I64F64.
    let incentive = reported(&miners.iter().map(|&w| w << 64).collect::<Vec<_>>());
    let dividends = reported(&validators);
    let nothing = vec![0; n];
    MechanismOutput {
        share: pools.total(),
        terms: Terms {
            stake_weight: to_u16_proportions(&stake),
            consensus: vec![0; n],
            incentive: to_u16_proportions(&incentive),
            dividends: to_u16_proportions(&dividends),
            validator_trust: vec![0; n],
            active: masks::active(input),
            validator_permit: (0..n).map(|i| i == winner).collect(),
            server_emission,
            validator_emission,
            emission,
            stake: input.total_stake.iter().map(|&s| wide::to_u64(s)).collect(),
        },
        bonds: stored_rows(&input.bonds),
        raw: RawTerms {
            stake: fixed(&stake),
            active_stake: fixed(&nothing),
            consensus: fixed(&nothing),
            incentive: fixed(&incentive),
            dividends: fixed(&dividends),
            validator_trust: fixed(&nothing),
        },
        trace: keep_trace.then(|| Box::new(trace(input))),
    }
}

/// The uid with the most stake, of equals the first; stake below the threshold counts too.
fn winner(total_stake: &[i128]) -> usize {
    let most = total_stake.iter().max();
    let holds_most = |stake| Some(stake) == most;
    total_stake.iter().position(holds_most).unwrap_or(0)
}

/// What each neuron has of the miners' budget, in parts: the winner's weight as stored, of repeated ones the last. Where
/// no weight that counts is above zero every neuron has one part.
fn miner_shares(rules: &Rules, input: &Input<'_>, winner: usize) -> Vec<i128> {
    let mut shares = vec![0; input.n];
    for &(j, weight) in &input.weights[winner] {
        let j = usize::from(j);
        if masks::weight_counts(rules, input, winner, j) {
            shares[j] = i128::from(weight);
        }
    }
    match shares.iter().all(|&share| share == 0) {
        true => vec![1; input.n],
        false => shares,
    }
}

/// Each neuron's rao of the budget: what all up to it have together, rounded down, less what those before it have.
fn pay(shares: &[i128], budget: u64) -> Vec<u64> {
    let total: BigInt = shares.iter().map(|&share| BigInt::from(share)).sum();
    if total == BigInt::ZERO {
        return vec![0; shares.len()];
    }
    let mut so_far = BigInt::ZERO;
    let mut paid = BigInt::ZERO;
    let mut pay_next = |&share: &i128| {
        so_far += share;
        let due = &so_far * budget / &total;
        let pay = &due - &paid;
        paid = due;
        u64::try_from(pay).expect("a part of the budget")
    };
    shares.iter().map(&mut pay_next).collect()
}

/// Raw I64F64 values, each divided by the sum of all, which wraps; 0 where that is 0.
fn reported(values: &[i128]) -> Vec<Fixed> {
    let total = wide::sum(values);
    values
        .iter()
        .map(|&value| wide::to_fixed(wide::div(value, total)))
        .collect()
}

/// Permits as they stood; of Yuma's steps there are none.
fn trace(input: &Input<'_>) -> Trace {
    let n = input.n;
    let rows = || FixedRows::empty(n);
    let column = || fixed(&vec![0; n]);
    Trace {
        validator_permit_before: input.validator_permit.clone(),
        weights: rows(),
        clipped_weights: rows(),
        ranks: column(),
        weights_for_bonds: rows(),
        bonds_before: rows(),
        bonds_delta: rows(),
        alphas: rows(),
        ema_bonds: rows(),
        dividends_before_normalize: column(),
        normalized_server_emission: column(),
        normalized_validator_emission: column(),
        normalized_emission: column(),
    }
}
