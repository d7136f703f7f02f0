//! A bucket queue of rows.

use super::tile::BLOCK_COLUMNS;

/// The rows in buckets, one for each column block: a row waits in that of its next entry, so that column blocks without
/// an entry cost a row nothing.
#[derive(Default)]
pub(super) struct RowBucketQueue {
    /// The first row of each bucket.
    head: Vec<u32>,
    /// The row behind each row in its bucket.
    next: Vec<u32>,
}

/// The end of a bucket.
const NO_ROW: u32 = u32::MAX;

impl RowBucketQueue {
    /// Empties the queue, for so many columns and rows.
    pub fn reset(&mut self, columns: usize, rows: usize) {
        self.head.clear();
        self.head.resize(columns.div_ceil(BLOCK_COLUMNS), NO_ROW);
        self.next.clear();
        self.next.resize(rows, NO_ROW);
    }

    /// Returns the number of column blocks.
    pub fn column_blocks(&self) -> usize {
        self.head.len()
    }

    /// Puts a row into the bucket of its next entry's column.
    pub fn push(&mut self, row: usize, column: u16) {
        let head = &mut self.head[column as usize / BLOCK_COLUMNS];
        self.next[row] = *head;
        *head = row as u32;
    }

    /// Moves all rows of a column block's bucket to `rows`, which are replaced; the last pushed comes first.
    pub fn take(&mut self, column_block: usize, rows: &mut Vec<u32>) {
        rows.clear();
        let mut row = std::mem::replace(&mut self.head[column_block], NO_ROW);
        while row != NO_ROW {
            rows.push(row);
            row = self.next[row as usize];
        }
    }
}
