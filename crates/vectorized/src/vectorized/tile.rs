//! Tiles of columns.
//!
//! A *tile* is [`LANES`] neighbouring columns: all that an epoch does to them happens while they are in the first-level
//! cache. A *column block* is [`TILES`] neighbouring tiles: rows lie far apart in memory, so that a row's memory is
//! visited once for all tiles of a column block.

use crate::kernels::simd::LANES;

/// The number of tiles in a column block.
pub(super) const TILES: usize = 8;

/// The number of columns in a column block.
pub(super) const BLOCK_COLUMNS: usize = TILES * LANES;

/// The number of rows between the one being gathered and the one whose memory is asked for: the machine cannot guess
/// the next row.
pub(super) const PREFETCH_DISTANCE: usize = 6;

/// Returns the last block of registration in each tile of a column block, from those by column.
pub(super) fn last_registrations(registered: &[u64], column_block: usize) -> [u64; TILES] {
    let mut last = [0; TILES];
    let registered = &registered[column_block * BLOCK_COLUMNS..];
    for (last, tile) in last.iter_mut().zip(registered.chunks(LANES)) {
        *last = tile.iter().copied().max().unwrap_or(0);
    }
    last
}
