//! Sparse rows of fixed-point values, as the steps pass them on.

use yuma_fixed::I32F32;

/// Sparse rows of I32F32 values: row `i` is the entries `start[i]..start[i + 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedRows {
    /// One offset more than there are rows.
    pub start: Vec<u32>,
    /// Column of each entry.
    pub uid: Vec<u16>,
    /// Value of each entry.
    pub value: Vec<I32F32>,
}

impl Default for FixedRows {
    fn default() -> Self {
        Self::with_capacity(0, 0)
    }
}

impl FixedRows {
    /// No rows yet, with capacity for `rows` of them and `entries` in all.
    pub fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut start = Vec::with_capacity(rows + 1);
        start.push(0);
        Self {
            start,
            uid: Vec::with_capacity(entries),
            value: Vec::with_capacity(entries),
        }
    }

    /// `rows` rows without entries.
    pub fn empty(rows: usize) -> Self {
        Self {
            start: vec![0; rows + 1],
            uid: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Adds an entry to the row under construction.
    pub fn push(&mut self, uid: u16, value: I32F32) {
        self.uid.push(uid);
        self.value.push(value);
    }

    /// Ends the row under construction.
    pub fn end_row(&mut self) {
        self.start.push(self.uid.len() as u32);
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.start.len() - 1
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        self.start[row] as usize..self.start[row + 1] as usize
    }

    /// The entries of a row, in order.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u16, I32F32)> {
        let range = self.range(row);
        self.uid[range.clone()]
            .iter()
            .copied()
            .zip(self.value[range].iter().copied())
    }

    /// A row's values, to change in place.
    pub fn values_mut(&mut self, row: usize) -> &mut [I32F32] {
        let range = self.range(row);
        &mut self.value[range]
    }

    /// A row's values.
    pub fn values(&self, row: usize) -> &[I32F32] {
        &self.value[self.range(row)]
    }

    /// Every entry, to change in place, rows one after the other.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = (u16, &mut I32F32)> {
        self.uid.iter().copied().zip(&mut self.value)
    }

    /// Every entry, rows one after the other.
    pub fn entries(&self) -> impl Iterator<Item = (u16, I32F32)> {
        self.uid.iter().copied().zip(self.value.iter().copied())
    }
}
