//! Weights: those that count, and those for bonds.

use super::dense_row::DenseRow;
use crate::FixedRows;
use yuma_fixed::I32F32;
use yuma_vectorized::prepare::Prepared;
use yuma_vectorized::vector::{normalize_by, sum};

/// Returns the weights that count, each of the `n` rows divided by its sum where that is positive.
pub(super) fn normalized_weights(prepared: &Prepared<'_>) -> FixedRows {
    let registered = prepared.subnet.block_at_registration;
    let stored = &prepared.mechanism.weights;
    let mut rows = FixedRows::with_capacity(prepared.n(), stored.uid.len());
    for uid in 0..prepared.n() {
        let mask = prepared.row_mask(uid as u16);
        for (j, weight) in stored.row(uid) {
            if mask.reason(registered, j).is_none() {
                rows.push(j, I32F32::saturating_from_int(weight as i128));
            }
        }
        rows.end_row();
        let row = rows.values_mut(uid);
        let divisor = sum(row);
        if divisor > I32F32::ZERO {
            normalize_by(row, divisor);
        }
    }
    rows
}

/// Returns the weights for bonds: from the weights as set (penalty 0) to the clipped ones (penalty 1).
///
/// Between the two, rows come out sorted, without repeats and without zeros; at either end as they are.
/// Follows `interpolate_sparse` of `pallets/subtensor/src/epoch/math.rs`, spec 425.
pub(super) fn weights_for_bonds(
    weights: &FixedRows,
    clipped: &FixedRows,
    penalty: I32F32,
) -> FixedRows {
    if penalty == I32F32::ZERO {
        return weights.clone();
    }
    if penalty == I32F32::ONE {
        return clipped.clone();
    }
    let n = weights.rows();
    let mut out = FixedRows::with_capacity(n, weights.uid.len());
    let mut unclipped_row = DenseRow::new(n);
    let mut clipped_row = DenseRow::new(n);
    for uid in 0..n {
        for (j, value) in weights.row(uid) {
            *unclipped_row.entry(j) = value;
        }
        for (j, value) in clipped.row(uid) {
            *clipped_row.entry(j) = value;
        }
        for (j, from) in unclipped_row.sorted() {
            let step = penalty.saturating_mul(clipped_row.get(j).saturating_sub(from));
            let value = from.saturating_add(step);
            if value > I32F32::ZERO {
                out.push(j, value);
            }
        }
        out.end_row();
        unclipped_row.clear();
        clipped_row.clear();
    }
    out
}
