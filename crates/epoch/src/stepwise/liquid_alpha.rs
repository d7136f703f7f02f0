//! Liquid alpha: an alpha for each bond.

use super::dense_row::DenseRow;
use crate::FixedRows;
use yuma_fixed::I32F32;
use yuma_vectorized::prepare::Sigmoid;

/// Returns the alpha of each entry of the weights for bonds. The chain computes more, but never reads those of bonds
/// without a weight.
///
/// Follows `compute_liquid_alpha_values_sparse` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 425.
pub(super) fn alphas(
    sigmoid: &Sigmoid,
    weights_for_bonds: &FixedRows,
    bonds: &FixedRows,
    consensus: &[I32F32],
) -> FixedRows {
    let n = weights_for_bonds.rows();
    let mut alphas = FixedRows::with_capacity(n, weights_for_bonds.uid.len());
    let mut weight = DenseRow::new(n);
    let mut bond = DenseRow::new(n);
    for uid in 0..n {
        merge_row(weights_for_bonds, uid, &mut weight);
        merge_row(bonds, uid, &mut bond);
        for (j, _) in weights_for_bonds.row(uid) {
            let alpha = sigmoid.alpha(consensus[j as usize], weight.get(j), bond.get(j));
            alphas.push(j, alpha);
        }
        alphas.end_row();
        weight.clear();
        bond.clear();
    }
    alphas
}

/// Writes the values that the chain's merge of two rows meets: it never looks back, so it meets an entry only where
/// its uid is above all before it in the row.
fn merge_row(rows: &FixedRows, uid: usize, met: &mut DenseRow) {
    let mut highest = None;
    for (j, value) in rows.row(uid) {
        if highest.is_none_or(|h| j > h) {
            highest = Some(j);
            if met.has(j) {
                *met.entry(j) = value;
            }
        }
    }
}
