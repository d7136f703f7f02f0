//! The Yuma epoch of a subnet, written to be read: plain vectors, one step after the other, no cleverness.
//!
//! It exists to test and to measure the fast crate against, with which it shares declarations ([`yuma_types`]) and no
//! arithmetic. It follows the sparse epoch of the chain's `pallets/subtensor/src/epoch/run_epoch.rs` and
//! `epoch/math.rs` at spec 425, to the last bit and including what the release build does with sums that overflow.
//!
//! Within, fixed-point numbers are raw bits (`i64` for I32F32, `i128` for I64F64) and matrices are lists of rows.

mod bonds;
mod consensus;
mod input;
mod legacy;
mod logistic;
mod masks;
mod mechanisms;
mod null;
mod numbers;
mod output;
mod payout;
mod rows;
mod stake;

pub use legacy::{LegacyTerms, legacy_terms};
pub use mechanisms::{combine, split_emission, subnet_epoch};

use input::Input;
use numbers::{normalize, proportion, to_u16_proportion, wide};
use output::{fixed, fixed_rows, stored_rows, to_u16_proportions};
use rows::Rows;
use yuma_types::{LiquidAlpha, Mechanism, MechanismOutput, RawTerms, Rules, Subnet, Terms, Trace};

/// One epoch of one mechanism under Yuma, which hands out `emission` rao. The trace is kept where `keep_trace`.
///
/// Values may be anything. The lengths named at the fields of [`Subnet`] and [`Mechanism`] are the caller's to keep; it
/// may panic where they are not kept.
pub fn epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    emission: u64,
    keep_trace: bool,
) -> MechanismOutput {
    let input = &Input::new(subnet, mechanism);
    let active = masks::active(input);
    let stake = stake::shares(rules, input);
    let permits_before = masks::permits_before(rules, input);
    let permits_after = masks::permits_after(rules, input, &stake);
    let active_stake = stake::of_active_validators(&stake, &active, &permits_before);

    let weights = masks::weights(rules, input, &permits_before);
    let consensus = consensus::medians(&active_stake, &weights, proportion(subnet.kappa));
    let clipped = consensus::clip(&weights, &consensus);
    let validator_trust = rows::row_sums(&clipped);
    let ranks = rows::times_rows(&clipped, &active_stake);
    let incentive = normalize(&ranks);

    let penalty = proportion(subnet.bonds_penalty);
    let for_bonds = bonds::weights_for_bonds(&weights, &clipped, penalty);
    let bonds = if subnet.yuma3_on && rules.liquid_alpha == LiquidAlpha::Sigmoid {
        bonds::yuma3(
            rules,
            input,
            &for_bonds,
            &active_stake,
            &consensus,
            &incentive,
        )
    } else {
        bonds::classic(
            rules,
            input,
            &for_bonds,
            &active_stake,
            &consensus,
            &incentive,
        )
    };
    let dividends = normalize(&bonds.dividends);

    let shares = payout::shares(&incentive, &dividends, &stake, &active_stake);
    let stored = stored_bonds(rules, input, &bonds.after, &permits_before, &permits_after);
    let trace = keep_trace.then(|| {
        Box::new(Trace {
            validator_permit_before: permits_before,
            weights: fixed_rows(&weights),
            clipped_weights: fixed_rows(&clipped),
            ranks: fixed(&ranks),
            weights_for_bonds: fixed_rows(&for_bonds),
            bonds_before: fixed_rows(&bonds.before),
            bonds_delta: fixed_rows(&bonds.delta),
            alphas: fixed_rows(&bonds.alphas),
            ema_bonds: fixed_rows(&bonds.ema),
            dividends_before_normalize: fixed(&bonds.dividends),
            normalized_server_emission: fixed(&shares.server),
            normalized_validator_emission: fixed(&shares.validator),
            normalized_emission: fixed(&shares.combined),
        })
    });

    MechanismOutput {
        share: emission,
        terms: Terms {
            stake_weight: to_u16_proportions(&stake),
            consensus: to_u16_proportions(&consensus),
            incentive: to_u16_proportions(&incentive),
            dividends: to_u16_proportions(&dividends),
            validator_trust: to_u16_proportions(&validator_trust),
            active,
            validator_permit: permits_after,
            server_emission: payout::rao(&shares.server, emission),
            validator_emission: payout::rao(&shares.validator, emission),
            emission: payout::rao(&shares.combined, emission),
            stake: input
                .total_stake
                .iter()
                .copied()
                .map(wide::to_u64)
                .collect(),
        },
        bonds: stored_rows(&stored),
        raw: RawTerms {
            stake: fixed(&stake),
            active_stake: fixed(&active_stake),
            consensus: fixed(&consensus),
            incentive: fixed(&incentive),
            dividends: fixed(&dividends),
            validator_trust: fixed(&validator_trust),
        },
        trace,
    }
}

/// The rows of those who hold a permit from now on, cut to u16 proportions.
fn stored_bonds(
    rules: &Rules,
    input: &Input<'_>,
    bonds: &Rows,
    permits_before: &[bool],
    permits_after: &[bool],
) -> Vec<Vec<(u16, u16)>> {
    let stored = |i: usize| -> Vec<(u16, u16)> {
        if permits_after[i] {
            let round = |&(j, bond)| (j, to_u16_proportion(bond));
            return bonds[i].iter().map(round).collect();
        }
        let had_permit = permits_before.get(i) == Some(&true);
        if rules.keeps_rows_without_permit && !had_permit {
            return input.bonds[i].clone();
        }
        Vec::new()
    };
    (0..input.n).map(stored).collect()
}
