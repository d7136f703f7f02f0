//! The first pass over a clean epoch: weights to consensus, trust and ranks, a slice of columns at a time.

use super::rows::{AHEAD, Calendar, Entries, PANEL, PANEL_COLUMNS, Row, Run, spread};
use crate::kernels::Job;
use crate::kernels::simd::{
    Block32, Block64, LANES, ONE_NARROW, Simd, divide_small, from_narrow, min, multiply_below_one,
    prefetch_range, small_reciprocal,
};
use crate::{Mechanism, Subnet};

/// How a column's score is chosen from its voters'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Nobody votes: no consensus.
    Nobody,
    /// One voter, or a majority of everybody: the smallest score.
    Smallest,
    /// A majority of nobody: the largest score.
    Largest,
    /// The smallest score with less than this much stake above it.
    Majority(u32),
}

impl Choice {
    /// From the voters' stakes, normalised, and kappa, both I32F32 bits.
    pub fn new(votes: &[u64], kappa: u64) -> Self {
        let total = votes.iter().sum::<u64>();
        match votes.len() {
            0 => Choice::Nobody,
            1 => Choice::Smallest,
            _ if kappa == 0 => Choice::Largest,
            _ if kappa >= total => Choice::Smallest,
            _ => Choice::Majority(kappa as u32),
        }
    }
}

/// The weights of one slice, with what each of its rows brings.
#[derive(Default)]
struct Slice {
    /// The rows that vote first.
    rows: Vec<u32>,
    /// As many as rows, and what is left of earlier slices behind them.
    shares: Vec<Block32>,
    /// The stake behind each vote.
    votes: Vec<u32>,
}

impl Slice {
    fn clear(&mut self) {
        self.rows.clear();
        self.votes.clear();
    }

    /// Room for one more row's shares.
    fn push(&mut self, row: u32, vote: Option<u32>) -> &mut Block32 {
        let at = self.rows.len();
        self.rows.push(row);
        self.votes.extend(vote);
        if self.shares.len() == at {
            self.shares.push(Block32::ZERO);
        }
        &mut self.shares[at]
    }
}

/// The weights of a panel.
#[derive(Default)]
pub(crate) struct Panel {
    rows: Vec<u32>,
    slices: [Slice; PANEL],
}

/// The first pass.
pub(crate) struct ConsensusPass<'a> {
    pub subnet: &'a Subnet<'a>,
    pub mechanism: &'a Mechanism<'a>,
    pub rows: &'a [Row],
    /// By row the stake of its vote, I32F32 bits; `None` for those that do not vote.
    pub votes: &'a [Option<u32>],
    pub voters: usize,
    pub choice: Choice,
    pub calendar: &'a mut Calendar,
    pub cursors: &'a mut Vec<usize>,
    pub panel: &'a mut Panel,
    /// By entry of the weights its share of the row, kept in 32 bits.
    pub shares: &'a mut [u32],
    /// By row the sum of clipped weights, spread over lanes.
    pub trust: &'a mut [Block64],
    /// By column.
    pub consensus: &'a mut [u64],
    /// By column.
    pub ranks: &'a mut [u64],
}

impl Job for ConsensusPass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        self.calendar.reset(self.consensus.len(), self.rows.len());
        self.cursors.clear();
        for (index, row) in self.rows.iter().enumerate() {
            self.cursors.push(row.weights.start);
            if !row.weights.is_empty() {
                let first = self.mechanism.weights.uid[row.weights.start];
                self.calendar.enter(index, first);
            }
        }
        for panel in 0..self.calendar.panels() {
            self.gather(s, panel);
            for slice in 0..PANEL {
                let first_column = panel * PANEL_COLUMNS + slice * LANES;
                if first_column < self.consensus.len() {
                    self.settle(s, slice, first_column);
                }
            }
        }
    }
}

impl ConsensusPass<'_> {
    /// Reads a panel's weights and divides each by its row's sum.
    #[inline(always)]
    fn gather<S: Simd>(&mut self, s: S, panel: usize) {
        self.calendar.take(panel, &mut self.panel.rows);
        self.put_voters_first();
        for slice in &mut self.panel.slices {
            slice.clear();
        }
        for place in 0..self.panel.rows.len() {
            if let Some(&ahead) = self.panel.rows.get(place + AHEAD) {
                let from = self.cursors[ahead as usize];
                prefetch_range(s, self.mechanism.weights.value, from, PANEL_COLUMNS);
                prefetch_range(s, self.mechanism.weights.uid, from, PANEL_COLUMNS);
                prefetch_range(s, self.shares, from, PANEL_COLUMNS);
            }
            self.gather_row(s, panel, self.panel.rows[place]);
        }
    }

    #[inline(always)]
    fn gather_row<S: Simd>(&mut self, s: S, panel: usize, index: u32) {
        let weights = &self.mechanism.weights;
        let row = &self.rows[index as usize];
        let entries = Entries {
            uids: weights.uid,
            end: row.weights.end,
            full: row.full_weights,
        };
        let mut raw = Block32::ZERO;
        let mut from = self.cursors[index as usize];
        for slice in 0..PANEL {
            let first_column = panel * PANEL_COLUMNS + slice * LANES;
            let run = entries.run(from, first_column);
            if run.len > 0 {
                spread(s, &run, weights.uid, weights.value, &mut raw);
                mask(self.subnet, row, first_column, &mut raw);
                let to = self.panel.slices[slice].push(index, self.votes[index as usize]);
                divide_row(s, &raw, row.sum, &run, weights.uid, to, self.shares);
            }
            from = run.from + run.len;
        }
        self.cursors[index as usize] = from;
        if from < row.weights.end {
            self.calendar.enter(index as usize, weights.uid[from]);
        }
    }

    /// Orders the panel's rows so that those that vote are a prefix.
    #[inline(always)]
    fn put_voters_first(&mut self) {
        let mut voters = 0;
        for place in 0..self.panel.rows.len() {
            if self.votes[self.panel.rows[place] as usize].is_some() {
                self.panel.rows.swap(place, voters);
                voters += 1;
            }
        }
    }

    /// Chooses the slice's consensus, clips at it, and adds up trust and ranks.
    #[inline(always)]
    fn settle<S: Simd>(&mut self, s: S, slice: usize, first_column: usize) {
        let slice = &self.panel.slices[slice];
        let chosen = self.choose(s, slice);
        let mut consensus = Block64::ZERO;
        let mut ranks = Block64::ZERO;
        for k in 0..LANES / S::W {
            let limit = from_narrow(s, s.widen(&chosen, k));
            let mut rank = s.splat(0);
            for (&index, share) in slice.rows.iter().zip(&slice.shares) {
                let clipped = min(s, from_narrow(s, s.widen(share, k)), limit);
                let trust = &mut self.trust[index as usize];
                s.store(s.add(s.load(trust, 0), clipped), trust, 0);
                let stake = s.splat(self.rows[index as usize].stake);
                rank = s.add(rank, multiply_below_one(s, clipped, stake));
            }
            s.store(limit, &mut consensus, k);
            s.store(rank, &mut ranks, k);
        }
        let end = self.consensus.len().min(first_column + LANES);
        let columns = end - first_column;
        self.consensus[first_column..end].copy_from_slice(&consensus.0[..columns]);
        self.ranks[first_column..end].copy_from_slice(&ranks.0[..columns]);
    }

    #[inline(always)]
    fn choose<S: Simd>(&self, s: S, slice: &Slice) -> Block32 {
        let mut chosen = Block32::ZERO;
        if self.choice == Choice::Nobody {
            return chosen;
        }
        // A voter without an entry in the slice scores zero in all of it.
        let all_spoke = slice.votes.len() == self.voters;
        for k in 0..LANES / (2 * S::W) {
            let mut smallest = s.narrow_splat(if all_spoke { u32::MAX } else { 0 });
            let mut largest = s.narrow_splat(0);
            for share in &slice.shares[..slice.votes.len()] {
                let score = s.narrow_load(share, k);
                smallest = s.narrow_min(smallest, score);
                largest = s.narrow_max(largest, score);
            }
            let score = match self.choice {
                Choice::Majority(kappa) => majority(s, k, slice, kappa, smallest, largest),
                Choice::Largest => largest,
                _ => smallest,
            };
            s.narrow_store(score, &mut chosen, k);
        }
        chosen
    }
}

/// Bit by bit the largest `x` with at least `kappa` of stake on scores of `x` and above.
///
/// That is the smallest score with less than `kappa` above it: the stake at or above `x` changes only just after
/// a score. Stakes sum to `2^32` at most, and to that only where everybody is at or above; the 32-bit sum is 0
/// then, and the comparison with the smallest score stands in for it.
#[inline(always)]
fn majority<S: Simd>(
    s: S,
    k: usize,
    slice: &Slice,
    kappa: u32,
    smallest: S::N,
    largest: S::N,
) -> S::N {
    let mut block = Block32::ZERO;
    s.narrow_store(largest, &mut block, 0);
    let top = block.0[..2 * S::W].iter().copied().max().unwrap_or(0);
    let kappa = s.narrow_splat(kappa);
    let mut found = s.narrow_splat(0);
    let mut bit = top.checked_ilog2().map_or(0, |log| 1u32 << log);
    while bit != 0 {
        let candidate = s.narrow_or(found, s.narrow_splat(bit));
        let mut above = s.narrow_splat(0);
        for (share, &vote) in slice.shares.iter().zip(&slice.votes) {
            let score = s.narrow_load(share, k);
            above = s.narrow_add_if_at_least(above, s.narrow_splat(vote), score, candidate);
        }
        let by_stake = s.narrow_if_at_least(above, kappa, candidate, found);
        found = s.narrow_if_at_least(smallest, candidate, candidate, by_stake);
        bit >>= 1;
    }
    found
}

/// Takes out self-weights and weights for neurons registered since.
#[inline(always)]
fn mask(subnet: &Subnet<'_>, row: &Row, first_column: usize, raw: &mut Block32) {
    let own = row.uid as usize;
    if !row.keeps_self && own / LANES == first_column / LANES {
        raw.0[own % LANES] = 0;
    }
    if row.has_masked {
        let registered = &subnet.block_at_registration[first_column..];
        for (value, &registered) in raw.0.iter_mut().zip(registered) {
            if registered >= row.registered_before {
                *value = 0;
            }
        }
    }
}

/// Each weight's share of its row, kept in 32 bits: for the slice, and by entry for the second pass.
#[inline(always)]
fn divide_row<S: Simd>(
    s: S,
    raw: &Block32,
    sum: u32,
    run: &Run,
    uids: &[u16],
    to: &mut Block32,
    kept: &mut [u32],
) {
    let divisor = s.splat(u64::from(sum));
    let reciprocal = small_reciprocal(s, divisor);
    let mut dense = if run.dense {
        kept[run.from..].first_chunk_mut()
    } else {
        None
    };
    for k in 0..LANES / S::W {
        let share = divide_small(s, s.widen(raw, k), divisor, reciprocal);
        let share = s.sub(share, s.shr32(share));
        s.narrow(share, &mut to.0, k);
        // From the register, not from the block: a wide load of what was just stored in parts would wait for it.
        if let Some(kept) = &mut dense {
            s.narrow(share, kept, k);
        }
    }
    if dense.is_none() {
        for at in run.from..run.from + run.len {
            kept[at] = to.0[uids[at] as usize % LANES];
        }
    }
}

/// A vote in 32 bits: nobody has all the stake.
pub(crate) fn narrow_vote(stake: u64) -> u32 {
    u32::try_from(stake).unwrap_or(ONE_NARROW)
}
