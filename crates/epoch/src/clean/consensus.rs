//! The first pass over a clean epoch: weights to consensus, trust and ranks, a slice of columns at a time.

use super::columns::Columns;
use super::rows::{
    Calendar, Entries, PANEL, PANEL_COLUMNS, PREFETCH_DISTANCE, Row, newest, spread,
};
use crate::kernels::Job;
use crate::kernels::simd::{
    LANES, Lanes32, ONE, ONE_U32, Simd, U32Lanes, prefetch_range, to_u32_proportion,
};

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
    shares: Vec<Lanes32>,
    /// The stake behind each vote.
    votes: Vec<u32>,
}

impl Slice {
    fn clear(&mut self) {
        self.rows.clear();
        self.votes.clear();
    }

    /// Room for one more row's shares.
    fn push(&mut self, row: u32, vote: Option<u32>) -> &mut Lanes32 {
        let at = self.rows.len();
        self.rows.push(row);
        self.votes.extend(vote);
        if self.shares.len() == at {
            self.shares.push(Lanes32::ZERO);
        }
        &mut self.shares[at]
    }
}

/// The weights of a panel.
#[derive(Default)]
pub(crate) struct Panel {
    rows: Vec<u32>,
    /// By row its first entry of the panel.
    from: Vec<usize>,
    slices: [Slice; PANEL],
    /// By slice the last registration of its neurons.
    newest: [u64; PANEL],
}

/// What voters make of a slice.
struct Chosen {
    consensus: Lanes32,
    /// Whether one of them gives a neuron all of its weight. That share is one, kept as one less.
    lone: bool,
}

/// Halvings of the range of scores beyond the logarithm of their number, before it is drawn in.
const SPARE_HALVINGS: u32 = 4;

/// Halvings between one drawing in and the next.
const FURTHER_HALVINGS: u32 = 1;

/// What the first pass hands on by entry of the weights, in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handed {
    /// The weight's share of its row.
    Shares,
    /// What its bond gains: the validator's stake times the share that the bond follows.
    Gains(Followed),
}

/// The share that a bond follows, by the bonds penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// As it was set: no penalty.
    AsSet,
    /// What is clipped of it, but for this part, taken off.
    Cut { keep: u32 },
    /// All that is clipped taken off.
    Clipped,
}

impl Followed {
    /// By the penalty, I32F32 bits up to one.
    pub fn new(penalty: u64) -> Self {
        match penalty {
            0 => Followed::AsSet,
            ONE => Followed::Clipped,
            _ => Followed::Cut {
                keep: (ONE - penalty) as u32,
            },
        }
    }
}

/// What a bond gains, of one kind of [`Handed`].
trait Gain: Copy {
    /// Whether it is the part of the rank.
    const RANKED: bool = false;

    /// The gain of a row with this stake, if gains are handed on: its shares as set, their consensus, clipped at it, and
    /// the stake's part of that. Stake is only theirs who vote.
    fn of<S: U32Lanes>(self, s: S, stake: u32, shares: [S::U32; 4]) -> Option<S::U32>;
}

#[derive(Clone, Copy)]
struct Shares;

impl Gain for Shares {
    #[inline(always)]
    fn of<S: U32Lanes>(self, _: S, _: u32, _: [S::U32; 4]) -> Option<S::U32> {
        None
    }
}

#[derive(Clone, Copy)]
struct Clipped;

impl Gain for Clipped {
    const RANKED: bool = true;

    #[inline(always)]
    fn of<S: U32Lanes>(self, _: S, _: u32, [_, _, _, part]: [S::U32; 4]) -> Option<S::U32> {
        Some(part)
    }
}

#[derive(Clone, Copy)]
struct AsSet<const LONE: bool>;

impl<const LONE: bool> Gain for AsSet<LONE> {
    #[inline(always)]
    fn of<S: U32Lanes>(self, s: S, stake: u32, [set, ..]: [S::U32; 4]) -> Option<S::U32> {
        let mut gain = s.u32_multiply(set, stake);
        if LONE {
            // Of one it is all of the stake.
            let last = s.u32_splat(stake.min(1));
            gain = s.u32_add_if_above::<false>(gain, last, set, almost_one(s));
        }
        Some(gain)
    }
}

#[derive(Clone, Copy)]
struct Cut<const LONE: bool> {
    keep: u32,
}

impl<const LONE: bool> Gain for Cut<LONE> {
    #[inline(always)]
    fn of<S: U32Lanes>(
        self,
        s: S,
        stake: u32,
        [set, limit, clipped, _]: [S::U32; 4],
    ) -> Option<S::U32> {
        let (zero, one) = (s.u32_splat(0), s.u32_splat(1));
        let mut cut = s.u32_sub(set, clipped);
        if LONE {
            cut = s.u32_add_if_above::<false>(cut, one, set, almost_one(s));
        }
        // What the penalty takes off, rounded up, leaves the rest rounded down.
        let mut followed = s.u32_add(clipped, s.u32_multiply(cut, self.keep));
        if LONE {
            // All of one cut off is zero again.
            let rest = s.u32_if_at_least(zero, limit, s.u32_splat(self.keep), zero);
            followed = s.u32_add_if_above::<false>(followed, rest, set, almost_one(s));
        }
        Some(s.u32_multiply(followed, stake))
    }
}

/// What [`ONE_U32`] alone is above.
#[inline(always)]
fn almost_one<S: U32Lanes>(s: S) -> S::U32 {
    s.u32_splat(ONE_U32 - 1)
}

/// The first pass.
pub(crate) struct ConsensusPass<'a> {
    pub columns: &'a Columns<'a>,
    pub rows: &'a [Row],
    /// By row the stake of its vote, I32F32 bits; `None` for those that do not vote.
    pub votes: &'a [Option<u32>],
    pub voters: usize,
    pub choice: Choice,
    pub calendar: &'a mut Calendar,
    pub cursors: &'a mut Vec<usize>,
    pub panel: &'a mut Panel,
    pub handed: Handed,
    /// By entry of the weights what is handed on.
    pub entries: &'a mut [u32],
    /// By row the sum of clipped weights, spread over lanes, each modulo `2^32`.
    pub trust: &'a mut [Lanes32],
    /// By column. Where one is [`ONE_U32`], nothing else here means anything.
    pub consensus: &'a mut [u64],
    /// By column.
    pub ranks: &'a mut [u64],
    /// By column the sum of what bonds gain, where that is handed on.
    pub gained: &'a mut [u64],
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
                let first = self.columns.weights.uid[row.weights.start];
                self.calendar.enter(index, first);
            }
        }
        for panel in 0..self.calendar.panels() {
            self.gather(s, panel);
            for slice in 0..PANEL {
                let first_column = panel * PANEL_COLUMNS + slice * LANES;
                if first_column >= self.consensus.len() {
                    break;
                }
                let chosen = self.choose(s, &self.panel.slices[slice]);
                let place = (slice, first_column);
                // Each in loops of its own, with nothing left to decide.
                match (self.handed, chosen.lone) {
                    (Handed::Shares, _) => self.settle(s, place, &chosen, Shares),
                    (Handed::Gains(Followed::Clipped), _) => {
                        self.settle(s, place, &chosen, Clipped);
                    }
                    (Handed::Gains(Followed::AsSet), false) => {
                        self.settle(s, place, &chosen, AsSet::<false>);
                    }
                    (Handed::Gains(Followed::AsSet), true) => {
                        self.settle(s, place, &chosen, AsSet::<true>);
                    }
                    (Handed::Gains(Followed::Cut { keep }), false) => {
                        self.settle(s, place, &chosen, Cut::<false> { keep });
                    }
                    (Handed::Gains(Followed::Cut { keep }), true) => {
                        self.settle(s, place, &chosen, Cut::<true> { keep });
                    }
                }
            }
            self.hand_on(panel);
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
        self.panel.from.clear();
        self.panel.newest = newest(self.columns.registered, panel);
        for place in 0..self.panel.rows.len() {
            if let Some(&ahead) = self.panel.rows.get(place + PREFETCH_DISTANCE) {
                let from = self.cursors[ahead as usize];
                prefetch_range(s, self.columns.weights.value, from, PANEL_COLUMNS);
                s.prefetch(self.columns.weights.uid, from + PANEL_COLUMNS - 1);
                prefetch_range(s, self.entries, from, PANEL_COLUMNS);
            }
            self.gather_row(s, panel, self.panel.rows[place]);
        }
    }

    #[inline(always)]
    fn gather_row<S: Simd>(&mut self, s: S, panel: usize, index: u32) {
        let weights = self.columns.weights;
        let row = &self.rows[index as usize];
        let entries = Entries {
            uids: weights.uid,
            end: row.weights.end,
        };
        let vote = self.votes[index as usize];
        let sum = s.divisor(s.splat(row.sum.into()));
        let mut raw = Lanes32::ZERO;
        let mut from = self.cursors[index as usize];
        self.panel.from.push(from);
        let dense = entries.fill(from, panel * PANEL_COLUMNS, PANEL_COLUMNS);
        for (at, slice) in self.panel.slices.iter_mut().enumerate() {
            let first_column = panel * PANEL_COLUMNS + at * LANES;
            if (dense || entries.fill(from, first_column, LANES))
                && let Some(values) = weights.value[from..].first_chunk()
            {
                s.widen16(values, &mut raw);
                from += LANES;
            } else {
                let end = entries.slice_end(from, first_column);
                if from == end {
                    continue;
                }
                spread(from..end, weights.uid, weights.value, &mut raw);
                from = end;
            }
            mask(
                self.columns.registered,
                row,
                self.panel.newest[at],
                first_column,
                &mut raw,
            );
            divide(s, &raw, sum, slice.push(index, vote));
        }
        self.cursors[index as usize] = from;
        if from < row.weights.end {
            self.calendar.enter(index as usize, weights.uid[from]);
        }
    }

    /// Hands the panel's blocks on by entry, each row's memory visited once.
    #[inline(always)]
    fn hand_on(&mut self, panel: usize) {
        let uids = self.columns.weights.uid;
        let mut next = [0; PANEL];
        for (&index, &from) in self.panel.rows.iter().zip(&self.panel.from) {
            let to = self.cursors[index as usize];
            let row = &mut self.entries[from..to];
            let full = to - from == PANEL_COLUMNS;
            let mut at = 0;
            for (number, (slice, next)) in self.panel.slices.iter().zip(&mut next).enumerate() {
                // A slice holds its rows in the panel's order.
                if slice.rows.get(*next) != Some(&index) {
                    continue;
                }
                let block = &slice.shares[*next];
                *next += 1;
                if full && let Some(row) = row[at..].first_chunk_mut() {
                    *row = block.0;
                    at += LANES;
                    continue;
                }
                let end = panel * PANEL_COLUMNS + (number + 1) * LANES;
                while at < row.len() && (uids[from + at] as usize) < end {
                    row[at] = block.0[uids[from + at] as usize % LANES];
                    at += 1;
                }
            }
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

    /// Clips a slice at its consensus, adds up trust and ranks, and leaves what is handed on.
    ///
    /// Below a consensus of one no sum outgrows 32 bits: those of columns are parts of all stake, of which some at least
    /// is not given whole, and a row's trust is at most one, which wraps to zero where all of it is in one lane.
    #[inline(always)]
    fn settle<S: U32Lanes, G: Gain>(
        &mut self,
        s: S,
        (slice, first_column): (usize, usize),
        chosen: &Chosen,
        gain: G,
    ) {
        let slice = &mut self.panel.slices[slice];
        let mut sums = [Lanes32::ZERO; 2];
        for k in 0..LANES / S::U32_LANES {
            let limit = s.u32_load(&chosen.consensus, k);
            let [mut rank, mut gained] = [s.u32_splat(0); 2];
            for (&index, share) in slice.rows.iter().zip(&mut slice.shares) {
                let set = s.u32_load(share, k);
                let clipped = s.u32_min(set, limit);
                let trust = &mut self.trust[index as usize];
                s.u32_store(s.u32_add(s.u32_load(trust, k), clipped), trust, k);
                let stake = self.rows[index as usize].stake;
                let part = s.u32_multiply(clipped, stake);
                rank = s.u32_add(rank, part);
                if let Some(gain) = gain.of(s, stake, [set, limit, clipped, part]) {
                    if !G::RANKED {
                        gained = s.u32_add(gained, gain);
                    }
                    s.u32_store(gain, share, k);
                }
            }
            s.u32_store(rank, &mut sums[0], k);
            s.u32_store(if G::RANKED { rank } else { gained }, &mut sums[1], k);
        }
        let end = self.consensus.len().min(first_column + LANES);
        for (lane, column) in (first_column..end).enumerate() {
            self.consensus[column] = chosen.consensus.0[lane].into();
            self.ranks[column] = sums[0].0[lane].into();
            self.gained[column] = sums[1].0[lane].into();
        }
    }

    #[inline(always)]
    fn choose<S: U32Lanes>(&self, s: S, slice: &Slice) -> Chosen {
        let mut chosen = Chosen {
            consensus: Lanes32::ZERO,
            lone: false,
        };
        if self.choice == Choice::Nobody {
            return chosen;
        }
        // A voter without an entry in the slice scores zero in all of it.
        let all_spoke = slice.votes.len() == self.voters;
        for k in 0..LANES / S::U32_LANES {
            let mut smallest = s.u32_splat(if all_spoke { u32::MAX } else { 0 });
            let mut largest = s.u32_splat(0);
            for share in &slice.shares[..slice.votes.len()] {
                let score = s.u32_load(share, k);
                smallest = s.u32_min(smallest, score);
                largest = s.u32_max(largest, score);
            }
            let between = [smallest, largest];
            let limit = s.u32_splat(i32::MAX as u32);
            let small = s.u32_equal(s.u32_max(largest, limit), limit);
            if !small {
                let almost = almost_one(s);
                chosen.lone |= !s.u32_equal(s.u32_max(largest, almost), almost);
            }
            let score = match self.choice {
                Choice::Majority(kappa) if small => {
                    majority::<S, true>(s, k, slice, kappa, between)
                }
                Choice::Majority(kappa) => majority::<S, false>(s, k, slice, kappa, between),
                Choice::Largest => largest,
                _ => smallest,
            };
            s.u32_store(score, &mut chosen.consensus, k);
        }
        chosen
    }
}

/// By column the smallest score with less than `kappa` of stake above it, which is the largest `x` with at least `kappa`
/// on scores of `x` and above: the stake at or above `x` changes only just after a score.
///
/// `between` are the smallest and the largest score; the one wanted lies between them. Halving that range, and drawing
/// it in to the scores that are left in it, ends when one is. No sum of stakes overflows: all of it is `2^32`, and the
/// voter of the smallest score, who has some, is not counted while there is a range; without one nothing changes.
#[inline(always)]
fn majority<S: U32Lanes, const SMALL: bool>(
    s: S,
    k: usize,
    slice: &Slice,
    kappa: u32,
    between: [S::U32; 2],
) -> S::U32 {
    let [mut low, mut high] = between;
    let [smallest, _] = between;
    let kappa = s.u32_splat(kappa);
    // About as many as leave a score or two between low and high.
    let mut halvings = slice.votes.len().checked_ilog2().unwrap_or(0) + SPARE_HALVINGS;
    while !s.u32_equal(low, high) {
        for _ in 0..halvings {
            let range = s.u32_sub(high, low);
            let candidate = s.u32_sub(high, s.u32_half(range));
            let lower = s.u32_sub(candidate, s.u32_splat(1));
            let mut above = s.u32_splat(0);
            for (share, &vote) in slice.shares.iter().zip(&slice.votes) {
                let score = s.u32_load(share, k);
                let vote = s.u32_splat(vote);
                above = s.u32_add_if_above::<SMALL>(above, vote, score, lower);
            }
            low = s.u32_if_at_least(above, kappa, candidate, low);
            let lower = s.u32_sub(candidate, s.u32_min(range, s.u32_splat(1)));
            high = s.u32_if_at_least(above, kappa, high, lower);
        }
        [low, high] = drawn_in(s, k, slice, smallest, [low, high]);
        halvings = FURTHER_HALVINGS;
    }
    low
}

/// The smallest and the largest score in a range that has one.
///
/// Distances from an end of the range wrap for scores beyond that end, and are then larger than those of all others.
#[inline(always)]
fn drawn_in<S: U32Lanes>(
    s: S,
    k: usize,
    slice: &Slice,
    smallest: S::U32,
    [low, high]: [S::U32; 2],
) -> [S::U32; 2] {
    let range = s.u32_sub(high, low);
    // The smallest score may be that of voters without an entry in the slice.
    let mut above_low = s.u32_min(range, s.u32_sub(smallest, low));
    let mut below_high = range;
    for share in &slice.shares[..slice.votes.len()] {
        let score = s.u32_load(share, k);
        above_low = s.u32_min(above_low, s.u32_sub(score, low));
        below_high = s.u32_min(below_high, s.u32_sub(high, score));
    }
    [s.u32_add(low, above_low), s.u32_sub(high, below_high)]
}

/// Takes out self-weights and weights for neurons registered since; `newest` is the last registration in the slice.
#[inline(always)]
fn mask(registered: &[u64], row: &Row, newest: u64, first_column: usize, raw: &mut Lanes32) {
    if let Some(lane) = row.own_lane(first_column) {
        raw.0[lane] = 0;
    }
    if newest >= row.registered_before {
        let registered = &registered[first_column..];
        for (value, &registered) in raw.0.iter_mut().zip(registered) {
            if registered >= row.registered_before {
                *value = 0;
            }
        }
    }
}

/// Each weight's share of its row, kept in 32 bits.
#[inline(always)]
fn divide<S: Simd>(s: S, raw: &Lanes32, sum: S::Divisor, to: &mut Lanes32) {
    for k in 0..LANES / S::W {
        let share = s.divide_small(s.widen(raw, k), sum);
        s.narrow(to_u32_proportion(s, share), &mut to.0, k);
    }
}

/// A vote in 32 bits: nobody has all the stake.
pub(crate) fn vote_in_u32(stake: u64) -> u32 {
    u32::try_from(stake).unwrap_or(ONE_U32)
}
