//! The first pass over a clean epoch: weights to consensus, trust and ranks, a slice of columns at a time.

use super::rows::{Calendar, Row, run_of, spread};
use crate::kernels::Job;
use crate::kernels::simd::{
    Block32, Block64, LANES, ONE, ONE_NARROW, Simd, divide, from_narrow, min, multiply, reciprocal,
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
        match votes.iter().filter(|&&vote| vote > 0).count() {
            0 if votes.is_empty() => Choice::Nobody,
            _ if kappa == 0 && votes.len() > 1 => Choice::Largest,
            _ if kappa >= total || votes.len() == 1 => Choice::Smallest,
            _ => Choice::Majority(kappa as u32),
        }
    }
}

/// The weights' side of a slice, with what each of its rows brings.
#[derive(Default)]
pub(crate) struct Slice {
    pub rows: Vec<u32>,
    pub shares: Vec<Block32>,
    votes: Vec<(u32, u32)>,
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
    pub slice: &'a mut Slice,
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
        let slices = self.consensus.len().div_ceil(LANES);
        self.calendar.reset(slices, self.rows.len());
        self.cursors.clear();
        for (index, row) in self.rows.iter().enumerate() {
            self.cursors.push(row.weights.start);
            if !row.weights.is_empty() {
                let first = self.mechanism.weights.uid[row.weights.start];
                self.calendar.enter(index, first);
            }
        }
        for slice in 0..slices {
            self.fill(s, slice);
            self.settle(s, slice);
        }
    }
}

impl ConsensusPass<'_> {
    /// Reads the slice's weights and divides each by its row's sum.
    #[inline(always)]
    fn fill<S: Simd>(&mut self, s: S, slice: usize) {
        let weights = &self.mechanism.weights;
        self.calendar.take(slice, &mut self.slice.rows);
        self.slice.shares.clear();
        self.slice.votes.clear();
        for place in 0..self.slice.rows.len() {
            let index = self.slice.rows[place] as usize;
            let row = &self.rows[index];
            let first_column = slice * LANES;
            let run = run_of(
                weights.uid,
                self.cursors[index],
                row.weights.end,
                first_column,
            );
            let mut raw = spread(&run, weights.uid, weights.value);
            mask(self.subnet, row, first_column, &mut raw);

            let share = shares_of(s, &raw, row.sum);
            keep_shares(self.shares, weights.uid, &run, &share);
            self.slice.shares.push(share);
            if let Some(vote) = self.votes[index] {
                self.slice.votes.push((place as u32, vote));
            }
            let next = run.from + run.len;
            self.cursors[index] = next;
            if next < row.weights.end {
                self.calendar.enter(index, weights.uid[next]);
            }
        }
    }

    /// Chooses the slice's consensus, clips at it, and adds up trust and ranks.
    #[inline(always)]
    fn settle<S: Simd>(&mut self, s: S, slice: usize) {
        let chosen = self.choose(s);
        let mut consensus = Block64::ZERO;
        let mut ranks = Block64::ZERO;
        for k in 0..LANES / S::W {
            let limit = from_narrow(s, s.widen(&chosen, k));
            let mut rank = s.splat(0);
            for (&index, share) in self.slice.rows.iter().zip(&self.slice.shares) {
                let clipped = min(s, from_narrow(s, s.widen(share, k)), limit);
                let trust = &mut self.trust[index as usize];
                s.store(s.add(s.load(trust, 0), clipped), trust, 0);
                let stake = s.splat(self.rows[index as usize].stake);
                rank = s.add(rank, multiply(s, clipped, stake));
            }
            s.store(limit, &mut consensus, k);
            s.store(rank, &mut ranks, k);
        }
        let from = slice * LANES;
        let columns = LANES.min(self.consensus.len() - from);
        self.consensus[from..from + columns].copy_from_slice(&consensus.0[..columns]);
        self.ranks[from..from + columns].copy_from_slice(&ranks.0[..columns]);
    }

    #[inline(always)]
    fn choose<S: Simd>(&self, s: S) -> Block32 {
        let mut chosen = Block32::ZERO;
        if self.choice == Choice::Nobody {
            return chosen;
        }
        // A voter without an entry in the slice scores zero in all of it.
        let all_spoke = self.slice.votes.len() == self.voters;
        for k in 0..LANES / (2 * S::W) {
            let mut smallest = s.narrow_splat(if all_spoke { u32::MAX } else { 0 });
            let mut largest = s.narrow_splat(0);
            for &(place, _) in &self.slice.votes {
                let score = s.narrow_load(&self.slice.shares[place as usize], k);
                smallest = s.narrow_min(smallest, score);
                largest = s.narrow_max(largest, score);
            }
            let score = match self.choice {
                Choice::Majority(kappa) => self.majority(s, k, kappa, smallest, largest),
                Choice::Largest => largest,
                _ => smallest,
            };
            s.narrow_store(score, &mut chosen, k);
        }
        chosen
    }

    /// Bit by bit the largest `x` with at least `kappa` of stake on scores of `x` and above.
    ///
    /// That is the smallest score with less than `kappa` above it: the stake at or above `x` changes only just after
    /// a score. Stakes sum to `2^32` at most, and to that only where everybody is at or above; the 32-bit sum is 0
    /// then, and the comparison with the smallest score stands in for it.
    #[inline(always)]
    fn majority<S: Simd>(&self, s: S, k: usize, kappa: u32, smallest: S::N, largest: S::N) -> S::N {
        let mut block = Block32::ZERO;
        s.narrow_store(largest, &mut block, 0);
        let top = block.0[..2 * S::W].iter().copied().max().unwrap_or(0);
        let kappa = s.narrow_splat(kappa);
        let mut found = s.narrow_splat(0);
        let mut bit = top.checked_ilog2().map_or(0, |log| 1u32 << log);
        while bit != 0 {
            let candidate = s.narrow_or(found, s.narrow_splat(bit));
            let mut above = s.narrow_splat(0);
            for &(place, vote) in &self.slice.votes {
                let score = s.narrow_load(&self.slice.shares[place as usize], k);
                above = s.narrow_add_if_at_least(above, s.narrow_splat(vote), score, candidate);
            }
            let by_stake = s.narrow_if_at_least(above, kappa, candidate, found);
            found = s.narrow_if_at_least(smallest, candidate, candidate, by_stake);
            bit >>= 1;
        }
        found
    }
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

/// Each weight's share of its row, kept in 32 bits.
#[inline(always)]
fn shares_of<S: Simd>(s: S, raw: &Block32, sum: u32) -> Block32 {
    let mut shares = Block32::ZERO;
    let divisor = s.splat(u64::from(sum));
    let reciprocal = reciprocal(s, divisor);
    for k in 0..LANES / S::W {
        let share = divide(s, s.widen(raw, k), divisor, reciprocal);
        s.narrow(s.sub(share, s.shr32(share)), &mut shares, k);
    }
    shares
}

#[inline(always)]
fn keep_shares(kept: &mut [u32], uids: &[u16], run: &super::rows::Run, share: &Block32) {
    if run.dense {
        kept[run.from..run.from + LANES].copy_from_slice(&share.0);
        return;
    }
    for at in run.from..run.from + run.len {
        kept[at] = share.0[uids[at] as usize % LANES];
    }
}

/// A vote in 32 bits: of two voters or more nobody has all the stake.
pub(crate) fn narrow_vote(stake: u64) -> u32 {
    if stake == ONE {
        return ONE_NARROW;
    }
    stake as u32
}
