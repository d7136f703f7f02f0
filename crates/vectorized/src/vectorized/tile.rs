//! Tiles of columns.
//!
//! A *tile* is [`LANES`] neighbouring columns: all that an epoch does to them happens while they are in the first-level
//! cache. A *column block* is [`TILES`] neighbouring tiles: rows lie far apart in memory, so that a row's memory is
//! visited once for all tiles of a column block.

use crate::kernels::simd::LANES;
use crate::prepare::RegistrationCutoff;

/// The number of tiles in a column block.
pub(super) const TILES: usize = 8;

/// The number of columns in a column block.
pub(super) const BLOCK_COLUMNS: usize = TILES * LANES;

/// The number of rows between the one being gathered and the one whose memory is asked for: the machine cannot guess
/// the next row.
pub(super) const PREFETCH_DISTANCE: usize = 6;

/// Returns how many tiles of a column block have a column, of so many columns in all.
#[inline(always)]
pub(super) fn tiles_of_block(columns: usize, column_block: usize) -> usize {
    let columns = columns - column_block * BLOCK_COLUMNS;
    columns.min(BLOCK_COLUMNS).div_ceil(LANES)
}

/// When the neurons of a tile registered.
#[derive(Clone, Copy, Default)]
pub(super) struct TileRegistrations {
    /// The last block of registration among them.
    pub last: u64,
    /// The lanes of those that some row's cutoff excludes, a bit for each.
    pub late: u16,
}

/// Returns the registrations of each tile of a column block, from those by column; no row has a cutoff before
/// `earliest`.
pub(super) fn tile_registrations(
    registered: &[u64],
    column_block: usize,
    earliest: RegistrationCutoff,
) -> [TileRegistrations; TILES] {
    let mut tiles = [TileRegistrations::default(); TILES];
    let registered = &registered[column_block * BLOCK_COLUMNS..];
    for (tile, registered) in tiles.iter_mut().zip(registered.chunks(LANES)) {
        tile.last = registered.iter().copied().max().unwrap_or(0);
        if !earliest.excludes(tile.last) {
            continue;
        }
        for (lane, &registered) in registered.iter().enumerate() {
            tile.late |= u16::from(earliest.excludes(registered)) << lane;
        }
    }
    tiles
}
