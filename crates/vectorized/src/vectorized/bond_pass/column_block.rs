//! The weights and bonds of a tile and of a column block, as the second pass holds them.

use crate::kernels::simd::{CHAINS, LANES, Lanes32, Lanes64, U32Lanes};
use crate::vectorized::panel::{Lanes16, Panel};
use crate::vectorized::tile::{TILES, TileRegistrations};

/// The weights and bonds of one tile: lanes for each row with an entry in it.
#[derive(Default)]
pub(super) struct Tile {
    /// The rows.
    pub rows: Vec<u32>,
    /// Their places in the column block.
    pub places: Vec<u32>,
    /// The output of the first pass: one for each row, and what larger tiles left behind them; so too the next ones. Not
    /// where it is read where the first pass left it.
    pub weights: Vec<Lanes32>,
    /// The stored bonds, later those to be stored.
    pub bonds: Vec<Lanes16>,
    /// The lanes of each row whose bonds are stored, a bit for each.
    pub to_store: Vec<u16>,
    /// One where the row has a weight that counts; for liquid alpha only.
    pub has_weight: Vec<Lanes32>,
}

impl Tile {
    /// Returns the sum of the stored bonds of each column, below `2^31` for at most 2^15 rows.
    #[inline(always)]
    pub fn bond_sums<S: U32Lanes>(&self, s: S) -> Lanes32 {
        let mut sums = Lanes32::ZERO;
        for k in 0..LANES / S::U32_LANES {
            let mut sum = s.u32_splat(0);
            for bond in &self.bonds[..self.rows.len()] {
                sum = s.u32_add(sum, s.u32_load16(bond, k));
            }
            s.u32_store(sum, &mut sums, k);
        }
        sums
    }

    /// Makes room for so many rows.
    pub fn reserve(&mut self, rows: usize) {
        let rows = rows.next_multiple_of(CHAINS);
        if self.bonds.len() < rows {
            self.bonds.resize(rows, [0; LANES]);
            self.to_store.resize(rows, 0);
            self.weights.resize(rows, Lanes32::ZERO);
            self.has_weight.resize(rows, Lanes32::ZERO);
        }
    }

    /// Returns the number of groups of [`CHAINS`] rows.
    pub fn groups(&self) -> usize {
        self.rows.len().div_ceil(CHAINS)
    }

    /// Fills the last group up with rows of zeros.
    pub fn complete_groups(&mut self) {
        let (from, to) = (self.rows.len(), self.groups() * CHAINS);
        self.bonds[from..to].fill([0; LANES]);
        for lanes in [&mut self.weights, &mut self.has_weight] {
            lanes[from..to].fill(Lanes32::ZERO);
        }
    }
}

/// The weights and bonds of a column block.
#[derive(Default)]
pub(crate) struct ColumnBlock {
    /// The rows with an entry in it, those with weights first, each with the tiles that the first pass has lanes for.
    pub(super) rows: Vec<(u32, u32)>,
    /// Their stored bonds.
    pub(super) panel: Panel,
    /// The tiles that all of them have an entry in, a bit for each.
    pub(super) all_tiles: u32,
    /// The bonds to be stored of each row in each tile, a bit for each lane.
    pub(super) to_store: Vec<[u16; TILES]>,
    /// The tile that is worked on.
    pub(super) tile: Tile,
    /// The bonds that are computed in one tile, one vector for each row: so little that it stays in the cache.
    pub(super) values: Vec<Lanes64>,
    /// When the neurons of each tile registered.
    pub(super) registrations: [TileRegistrations; TILES],
}
