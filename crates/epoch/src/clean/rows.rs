//! The rows of a clean epoch: what each has, and in which slices of columns.

use crate::kernels::Job;
use crate::kernels::simd::{LANES, Lanes32, Simd};
use crate::stake::{Participants, last_update};
use crate::{Mechanism, Rules, Subnet};
use std::ops::Range;

/// One validator's row: weights, bonds, and what both share.
pub(crate) struct Row {
    pub uid: u16,
    /// Its weights' entries, none where it has no permit.
    pub weights: Range<usize>,
    /// Its bonds' entries.
    pub bonds: Range<usize>,
    /// Sum of the weights that count.
    pub sum: u32,
    /// Weights count for neurons registered before this block.
    pub registered_before: u64,
    /// Whether its self-weight counts.
    pub keeps_self: bool,
    /// The column of a self-weight that does not count.
    pub own_column: Option<u16>,
    /// Active stake, I32F32 bits: below one.
    pub stake: u32,
}

impl Row {
    /// Whether a weight in this column does not count.
    #[inline(always)]
    pub fn masks(&self, registered: &[u64], column: u16) -> bool {
        registered[column as usize] >= self.registered_before || self.own_column == Some(column)
    }

    /// The lane of its own column, where that is one of this slice and does not count.
    #[inline(always)]
    pub fn own_lane(&self, first_column: usize) -> Option<usize> {
        let own = self.own_column? as usize;
        (own / LANES == first_column / LANES).then_some(own % LANES)
    }

    /// Whether a weight in this slice may not count; `newest` is the last registration in it.
    #[inline(always)]
    pub fn masks_in(&self, first_column: usize, newest: u64) -> bool {
        newest >= self.registered_before || self.own_lane(first_column).is_some()
    }
}

/// Why an epoch is not clean: it takes the general path instead.
pub(crate) struct NotClean;

/// Reads every row with weights or bonds: a job, since every entry is looked at, in vectors as wide as there are.
///
/// Its output is an error for rows out of order, with repeats, or so long that a sum would leave I32F32.
pub(crate) struct ReadRows<'a> {
    pub rules: &'a Rules,
    pub subnet: &'a Subnet<'a>,
    pub mechanism: &'a Mechanism<'a>,
    pub who: &'a Participants,
}

impl Job for ReadRows<'_> {
    type Output = Result<Vec<Row>, NotClean>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Self::Output {
        let Self {
            rules,
            subnet,
            mechanism,
            who,
        } = self;
        let n = subnet.n;
        let young = young(rules, subnet, mechanism, who);
        let mut rows = Vec::new();
        for uid in 0..n as usize {
            let weights = if who.permitted(uid) {
                ascending_entries(mechanism.weights.row_start, mechanism.weights.uid, uid, n)?
            } else {
                0..0
            };
            let bonds = ascending_entries(mechanism.bonds.row_start, mechanism.bonds.uid, uid, n)?;
            if weights.is_empty() && bonds.is_empty() {
                continue;
            }
            let registered_before = registered_before(rules, subnet, mechanism, uid);
            let mut row = Row {
                uid: uid as u16,
                weights,
                bonds,
                sum: 0,
                registered_before,
                keeps_self: subnet.owner_uid == Some(uid as u16),
                own_column: None,
                stake: who.active_stake[uid].to_bits() as u32,
            };
            row.sum = row_sum(subnet, mechanism, &row, &young)?;
            rows.push(row);
        }
        Ok(rows)
    }
}

/// A row's entries for uids that exist, if its uids strictly ascend.
#[inline(always)]
fn ascending_entries(
    row_start: &[u32],
    uids: &[u16],
    row: usize,
    n: u16,
) -> Result<Range<usize>, NotClean> {
    let range = row_start[row] as usize..row_start[row + 1] as usize;
    let entries = &uids[range.clone()];
    let Some((&last, _)) = entries.split_last() else {
        return Ok(range);
    };
    // A fold over pairs, not `is_sorted`: without an early way out it runs in vectors.
    let ascending = entries
        .iter()
        .zip(&entries[1..])
        .fold(true, |ok, (a, b)| ok & (a < b));
    if !ascending {
        return Err(NotClean);
    }
    if last < n {
        return Ok(range);
    }
    let inside = entries.partition_point(|&uid| uid < n);
    Ok(range.start..range.start + inside)
}

/// Outdated weights and weights committed before the neuron registered are masked: both bound the registration.
fn registered_before(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    uid: usize,
) -> u64 {
    let updated = last_update(mechanism, uid);
    if !rules.commit_reveal_mask || !subnet.commit_reveal_enabled {
        return updated;
    }
    updated.min(mechanism.commit_blocks[uid].saturating_add(1))
}

/// The neurons that registered after some validator's weights were set: the only ones for which weights can be masked.
fn young(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
) -> Vec<u16> {
    let uids = 0..subnet.n;
    let oldest = uids
        .clone()
        .filter(|&uid| who.permitted(uid.into()))
        .map(|uid| registered_before(rules, subnet, mechanism, uid.into()))
        .min()
        .unwrap_or(u64::MAX);
    uids.filter(|&uid| subnet.block_at_registration[uid as usize] >= oldest)
        .collect()
}

/// The sum of the weights that count: of all, less those of the masked.
#[inline(always)]
fn row_sum(
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    row: &Row,
    young: &[u16],
) -> Result<u32, NotClean> {
    let uids = &mechanism.weights.uid[row.weights.clone()];
    let values = &mechanism.weights.value[row.weights.clone()];
    let masked = |uid: u16| subnet.block_at_registration[uid as usize] >= row.registered_before;
    // Ascending uids that leave out so many of all have theirs at its own place, or up to so many before.
    let missing = subnet.n as usize - uids.len();
    let weight = |uid: u16| {
        let from = uids.len().min((uid as usize).saturating_sub(missing));
        let to = uids.len().min(uid as usize + 1);
        let place = uids[from..to].binary_search(&uid);
        place.map_or(0, |at| u64::from(values[from + at]))
    };
    // Row lengths are u16 and values too: a row of 65536 cannot overflow u32.
    let mut sum = u64::from(values.iter().map(|&value| u32::from(value)).sum::<u32>());
    let out = young.iter().filter(|&&uid| masked(uid));
    sum -= out.map(|&uid| weight(uid)).sum::<u64>();
    if !row.keeps_self && !masked(row.uid) {
        sum -= weight(row.uid);
    }
    // Above this the chain's own sum wraps in I32F32.
    u32::try_from(sum)
        .ok()
        .filter(|&sum| sum < 1 << 31)
        .ok_or(NotClean)
}

/// Slices that are gathered together: a row's memory is visited once for all of them.
pub(crate) const PANEL: usize = 8;

/// How many rows ahead a panel's memory is asked for: rows lie far apart, and the machine cannot guess the next.
pub(crate) const PREFETCH_DISTANCE: usize = 6;

/// Columns of a panel.
pub(crate) const PANEL_COLUMNS: usize = PANEL * LANES;

/// By slice of a panel the last registration of its neurons.
pub(crate) fn newest(registered: &[u64], panel: usize) -> [u64; PANEL] {
    let mut newest = [0; PANEL];
    let registered = &registered[panel * PANEL_COLUMNS..];
    for (newest, slice) in newest.iter_mut().zip(registered.chunks(LANES)) {
        *newest = slice.iter().copied().max().unwrap_or(0);
    }
    newest
}

/// Rows by the panel of columns in which their next entry lies, so that empty panels cost a row nothing.
#[derive(Default)]
pub(crate) struct Calendar {
    head: Vec<u32>,
    next: Vec<u32>,
}

const NOBODY: u32 = u32::MAX;

impl Calendar {
    pub fn reset(&mut self, columns: usize, rows: usize) {
        self.head.clear();
        self.head.resize(columns.div_ceil(PANEL_COLUMNS), NOBODY);
        self.next.clear();
        self.next.resize(rows, NOBODY);
    }

    /// How many panels there are.
    pub fn panels(&self) -> usize {
        self.head.len()
    }

    /// Enters a row under the panel of a uid.
    pub fn enter(&mut self, row: usize, uid: u16) {
        let head = &mut self.head[uid as usize / PANEL_COLUMNS];
        self.next[row] = *head;
        *head = row as u32;
    }

    /// Takes all rows of a panel.
    pub fn take(&mut self, panel: usize, into: &mut Vec<u32>) {
        into.clear();
        let mut row = std::mem::replace(&mut self.head[panel], NOBODY);
        while row != NOBODY {
            into.push(row);
            row = self.next[row as usize];
        }
    }
}

/// A row's entries from a place on, to be cut into runs by slice.
pub(crate) struct Entries<'a> {
    pub uids: &'a [u16],
    pub end: usize,
}

impl Entries<'_> {
    /// Whether there is an entry for each of so many columns from `first_column` on; `from` is not before them.
    #[inline(always)]
    pub fn fill(&self, from: usize, first_column: usize, columns: usize) -> bool {
        let last = from + columns - 1;
        // Strictly ascending uids leave none out where the last of so many is the last column.
        last < self.end && self.uids[last] as usize == first_column + columns - 1
    }

    /// Where the entries of the slice that begins at `first_column` end; `from` is not before it.
    #[inline(always)]
    pub fn slice_end(&self, from: usize, first_column: usize) -> usize {
        let mut end = from;
        while end < self.end && (self.uids[end] as usize) < first_column + LANES {
            end += 1;
        }
        end
    }
}

/// Values of the entries in `run` spread over the slice's columns; columns without an entry are 0.
#[inline(always)]
pub(crate) fn spread<T: Copy + Into<u32>>(
    run: Range<usize>,
    uids: &[u16],
    values: &[T],
    to: &mut Lanes32,
) {
    *to = Lanes32::ZERO;
    for (uid, &value) in uids[run.clone()].iter().zip(&values[run]) {
        to.0[*uid as usize % LANES] = value.into();
    }
}
