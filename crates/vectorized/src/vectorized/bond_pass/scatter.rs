//! Bonds to be stored, from tiles into rows.

use super::column_block::{ColumnBlock, TO_STORE};
use crate::StoredRows;
use crate::kernels::simd::{LANES, Lanes32, U32Lanes, prefetch_range};
use crate::vectorized::columns::Columns;
use crate::vectorized::rows::Row;
use crate::vectorized::tile::{BLOCK_COLUMNS, PREFETCH_DISTANCE, TILES};

/// The output buffer of the bonds to be stored: for each row a part large enough for all that it may have.
pub(crate) struct OutputBuffer {
    /// The begin of each row's part, and the end of the last.
    start: Vec<usize>,
    /// The place of each row's next entry; the parts of rows without a permit are empty.
    next: Vec<usize>,
    uid: Vec<u16>,
    value: Vec<u16>,
}

impl OutputBuffer {
    /// Returns a buffer for rows of at most so many entries.
    pub fn new(capacities: impl Iterator<Item = usize>) -> Self {
        let mut start = vec![0];
        for capacity in capacities {
            start.push(start[start.len() - 1] + capacity);
        }
        let total = start[start.len() - 1];
        Self {
            next: start[..start.len() - 1].to_vec(),
            start,
            uid: vec![0; total],
            value: vec![0; total],
        }
    }

    /// Writes a column block's bonds to their rows, each row's memory visited once.
    #[inline(always)]
    pub fn scatter<S: U32Lanes>(&mut self, s: S, column_block: usize, block: &ColumnBlock) {
        let mut next = [0; TILES];
        for (place, &index) in block.rows.iter().enumerate() {
            if let Some(&ahead) = block.rows.get(place + PREFETCH_DISTANCE) {
                let to = self.next[ahead as usize];
                prefetch_range(s, &self.uid, to, BLOCK_COLUMNS);
                prefetch_range(s, &self.value, to, BLOCK_COLUMNS);
            }
            let mut row = self.row(index as usize);
            for (at, (tile, next)) in block.tiles.iter().zip(&mut next).enumerate() {
                // A tile holds its rows in the column block's order.
                if tile.rows.get(*next) == Some(&index) {
                    let first_column = column_block * BLOCK_COLUMNS + at * LANES;
                    row.write(s, first_column, &tile.bonds[*next]);
                    *next += 1;
                }
            }
            let written = row.written;
            self.next[index as usize] += written;
        }
    }

    /// Returns a row's part from its next entry on.
    #[inline(always)]
    fn row(&mut self, row: usize) -> RowBuffer<'_> {
        let part = self.next[row]..self.start[row + 1];
        RowBuffer {
            is_stored: self.start[row] < self.start[row + 1],
            uid: &mut self.uid[part.clone()],
            value: &mut self.value[part],
            written: 0,
        }
    }

    /// Returns the rows by uid, `n` of them, with the gaps between them closed and columns replaced by uids.
    pub fn finish(mut self, n: usize, rows: &[Row], columns: &Columns<'_>) -> StoredRows {
        let mut start = vec![0u32; n + 1];
        let mut end = 0;
        for (index, row) in rows.iter().enumerate() {
            let (from, to) = (self.start[index], self.next[index]);
            if from != end {
                self.uid.copy_within(from..to, end);
                self.value.copy_within(from..to, end);
            }
            end += to - from;
            start[row.uid as usize + 1] = (to - from) as u32;
        }
        self.uid.truncate(end);
        columns.to_uids(&mut self.uid);
        self.value.truncate(end);
        for uid in 0..n {
            start[uid + 1] += start[uid];
        }
        StoredRows {
            start,
            uid: self.uid,
            value: self.value,
        }
    }
}

/// The rest of a row's part of the output buffer.
struct RowBuffer<'a> {
    /// Whether the row is stored at all.
    is_stored: bool,
    uid: &'a mut [u16],
    value: &'a mut [u16],
    /// The number of entries written.
    written: usize,
}

impl RowBuffer<'_> {
    /// Writes a tile's entries that are to be stored.
    #[inline(always)]
    fn write<S: U32Lanes>(&mut self, s: S, first_column: usize, bonds: &Lanes32) {
        if !self.is_stored {
            return;
        }
        let mut to_store = s.lanes_with_bit(bonds, TO_STORE);
        if to_store == u16::MAX
            && let Some(uid) = self.uid[self.written..].first_chunk_mut::<LANES>()
            && let Some(value) = self.value[self.written..].first_chunk_mut()
        {
            *uid = std::array::from_fn(|lane| (first_column + lane) as u16);
            s.pack16(bonds, value);
            self.written += LANES;
            return;
        }
        while to_store != 0 {
            let lane = to_store.trailing_zeros() as usize;
            self.uid[self.written] = (first_column + lane) as u16;
            self.value[self.written] = bonds.0[lane] as u16;
            self.written += 1;
            to_store &= to_store - 1;
        }
    }
}
