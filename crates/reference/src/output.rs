//! What an epoch gives, out of plain numbers and rows.

use crate::numbers::{Fixed, to_u16_proportion};
use crate::rows::Row;
use yuma_fixed::I32F32;
use yuma_types::{FixedRows, StoredRows};

/// Values as the u16 proportions at or below them.
pub fn to_u16_proportions(values: &[Fixed]) -> Vec<u16> {
    values.iter().copied().map(to_u16_proportion).collect()
}

/// Values as the numbers that their bits are.
pub fn fixed(bits: &[Fixed]) -> Vec<I32F32> {
    bits.iter().copied().map(I32F32::from_bits).collect()
}

/// Rows of I32F32 bits, one after the other.
pub fn fixed_rows(rows: &[Row]) -> FixedRows {
    let value = |&(_, bits)| I32F32::from_bits(bits);
    FixedRows {
        start: starts(rows),
        uid: rows.iter().flatten().map(|entry| entry.0).collect(),
        value: rows.iter().flatten().map(value).collect(),
    }
}

/// Rows of u16 proportions, one after the other.
pub fn stored_rows(rows: &[Vec<(u16, u16)>]) -> StoredRows {
    StoredRows {
        start: starts(rows),
        uid: rows.iter().flatten().map(|entry| entry.0).collect(),
        value: rows.iter().flatten().map(|entry| entry.1).collect(),
    }
}

fn starts<T>(rows: &[Vec<T>]) -> Vec<u32> {
    let ends = rows.iter().scan(0, |end, row| {
        *end += row.len() as u32;
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}
