//! The exponential moving average of bonds.

use super::dense_row::DenseRow;
use crate::FixedRows;
use yuma_fixed::I32F32;

/// What a repeated entry of a new row does to those before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// It adds to them.
    Add,
    /// It takes their place.
    Overwrite,
}

/// Returns `alpha * new + (1 - alpha) * old`, with the alpha of each of the `n` columns: positive results only, rows
/// sorted. Repeated entries of an old row add up.
///
/// Follows `mat_ema_sparse` of `pallets/subtensor/src/epoch/math.rs`, spec 425, and `mat_ema_alpha_vec_sparse` there,
/// spec 233, in which new entries overwrite.
pub(super) fn moving_average(
    new: &FixedRows,
    old: &FixedRows,
    alphas: &[I32F32],
    repeats: Repeats,
) -> FixedRows {
    let n = new.rows();
    let mut out = FixedRows::with_capacity(n, new.uid.len().max(old.uid.len()));
    let mut row = DenseRow::new(n);
    for uid in 0..n {
        for (j, value) in new.row(uid) {
            let cell = row.entry(j);
            let part = alphas[usize::from(j)].saturating_mul(value);
            *cell = match repeats {
                Repeats::Add => cell.saturating_add(part),
                Repeats::Overwrite => part,
            };
        }
        for (j, value) in old.row(uid) {
            // New entries are of uids that exist, stored ones need not be.
            if row.has(j) {
                let keep = I32F32::ONE.saturating_sub(alphas[usize::from(j)]);
                let cell = row.entry(j);
                *cell = cell.saturating_add(keep.saturating_mul(value));
            }
        }
        for (j, value) in row.sorted() {
            if value > I32F32::ZERO {
                out.push(j, value);
            }
        }
        out.end_row();
        row.clear();
    }
    out
}

/// Returns the moving average with an alpha for each entry of the new rows: in their order, bonds without a weight
/// dropped.
///
/// Of repeated old bonds the last counts; each repeated new entry is emitted.
/// Follows `mat_ema_alpha_sparse` of `pallets/subtensor/src/epoch/math.rs`, spec 425.
pub(super) fn moving_average_by_entry(
    new: &FixedRows,
    old: &FixedRows,
    alphas: &FixedRows,
) -> FixedRows {
    let n = new.rows();
    let mut out = FixedRows::with_capacity(n, new.uid.len());
    let mut bond = DenseRow::new(n);
    for uid in 0..n {
        for (j, value) in old.row(uid) {
            if bond.has(j) {
                *bond.entry(j) = value;
            }
        }
        for ((j, weight), (_, alpha)) in new.row(uid).zip(alphas.row(uid)) {
            let kept = I32F32::ONE
                .saturating_sub(alpha)
                .saturating_mul(bond.get(j));
            let added = alpha.saturating_mul(weight).max(I32F32::ZERO);
            let value = kept.saturating_add(added).min(I32F32::ONE);
            if value > I32F32::ZERO {
                out.push(j, value);
            }
        }
        out.end_row();
        bond.clear();
    }
    out
}
