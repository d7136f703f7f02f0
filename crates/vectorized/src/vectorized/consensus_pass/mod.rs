//! The first pass: weights to consensus, clipped weights, validator trust and ranks, a tile of columns at a time.

mod bond_delta;
mod column_block;
mod gather;
mod median;

pub(super) use bond_delta::WeightsForBonds;
pub(super) use column_block::ColumnBlock;
pub(super) use gather::Gather;
pub(super) use median::MedianRule;

use super::handed_on::HandedOn;
use super::tile::{BLOCK_COLUMNS, tiles_of_block};
use crate::kernels::Job;
use crate::kernels::simd::{LANES, Lanes32, Simd, U32Lanes};
use bond_delta::{BondDelta, ClippedDelta, InterpolatedDelta, NoDelta, RowLanes, UnclippedDelta};
use median::{TileConsensus, tile_consensus};

/// What the first pass hands on of each weight, in 32 bits.
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
    /// What the pass hands on.
    pub output: FirstPassOutput,
    /// Where to.
    pub handed_on: &'a mut HandedOn,
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
        self.handed_on.clear();
        for column_block in 0..self.consensus.len().div_ceil(BLOCK_COLUMNS) {
            self.gather.gather(s, column_block, self.block);
            self.handed_on.begin_block();
            for (place, &row) in self.block.rows.iter().enumerate() {
                self.handed_on
                    .add_row(row, self.block.panel.with_entries(place));
            }
            for at in 0..tiles_of_block(self.consensus.len(), column_block) {
                let first_column = column_block * BLOCK_COLUMNS + at * LANES;
                self.gather.fill_tile(s, column_block, at, self.block);
                let chosen = tile_consensus(s, self.median, self.voters, &self.block.tile);
                if self.output == BondDeltas(Clipped) && all_zero(s, &chosen.consensus) {
                    self.handed_on.leave_out_tile(at);
                    continue;
                }
                // Each in loops of its own, with nothing left to decide.
                match (self.output, chosen.has_one) {
                    (Weights, _) => self.clip(s, first_column, &chosen, NoDelta),
                    (BondDeltas(Clipped), _) => self.clip(s, first_column, &chosen, ClippedDelta),
                    (BondDeltas(Unclipped), false) => {
                        self.clip(s, first_column, &chosen, UnclippedDelta::<false>);
                    }
                    (BondDeltas(Unclipped), true) => {
                        self.clip(s, first_column, &chosen, UnclippedDelta::<true>);
                    }
                    (BondDeltas(Interpolated { keep }), false) => {
                        self.clip(
                            s,
                            first_column,
                            &chosen,
                            InterpolatedDelta::<false> { keep },
                        );
                    }
                    (BondDeltas(Interpolated { keep }), true) => {
                        self.clip(s, first_column, &chosen, InterpolatedDelta::<true> { keep });
                    }
                }
            }
        }
    }
}

/// Returns whether every lane is zero.
#[inline(always)]
fn all_zero<S: U32Lanes>(s: S, lanes: &Lanes32) -> bool {
    let mut zero = true;
    for k in 0..LANES / S::U32_LANES {
        zero &= s.u32_equal(s.u32_load(lanes, k), s.u32_splat(0));
    }
    zero
}

impl ConsensusPass<'_> {
    /// Clips a tile at its consensus, adds up validator trust and ranks, and hands on the bond deltas or the weights.
    ///
    /// Below a consensus of one no sum outgrows 32 bits: those of columns are parts of all stake, of which some at
    /// least is no full part, and a row's trust is at most one, which wraps to zero where all of it is in one lane.
    #[inline(always)]
    fn clip<S: U32Lanes, D: BondDelta>(
        &mut self,
        s: S,
        first_column: usize,
        chosen: &TileConsensus,
        bond_delta: D,
    ) {
        let tile = &self.block.tile;
        let count = tile.rows.len();
        let handed_on = self.handed_on.begin_tile(count);
        let mut sums = [Lanes32::ZERO; 2];
        for k in 0..LANES / S::U32_LANES {
            let consensus = s.u32_load(&chosen.consensus, k);
            let [mut rank, mut delta_sum] = [s.u32_splat(0); 2];
            let inputs = tile.rows.iter().zip(&tile.weights);
            for ((&index, lanes), out) in inputs.zip(&mut *handed_on) {
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
                let Some(delta) = bond_delta.of(s, stake, row) else {
                    s.u32_store(weight, out, k);
                    continue;
                };
                if !D::IS_RANK_PART {
                    delta_sum = s.u32_add(delta_sum, delta);
                }
                s.u32_store(delta, out, k);
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
