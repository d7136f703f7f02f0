//! The consensus of a tile's columns: the stake-weighted median of their weights.

use super::bond_delta::below_one;
use super::column_block::Tile;
use crate::kernels::simd::{LANES, Lanes32, U32Lanes};

/// The rule by which a column's consensus is chosen from its voters' weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MedianRule {
    /// No voters: no consensus.
    NoVoters,
    /// One voter, or a majority of everybody: the smallest weight.
    Smallest,
    /// A majority of nobody: the largest weight.
    Largest,
    /// The smallest weight with less than this much stake above it, I32F32 bits.
    Majority(u32),
}

impl MedianRule {
    /// Returns the rule for so many voters, the sum of their stakes, normalised, and kappa, both I32F32 bits.
    pub fn new(voters: usize, total: u64, kappa: u64) -> Self {
        match voters {
            0 => MedianRule::NoVoters,
            1 => MedianRule::Smallest,
            _ if kappa == 0 => MedianRule::Largest,
            _ if kappa >= total => MedianRule::Smallest,
            _ => MedianRule::Majority(kappa as u32),
        }
    }
}

/// The consensus of a tile.
pub(super) struct TileConsensus {
    /// The consensus of each column.
    pub consensus: Lanes32,
    /// Whether a voter gives one miner all of its weight. That weight is 1.0, kept as one less.
    pub has_one: bool,
}

/// The number of halvings of the range of weights, beyond the logarithm of their number, before it is first narrowed.
const SPARE_HALVINGS: u32 = 4;

/// The number of halvings between one narrowing and the next.
const FURTHER_HALVINGS: u32 = 1;

/// Returns the consensus of a tile, where `voters` vote in all.
#[inline(always)]
pub(super) fn tile_consensus<S: U32Lanes>(
    s: S,
    rule: MedianRule,
    voters: usize,
    tile: &Tile,
) -> TileConsensus {
    let mut chosen = TileConsensus {
        consensus: Lanes32::ZERO,
        has_one: false,
    };
    if rule == MedianRule::NoVoters {
        return chosen;
    }
    // A voter without an entry in the tile has a weight of zero in all of it.
    let all_have_entries = tile.votes.len() == voters;
    for k in 0..LANES / S::U32_LANES {
        let mut smallest = s.u32_splat(if all_have_entries { u32::MAX } else { 0 });
        let mut largest = s.u32_splat(0);
        for weights in tile.voters() {
            let weight = s.u32_load(weights, k);
            smallest = s.u32_min(smallest, weight);
            largest = s.u32_max(largest, weight);
        }
        let between = [smallest, largest];
        let limit = s.u32_splat(i32::MAX as u32);
        let small = s.u32_equal(s.u32_max(largest, limit), limit);
        if !small {
            let almost = below_one(s);
            chosen.has_one |= !s.u32_equal(s.u32_max(largest, almost), almost);
        }
        let weight = match rule {
            MedianRule::Majority(kappa) if small => majority::<S, true>(s, k, tile, kappa, between),
            MedianRule::Majority(kappa) => majority::<S, false>(s, k, tile, kappa, between),
            MedianRule::Largest => largest,
            _ => smallest,
        };
        s.u32_store(weight, &mut chosen.consensus, k);
    }
    chosen
}

/// Returns the smallest weight of each column with less than `kappa` of stake above it, which is the largest `x` with
/// at least `kappa` on weights of `x` and above: the stake at or above `x` changes only just after a weight.
///
/// `between` are the smallest and the largest weight; the one wanted lies between them. Halving that range, and
/// narrowing it to the weights that are left in it, ends when one is. No sum of stakes overflows: all of it is `2^32`,
/// and the voter of the smallest weight, who has some, is not counted while there is a range; without one nothing
/// changes. With `SMALL` all weights are below `2^31`.
#[inline(always)]
fn majority<S: U32Lanes, const SMALL: bool>(
    s: S,
    k: usize,
    tile: &Tile,
    kappa: u32,
    between: [S::U32; 2],
) -> S::U32 {
    let [mut low, mut high] = between;
    let [smallest, _] = between;
    let kappa = s.u32_splat(kappa);
    // About as many as leave a weight or two between low and high.
    let mut halvings = tile.votes.len().checked_ilog2().unwrap_or(0) + SPARE_HALVINGS;
    while !s.u32_equal(low, high) {
        for _ in 0..halvings {
            let range = s.u32_sub(high, low);
            let candidate = s.u32_sub(high, s.u32_half(range));
            let lower = s.u32_sub(candidate, s.u32_splat(1));
            let mut above = s.u32_splat(0);
            for (weights, &vote) in tile.weights.iter().zip(&tile.votes) {
                let weight = s.u32_load(weights, k);
                let vote = s.u32_splat(vote);
                above = s.u32_add_if_above::<SMALL>(above, vote, weight, lower);
            }
            low = s.u32_if_at_least(above, kappa, candidate, low);
            let lower = s.u32_sub(candidate, s.u32_min(range, s.u32_splat(1)));
            high = s.u32_if_at_least(above, kappa, high, lower);
        }
        [low, high] = narrowed(s, k, tile, smallest, [low, high]);
        halvings = FURTHER_HALVINGS;
    }
    low
}

/// Returns the range narrowed to the smallest and the largest weight in it; it has one.
///
/// Distances from an end of the range wrap for weights beyond that end, and are then larger than those of all others.
#[inline(always)]
fn narrowed<S: U32Lanes>(
    s: S,
    k: usize,
    tile: &Tile,
    smallest: S::U32,
    [low, high]: [S::U32; 2],
) -> [S::U32; 2] {
    let range = s.u32_sub(high, low);
    // The smallest weight may be that of voters without an entry in the tile.
    let mut above_low = s.u32_min(range, s.u32_sub(smallest, low));
    let mut below_high = range;
    for weights in tile.voters() {
        let weight = s.u32_load(weights, k);
        above_low = s.u32_min(above_low, s.u32_sub(weight, low));
        below_high = s.u32_min(below_high, s.u32_sub(high, weight));
    }
    [s.u32_add(low, above_low), s.u32_sub(high, below_high)]
}
