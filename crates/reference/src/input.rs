//! What an epoch reads, as plain numbers and rows.

use yuma_types::{Mechanism, SparseRows, Subnet};

/// What one epoch of one mechanism reads.
pub struct Input<'a> {
    /// What the mechanisms share.
    pub subnet: &'a Subnet<'a>,
    /// What the mechanism has of its own.
    pub mechanism: &'a Mechanism<'a>,
    /// Number of neurons.
    pub n: usize,
    /// `n` raw I64F64 values: alpha stake plus weighted TAO stake, in rao.
    pub total_stake: Vec<i128>,
    /// Permits that stand before this epoch, of any length.
    pub validator_permit: Vec<bool>,
    /// `n` rows of weights as stored: unsorted, repeated and out-of-range uids are allowed.
    pub weights: Vec<Vec<(u16, u16)>>,
    /// `n` rows of bonds as stored: unsorted, repeated and out-of-range uids are allowed.
    pub bonds: Vec<Vec<(u16, u16)>>,
}

impl<'a> Input<'a> {
    pub fn new(subnet: &'a Subnet<'a>, mechanism: &'a Mechanism<'a>) -> Self {
        let bits = |&[low, high]: &[u64; 2]| (i128::from(high as i64) << 64) | i128::from(low);
        Self {
            subnet,
            mechanism,
            n: subnet.n.into(),
            total_stake: subnet.total_stake.iter().map(bits).collect(),
            validator_permit: subnet.validator_permit.iter().map(|&p| p != 0).collect(),
            weights: lists(&mechanism.weights),
            bonds: lists(&mechanism.bonds),
        }
    }
}

fn lists(rows: &SparseRows<'_>) -> Vec<Vec<(u16, u16)>> {
    (0..rows.rows()).map(|i| rows.row(i).collect()).collect()
}
