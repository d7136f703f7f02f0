//! Consensus, clipping, trust and ranks.

use crate::FixedRows;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use yuma_fixed::I32F32;
use yuma_vectorized::vector::{normalize, sum};

/// Returns the consensus of each of the `n` miners: the stake-weighted median of the weights on it, where a validator
/// without an entry counts as one with a weight of zero.
///
/// Of a row's repeated entries the last counts. Follows `weighted_median_col_sparse` of
/// `pallets/subtensor/src/epoch/math.rs`, spec 425.
pub(super) fn weighted_medians(
    active_stake: &[I32F32],
    weights: &FixedRows,
    kappa: I32F32,
) -> Vec<I32F32> {
    let n = active_stake.len();
    let voters = (0..n)
        .filter(|&uid| active_stake[uid] > I32F32::ZERO)
        .collect::<Vec<_>>();
    let mut stake = voters
        .iter()
        .map(|&uid| active_stake[uid])
        .collect::<Vec<_>>();
    // Normalised once more: active stake sums to a little less than one.
    normalize(&mut stake);
    let total = sum(&stake);
    let minority = total.saturating_sub(kappa);

    let votes = Votes::by_column(n, &voters, weights);
    let sums_are_exact = stake.iter().all(|&s| s >= I32F32::ZERO) && total_fits(&stake);
    let mut scratch = Ascending::new();
    (0..n)
        .map(|column| {
            let votes = votes.column(column);
            if sums_are_exact {
                median(votes, &stake, total, minority, &mut scratch)
            } else {
                chain_quickselect(votes, &stake, total, minority)
            }
        })
        .collect()
}

/// Returns whether partial sums of the stakes are exact: only absurd stakes, whose sum wrapped, have others.
fn total_fits(stake: &[I32F32]) -> bool {
    let exact = stake
        .iter()
        .fold(0i128, |acc, &s| acc + i128::from(s.to_bits()));
    exact <= i128::from(i64::MAX)
}

/// One validator's weight on a column's miner: its place among the voters, and the weight.
type Vote = (u32, I32F32);

/// The voters' weights by column; columns hold entries only.
struct Votes {
    start: Vec<u32>,
    votes: Vec<Vote>,
    len: Vec<u32>,
}

impl Votes {
    fn by_column(n: usize, voters: &[usize], weights: &FixedRows) -> Self {
        let mut start = vec![0u32; n + 1];
        for &uid in voters {
            for (j, _) in weights.row(uid) {
                start[j as usize + 1] += 1;
            }
        }
        for column in 0..n {
            start[column + 1] += start[column];
        }
        let mut votes = vec![(0, I32F32::ZERO); start[n] as usize];
        let mut len = vec![0u32; n];
        for (place, &uid) in voters.iter().enumerate() {
            for (j, weight) in weights.row(uid) {
                let column = j as usize;
                let from = start[column] as usize;
                let filled = len[column] as usize;
                let vote = (place as u32, weight);
                match filled.checked_sub(1).map(|last| &mut votes[from + last]) {
                    Some(last) if last.0 == vote.0 => *last = vote,
                    _ => {
                        votes[from + filled] = vote;
                        len[column] += 1;
                    }
                }
            }
        }
        Self { start, votes, len }
    }

    fn column(&self, column: usize) -> &[Vote] {
        let from = self.start[column] as usize;
        &self.votes[from..from + self.len[column] as usize]
    }
}

/// Weights with the stake behind them, which come out by ascending weight: a heap, since a sort is more code than a
/// browser's module has room for.
type Ascending = BinaryHeap<Reverse<(I32F32, I32F32)>>;

/// Returns the smallest weight for which the voters at or below it hold more than `minority`, else the largest weight.
///
/// That is what the chain's quickselect finds wherever partial sums of stake do not saturate: its two tests ask for the
/// stake below, and at or below, the pivot, and go towards exactly this weight.
fn median(
    votes: &[Vote],
    stake: &[I32F32],
    total: I32F32,
    minority: I32F32,
    scratch: &mut Ascending,
) -> I32F32 {
    if stake.is_empty() {
        return I32F32::ZERO;
    }
    let mut entries = std::mem::take(scratch).into_vec();
    entries.clear();
    entries.extend(
        votes
            .iter()
            .map(|&(place, weight)| Reverse((weight, stake[place as usize]))),
    );

    let some_without_entry = votes.len() < stake.len();
    let stake_with_entry = entries
        .iter()
        .fold(I32F32::ZERO, |acc, Reverse((_, s))| acc.saturating_add(*s));
    // A voter without an entry counts as one with a weight of zero, and no weight is below zero.
    let mut at_or_below = if some_without_entry {
        total.saturating_sub(stake_with_entry)
    } else {
        I32F32::ZERO
    };
    *scratch = entries.into();
    let is_next = |scratch: &Ascending, weight: I32F32| {
        let next = scratch.peek();
        next.is_some_and(|Reverse((next, _))| *next == weight)
    };
    if some_without_entry && at_or_below > minority && !is_next(scratch, I32F32::ZERO) {
        return I32F32::ZERO;
    }
    let mut largest = I32F32::ZERO;
    while let Some(Reverse((weight, stake))) = scratch.pop() {
        at_or_below = at_or_below.saturating_add(stake);
        if at_or_below > minority && !is_next(scratch, weight) {
            return weight;
        }
        largest = weight;
    }
    largest
}

/// Returns what the chain's own quickselect finds, for stakes whose sums wrapped: there its saturating tests have no
/// closed form.
fn chain_quickselect(votes: &[Vote], stake: &[I32F32], total: I32F32, minority: I32F32) -> I32F32 {
    let mut weight = vec![I32F32::ZERO; stake.len()];
    for &(place, vote) in votes {
        weight[place as usize] = vote;
    }
    let mut places = (0..stake.len()).collect::<Vec<_>>();
    let (mut low, mut high) = (I32F32::ZERO, total);
    // Each round drops at least the pivot, so this many rounds always end it.
    for _ in 0..=stake.len() {
        match places[..] {
            [] => return I32F32::ZERO,
            [only] => return weight[only],
            _ => {}
        }
        let pivot = weight[places[places.len() / 2]];
        let (lower, rest) = places
            .iter()
            .copied()
            .filter(|&p| weight[p] != pivot)
            .partition::<Vec<_>, _>(|&p| weight[p] < pivot);
        let stake_of = |side: &[usize]| {
            side.iter()
                .fold(I32F32::ZERO, |acc, &p| acc.saturating_add(stake[p]))
        };
        let (below, above) = (stake_of(&lower), stake_of(&rest));
        if minority < low.saturating_add(below) && !lower.is_empty() {
            high = low.saturating_add(below);
            places = lower;
        } else if high.saturating_sub(above) <= minority && !rest.is_empty() {
            low = high.saturating_sub(above);
            places = rest;
        } else {
            return pivot;
        }
    }
    I32F32::ZERO
}

/// Returns the weights cut down to consensus; an entry whose column has no consensus is dropped, unless it is zero
/// itself.
///
/// Follows `col_clip_sparse` of `pallets/subtensor/src/epoch/math.rs`, spec 425.
pub(super) fn clip(weights: &FixedRows, consensus: &[I32F32]) -> FixedRows {
    let mut clipped = FixedRows::with_capacity(weights.rows(), weights.uid.len());
    for uid in 0..weights.rows() {
        for (j, weight) in weights.row(uid) {
            let limit = consensus[j as usize];
            if weight <= limit {
                clipped.push(j, weight);
            } else if limit > I32F32::ZERO {
                clipped.push(j, limit);
            }
        }
        clipped.end_row();
    }
    clipped
}

/// Returns the sum of each of the `n` rows.
pub(super) fn row_sums(rows: &FixedRows) -> Vec<I32F32> {
    (0..rows.rows()).map(|uid| sum(rows.values(uid))).collect()
}

/// Returns the rank of each of the `n` miners: the stake-weighted sum of the clipped weights on it.
pub(super) fn ranks(clipped: &FixedRows, active_stake: &[I32F32]) -> Vec<I32F32> {
    let mut ranks = vec![I32F32::ZERO; active_stake.len()];
    for (uid, &stake) in active_stake.iter().enumerate() {
        for (j, weight) in clipped.row(uid) {
            let rank = &mut ranks[j as usize];
            *rank = rank.saturating_add(stake.saturating_mul(weight));
        }
    }
    ranks
}
