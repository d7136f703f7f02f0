//! A bucket queue of rows.

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
    /// Empties the queue, for so many column blocks and rows.
    pub fn reset(&mut self, column_blocks: usize, rows: usize) {
        self.head.clear();
        self.head.resize(column_blocks, NO_ROW);
        self.next.clear();
        self.next.resize(rows, NO_ROW);
    }

    /// Puts a row into a column block's bucket.
    pub fn push(&mut self, row: usize, column_block: usize) {
        let head = &mut self.head[column_block];
        self.next[row] = *head;
        *head = row as u32;
    }

    /// Adds all rows of a column block's bucket to `rows`, and empties it; the last pushed comes first.
    pub fn take(&mut self, column_block: usize, rows: &mut Vec<u32>) {
        let mut row = std::mem::replace(&mut self.head[column_block], NO_ROW);
        while row != NO_ROW {
            rows.push(row);
            row = self.next[row as usize];
        }
    }
}
