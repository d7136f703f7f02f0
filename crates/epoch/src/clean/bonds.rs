//! The second pass over a clean epoch: bonds, dividends and stored bonds, a slice of columns at a time.

use super::liquid::Liquid;
use super::rows::{Calendar, Row, run_of, spread};
use crate::kernels::Job;
use crate::kernels::simd::{
    Block32, Block64, LANES, ONE, Simd, divide, from_narrow, max, min, multiply,
    multiply_below_one, reciprocal,
};
use crate::output::StoredRows;
use crate::{Mechanism, Subnet};

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

/// Marks an entry that is stored even where its value rounds to zero; clear of every I32F32 value up to 1.0.
const STORED: u64 = 1 << 56;
/// The same after a shift to the low half.
const STORED_NARROW: u32 = 1 << 24;
const VALUE: u64 = (1 << 40) - 1;

/// The bonds' side of a slice.
#[derive(Default)]
pub(crate) struct Slice {
    rows: Vec<u32>,
    shares: Vec<Block32>,
    bonds: Vec<Block32>,
    /// One where the row has a weight that counts; read by liquid alpha only.
    present: Vec<Block32>,
    values: Vec<Block64>,
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

    /// Adds a slice's entries to a row.
    #[inline(always)]
    fn put(&mut self, row: usize, first_column: usize, block: &Block32) {
        if self.room[row] == self.room[row + 1] {
            return;
        }
        let from = self.next[row];
        let all = block.0.iter().fold(STORED_NARROW, |all, &v| all & v);
        if all == STORED_NARROW {
            let uid = &mut self.uid[from..from + LANES];
            let value = &mut self.value[from..from + LANES];
            for lane in 0..LANES {
                uid[lane] = (first_column + lane) as u16;
                value[lane] = block.0[lane] as u16;
            }
            self.next[row] = from + LANES;
            return;
        }
        let mut at = from;
        for (lane, &value) in block.0.iter().enumerate() {
            if value & STORED_NARROW != 0 {
                self.uid[at] = (first_column + lane) as u16;
                self.value[at] = value as u16;
                at += 1;
            }
        }
        self.next[row] = at;
    }

    /// Closes the gaps between rows and lays them out by uid.
    pub fn finish(mut self, n: usize, rows: &[Row]) -> StoredRows {
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

/// The second pass.
pub(crate) struct BondPass<'a> {
    pub subnet: &'a Subnet<'a>,
    pub mechanism: &'a Mechanism<'a>,
    pub rows: &'a [Row],
    pub rule: &'a Rule,
    /// The bonds penalty, I32F32 bits.
    pub penalty: u64,
    /// Bonds count for neurons registered before this block.
    pub registered_before: u64,
    /// By entry of the weights its share of the row, kept in 32 bits.
    pub shares: &'a [u32],
    /// By column, I32F32 bits.
    pub consensus: &'a [u64],
    /// By column, I32F32 bits.
    pub incentive: &'a [u64],
    pub calendar: &'a mut Calendar,
    /// By row the next entry of its weights and of its bonds.
    pub cursors: &'a mut Vec<[usize; 2]>,
    pub slice: &'a mut Slice,
    /// By row the sum of incentive times bonds, spread over lanes.
    pub dividends: &'a mut [Block64],
    pub outgoing: &'a mut Outgoing,
}

impl Job for BondPass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let slices = self.consensus.len().div_ceil(LANES);
        self.calendar.reset(slices, self.rows.len());
        self.cursors.clear();
        for index in 0..self.rows.len() {
            let row = &self.rows[index];
            self.cursors.push([row.weights.start, row.bonds.start]);
            self.enter(index);
        }
        for slice in 0..slices {
            self.fill(slice);
            if self.slice.rows.is_empty() {
                continue;
            }
            if self.penalty == 0 || self.penalty == ONE {
                self.settle::<S, false>(s, slice);
            } else {
                self.settle::<S, true>(s, slice);
            }
        }
    }
}

impl BondPass<'_> {
    /// Enters a row under the slice of its next weight or bond.
    #[inline(always)]
    fn enter(&mut self, index: usize) {
        let row = &self.rows[index];
        let [weight, bond] = self.cursors[index];
        let next_weight = (weight < row.weights.end).then(|| self.mechanism.weights.uid[weight]);
        // Liquid alpha drops bonds without a weight: nothing is to be done for them alone.
        let bonds_count = !matches!(self.rule, Rule::Liquid(_));
        let next_bond =
            (bonds_count && bond < row.bonds.end).then(|| self.mechanism.bonds.uid[bond]);
        let next = match (next_weight, next_bond) {
            (Some(weight), Some(bond)) => weight.min(bond),
            (Some(uid), None) | (None, Some(uid)) => uid,
            (None, None) => return,
        };
        self.calendar.enter(index, next);
    }

    /// Gathers the slice's shares and bonds.
    #[inline(always)]
    fn fill(&mut self, slice: usize) {
        let (weights, bonds) = (&self.mechanism.weights, &self.mechanism.bonds);
        let first_column = slice * LANES;
        let columns = LANES.min(self.consensus.len() - first_column);
        let registered = &self.subnet.block_at_registration[first_column..first_column + columns];
        let outdated = registered.iter().any(|&r| r >= self.registered_before);
        let liquid = matches!(self.rule, Rule::Liquid(_));
        self.calendar.take(slice, &mut self.slice.rows);
        self.slice.shares.clear();
        self.slice.bonds.clear();
        self.slice.present.clear();
        for place in 0..self.slice.rows.len() {
            let index = self.slice.rows[place] as usize;
            let row = &self.rows[index];
            let [weight, mut bond] = self.cursors[index];
            if liquid {
                while bond < row.bonds.end && (bonds.uid[bond] as usize) < first_column {
                    bond += 1;
                }
            }
            let weight_run = run_of(weights.uid, weight, row.weights.end, first_column);
            let bond_run = run_of(bonds.uid, bond, row.bonds.end, first_column);
            self.slice
                .shares
                .push(spread(&weight_run, weights.uid, self.shares));
            let mut block = spread(&bond_run, bonds.uid, bonds.value);
            if outdated {
                for (value, &registered) in block.0.iter_mut().zip(registered) {
                    if registered >= self.registered_before {
                        *value = 0;
                    }
                }
            }
            self.slice.bonds.push(block);
            if liquid {
                let uids = &weights.uid[weight_run.from..weight_run.from + weight_run.len];
                self.slice
                    .present
                    .push(presence(self.subnet, row, first_column, uids));
            }
            self.cursors[index] = [
                weight_run.from + weight_run.len,
                bond_run.from + bond_run.len,
            ];
            self.enter(index);
        }
        self.slice.values.resize(
            self.slice.rows.len().max(self.slice.values.len()),
            Block64::ZERO,
        );
    }

    #[inline(always)]
    fn settle<S: Simd, const PART: bool>(&mut self, s: S, slice: usize) {
        let from = slice * LANES;
        let columns = LANES.min(self.consensus.len() - from);
        let mut consensus = Block64::ZERO;
        let mut incentive = Block64::ZERO;
        consensus.0[..columns].copy_from_slice(&self.consensus[from..from + columns]);
        incentive.0[..columns].copy_from_slice(&self.incentive[from..from + columns]);
        for k in 0..LANES / S::W {
            let limit = s.load(&consensus, k);
            let incentive = s.load(&incentive, k);
            match self.rule {
                Rule::Classic { alpha } => {
                    self.classic::<S, PART>(s, k, limit, incentive, *alpha);
                }
                Rule::Yuma3 { alpha } => {
                    let sum = self.yuma3::<S, PART>(s, k, limit, *alpha);
                    self.share_out(s, k, sum, incentive);
                }
                Rule::Liquid(liquid) => {
                    let sum = self.liquid::<S, PART>(s, k, limit, liquid);
                    self.share_out(s, k, sum, incentive);
                }
            }
        }
        // Each 32-bit block of bonds has become what is stored of it.
        for (&index, block) in self.slice.rows.iter().zip(&self.slice.bonds) {
            self.outgoing.put(index as usize, from, block);
        }
    }

    /// The weight that a bond follows: as set (penalty 0), clipped (penalty 1) or between the two.
    #[inline(always)]
    fn followed<S: Simd, const PART: bool>(&self, s: S, weight: S::U, limit: S::U) -> S::U {
        if !PART {
            let limit = if self.penalty == 0 {
                s.splat(ONE)
            } else {
                limit
            };
            return min(s, weight, limit);
        }
        // weight + floor(penalty * (clipped - weight)), the product negative: its floor is the ceiling of the
        // positive one, away from zero. The penalty is below 1.0, so the sum stays within 64 bits.
        let cut = s.sub(weight, min(s, weight, limit));
        let product = s.mul_low(cut, s.splat(self.penalty));
        let ceiling = s.shr32(s.add(product, s.splat(ONE - 1)));
        s.sub(weight, ceiling)
    }

    #[inline(always)]
    fn classic<S: Simd, const PART: bool>(
        &mut self,
        s: S,
        k: usize,
        limit: S::U,
        incentive: S::U,
        alpha: u64,
    ) {
        let count = self.slice.rows.len();
        let mut delta_sum = s.splat(0);
        let mut bond_sum = s.splat(0);
        for at in 0..count {
            let stake = s.splat(self.rows[self.slice.rows[at] as usize].stake);
            let weight = from_narrow(s, s.widen(&self.slice.shares[at], k));
            let weight = self.followed::<S, PART>(s, weight, limit);
            let delta = multiply(s, weight, stake);
            delta_sum = s.add(delta_sum, delta);
            bond_sum = s.add(bond_sum, s.widen(&self.slice.bonds[at], k));
            s.store(delta, &mut self.slice.values[at], k);
        }

        let (by_delta, by_bond) = (reciprocal(s, delta_sum), reciprocal(s, bond_sum));
        let (new, old) = (s.splat(alpha), s.splat(ONE - alpha));
        let mut sum = s.splat(0);
        for at in 0..count {
            let delta = divide(s, s.load(&self.slice.values[at], k), delta_sum, by_delta);
            let bond = divide(s, s.widen(&self.slice.bonds[at], k), bond_sum, by_bond);
            let value = s.add(multiply(s, delta, new), multiply(s, bond, old));
            sum = s.add(sum, value);
            s.store(value, &mut self.slice.values[at], k);
        }

        let by_sum = reciprocal(s, sum);
        let mut largest = s.splat(0);
        for at in 0..count {
            let value = s.load(&self.slice.values[at], k);
            let bond = divide(s, value, sum, by_sum);
            largest = max(s, largest, bond);
            self.earn(s, at, bond, incentive);
            s.store(marked(s, bond, value), &mut self.slice.values[at], k);
        }

        let by_largest = reciprocal(s, largest);
        for at in 0..count {
            let value = s.load(&self.slice.values[at], k);
            let bond = s.and(value, s.splat(VALUE));
            let upscaled = divide(s, bond, largest, by_largest);
            self.keep(s, at, k, upscaled, value);
        }
    }

    /// Moves bonds by a common alpha; their sum by column.
    #[inline(always)]
    fn yuma3<S: Simd, const PART: bool>(
        &mut self,
        s: S,
        k: usize,
        limit: S::U,
        alpha: u64,
    ) -> S::U {
        let (new, old) = (s.splat(alpha), s.splat(ONE - alpha));
        let mut sum = s.splat(0);
        for at in 0..self.slice.rows.len() {
            let weight = from_narrow(s, s.widen(&self.slice.shares[at], k));
            let weight = self.followed::<S, PART>(s, weight, limit);
            let bond = proportion(s, s.widen(&self.slice.bonds[at], k));
            let value = s.add(multiply(s, weight, new), multiply(s, bond, old));
            sum = s.add(sum, value);
            s.store(marked(s, value, value), &mut self.slice.values[at], k);
        }
        sum
    }

    /// Moves bonds by an alpha for each; their sum by column.
    #[inline(always)]
    fn liquid<S: Simd, const PART: bool>(
        &mut self,
        s: S,
        k: usize,
        limit: S::U,
        liquid: &Liquid,
    ) -> S::U {
        let zero = s.splat(0);
        let mut sum = zero;
        for at in 0..self.slice.rows.len() {
            let set = from_narrow(s, s.widen(&self.slice.shares[at], k));
            let weight = self.followed::<S, PART>(s, set, limit);
            let bond = proportion(s, s.widen(&self.slice.bonds[at], k));
            let alpha = liquid.alpha(s, limit, weight, bond);
            let kept = multiply(s, s.sub(s.splat(ONE), alpha), bond);
            let value = min(s, s.add(kept, multiply(s, alpha, weight)), s.splat(ONE));
            // What the penalty takes to zero is dropped, bond and all; a weight set to zero is not.
            let present = s.widen(&self.slice.present[at], k);
            let zero_counts = if PART {
                zero
            } else {
                s.if_greater(set, zero, zero, present)
            };
            let present = s.if_greater(weight, zero, present, zero_counts);
            let value = s.if_greater(present, zero, value, zero);
            sum = s.add(sum, value);
            s.store(marked(s, value, value), &mut self.slice.values[at], k);
        }
        sum
    }

    /// Normalises Yuma3 bonds for the dividends, and keeps them as they are.
    #[inline(always)]
    fn share_out<S: Simd>(&mut self, s: S, k: usize, sum: S::U, incentive: S::U) {
        let by_sum = reciprocal(s, sum);
        for at in 0..self.slice.rows.len() {
            let value = s.load(&self.slice.values[at], k);
            let bond = s.and(value, s.splat(VALUE));
            let normalized = divide(s, bond, sum, by_sum);
            self.earn(s, at, normalized, incentive);
            self.keep(s, at, k, bond, value);
        }
    }

    /// Adds a bond's part of the incentive to its row's dividends.
    #[inline(always)]
    fn earn<S: Simd>(&mut self, s: S, at: usize, bond: S::U, incentive: S::U) {
        let earned = &mut self.dividends[self.slice.rows[at] as usize];
        let part = multiply(s, bond, incentive);
        s.store(s.add(s.load(earned, 0), part), earned, 0);
    }

    /// Keeps `floor(bond * 65535)` and the mark in place of the bond that came in.
    #[inline(always)]
    fn keep<S: Simd>(&mut self, s: S, at: usize, k: usize, bond: S::U, mark: S::U) {
        let rounded = multiply_below_one(s, bond, s.splat(u16::MAX.into()));
        let mark = s.and(s.shr32(mark), s.splat(STORED_NARROW.into()));
        s.narrow(s.or(rounded, mark), &mut self.slice.bonds[at], k);
    }
}

/// The value, marked as stored where `original` is above zero.
#[inline(always)]
fn marked<S: Simd>(s: S, value: S::U, original: S::U) -> S::U {
    let zero = s.splat(0);
    s.or(value, s.if_greater(original, zero, s.splat(STORED), zero))
}

/// A stored bond as I32F32 bits: `floor(b * 2^32 / 65535)`, and `2^32 = 65535 * 65537 + 1`.
#[inline(always)]
fn proportion<S: Simd>(s: S, bond: S::U) -> S::U {
    let whole = s.mul32(bond, s.splat(65537));
    let full = s.if_greater(bond, s.splat(65534), s.splat(1), s.splat(0));
    s.add(whole, full)
}

/// One in the columns of the row's weights that count, zero-valued ones among them.
#[inline(always)]
fn presence(subnet: &Subnet<'_>, row: &Row, first_column: usize, uids: &[u16]) -> Block32 {
    let mut present = Block32::ZERO;
    for &uid in uids {
        let masked = subnet.block_at_registration[uid as usize] >= row.registered_before
            || (uid == row.uid && !row.keeps_self);
        present.0[uid as usize - first_column] = u32::from(!masked);
    }
    present
}
