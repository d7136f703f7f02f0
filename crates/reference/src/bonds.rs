//! How bonds follow the weights, and the dividends they earn.

use std::collections::BTreeMap;

use crate::input::Input;
use crate::logistic;
use crate::masks;
use crate::numbers::{
    self, Fixed, ONE, add, exp, exp_or_zero, mul, mul_or_zero, proportion, sub, wide,
};
use crate::rows::{self, Row, Rows};
use yuma_types::{AlphaConsensus, ConsensusMode, Exponent, Rules, Steepness, Subnet};

/// What comes of the bonds, with the steps on the way. Rows that a rule does not have are empty.
pub struct Outcome {
    pub before: Rows,
    pub delta: Rows,
    pub alphas: Rows,
    pub ema: Rows,
    /// What is stored, still to be cut to u16 proportions.
    pub after: Rows,
    pub dividends: Vec<Fixed>,
}

/// The weights that bonds follow: from the unclipped ones at a penalty of 0 to the clipped ones at 1.
///
/// In between a row holds its positive values only, by ascending uid and once for each; at either end it is a copy.
pub fn weights_for_bonds(weights: &[Row], clipped: &[Row], penalty: Fixed) -> Rows {
    match penalty {
        0 => return weights.to_vec(),
        ONE => return clipped.to_vec(),
        _ => {}
    }
    let columns = weights.len();
    let blend = |(whole, clipped): (&Row, &Row)| {
        let whole = rows::dense(whole, columns);
        let clipped = rows::dense(clipped, columns);
        let blended: Vec<Fixed> = whole
            .iter()
            .zip(&clipped)
            .map(|(&whole, &clipped)| add(whole, mul(penalty, sub(clipped, whole))))
            .collect();
        rows::positive_entries(&blended)
    };
    weights.iter().zip(clipped).map(blend).collect()
}

/// The classic rule: bonds are shares of a neuron, moved towards each validator's stake times weight. By old rules each
/// neuron can have an alpha of its own.
pub fn classic(
    rules: &Rules,
    input: &Input<'_>,
    weights_for_bonds: &[Row],
    active_stake: &[Fixed],
    consensus: &[Fixed],
    incentive: &[Fixed],
) -> Outcome {
    let before = rows::column_normalize(&masks::bonds(rules, input));
    let delta = rows::column_normalize(&rows::scale_rows(weights_for_bonds, active_stake));
    let by_neuron = logistic::alphas(rules, input.subnet, consensus);
    let (alphas, moved) = match by_neuron {
        Some(by_neuron) => (
            rows::map(weights_for_bonds, |_, j, _| by_neuron[j]),
            logistic::moving_average(&delta, &before, &by_neuron),
        ),
        None => (
            vec![Row::new(); input.n],
            moving_average(&delta, &before, classic_alpha(input.subnet)),
        ),
    };
    let ema = rows::column_normalize(&moved);
    Outcome {
        dividends: rows::times_columns(&ema, incentive),
        after: rows::column_max_upscale(&ema),
        alphas,
        before,
        delta,
        ema,
    }
}

/// Yuma3: bonds are each validator's own proportions, moved towards its weights; stake enters with the dividends.
pub fn yuma3(
    rules: &Rules,
    input: &Input<'_>,
    weights_for_bonds: &[Row],
    active_stake: &[Fixed],
    consensus: &[Fixed],
    incentive: &[Fixed],
) -> Outcome {
    let before = rows::map(&masks::bonds(rules, input), |_, _, bond| {
        numbers::div(bond, numbers::integer(u16::MAX))
    });

    let consensus = alpha_consensus(rules, input, consensus);
    let liquid = input.subnet.liquid_alpha_on && consensus.iter().any(|&c| c != 0);
    let (alphas, ema) = if liquid {
        let alphas = liquid_alphas(rules, input.subnet, weights_for_bonds, &before, &consensus);
        let ema = liquid_moving_average(weights_for_bonds, &before, &alphas);
        (alphas, ema)
    } else {
        let ema = moving_average(weights_for_bonds, &before, yuma3_alpha(input.subnet));
        (vec![Row::new(); input.n], ema)
    };

    let earned = rows::row_sums(&rows::map(&rows::column_normalize(&ema), |_, j, share| {
        mul(share, incentive[j])
    }));
    let dividends = earned
        .iter()
        .zip(active_stake)
        .map(|(&earned, &stake)| mul_or_zero(earned, stake))
        .collect();
    Outcome {
        dividends,
        after: ema.clone(),
        delta: vec![Row::new(); input.n],
        alphas,
        before,
        ema,
    }
}

/// The consensus that liquid alpha looks at: the epoch's own, or where the subnet's mode says so and there is one, what
/// the epoch before stored. That one is cut to the subnet's length, or filled up with zeros.
fn alpha_consensus(rules: &Rules, input: &Input<'_>, own: &[Fixed]) -> Vec<Fixed> {
    let stored = input.mechanism.consensus_by_mechanism;
    let previous = match input.subnet.liquid_alpha_consensus_mode {
        ConsensusMode::Current => false,
        ConsensusMode::Previous => true,
        ConsensusMode::Auto => input.subnet.bonds_penalty == 65535,
    };
    if rules.alpha_consensus == AlphaConsensus::Own || !previous || stored.is_empty() {
        return own.to_vec();
    }
    let of_uid = |i: usize| stored.get(i).map_or(0, |&c| proportion(c));
    (0..input.n).map(of_uid).collect()
}

/// How much of the new enters, at the classic rule: one less the moving average's share, everything saturating.
fn classic_alpha(subnet: &Subnet<'_>) -> Fixed {
    let parts = i128::from(subnet.bonds_moving_average).saturating_mul(1 << 64);
    sub(ONE, wide::to_fixed(parts / 1_000_000))
}

/// The same at Yuma3, where numbers too large for their type wrap instead.
fn yuma3_alpha(subnet: &Subnet<'_>) -> Fixed {
    let parts = i128::from(subnet.bonds_moving_average as i64) << 64;
    sub(ONE, wide::to_fixed_wrapping(parts / 1_000_000))
}

/// `alpha` of the new plus the rest of the old, wherever either has an entry. Repeated uids add up, each product
/// floored by itself. What is not positive is dropped, uids that do not exist are too.
fn moving_average(new: &[Row], old: &[Row], alpha: Fixed) -> Rows {
    let columns = new.len();
    let average = |(new, old): (&Row, &Row)| {
        let mut cells = vec![0; columns];
        for (row, share) in [(new, alpha), (old, sub(ONE, alpha))] {
            for &(j, value) in row {
                if let Some(cell) = cells.get_mut(usize::from(j)) {
                    *cell = add(*cell, mul(share, value));
                }
            }
        }
        rows::positive_entries(&cells)
    };
    new.iter().zip(old).map(average).collect()
}

/// The moving average with an alpha for each entry of the new rows, in their order, repeats included. Old bonds
/// without a new entry are gone; of an old uid that repeats, the last counts.
fn liquid_moving_average(new: &[Row], old: &[Row], alphas: &[Row]) -> Rows {
    let average_row = |i: usize| {
        let old: BTreeMap<u16, Fixed> = old[i].iter().copied().collect();
        let average = |(&(j, new), &(_, alpha)): (&(u16, Fixed), &(u16, Fixed))| {
            let old = old.get(&j).copied().unwrap_or(0);
            let kept = mul(sub(ONE, alpha), old);
            let gained = mul(alpha, new).max(0);
            (j, add(kept, gained).min(ONE))
        };
        let averaged = new[i].iter().zip(&alphas[i]).map(average);
        averaged.filter(|&(_, bond)| bond > 0).collect()
    };
    (0..new.len()).map(average_row).collect()
}

/// The liquid alpha of each entry of the weights.
fn liquid_alphas(
    rules: &Rules,
    subnet: &Subnet<'_>,
    weights: &[Row],
    bonds: &[Row],
    consensus: &[Fixed],
) -> Rows {
    let alphas_of_row = |(weights, bonds): (&Row, &Row)| {
        let seen_weights = ascending_entries(weights);
        let seen_bonds = ascending_entries(bonds);
        let seen = |entries: &BTreeMap<u16, Fixed>, j| entries.get(&j).copied().unwrap_or(0);
        weights
            .iter()
            .map(|&(j, _)| {
                let weight = seen(&seen_weights, j);
                let bond = seen(&seen_bonds, j);
                let alpha = liquid_alpha(rules, subnet, consensus[usize::from(j)], weight, bond);
                (j, alpha)
            })
            .collect()
    };
    weights.iter().zip(bonds).map(alphas_of_row).collect()
}

/// The entries that are larger in uid than all before them in the row. The chain walks weights, bonds and columns
/// side by side in ascending order, so that an entry behind a larger or an equal uid is never met. A bond on a uid
/// that does not exist hides all that follows it.
fn ascending_entries(row: &Row) -> BTreeMap<u16, Fixed> {
    let mut entries = BTreeMap::new();
    for &(j, value) in row {
        if entries.last_key_value().is_none_or(|(&last, _)| last < j) {
            entries.insert(j, value);
        }
    }
    entries
}

/// Between the subnet's low and high alpha, by a sigmoid of how far the weight stands above consensus where the
/// validator buys (its weight is at least its bond), or how far below the bond where it sells.
fn liquid_alpha(
    rules: &Rules,
    subnet: &Subnet<'_>,
    consensus: Fixed,
    weight: Fixed,
    bond: Fixed,
) -> Fixed {
    let low = proportion(subnet.alpha_low);
    let high = proportion(subnet.alpha_high);
    let steepness = subnet.alpha_sigmoid_steepness;
    // What the distance is multiplied by: the steepness in whole numbers, or in hundredths of one.
    let slope = match rules.steepness {
        Steepness::Whole => -(Fixed::from(steepness as u16) << 32),
        Steepness::Hundredths => numbers::div(Fixed::from(steepness) << 32, -100 * ONE),
    };

    let distance = if weight >= bond {
        sub(weight, consensus)
    } else {
        sub(bond, weight)
    };
    let from_middle = sub(distance.clamp(0, ONE), ONE / 2);
    let exponent = mul(slope, from_middle);
    let power = if rules.exponent == Exponent::Clamped {
        exp(exponent)
    } else {
        exp_or_zero(exponent)
    };
    let sigmoid = numbers::div(ONE, add(ONE, power));
    let alpha = add(low, mul(sigmoid, sub(high, low)));
    // Where low is above high, low wins.
    alpha.min(high).max(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_that_equals_the_bond_still_buys() {
        let subnet = Subnet {
            alpha_low: 10_000,
            alpha_high: 50_000,
            alpha_sigmoid_steepness: 1000,
            ..Subnet::default()
        };
        let consensus = ONE / 8;
        let rules = Rules::for_spec(425).expect("a known version");
        let alpha = |weight, bond| liquid_alpha(&rules, &subnet, consensus, weight, bond);
        assert_eq!(alpha(ONE, ONE), alpha(ONE, 0));
        assert_ne!(alpha(ONE, ONE), alpha(ONE, ONE + 1));
    }

    #[test]
    fn entries_behind_a_larger_or_equal_uid_are_not_met() {
        let row = [(1, 10), (4, 40), (4, 41), (2, 20), (9, 90), (5, 50)].to_vec();
        let met: Vec<(u16, Fixed)> = ascending_entries(&row).into_iter().collect();
        assert_eq!(met, [(1, 10), (4, 40), (9, 90)]);
    }
}
