//! Sparse rows as a subnet stores them.

/// Sparse rows as the chain stores them: for each row a list of `(uid, u16)`, concatenated.
///
/// Row `i` is `uid[row_start[i]..row_start[i + 1]]` with its `value`s, in stored order: entries may be
/// unsorted, repeated or name a uid that does not exist, as they do on chain.
#[derive(Clone, Copy, Debug, Default)]
pub struct SparseRows<'a> {
    /// `n + 1` offsets, ascending, the first 0 and the last the number of entries.
    pub row_start: &'a [u32],
    /// Column of each entry.
    pub uid: &'a [u16],
    /// Value of each entry, a u16 proportion.
    pub value: &'a [u16],
}

impl SparseRows<'_> {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.row_start.len().saturating_sub(1)
    }

    /// The entries of row `i`, in stored order.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (u16, u16)> {
        let range = self.row_start[i] as usize..self.row_start[i + 1] as usize;
        self.uid[range.clone()]
            .iter()
            .copied()
            .zip(self.value[range].iter().copied())
    }
}
