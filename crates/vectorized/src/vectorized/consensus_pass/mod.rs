//! The first pass: weights to consensus, clipped weights, validator trust and ranks, a tile of columns at a time.

mod bond_delta;
mod column_block;
mod gather;
mod median;

pub(super) use bond_delta::WeightsForBonds;
pub(super) use column_block::ColumnBlock;
pub(super) use gather::Gather;
pub(super) use median::MedianRule;

use super::tile::{BLOCK_COLUMNS, TILES};
use crate::kernels::Job;
use crate::kernels::simd::{LANES, Lanes32, Simd, U32Lanes};
use bond_delta::{BondDelta, ClippedDelta, InterpolatedDelta, NoDelta, RowLanes, UnclippedDelta};
use median::{TileConsensus, tile_consensus};

/// The output of the first pass for each entry of the weights, in 32 bits, which the second pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstPassOutput {
    /// The normalised weight.
    Weights,
    /// The bond delta: the validator's stake times its weight for bonds.
    BondDeltas(WeightsForBonds),
}

/// The first pass.
pub(super) struct ConsensusPass<'a> {
    /// The rows of weights.
    pub gather: Gather<'a>,
    /// The number of voters.
    pub voters: usize,
    /// The rule of consensus.
    pub median: MedianRule,
    /// The column block that is worked on.
    pub block: &'a mut ColumnBlock,
    /// What the pass leaves in the entries.
    pub output: FirstPassOutput,
    /// The sum of each row's clipped weights, spread over lanes, each modulo `2^32`.
    pub trust: &'a mut [Lanes32],
    /// The consensus of each column, I32F32 bits. Where one is [`crate::kernels::simd::ONE_U32`], nothing else here
    /// means anything.
    pub consensus: &'a mut [u64],
    /// The rank of each column, I32F32 bits.
    pub ranks: &'a mut [u64],
    /// The sum of each column's bond deltas, I32F32 bits, where those are computed.
    pub delta_sums: &'a mut [u64],
}

impl Job for ConsensusPass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        use FirstPassOutput::{BondDeltas, Weights};
        use WeightsForBonds::{Clipped, Interpolated, Unclipped};
        self.gather.start();
        for column_block in 0..self.gather.queue.column_blocks() {
            self.gather.gather(s, column_block, self.block);
            for at in 0..TILES {
                let first_column = column_block * BLOCK_COLUMNS + at * LANES;
                if first_column >= self.consensus.len() {
                    break;
                }
                let chosen = tile_consensus(s, self.median, self.voters, &self.block.tiles[at]);
                let place = (at, first_column);
                // Each in loops of its own, with nothing left to decide.
                match (self.output, chosen.has_one) {
                    (Weights, _) => self.clip(s, place, &chosen, NoDelta),
                    (BondDeltas(Clipped), _) => self.clip(s, place, &chosen, ClippedDelta),
                    (BondDeltas(Unclipped), false) => {
                        self.clip(s, place, &chosen, UnclippedDelta::<false>);
                    }
                    (BondDeltas(Unclipped), true) => {
                        self.clip(s, place, &chosen, UnclippedDelta::<true>);
                    }
                    (BondDeltas(Interpolated { keep }), false) => {
                        self.clip(s, place, &chosen, InterpolatedDelta::<false> { keep });
                    }
                    (BondDeltas(Interpolated { keep }), true) => {
                        self.clip(s, place, &chosen, InterpolatedDelta::<true> { keep });
                    }
                }
            }
            self.gather.scatter(column_block, self.block);
        }
    }
}

impl ConsensusPass<'_> {
    /// Clips a tile at its consensus, adds up validator trust and ranks, and leaves the bond deltas in the tile.
    ///
    /// Below a consensus of one no sum outgrows 32 bits: those of columns are parts of all stake, of which some at
    /// least is no full part, and a row's trust is at most one, which wraps to zero where all of it is in one lane.
    #[inline(always)]
    fn clip<S: U32Lanes, D: BondDelta>(
        &mut self,
        s: S,
        (at, first_column): (usize, usize),
        chosen: &TileConsensus,
        bond_delta: D,
    ) {
        let tile = &mut self.block.tiles[at];
        let mut sums = [Lanes32::ZERO; 2];
        for k in 0..LANES / S::U32_LANES {
            let consensus = s.u32_load(&chosen.consensus, k);
            let [mut rank, mut delta_sum] = [s.u32_splat(0); 2];
            for (&index, lanes) in tile.rows.iter().zip(&mut tile.weights) {
                let weight = s.u32_load(lanes, k);
                let clipped = s.u32_min(weight, consensus);
                let trust = &mut self.trust[index as usize];
                s.u32_store(s.u32_add(s.u32_load(trust, k), clipped), trust, k);
                let stake = self.gather.rows[index as usize].stake;
                let rank_part = s.u32_multiply(clipped, stake);
                rank = s.u32_add(rank, rank_part);
                let row = RowLanes {
                    weight,
                    consensus,
                    clipped,
                    rank_part,
                };
                if let Some(delta) = bond_delta.of(s, stake, row) {
                    if !D::IS_RANK_PART {
                        delta_sum = s.u32_add(delta_sum, delta);
                    }
                    s.u32_store(delta, lanes, k);
                }
            }
            let delta_sum = if D::IS_RANK_PART { rank } else { delta_sum };
            s.u32_store(rank, &mut sums[0], k);
            s.u32_store(delta_sum, &mut sums[1], k);
        }
        let end = self.consensus.len().min(first_column + LANES);
        for (lane, column) in (first_column..end).enumerate() {
            self.consensus[column] = chosen.consensus.0[lane].into();
            self.ranks[column] = sums[0].0[lane].into();
            self.delta_sums[column] = sums[1].0[lane].into();
        }
    }
}
