//! What an epoch's values are made of: the weights that did not count, the parts of a rank and of dividends, and the
//! columns that older runtimes stored beside them. No epoch needs any of it.

use crate::null;
use crate::stepwise::normalize_columns;
use crate::validate::check_input;
use crate::{FixedRows, InputError, Mechanism, RawTerms, Rules, Subnet, Trace};
use yuma_fixed::I32F32;
use yuma_vectorized::MaskedRows;
use yuma_vectorized::prepare::{Prepared, RowMask};
use yuma_vectorized::vector::to_u16;

/// Returns the weights of a mechanism that the epoch's masks remove, each with its reason.
///
/// # Errors
/// Input that no chain could hold is refused, as by [`check_input`].
pub fn masked_weights(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
) -> Result<MaskedRows, InputError> {
    check_input(rules, subnet, &[*mechanism], None)?;
    let prepared = Prepared::new(
        yuma_vectorized::Platform::detect(),
        rules,
        subnet,
        mechanism,
    );
    let winner = rules.pays_by_null(subnet).then(|| null::winner(subnet));
    let mut masked = MaskedRows {
        start: vec![0],
        ..MaskedRows::default()
    };
    for from in 0..subnet.n {
        let mask = match winner {
            None => prepared.row_mask(from),
            Some(winner) => RowMask::new(rules, subnet, mechanism, from == winner, from),
        };
        for (to, value) in mechanism.weights.row(from.into()) {
            if let Some(reason) = mask.reason(subnet.block_at_registration, to) {
                masked.uid.push(to);
                masked.value.push(value);
                masked.reason.push(reason as u8);
            }
        }
        masked.start.push(masked.uid.len() as u32);
    }
    Ok(masked)
}

/// Returns what each validator with a clipped weight on miner `uid` adds to its rank, as `(validator, part)`: active
/// stake times clipped weight, floored. The parts sum to the rank in the trace.
pub fn rank_parts(raw: &RawTerms, trace: &Trace, uid: u16) -> Vec<(u16, I32F32)> {
    let clipped = &trace.clipped_weights;
    (0..clipped.rows())
        .flat_map(|validator| clipped.row(validator).map(move |entry| (validator, entry)))
        .filter(|&(_, (miner, _))| miner == uid)
        .map(|(validator, (_, weight))| {
            let part = raw.active_stake[validator].saturating_mul(weight);
            (validator as u16, part)
        })
        .collect()
}

/// The parts of a validator's dividends, I32F32 values before those are normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DividendParts {
    /// What each bond adds, as `(miner, part)`: bond times incentive, floored.
    pub parts: Vec<(u16, I32F32)>,
    /// The sum of the parts.
    pub sum: I32F32,
    /// The active stake that the sum is multiplied by; `None` for the classic rule, which does not.
    pub stake: Option<I32F32>,
    /// The dividends before they are normalised, as in the trace.
    pub dividends: I32F32,
}

/// Returns the parts of validator `uid`'s dividends, by Yuma3 or by the classic rule, whichever the epoch took.
pub fn dividend_parts(raw: &RawTerms, trace: &Trace, uid: u16, yuma3: bool) -> DividendParts {
    let incentive = |miner: u16| raw.incentive[miner as usize];
    let part = |(miner, bond): (u16, I32F32)| (miner, bond.saturating_mul(incentive(miner)));
    if !yuma3 {
        let parts = trace.ema_bonds.row(uid.into()).map(part);
        let parts = parts.collect::<Vec<_>>();
        let sum = parts
            .iter()
            .fold(I32F32::ZERO, |sum, &(_, part)| sum.saturating_add(part));
        return DividendParts {
            parts,
            sum,
            stake: None,
            dividends: sum,
        };
    }
    let mut bonds = trace.ema_bonds.clone();
    normalize_columns(&mut bonds, raw.incentive.len());
    let parts = bonds.row(uid.into()).map(part).collect::<Vec<_>>();
    let sum = parts
        .iter()
        .fold(I32F32::ZERO, |sum, &(_, part)| sum.wrapping_add(part));
    let stake = raw.active_stake[uid as usize];
    DividendParts {
        parts,
        sum,
        stake: Some(stake),
        dividends: sum.checked_mul(stake).unwrap_or(I32F32::ZERO),
    }
}

/// Returns the weight, a u16 as stored, that is `share` of its row beside other weights of this sum: rounded down, and
/// at most 65535.
pub fn fitting_weight(share: I32F32, others: u64) -> u16 {
    let rest = I32F32::ONE.saturating_sub(share);
    if rest <= I32F32::ZERO {
        return u16::MAX;
    }
    let weight = i128::from(share.to_bits()) * i128::from(others) / i128::from(rest.to_bits());
    weight.clamp(0, u16::MAX.into()) as u16
}

/// The columns that runtimes to spec 362 store beside an epoch's result, `n` values each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyTerms {
    /// The rank of each neuron, which is its incentive, a u16 proportion.
    pub rank: Vec<u16>,
    /// The part of its weights that clipping leaves each neuron: rank over prerank, a u16 proportion.
    pub trust: Vec<u16>,
    /// The share of the emission of each neuron, scaled so that the largest is 65535.
    pub pruning_score: Vec<u16>,
}

/// Returns the legacy columns of one mechanism's epoch.
///
/// Follows `epoch` of `pallets/subtensor/src/epoch/run_epoch.rs`, specs 233 to 362.
pub fn legacy_terms(raw: &RawTerms, trace: &Trace) -> LegacyTerms {
    let preranks = preranks(&trace.weights, &raw.active_stake);
    let trust = trace
        .ranks
        .iter()
        .zip(preranks)
        .map(|(&rank, prerank)| match prerank {
            I32F32::ZERO => 0,
            _ => to_u16(rank.saturating_div(prerank)),
        })
        .collect();
    LegacyTerms {
        rank: raw.incentive.iter().map(|&value| to_u16(value)).collect(),
        trust,
        pruning_score: max_upscale_to_u16(&trace.normalized_emission),
    }
}

/// Returns the stake-weighted sum of the weights on each of the `n` neurons, before they are clipped.
fn preranks(weights: &FixedRows, active_stake: &[I32F32]) -> Vec<I32F32> {
    let mut sums = vec![I32F32::ZERO; active_stake.len()];
    for (validator, &stake) in active_stake.iter().enumerate() {
        for (miner, weight) in weights.row(validator) {
            let sum = &mut sums[miner as usize];
            *sum = sum.saturating_add(stake.saturating_mul(weight));
        }
    }
    sums
}

/// Returns the values scaled so that the largest is 65535, rounded to the nearest; zeros where the largest is zero.
fn max_upscale_to_u16(values: &[I32F32]) -> Vec<u16> {
    const HALF: I32F32 = I32F32::from_bits(1 << 31);
    let most = I32F32::saturating_from_int(u16::MAX.into());
    let largest = values.iter().copied().fold(I32F32::ZERO, I32F32::max);
    if largest == I32F32::ZERO {
        return vec![0; values.len()];
    }
    values
        .iter()
        .map(|value| {
            let scaled = value.saturating_mul(most).saturating_div(largest);
            scaled.saturating_add(HALF).saturating_to_u16()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EpochConsensus, MaskReason, SparseRows};

    /// One, as I32F32 bits.
    const ONE: i64 = 1 << 32;

    /// Returns `part / parts`, floored to I32F32.
    fn fraction(part: i64, parts: i64) -> I32F32 {
        I32F32::from_bits(part * ONE / parts)
    }

    fn rows(lists: &[&[(u16, I32F32)]]) -> FixedRows {
        let mut rows = FixedRows::with_capacity(lists.len(), 0);
        for list in lists {
            for &(uid, value) in *list {
                rows.push(uid, value);
            }
            rows.end_row();
        }
        rows
    }

    /// Two validators, of three quarters and one quarter of the stake, and two miners, uids 2 and 3.
    fn epoch() -> (RawTerms, Trace) {
        let (quarter, half) = (fraction(1, 4), fraction(1, 2));
        let raw = RawTerms {
            active_stake: vec![fraction(3, 4), quarter, I32F32::ZERO, I32F32::ZERO],
            incentive: vec![I32F32::ZERO, I32F32::ZERO, quarter, fraction(3, 4)],
            ..RawTerms::default()
        };
        let trace = Trace {
            weights: rows(&[
                &[(2, quarter), (3, fraction(3, 4))],
                &[(2, half), (3, half)],
                &[],
                &[],
            ]),
            clipped_weights: rows(&[
                &[(2, quarter), (3, half)],
                &[(2, quarter), (3, half)],
                &[],
                &[],
            ]),
            ranks: vec![I32F32::ZERO, I32F32::ZERO, quarter, half],
            ema_bonds: rows(&[&[(2, half), (3, half)], &[(3, quarter)], &[], &[]]),
            normalized_emission: vec![half, fraction(1, 6), I32F32::ZERO, fraction(1, 3)],
            ..Trace::default()
        };
        (raw, trace)
    }

    #[test]
    fn parts_of_a_rank_are_stake_times_clipped_weight() {
        let (raw, trace) = epoch();
        let expected = vec![(0, fraction(3, 8)), (1, fraction(1, 8))];
        assert_eq!(rank_parts(&raw, &trace, 3), expected);
        assert_eq!(rank_parts(&raw, &trace, 0), vec![]);
    }

    #[test]
    fn parts_of_classic_dividends_are_bond_times_incentive() {
        let (raw, trace) = epoch();
        let parts = dividend_parts(&raw, &trace, 0, false);
        assert_eq!(parts.parts, [(2, fraction(1, 8)), (3, fraction(3, 8))]);
        assert_eq!((parts.sum, parts.stake), (fraction(1, 2), None));
        assert_eq!(parts.dividends, fraction(1, 2));
    }

    #[test]
    fn parts_of_yuma3_dividends_are_normalised_by_column_and_their_sum_times_stake() {
        let (raw, trace) = epoch();
        let parts = dividend_parts(&raw, &trace, 1, true);
        // A third of the bonds with miner 3, whose incentive is three quarters: just below a quarter by its floor.
        let below_quarter = I32F32::from_bits(ONE / 4 - 1);
        assert_eq!(parts.parts, [(3, below_quarter)]);
        assert_eq!(parts.sum, below_quarter);
        assert_eq!(parts.stake, Some(fraction(1, 4)));
        assert_eq!(parts.dividends, I32F32::from_bits(ONE / 16 - 1));
    }

    #[test]
    fn a_fitting_weight_is_its_share_beside_the_others() {
        assert_eq!(fitting_weight(fraction(1, 2), 1000), 1000);
        assert_eq!(fitting_weight(fraction(1, 4), 3000), 1000);
        // A third is floored, and so is the weight.
        assert_eq!(fitting_weight(fraction(1, 3), 2000), 999);
        assert_eq!(fitting_weight(I32F32::ZERO, 1000), 0);
        assert_eq!(fitting_weight(fraction(1, 2), 70_000), u16::MAX);
        assert_eq!(fitting_weight(I32F32::ONE, 0), u16::MAX);
    }

    #[test]
    fn legacy_terms_are_those_of_spec_300() {
        let (raw, trace) = epoch();
        let terms = legacy_terms(&raw, &trace);
        assert_eq!(terms.rank, [0, 0, 16_383, 49_151]);
        // Preranks are 3/4 · 1/4 + 1/4 · 1/2 = 5/16 and 3/4 · 3/4 + 1/4 · 1/2 = 11/16: trust is 4/5 and 8/11.
        assert_eq!(terms.trust, [0, 0, 52_427, 47_661]);
        // 21845 is a third of 65535, and 43690 two thirds.
        assert_eq!(terms.pruning_score, [u16::MAX, 21_845, 0, 43_690]);
    }

    #[test]
    fn no_emission_prunes_by_nothing() {
        assert_eq!(max_upscale_to_u16(&[I32F32::ZERO; 3]), [0; 3]);
    }

    /// Returns a subnet with three neurons and an owner, uid 0; uid 2 holds no permit.
    fn subnet() -> Subnet<'static> {
        Subnet {
            n: 3,
            block: 1000,
            tempo: 100,
            last_mechanism_step_block: 900,
            activity_cutoff_blocks: 500,
            block_at_registration: &[10, 600, 800],
            total_stake: &[[0, 5], [0, 5], [0, 0]],
            owner_uid: Some(0),
            validator_permit: &[1, 1, 0],
            max_allowed_validators: 2,
            kappa: 32_767,
            bonds_moving_average: 900_000,
            ..Subnet::default()
        }
    }

    /// Returns what the masks remove of the subnet's weights.
    fn masked(commit_reveal_enabled: bool, spec_version: u32) -> MaskedRows {
        let subnet = Subnet {
            commit_reveal_enabled,
            ..subnet()
        };
        let none = SparseRows {
            row_start: &[0; 4],
            ..SparseRows::default()
        };
        let mechanism = Mechanism {
            last_update: &[900, 800, 0],
            // Uids 7 and 9 do not exist. The owner weighs itself, uid 1 itself too.
            weights: SparseRows {
                row_start: &[0, 4, 7, 9],
                uid: &[2, 0, 7, 1, 1, 2, 0, 2, 9],
                value: &[1, 2, 3, 4, 5, 6, 7, 8, 9],
            },
            bonds: none,
            commit_blocks: &[599, u64::MAX, 0],
            ..Mechanism::default()
        };
        let rules = Rules::for_spec(spec_version).expect("a known version");
        masked_weights(&rules, &subnet, &mechanism).expect("input that a chain could hold")
    }

    #[test]
    fn masked_weights_have_the_first_reason_that_holds() {
        use MaskReason::{
            NoPermit, NoSuchUid, RegisteredAfterCommit, RegisteredAfterWeights, SelfWeight,
        };
        let reasons = |reasons: &[MaskReason]| reasons.iter().map(|&r| r as u8).collect::<Vec<_>>();

        let with_commits = masked(true, 425);
        assert_eq!(with_commits.start, [0, 3, 5, 7]);
        assert_eq!(with_commits.uid, [2, 7, 1, 1, 2, 2, 9]);
        assert_eq!(with_commits.value, [1, 3, 4, 5, 6, 8, 9]);
        assert_eq!(
            with_commits.reason,
            reasons(&[
                RegisteredAfterCommit,
                NoSuchUid,
                RegisteredAfterCommit,
                SelfWeight,
                RegisteredAfterWeights,
                NoPermit,
                NoSuchUid,
            ])
        );

        let without_commits = masked(false, 425);
        assert_eq!(without_commits.start, [0, 1, 3, 5]);
        assert_eq!(without_commits.uid, [7, 1, 2, 2, 9]);
        // No commit masks weights at spec 300.
        assert_eq!(masked(true, 300), without_commits);
    }

    #[test]
    fn null_consensus_reads_the_row_of_the_largest_stake_alone() {
        let subnet = Subnet {
            subnet_epoch_consensus: EpochConsensus::Null,
            // Neither permits nor the threshold matter: the last has the most.
            total_stake: &[[0, 5], [0, 5], [0, 6]],
            stake_threshold: 10,
            ..subnet()
        };
        let mechanism = Mechanism {
            last_update: &[900, 900, 900],
            weights: SparseRows {
                row_start: &[0, 1, 2, 4],
                uid: &[1, 0, 2, 0],
                value: &[1, 2, 3, 4],
            },
            bonds: SparseRows {
                row_start: &[0; 4],
                ..SparseRows::default()
            },
            ..Mechanism::default()
        };
        let rules = Rules::for_spec(475).expect("a known version");
        let masked = masked_weights(&rules, &subnet, &mechanism).expect("what a chain could hold");
        let none = MaskReason::NoPermit as u8;
        assert_eq!(masked.uid, [1, 0, 2]);
        assert_eq!(masked.reason, [none, none, MaskReason::SelfWeight as u8]);
    }

    #[test]
    fn masked_weights_refuse_what_no_chain_could_hold() {
        let rules = Rules::for_spec(425).expect("a known version");
        let mechanism = Mechanism::default();
        let error = masked_weights(&rules, &subnet(), &mechanism).expect_err("no rows");
        assert_eq!(error.field, "weights");
    }
}
