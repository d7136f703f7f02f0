//! The second pass over a clean epoch: bonds, dividends and stored bonds, a slice of columns at a time.

use super::columns::Columns;
use super::liquid::Liquid;
use super::rows::{
    Calendar, Entries, PANEL, PANEL_COLUMNS, PREFETCH_DISTANCE, Row, newest, spread,
};
use crate::kernels::Job;
use crate::kernels::simd::{
    CHAINS, LANES, Lanes32, Lanes64, ONE, Scale, Simd, U32Lanes, from_u32_proportion,
    prefetch_range,
};
use crate::output::StoredRows;

/// How bonds move.
pub(crate) enum Rule {
    /// Stake times weights, everything normalised by column.
    Classic {
        /// Part of the new, I32F32 bits.
        alpha: u64,
    },
    /// Weights, not normalised.
    Yuma3 {
        /// Part of the new, I32F32 bits.
        alpha: u64,
    },
    /// Weights, with a part of the new for each entry.
    Liquid(Liquid),
}

/// Marks an entry that is stored even where its value rounds to zero; above every stored value.
const STORED: u32 = 1 << 24;

/// The weights and bonds of one slice.
#[derive(Default)]
struct Slice {
    rows: Vec<u32>,
    /// What the first pass handed on: as many as rows, and what is left of earlier slices behind them; so too the next
    /// ones.
    weights: Vec<Lanes32>,
    /// Stored bonds as they come in, and as they go out.
    bonds: Vec<Lanes32>,
    /// One where the row has a weight that counts; for liquid alpha only.
    present: Vec<Lanes32>,
}

impl Slice {
    /// The sum of the stored bonds by column, below `2^31` for at most 2^15 rows.
    #[inline(always)]
    fn bond_sums<S: U32Lanes>(&self, s: S) -> Lanes32 {
        let mut sums = Lanes32::ZERO;
        for k in 0..LANES / S::U32_LANES {
            let mut sum = s.u32_splat(0);
            for bond in &self.bonds[..self.rows.len()] {
                sum = s.u32_add(sum, s.u32_load(bond, k));
            }
            s.u32_store(sum, &mut sums, k);
        }
        sums
    }

    /// Room for one more row, and its place.
    #[inline(always)]
    fn push(&mut self, row: u32) -> usize {
        let at = self.rows.len();
        self.rows.push(row);
        if self.bonds.len() == at {
            self.grow();
        }
        at
    }

    /// Room for one more group of rows.
    #[cold]
    fn grow(&mut self) {
        for blocks in [&mut self.weights, &mut self.bonds, &mut self.present] {
            blocks.resize(blocks.len() + CHAINS, Lanes32::ZERO);
        }
    }

    /// How many groups of [`CHAINS`] rows there are.
    fn groups(&self) -> usize {
        self.rows.len().div_ceil(CHAINS)
    }

    /// Fills the last group up with rows of nothing.
    fn complete_groups(&mut self) {
        let (from, to) = (self.rows.len(), self.groups() * CHAINS);
        for blocks in [&mut self.weights, &mut self.bonds, &mut self.present] {
            blocks[from..to].fill(Lanes32::ZERO);
        }
    }
}

/// The weights and bonds of a panel.
#[derive(Default)]
pub(crate) struct Panel {
    rows: Vec<u32>,
    slices: [Slice; PANEL],
    /// By row what is on its way through a slice, a vector each: so little that it stays in the cache.
    values: Vec<Lanes64>,
    /// By slice the last registration of its neurons.
    newest: [u64; PANEL],
}

/// Rows of stored bonds on their way out, each with room for all it may have.
pub(crate) struct Outgoing {
    /// By row where its room begins, and the end of the last.
    room: Vec<usize>,
    /// By row where its next entry goes; rows without a permit have no room.
    next: Vec<usize>,
    uid: Vec<u16>,
    value: Vec<u16>,
}

impl Outgoing {
    pub fn new(room_of: impl Iterator<Item = usize>) -> Self {
        let mut room = vec![0];
        for entries in room_of {
            room.push(room[room.len() - 1] + entries);
        }
        let total = room[room.len() - 1];
        Self {
            next: room[..room.len() - 1].to_vec(),
            room,
            uid: vec![0; total],
            value: vec![0; total],
        }
    }

    /// A row's room from its next entry on; none where it has none at all.
    #[inline(always)]
    fn rest_of(&mut self, row: usize) -> Rest<'_> {
        let room = self.next[row]..self.room[row + 1];
        Rest {
            any: self.room[row] < self.room[row + 1],
            uid: &mut self.uid[room.clone()],
            value: &mut self.value[room],
            taken: 0,
        }
    }

    /// Closes the gaps between rows and lays them out by uid.
    pub fn finish(mut self, n: usize, rows: &[Row], columns: &Columns<'_>) -> StoredRows {
        let mut start = vec![0u32; n + 1];
        let mut end = 0;
        for (index, row) in rows.iter().enumerate() {
            let (from, to) = (self.room[index], self.next[index]);
            if from != end {
                self.uid.copy_within(from..to, end);
                self.value.copy_within(from..to, end);
            }
            end += to - from;
            start[row.uid as usize + 1] = (to - from) as u32;
        }
        self.uid.truncate(end);
        columns.to_uids(&mut self.uid);
        self.value.truncate(end);
        for uid in 0..n {
            start[uid + 1] += start[uid];
        }
        StoredRows {
            start,
            uid: self.uid,
            value: self.value,
        }
    }
}

/// What is left of a row's room.
struct Rest<'a> {
    any: bool,
    uid: &'a mut [u16],
    value: &'a mut [u16],
    /// Entries put in.
    taken: usize,
}

impl Rest<'_> {
    /// Adds a slice's entries.
    #[inline(always)]
    fn put<S: U32Lanes>(&mut self, s: S, first_column: usize, block: &Lanes32) {
        if !self.any {
            return;
        }
        let mut stored = s.lanes_with_bit(block, STORED);
        if stored == u16::MAX
            && let Some(uid) = self.uid[self.taken..].first_chunk_mut::<LANES>()
            && let Some(value) = self.value[self.taken..].first_chunk_mut()
        {
            *uid = std::array::from_fn(|lane| (first_column + lane) as u16);
            s.pack16(block, value);
            self.taken += LANES;
            return;
        }
        while stored != 0 {
            let lane = stored.trailing_zeros() as usize;
            self.uid[self.taken] = (first_column + lane) as u16;
            self.value[self.taken] = block.0[lane] as u16;
            self.taken += 1;
            stored &= stored - 1;
        }
    }
}

/// The second pass.
pub(crate) struct BondPass<'a> {
    pub columns: &'a Columns<'a>,
    pub rows: &'a [Row],
    pub rule: &'a Rule,
    /// The bonds penalty, I32F32 bits.
    pub penalty: u64,
    /// Bonds count for neurons registered before this block.
    pub registered_before: u64,
    /// By entry of the weights what the first pass handed on.
    pub entries: &'a [u32],
    /// By column, I32F32 bits.
    pub consensus: &'a [u64],
    /// By column the sum of what bonds gain, I32F32 bits; where they move by stake times weights.
    pub gained: &'a [u64],
    /// By column, I32F32 bits.
    pub incentive: &'a [u64],
    pub calendar: &'a mut Calendar,
    /// By row the next entry of its weights and of its bonds.
    pub cursors: &'a mut Vec<[usize; 2]>,
    pub panel: &'a mut Panel,
    /// By row the sum of incentive times bonds, spread over lanes.
    pub dividends: &'a mut [Lanes64],
    pub outgoing: &'a mut Outgoing,
}

impl Job for BondPass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        self.calendar.reset(self.consensus.len(), self.rows.len());
        self.cursors.clear();
        for index in 0..self.rows.len() {
            let row = &self.rows[index];
            self.cursors.push([row.weights.start, row.bonds.start]);
            self.enter(index);
        }
        for panel in 0..self.calendar.panels() {
            self.gather(s, panel);
            if self.panel.rows.is_empty() {
                continue;
            }
            for slice in 0..PANEL {
                let first_column = panel * PANEL_COLUMNS + slice * LANES;
                if self.penalty == ONE {
                    self.settle::<S, true>(s, slice, first_column);
                } else {
                    self.settle::<S, false>(s, slice, first_column);
                }
            }
            self.hand_out(s, panel);
        }
        for earned in self.dividends {
            s.store_u64(s.load(earned, 0), earned, 0);
        }
    }
}

impl BondPass<'_> {
    /// Enters a row under the panel of its next weight or bond.
    #[inline(always)]
    fn enter(&mut self, index: usize) {
        let row = &self.rows[index];
        let [weight, bond] = self.cursors[index];
        let next_weight = (weight < row.weights.end).then(|| self.columns.weights.uid[weight]);
        // Liquid alpha drops bonds without a weight: nothing is to be done for them alone.
        let bonds_count = !matches!(self.rule, Rule::Liquid(_));
        let next_bond = (bonds_count && bond < row.bonds.end).then(|| self.columns.bonds.uid[bond]);
        let next = match (next_weight, next_bond) {
            (Some(weight), Some(bond)) => weight.min(bond),
            (Some(uid), None) | (None, Some(uid)) => uid,
            (None, None) => return,
        };
        self.calendar.enter(index, next);
    }

    /// Gathers a panel's shares and bonds.
    #[inline(always)]
    fn gather<S: Simd>(&mut self, s: S, panel: usize) {
        self.calendar.take(panel, &mut self.panel.rows);
        for slice in &mut self.panel.slices {
            slice.rows.clear();
        }
        self.panel.newest = newest(self.columns.registered, panel);
        let rows = self.panel.rows.len().next_multiple_of(CHAINS);
        if self.panel.values.len() < rows {
            self.panel.values.resize(rows, Lanes64::ZERO);
        }
        for place in 0..self.panel.rows.len() {
            if let Some(&ahead) = self.panel.rows.get(place + PREFETCH_DISTANCE) {
                let [weight, bond] = self.cursors[ahead as usize];
                prefetch_range(s, self.entries, weight, PANEL_COLUMNS);
                prefetch_range(s, self.columns.bonds.value, bond, PANEL_COLUMNS);
                s.prefetch(self.columns.weights.uid, weight + PANEL_COLUMNS - 1);
                s.prefetch(self.columns.bonds.uid, bond + PANEL_COLUMNS - 1);
            }
            self.gather_row(s, panel, self.panel.rows[place]);
        }
    }

    #[inline(always)]
    fn gather_row<S: Simd>(&mut self, s: S, panel: usize, index: u32) {
        let first_column = panel * PANEL_COLUMNS;
        let (weights, bonds) = (self.columns.weights, self.columns.bonds);
        let row = &self.rows[index as usize];
        let [mut weight, mut bond] = self.cursors[index as usize];
        if matches!(self.rule, Rule::Liquid(_)) {
            while bond < row.bonds.end && (bonds.uid[bond] as usize) < first_column {
                bond += 1;
            }
        }
        let [of_weights, of_bonds] = [
            Entries {
                uids: weights.uid,
                end: row.weights.end,
            },
            Entries {
                uids: bonds.uid,
                end: row.bonds.end,
            },
        ];
        let liquid = matches!(self.rule, Rule::Liquid(_));
        let dense = of_weights.fill(weight, first_column, PANEL_COLUMNS)
            && of_bonds.fill(bond, first_column, PANEL_COLUMNS);
        for (at, slice) in self.panel.slices.iter_mut().enumerate() {
            let first_column = first_column + at * LANES;
            let full = dense
                || (of_weights.fill(weight, first_column, LANES)
                    && of_bonds.fill(bond, first_column, LANES));
            let next = if full {
                [weight, bond].map(|from| from + LANES)
            } else {
                let weight = of_weights.slice_end(weight, first_column);
                [weight, of_bonds.slice_end(bond, first_column)]
            };
            let runs = [weight..next[0], bond..next[1]];
            [weight, bond] = next;
            if runs[0].is_empty() && (liquid || runs[1].is_empty()) {
                continue;
            }
            let place = slice.push(index);
            if liquid {
                let uids = &weights.uid[runs[0].clone()];
                let (registered, newest) = (self.columns.registered, self.panel.newest[at]);
                slice.present[place] = presence(registered, row, newest, first_column, uids);
            }
            let [handed, stored] = [&mut slice.weights[place], &mut slice.bonds[place]];
            if full
                && let Some(entries) = self.entries[runs[0].start..].first_chunk()
                && let Some(values) = bonds.value[runs[1].start..].first_chunk()
            {
                handed.0 = *entries;
                s.widen16(values, stored);
            } else {
                let [of_weights, of_bonds] = runs;
                spread(of_weights, weights.uid, self.entries, handed);
                spread(of_bonds, bonds.uid, bonds.value, stored);
            }
            if self.panel.newest[at] >= self.registered_before {
                forget(
                    self.columns.registered,
                    self.registered_before,
                    first_column,
                    stored,
                );
            }
        }
        self.cursors[index as usize] = [weight, bond];
        self.enter(index as usize);
    }

    /// Hands the panel's stored bonds to their rows, each row's memory visited once.
    #[inline(always)]
    fn hand_out<S: U32Lanes>(&mut self, s: S, panel: usize) {
        let mut next = [0; PANEL];
        for (place, &index) in self.panel.rows.iter().enumerate() {
            if let Some(&ahead) = self.panel.rows.get(place + PREFETCH_DISTANCE) {
                let to = self.outgoing.next[ahead as usize];
                prefetch_range(s, &self.outgoing.uid, to, PANEL_COLUMNS);
                prefetch_range(s, &self.outgoing.value, to, PANEL_COLUMNS);
            }
            let mut rest = self.outgoing.rest_of(index as usize);
            for (at, (slice, next)) in self.panel.slices.iter().zip(&mut next).enumerate() {
                // A slice holds its rows in the panel's order.
                if slice.rows.get(*next) == Some(&index) {
                    rest.put(s, panel * PANEL_COLUMNS + at * LANES, &slice.bonds[*next]);
                    *next += 1;
                }
            }
            let taken = rest.taken;
            self.outgoing.next[index as usize] += taken;
        }
    }

    #[inline(always)]
    fn settle<S: Simd, const CLIPPED: bool>(&mut self, s: S, slice: usize, first_column: usize) {
        if self.panel.slices[slice].rows.is_empty() {
            return;
        }
        let end = self.consensus.len().min(first_column + LANES);
        let columns = end - first_column;
        let [consensus, gained, incentive] =
            [self.consensus, self.gained, self.incentive].map(|values| {
                let mut block = Lanes64::ZERO;
                block.0[..columns].copy_from_slice(&values[first_column..end]);
                block
            });
        let slice = &mut self.panel.slices[slice];
        let mut moves = Moves {
            penalty: Scale::new(self.penalty),
            dividends: self.dividends,
            values: &mut self.panel.values,
        };
        let mut bond_sums = Lanes32::ZERO;
        match self.rule {
            Rule::Classic { .. } => bond_sums = slice.bond_sums(s),
            Rule::Yuma3 { .. } => {}
            Rule::Liquid(_) => slice.complete_groups(),
        }
        for k in 0..LANES / S::W {
            let limit = s.load_u64(&consensus, k);
            let incentive = s.factor(s.load_u64(&incentive, k));
            match self.rule {
                Rule::Classic { alpha } => {
                    let sums = [s.load_u64(&gained, k), s.widen(&bond_sums, k)];
                    moves.classic(s, slice, k, sums, incentive, *alpha);
                }
                Rule::Yuma3 { alpha } => {
                    let sum = moves.yuma3::<S, CLIPPED>(s, slice, k, limit, *alpha);
                    moves.share_out(s, slice, k, sum, incentive);
                }
                Rule::Liquid(liquid) => {
                    let sum = moves.liquid::<S, CLIPPED>(s, slice, k, limit, liquid);
                    moves.share_out(s, slice, k, sum, incentive);
                }
            }
        }
    }
}

/// The arithmetic on `S::W` columns of a slice at a time.
struct Moves<'a> {
    penalty: Scale,
    dividends: &'a mut [Lanes64],
    values: &'a mut [Lanes64],
}

impl Moves<'_> {
    /// Moves bonds by a common alpha, deltas and bonds normalised by their sums.
    #[inline(always)]
    fn classic<S: Simd>(
        &mut self,
        s: S,
        slice: &mut Slice,
        k: usize,
        sums: [S::V; 2],
        incentive: S::Factor,
        alpha: u64,
    ) {
        let count = slice.rows.len();
        let (by_delta, by_bond) = (s.divisor(sums[0]), s.divisor(sums[1]));
        let [new, old] = parts(s, alpha);
        let mut sum = s.splat(0);
        let inputs = slice.weights[..count].iter().zip(&slice.bonds);
        for ((delta, bond), value) in inputs.zip(&mut *self.values) {
            let delta = s.divide(s.widen(delta, k), by_delta);
            let bond = s.divide_small(s.widen(bond, k), by_bond);
            let moved = s.add(s.multiply(delta, new), s.multiply(bond, old));
            sum = s.add(sum, moved);
            s.store(moved, value, 0);
        }

        // The sum is at most one, as those of deltas and bonds are: a part of it is zero only of what did not move. Where
        // both were there it is nearly one.
        let mut largest = s.splat(0);
        if let Some(sum) = s.near_one(sum) {
            for (&index, value) in slice.rows.iter().zip(&mut *self.values) {
                let bond = s.divide_near_one(s.load(value, 0), sum);
                largest = s.max(largest, bond);
                earn(s, &mut self.dividends[index as usize], bond, incentive);
                s.store(bond, value, 0);
            }
        } else {
            let sum = s.divisor(sum);
            for (&index, value) in slice.rows.iter().zip(&mut *self.values) {
                let bond = s.divide(s.load(value, 0), sum);
                largest = s.max(largest, bond);
                earn(s, &mut self.dividends[index as usize], bond, incentive);
                s.store(bond, value, 0);
            }
        }

        let by_largest = s.divisor(largest);
        for (value, out) in self.values[..count].iter().zip(&mut slice.bonds) {
            let bond = s.load(value, 0);
            keep(s, out, k, s.divide(bond, by_largest), bond);
        }
    }

    /// Moves bonds by a common alpha; their sum by column.
    #[inline(always)]
    fn yuma3<S: Simd, const CLIPPED: bool>(
        &mut self,
        s: S,
        slice: &mut Slice,
        k: usize,
        limit: S::V,
        alpha: u64,
    ) -> S::V {
        let [new, old] = parts(s, alpha);
        let proportion = s.divisor(s.splat(u16::MAX.into()));
        let count = slice.rows.len();
        let mut sum = s.splat(0);
        let inputs = slice.weights[..count].iter().zip(&slice.bonds);
        for ((share, bond), value) in inputs.zip(&mut *self.values) {
            let weight = followed::<S, CLIPPED>(s, self.penalty, s.widen(share, k), limit);
            let bond = s.divide_small(s.widen(bond, k), proportion);
            let moved = s.add(s.multiply(weight, new), s.multiply(bond, old));
            sum = s.add(sum, moved);
            s.store(moved, value, 0);
        }
        sum
    }

    /// Moves bonds by an alpha for each, in a slice of complete groups; their sum by column.
    #[inline(always)]
    fn liquid<S: Simd, const CLIPPED: bool>(
        &mut self,
        s: S,
        slice: &mut Slice,
        k: usize,
        limit: S::V,
        liquid: &Liquid,
    ) -> S::V {
        let proportion = s.divisor(s.splat(u16::MAX.into()));
        // Where something remains of every weight, none is dropped for the penalty.
        let drops = if CLIPPED {
            s.any(s.saturating_sub(s.splat(1), limit))
        } else {
            self.penalty.bits > 0
        };
        let mut sum = s.splat(0);
        let groups = slice.groups();
        let [weights, bonds, present] = [&slice.weights, &slice.bonds, &slice.present]
            .map(|blocks| blocks.as_chunks::<CHAINS>().0);
        let inputs = weights[..groups].iter().zip(bonds).zip(present);
        let values = self.values.as_chunks_mut::<CHAINS>().0;
        for (((weights, bonds), present), values) in inputs.zip(values) {
            let mut weight = [s.splat(0); CHAINS];
            let mut bond = [s.splat(0); CHAINS];
            for g in 0..CHAINS {
                let set = s.widen(&weights[g], k);
                weight[g] = followed::<S, CLIPPED>(s, self.penalty, set, limit);
                bond[g] = s.divide_small(s.widen(&bonds[g], k), proportion);
            }
            let alpha = liquid.alphas(s, limit, &weight, &bond);
            for g in 0..CHAINS {
                // What one less alpha keeps, floored, is the bond less what alpha takes, rounded up. With the weight's
                // part it is one at most, as bond and weight are.
                let part = s.factor(alpha[g]);
                let kept = s.sub(bond[g], s.multiply_ceil(bond[g], part));
                let moved = s.add(kept, s.multiply(weight[g], part));
                let mut present = s.widen(&present[g], k);
                if drops {
                    let set = s.widen(&weights[g], k);
                    present = still_present::<S, CLIPPED>(s, present, set, weight[g]);
                }
                let moved = s.if_positive(present, moved);
                sum = s.add(sum, moved);
                s.store(moved, &mut values[g], 0);
            }
        }
        sum
    }

    /// Normalises Yuma3 bonds for the dividends, and keeps them as they are.
    #[inline(always)]
    fn share_out<S: Simd>(
        &mut self,
        s: S,
        slice: &mut Slice,
        k: usize,
        sum: S::V,
        incentive: S::Factor,
    ) {
        let by_sum = s.divisor(sum);
        let inputs = slice.rows.iter().zip(&*self.values);
        for ((&index, value), out) in inputs.zip(&mut slice.bonds) {
            let bond = s.load(value, 0);
            let earned = &mut self.dividends[index as usize];
            earn(s, earned, s.divide(bond, by_sum), incentive);
            keep(s, out, k, bond, bond);
        }
    }
}

/// The weight that a bond follows: clipped, or for a penalty below one cut in part.
#[inline(always)]
fn followed<S: Simd, const CLIPPED: bool>(s: S, penalty: Scale, weight: S::V, limit: S::V) -> S::V {
    if CLIPPED {
        // Consensus is below one: a weight of one, kept as one less, is clipped too.
        return s.min(weight, limit);
    }
    // weight + floor(penalty * (clipped - weight)), the product negative: its floor is the ceiling of the
    // positive one, away from zero.
    let weight = from_u32_proportion(s, weight);
    let cut = s.saturating_sub(weight, limit);
    s.sub(weight, s.multiply_ceil(cut, s.scale(&penalty)))
}

/// Adds a bond's part of the incentive to its row's dividends.
#[inline(always)]
fn earn<S: Simd>(s: S, earned: &mut Lanes64, bond: S::V, incentive: S::Factor) {
    let part = s.multiply(bond, incentive);
    s.store(s.add(s.load(earned, 0), part), earned, 0);
}

/// The parts of the new and of the old.
#[inline(always)]
fn parts<S: Simd>(s: S, alpha: u64) -> [S::Factor; 2] {
    [
        s.scale(&Scale::new(alpha)),
        s.scale(&Scale::new(ONE - alpha)),
    ]
}

/// What the penalty takes to zero is dropped, bond and all; a weight set to zero is not.
#[inline(always)]
fn still_present<S: Simd, const CLIPPED: bool>(
    s: S,
    present: S::V,
    set: S::V,
    followed: S::V,
) -> S::V {
    let zero = s.splat(0);
    let if_zero = if CLIPPED {
        s.if_greater(set, zero, zero, present)
    } else {
        zero
    };
    s.if_greater(followed, zero, present, if_zero)
}

/// Keeps `floor(bond * 65535)` in place of the bond that came in, marked as stored where `original` is above zero.
#[inline(always)]
fn keep<S: Simd>(s: S, out: &mut Lanes32, k: usize, bond: S::V, original: S::V) {
    let mark = s.if_positive(original, s.splat(STORED.into()));
    s.narrow(s.add(s.to_u16(bond), mark), &mut out.0, k);
}

/// Takes out bonds of neurons registered since.
#[inline(always)]
fn forget(registered: &[u64], registered_before: u64, first_column: usize, bonds: &mut Lanes32) {
    let registered = &registered[first_column..];
    for (value, &registered) in bonds.0.iter_mut().zip(registered) {
        if registered >= registered_before {
            *value = 0;
        }
    }
}

/// One in the columns of the row's weights that count, zero-valued ones among them; `newest` is the last registration
/// in the slice.
#[inline(always)]
fn presence(
    registered: &[u64],
    row: &Row,
    newest: u64,
    first_column: usize,
    columns: &[u16],
) -> Lanes32 {
    if columns.len() == LANES && !row.masks_in(first_column, newest) {
        return Lanes32([1; LANES]);
    }
    let mut present = Lanes32::ZERO;
    for &column in columns {
        present.0[column as usize - first_column] = u32::from(!row.masks(registered, column));
    }
    present
}
