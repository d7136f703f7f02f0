//! Sparse rows `(uid, value)` in the order they are held, and what is done to all rows or columns of a matrix.

use crate::numbers::{Fixed, add, div, mul, sum};

/// One row: entries may be unsorted and may repeat a uid.
pub type Row = Vec<(u16, Fixed)>;

/// A row for each uid.
pub type Rows = Vec<Row>;

/// Replaces each value by `change(row's uid, column's uid, value)`.
pub fn map(rows: &[Row], change: impl Fn(usize, usize, Fixed) -> Fixed) -> Rows {
    let change_row = |(i, row): (usize, &Row)| {
        row.iter()
            .map(|&(j, value)| (j, change(i, j.into(), value)))
            .collect()
    };
    rows.iter().enumerate().map(change_row).collect()
}

/// Keeps the entries for which `keep(row's uid, column's uid)`.
pub fn filter(rows: &[Row], keep: impl Fn(usize, usize) -> bool) -> Rows {
    let filter_row = |(i, row): (usize, &Row)| {
        row.iter()
            .copied()
            .filter(|&(j, _)| keep(i, j.into()))
            .collect()
    };
    rows.iter().enumerate().map(filter_row).collect()
}

/// The row with a value for every column below `columns`: absent entries are 0, the last of a repeated uid counts.
pub fn dense(row: &Row, columns: usize) -> Vec<Fixed> {
    let mut values = vec![0; columns];
    for &(j, value) in row {
        if let Some(cell) = values.get_mut(usize::from(j)) {
            *cell = value;
        }
    }
    values
}

/// The positive values of a dense row, by ascending uid.
pub fn positive_entries(values: &[Fixed]) -> Row {
    let entries = values.iter().enumerate();
    entries
        .filter(|&(_, &value)| value > 0)
        .map(|(j, &value)| (j as u16, value))
        .collect()
}

/// The sum of each row; it wraps.
pub fn row_sums(rows: &[Row]) -> Vec<Fixed> {
    let values = |row: &Row| sum(row.iter().map(|&(_, value)| value));
    rows.iter().map(values).collect()
}

/// Divides each row by its sum; a sum of zero or below leaves the row as it is.
pub fn row_normalize(rows: &[Row]) -> Rows {
    let sums = row_sums(rows);
    map(rows, |i, _, value| {
        if sums[i] > 0 {
            div(value, sums[i])
        } else {
            value
        }
    })
}

/// Divides each column by its (saturating) sum.
pub fn column_normalize(rows: &[Row]) -> Rows {
    divide_columns(rows, &fold_columns(rows, add))
}

/// Divides each column by its greatest value, if that is positive.
pub fn column_max_upscale(rows: &[Row]) -> Rows {
    divide_columns(rows, &fold_columns(rows, Fixed::max))
}

/// For each column below the number of rows, `fold` over 0 and the column's values, row by row.
fn fold_columns(rows: &[Row], fold: impl Fn(Fixed, Fixed) -> Fixed) -> Vec<Fixed> {
    let mut columns = vec![0; rows.len()];
    for &(j, value) in rows.iter().flatten() {
        if let Some(cell) = columns.get_mut(usize::from(j)) {
            *cell = fold(*cell, value);
        }
    }
    columns
}

/// Divides each value by its column's divisor; where that is 0 or there is none the value stays.
fn divide_columns(rows: &[Row], divisors: &[Fixed]) -> Rows {
    map(rows, |_, j, value| match divisors.get(j) {
        None | Some(0) => value,
        Some(&divisor) => div(value, divisor),
    })
}

/// For each row, the saturating sum of its values, each times its column's `factor`.
pub fn times_columns(rows: &[Row], factor: &[Fixed]) -> Vec<Fixed> {
    let weighted = |row: &Row| {
        row.iter().fold(0, |total, &(j, value)| {
            let factor = factor.get(usize::from(j)).copied().unwrap_or(0);
            add(total, mul(factor, value))
        })
    };
    rows.iter().map(weighted).collect()
}

/// For each column, the saturating sum of its values, each times its row's `factor`.
pub fn times_rows(rows: &[Row], factor: &[Fixed]) -> Vec<Fixed> {
    fold_columns(&scale_rows(rows, factor), add)
}

/// Multiplies each row by its `factor`.
pub fn scale_rows(rows: &[Row], factor: &[Fixed]) -> Rows {
    map(rows, |i, _, value| mul(value, factor[i]))
}
