//! Divisions of sparse rows by column.

use crate::FixedRows;
use yuma_fixed::I32F32;

/// Divides each entry by its column's sum, where that is not zero. Entries of uids from `n` on stay as they are.
pub(crate) fn normalize_columns(rows: &mut FixedRows, n: usize) {
    let mut column = vec![I32F32::ZERO; n];
    for (j, value) in rows.entries() {
        if let Some(sum) = column.get_mut(j as usize) {
            *sum = sum.saturating_add(value);
        }
    }
    divide_columns(rows, &column);
}

/// Divides each entry by its column's maximum, where that is not zero. Entries of uids from `n` on stay as they are.
pub(super) fn upscale_columns(rows: &mut FixedRows, n: usize) {
    let mut column = vec![I32F32::ZERO; n];
    for (j, value) in rows.entries() {
        if let Some(max) = column.get_mut(j as usize) {
            *max = value.max(*max);
        }
    }
    divide_columns(rows, &column);
}

fn divide_columns(rows: &mut FixedRows, divisor: &[I32F32]) {
    for (j, value) in rows.entries_mut() {
        match divisor.get(j as usize) {
            Some(&divisor) if divisor != I32F32::ZERO => *value = value.safe_div(divisor),
            _ => {}
        }
    }
}
