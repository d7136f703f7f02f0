//! The rows of an eligible epoch: the validators with weights or bonds.

use super::panel::Lanes16;
use super::tile::TileRegistrations;
use crate::kernels::rounding::Whole;
use crate::kernels::simd::{LANES, ONE_U32, RowDivisor, Simd};
use crate::kernels::{Job, LOOPS_BECOME_VECTORS};
use crate::prepare::{BondRule, Prepared, RegistrationCutoff};
use std::ops::Range;
use yuma_fixed::I32F32;

/// Who votes on consensus.
pub(super) struct Voters {
    /// How many voters there are, those without weights among them.
    pub count: usize,
    /// The stake behind each row's vote, I32F32 bits; `None` for rows that do not vote.
    pub votes: Vec<Option<u32>>,
    /// The sum of the voters' stakes, I32F32 bits.
    pub total: u64,
}

/// The job that finds who votes: each validator with active stake, which is normalised once more, as it sums to a little
/// less than one.
pub(super) struct FindVoters<'a> {
    /// The active stake of each neuron: below one.
    pub active_stake: &'a [I32F32],
    /// The sum of the active stakes, I32F32 bits: at most one.
    pub total_stake: u64,
    /// The rows with weights or bonds.
    pub rows: &'a [Row],
}

impl Job for FindVoters<'_> {
    type Output = Voters;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Voters {
        // Without any stake there is nothing to divide.
        let whole = Whole::new(self.total_stake.max(1) as i64);
        let (mut total, mut count) = (0, 0);
        for active in self.active_stake {
            total += whole.part(active.to_bits()) as u64;
            count += usize::from(active.to_bits() > 0);
        }
        let votes = self.rows.iter().map(|row| {
            let active = i64::from(row.stake);
            let vote = whole.part(active);
            // Nobody has all the stake.
            (active > 0).then(|| u32::try_from(vote).unwrap_or(ONE_U32))
        });
        Voters {
            count,
            votes: votes.collect(),
            total,
        }
    }
}

/// The reason why an epoch takes the stepwise way: the vectorized one has preconditions that it does not meet.
pub(super) struct Ineligible;

/// One validator's row: its weights and bonds, and what both share.
pub(super) struct Row {
    /// The validator's uid.
    pub uid: u16,
    /// The entries of its weights, none where it has no permit.
    pub weights: Range<usize>,
    /// The entries of its bonds.
    pub bonds: Range<usize>,
    /// The sum of the stored weights that count, as what they are divided by.
    pub weight_sum: RowDivisor,
    /// Whether some of its weights is zero, where bonds move by liquid alpha: nothing else asks.
    pub has_zeros: bool,
    /// The cutoff of its weights' targets.
    pub cutoff: RegistrationCutoff,
    /// The cutoff of its bonds' miners.
    pub bond_cutoff: RegistrationCutoff,
    /// The column of its self-weight, where that does not count: its uid, until columns are compacted.
    pub self_column: Option<u16>,
    /// The validator's active stake, I32F32 bits: below one.
    pub stake: u32,
}

impl Row {
    /// Returns whether a weight in this column does not count; `registered` has the blocks of registration by column.
    #[inline(always)]
    pub fn masks(&self, registered: &[u64], column: u16) -> bool {
        self.cutoff.excludes(registered[column as usize]) || self.self_column == Some(column)
    }

    /// Returns the lane of a self-weight that does not count, where it lies in the tile at `first_column`.
    #[inline(always)]
    pub fn self_lane(&self, first_column: usize) -> Option<usize> {
        let column = self.self_column? as usize;
        (column / LANES == first_column / LANES).then_some(column % LANES)
    }

    /// Zeroes the weights of a tile that do not count.
    #[inline(always)]
    pub fn mask_weights(
        &self,
        registered: &[u64],
        of_tile: TileRegistrations,
        first_column: usize,
        weights: &mut Lanes16,
    ) {
        if let Some(lane) = self.self_lane(first_column) {
            weights[lane] = 0;
        }
        if self.cutoff.excludes(of_tile.last) {
            zero_excluded(
                self.cutoff,
                &registered[first_column..],
                of_tile.late,
                weights,
            );
        }
    }
}

/// Returns the earliest cutoff of a row's weights, the last that there is where there are none.
pub(super) fn earliest_cutoff(rows: &[Row]) -> RegistrationCutoff {
    let with_weights = rows.iter().filter(|row| !row.weights.is_empty());
    earliest(with_weights.map(|row| row.cutoff))
}

/// Returns the earliest cutoff of a row's bonds, likewise.
pub(super) fn earliest_bond_cutoff(rows: &[Row]) -> RegistrationCutoff {
    let with_bonds = rows.iter().filter(|row| !row.bonds.is_empty());
    earliest(with_bonds.map(|row| row.bond_cutoff))
}

fn earliest(cutoffs: impl Iterator<Item = RegistrationCutoff>) -> RegistrationCutoff {
    cutoffs.min().unwrap_or(RegistrationCutoff(u64::MAX))
}

/// Zeroes the lanes of the neurons that the cutoff excludes, all of them among the `late` ones; `registered` has the
/// blocks of registration from the tile's first column on.
///
/// Not inlined: few neurons register between two epochs.
#[inline(never)]
pub(super) fn zero_excluded(
    cutoff: RegistrationCutoff,
    registered: &[u64],
    mut late: u16,
    lanes: &mut Lanes16,
) {
    while late != 0 {
        let lane = late.trailing_zeros() as usize;
        if cutoff.excludes(registered[lane]) {
            lanes[lane] = 0;
        }
        late &= late - 1;
    }
}

/// The job that reads every row with weights or bonds: a job, since every entry is looked at, in vectors as wide as
/// there are.
///
/// Rows out of order, with repeats, or so long that a sum would leave I32F32 are ineligible.
pub(super) struct ReadRows<'a> {
    /// The epoch's start.
    pub prepared: &'a Prepared<'a>,
}

impl Job for ReadRows<'_> {
    type Output = Result<Vec<Row>, Ineligible>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Self::Output {
        let Self { prepared } = self;
        let (weights, bonds) = (&prepared.mechanism.weights, &prepared.mechanism.bonds);
        let n = prepared.subnet.n;
        // Of all rows first: from end to end, which brings them into the cache soonest.
        let descents =
            [weights, bonds].map(|rows| LOOPS_BECOME_VECTORS.then(|| descents(rows.uid)));
        let mut between_rows = [0; 2];
        let starts = weights.row_start.windows(2).zip(bonds.row_start.windows(2));
        let mut rows = Vec::with_capacity(USUAL_ROWS);
        for (uid, (weights_at, bonds_at)) in starts.enumerate() {
            if weights_at[0] == weights_at[1] && bonds_at[0] == bonds_at[1] {
                continue;
            }
            let [of_weights, of_bonds] = &mut between_rows;
            let mut weights = stored_row(weights.uid, weights_at, of_weights);
            let bonds = stored_row(bonds.uid, bonds_at, of_bonds);
            if !prepared.participants.permitted(uid) {
                weights = 0..0;
            }
            if weights.is_empty() && bonds.is_empty() {
                continue;
            }
            let mask = prepared.row_mask(uid as u16);
            rows.push(Row {
                uid: uid as u16,
                weights,
                bonds,
                weight_sum: RowDivisor::new(0),
                has_zeros: false,
                cutoff: mask.cutoff,
                bond_cutoff: prepared.bond_cutoff(uid as u16),
                self_column: mask.self_uid,
                stake: prepared.active_stake()[uid].to_bits() as u32,
            });
        }
        let [weights_ascend, bonds_ascend] =
            [0, 1].map(|of| descents[of] == Some(between_rows[of]));
        for row in &mut rows {
            row.weights = existing(weights.uid, row.weights.clone(), n, weights_ascend)?;
            row.bonds = existing(bonds.uid, row.bonds.clone(), n, bonds_ascend)?;
        }
        let late = LateRegistrations::new(prepared.subnet.block_at_registration, &rows);
        for row in &mut rows {
            row.weight_sum = RowDivisor::new(weight_sum(prepared, row, &late)?);
        }
        if let BondRule::LiquidAlpha(_) = prepared.bond_rule {
            for row in &mut rows {
                row.has_zeros = has_zero(&prepared.mechanism.weights.value[row.weights.clone()]);
            }
        }
        Ok(rows)
    }
}

/// The number of rows that memory is asked for at first.
const USUAL_ROWS: usize = 64;

/// Returns the place of a row's entries by its start and the next one's; counts in `descents_between_rows` whether the
/// next row begins with a uid that is not larger than this one's last.
#[inline(always)]
fn stored_row(uids: &[u16], starts: &[u32], descents_between_rows: &mut usize) -> Range<usize> {
    let range = starts[0] as usize..starts[1] as usize;
    if !range.is_empty()
        && let Some(next) = uids.get(range.end)
    {
        *descents_between_rows += usize::from(uids[range.end - 1] >= *next);
    }
    range
}

/// Returns a row's entries for uids that exist, if its uids strictly ascend, as it may be `known` that they do.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn existing(
    uids: &[u16],
    range: Range<usize>,
    n: u16,
    known: bool,
) -> Result<Range<usize>, Ineligible> {
    let entries = &uids[range.clone()];
    let Some(&last) = entries.last() else {
        return Ok(range);
    };
    if !known && !entries.is_sorted_by(|a, b| a < b) {
        return Err(Ineligible);
    }
    if last < n {
        return Ok(range);
    }
    let existing = entries.partition_point(|&uid| uid < n);
    Ok(range.start..range.start + existing)
}

/// Returns how many uids are followed by one that is not larger: of all rows at once, since most are so short that a loop
/// for each has more to do at its ends than between.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn descents(uids: &[u16]) -> usize {
    let Some(next) = uids.get(1..) else {
        return 0;
    };
    // So many fit 16 bits, in which the loop runs in vectors.
    const PART: usize = 1 << 15;
    let mut count = 0;
    for (uids, next) in uids.chunks(PART).zip(next.chunks(PART)) {
        let mut of_part = 0_u16;
        for (a, b) in uids.iter().zip(next) {
            of_part += u16::from(a >= b);
        }
        count += usize::from(of_part);
    }
    count
}

/// Returns whether one of the values is zero, likewise.
#[inline(always)]
fn has_zero(values: &[u16]) -> bool {
    if !LOOPS_BECOME_VECTORS {
        return values.contains(&0);
    }
    let mut least = u16::MAX;
    for &value in values {
        least = least.min(value);
    }
    least == 0
}

/// The neurons that some row's cutoff excludes: the only ones whose registration masks weights.
struct LateRegistrations {
    uids: Vec<u16>,
    /// The block in which each of them registered.
    registered: Vec<u64>,
    /// Whether the last registered come first.
    are_ordered: bool,
}

/// The number of late registrations that memory is asked for at first.
const USUALLY_LATE: usize = 64;

/// The most late registrations that are put in order: by insertion, since few are late on most subnets.
const MOST_ORDERED: usize = 16;

/// How many entries are looked at in the time that one neuron's weight takes, where that is at its own place or close by.
const ENTRIES_FOR_A_WEIGHT: usize = 4;

/// How many in the time of a step towards it.
const ENTRIES_FOR_A_STEP: usize = 3;

impl LateRegistrations {
    #[inline(always)]
    fn new(registered: &[u64], rows: &[Row]) -> Self {
        let mut late = Self {
            uids: Vec::with_capacity(USUALLY_LATE),
            registered: Vec::with_capacity(USUALLY_LATE),
            are_ordered: false,
        };
        let earliest = earliest_cutoff(rows);
        for (uid, &block) in registered.iter().enumerate() {
            if earliest.excludes(block) {
                late.uids.push(uid as u16);
                late.registered.push(block);
            }
        }
        late.are_ordered = late.uids.len() <= MOST_ORDERED;
        if late.are_ordered {
            late.order();
        }
        late
    }

    fn order(&mut self) {
        for end in 1..self.uids.len() {
            let mut at = end;
            while at > 0 && self.registered[at - 1] < self.registered[at] {
                self.registered.swap(at - 1, at);
                self.uids.swap(at - 1, at);
                at -= 1;
            }
        }
    }

    /// Returns how many of them the cutoff excludes.
    #[inline(always)]
    fn excluded_by(&self, cutoff: RegistrationCutoff) -> usize {
        // A fold without an early way out runs in vectors.
        let registered = self.registered.iter();
        registered.fold(0, |count, &block| {
            count + usize::from(cutoff.excludes(block))
        })
    }
}

/// Returns the sum of the weights that count: of all, less those of the masked.
#[inline(always)]
fn weight_sum(
    prepared: &Prepared<'_>,
    row: &Row,
    late: &LateRegistrations,
) -> Result<u32, Ineligible> {
    let uids = &prepared.mechanism.weights.uid[row.weights.clone()];
    let values = &prepared.mechanism.weights.value[row.weights.clone()];
    let registered = prepared.subnet.block_at_registration;
    let excluded = |uid: u16| row.cutoff.excludes(registered[uid as usize]);
    // Row lengths are u16 and values too: a row of 65536 cannot overflow u32.
    let mut sum = values.iter().map(|&value| u32::from(value)).sum::<u32>();
    let count = late.excluded_by(row.cutoff);
    // Each excluded neuron's weight, or each weight's neuron: whichever are less to look at.
    let missing = prepared.n() - uids.len();
    let steps = (missing.min(uids.len()) + 1).ilog2() as usize;
    let for_one = ENTRIES_FOR_A_WEIGHT + ENTRIES_FOR_A_STEP * steps;
    if count * for_one > uids.len() {
        sum -= sum_of_excluded(row.cutoff, registered, uids, values);
    } else if late.are_ordered {
        for &uid in &late.uids[..count] {
            sum -= weight(prepared.n(), uids, values, uid);
        }
    } else if count > 0 {
        for (&uid, &block) in late.uids.iter().zip(&late.registered) {
            if row.cutoff.excludes(block) {
                sum -= weight(prepared.n(), uids, values, uid);
            }
        }
    }
    if let Some(uid) = row.self_column
        && !excluded(uid)
    {
        sum -= weight(prepared.n(), uids, values, uid);
    }
    // Above this the chain's own sum wraps in I32F32.
    if sum < 1 << 31 {
        Ok(sum)
    } else {
        Err(Ineligible)
    }
}

/// Returns the sum of the weights of neurons that the cutoff excludes. Not a part of the job: with vectors the compiler
/// gathers the blocks by one instruction, which on many machines is slower than one by one.
#[inline(never)]
fn sum_of_excluded(
    cutoff: RegistrationCutoff,
    registered: &[u64],
    uids: &[u16],
    values: &[u16],
) -> u32 {
    let mut sum = 0;
    for (&uid, &value) in uids.iter().zip(values) {
        sum += u32::from(value) * u32::from(cutoff.excludes(registered[uid as usize]));
    }
    sum
}

/// Returns the weight of a uid among ascending ones, zero where it is not there.
#[inline(never)]
fn weight(n: usize, uids: &[u16], values: &[u16], uid: u16) -> u32 {
    // Ascending uids that leave out so many of all have theirs at its own place, or up to so many before.
    let missing = n - uids.len();
    let from = uids.len().min((uid as usize).saturating_sub(missing));
    let to = uids.len().min(uid as usize + 1);
    let (uids, values) = (&uids[from..to], &values[from..to]);
    let found = uids.binary_search(&uid);
    found.map_or(0, |at| values[at].into())
}
