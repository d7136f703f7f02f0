//! Bonds to be stored, from tiles into rows.

use super::column_block::ColumnBlock;
use crate::StoredRows;
use crate::kernels::simd::{Compressions, LANES, U32Lanes, compressions, prefetch_range};
use crate::vectorized::columns::Columns;
use crate::vectorized::rows::Row;
use crate::vectorized::tile::{BLOCK_COLUMNS, PREFETCH_DISTANCE};

/// The number of columns from which on the memory of rows is prefetched.
const PREFETCHED_FROM: usize = 4 * BLOCK_COLUMNS;

/// The output buffer of the bonds to be stored: for each row a part large enough for all that it may have, and a tile
/// more, since entries are written by whole tiles.
#[derive(Default)]
pub(crate) struct OutputBuffer {
    /// The begin of each row's part, and the end of the last.
    start: Vec<usize>,
    /// The place of each row's next entry; the parts of rows without a permit are empty.
    next: Vec<usize>,
    uid: Vec<u16>,
    value: Vec<u16>,
    /// The shuffles that move bonds together, once they are made.
    shuffles: Option<Box<Compressions>>,
}

impl OutputBuffer {
    /// Empties the buffer, for rows of at most so many entries.
    pub fn reset(&mut self, capacities: impl Iterator<Item = usize>) {
        self.start.clear();
        self.next.clear();
        let mut total = 0;
        for capacity in capacities {
            self.start.push(total);
            self.next.push(total);
            if capacity > 0 {
                total += capacity + LANES;
            }
        }
        self.start.push(total);
        if self.uid.len() < total {
            self.uid.resize(total, 0);
            self.value.resize(total, 0);
        }
    }

    /// Writes a column block's bonds to their rows, each row's memory visited once.
    #[inline(always)]
    pub fn scatter<S: U32Lanes>(
        &mut self,
        s: S,
        columns: &Columns<'_>,
        column_block: usize,
        block: &ColumnBlock,
    ) {
        let shuffles = self.shuffles.get_or_insert_with(compressions);
        // What one column block leaves to the next is in the cache still where they are few.
        let prefetches = columns.count() > PREFETCHED_FROM;
        for (place, &(index, _)) in block.rows.iter().enumerate() {
            if prefetches && let Some(&(ahead, _)) = block.rows.get(place + PREFETCH_DISTANCE) {
                let to = self.next[ahead as usize];
                prefetch_range(s, &self.uid, to, BLOCK_COLUMNS);
                prefetch_range(s, &self.value, to, BLOCK_COLUMNS);
            }
            let index = index as usize;
            if self.start[index] == self.start[index + 1] {
                continue;
            }
            let part = self.next[index]..self.start[index + 1];
            let (to_uids, to_values) = (&mut self.uid[part.clone()], &mut self.value[part]);
            let mut written = 0;
            for (at, &to_store) in block.to_store[place].iter().enumerate() {
                let first_column = column_block * BLOCK_COLUMNS + at * LANES;
                if to_store != 0
                    && let Some(uids) = columns.uids_of_tile(first_column)
                    && let Some(to_uids) = to_uids[written..].first_chunk_mut()
                    && let Some(to_values) = to_values[written..].first_chunk_mut()
                {
                    let bonds = block.panel.lanes(place, at);
                    s.compress16(shuffles, [uids, bonds], to_store, [to_uids, to_values]);
                    written += to_store.count_ones() as usize;
                }
            }
            self.next[index] += written;
        }
    }

    /// Returns the rows by uid, `n` of them.
    pub fn rows(&self, n: usize, rows: &[Row]) -> StoredRows {
        let parts = || self.start.iter().zip(&self.next);
        let count = parts().map(|(start, next)| next - start).sum();
        let mut stored = StoredRows {
            start: vec![0; n + 1],
            uid: Vec::with_capacity(count),
            value: Vec::with_capacity(count),
        };
        for (row, (&start, &next)) in rows.iter().zip(parts()) {
            stored.uid.extend_from_slice(&self.uid[start..next]);
            stored.value.extend_from_slice(&self.value[start..next]);
            stored.start[row.uid as usize + 1] = (next - start) as u32;
        }
        for uid in 0..n {
            stored.start[uid + 1] += stored.start[uid];
        }
        stored
    }
}
