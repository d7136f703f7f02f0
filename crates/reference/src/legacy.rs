//! Columns that older runtimes store beside an epoch's result.

use crate::numbers::{Fixed, ONE, add, div, mul, to_u16_proportion};
use yuma_fixed::I32F32;
use yuma_types::{RawTerms, Trace};

/// The columns, u16 proportions by uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyTerms {
    /// Incentive by another name.
    pub rank: Vec<u16>,
    /// What clipping leaves of the stake behind a neuron.
    pub trust: Vec<u16>,
    /// Emission in parts of the largest, rounded to the nearest.
    pub pruning_score: Vec<u16>,
}

/// The columns of an epoch whose trace was kept.
pub fn legacy_terms(raw: &RawTerms, trace: &Trace) -> LegacyTerms {
    let n = raw.incentive.len();
    let mut unclipped = vec![0; n];
    for validator in 0..n {
        for (j, weight) in trace.weights.row(validator) {
            let behind = mul(raw.active_stake[validator].to_bits(), weight.to_bits());
            unclipped[usize::from(j)] = add(unclipped[usize::from(j)], behind);
        }
    }
    let trust = |j: usize| to_u16_proportion(div(trace.ranks[j].to_bits(), unclipped[j]));
    LegacyTerms {
        rank: raw
            .incentive
            .iter()
            .map(|i| to_u16_proportion(i.to_bits()))
            .collect(),
        trust: (0..n).map(trust).collect(),
        pruning_score: scaled(&trace.normalized_emission),
    }
}

/// Values in parts of the largest; zeros where that is zero.
fn scaled(values: &[I32F32]) -> Vec<u16> {
    let largest = values.iter().map(|v| v.to_bits()).max().unwrap_or(0).max(0);
    let scale = |value: &I32F32| {
        let part = div(mul(value.to_bits(), Fixed::from(u16::MAX) << 32), largest);
        let rounded = add(part, ONE / 2) >> 32;
        rounded.clamp(0, Fixed::from(u16::MAX)) as u16
    };
    values.iter().map(scale).collect()
}
