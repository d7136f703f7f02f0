//! Bonds: the penalty, the moving averages, liquid alpha, and dividends.

use crate::FixedRows;
use crate::stake::Participants;
use crate::vector::proportion;
use crate::{Exponent, LastTempo, Mechanism, Rules, Subnet};
use yuma_fixed::transcendental::exp;
use yuma_fixed::{I32F32, I64F64};

/// What the bond step hands on.
pub(crate) struct BondStep {
    /// Stored bonds after masks; classic: normalised by column.
    pub before: FixedRows,
    /// Classic: stake times weights, normalised by column. Yuma3: empty.
    pub delta: FixedRows,
    /// Liquid alpha of each entry of the weights that bonds follow; empty where it has no effect.
    pub alphas: FixedRows,
    /// The moving average; classic: normalised by column.
    pub ema: FixedRows,
    /// What is stored of it, before rounding and permits.
    pub stored: FixedRows,
    /// Dividends before they are normalised.
    pub dividends: Vec<I32F32>,
}

/// A dense row that knows which of its cells are in use, so that clearing it costs what filling it did.
struct DenseRow {
    value: Vec<I32F32>,
    used: Vec<bool>,
    touched: Vec<u16>,
}

impl DenseRow {
    fn new(n: usize) -> Self {
        Self {
            value: vec![I32F32::ZERO; n],
            used: vec![false; n],
            touched: Vec::new(),
        }
    }

    fn touch(&mut self, uid: u16) -> &mut I32F32 {
        let at = uid as usize;
        if !self.used[at] {
            self.used[at] = true;
            self.touched.push(uid);
        }
        &mut self.value[at]
    }

    fn get(&self, uid: u16) -> I32F32 {
        self.value[uid as usize]
    }

    /// The cells in use, by ascending uid.
    fn sorted(&mut self) -> impl Iterator<Item = (u16, I32F32)> {
        if !self.touched.is_sorted() {
            self.touched.sort_unstable();
        }
        self.touched
            .iter()
            .map(|&uid| (uid, self.value[uid as usize]))
    }

    fn clear(&mut self) {
        for &uid in &self.touched {
            self.value[uid as usize] = I32F32::ZERO;
            self.used[uid as usize] = false;
        }
        self.touched.clear();
    }
}

/// The weights that bonds follow: from the weights as set (penalty 0) to the clipped ones (penalty 1).
///
/// Between the two, rows come out sorted, without repeats and without zeros; at either end as they are.
/// Follows `interpolate_sparse` of `pallets/subtensor/src/epoch/math.rs`, spec 425.
pub(crate) fn weights_for_bonds(
    weights: &FixedRows,
    clipped: &FixedRows,
    penalty: I32F32,
) -> FixedRows {
    if penalty == I32F32::ZERO {
        return weights.clone();
    }
    if penalty == I32F32::ONE {
        return clipped.clone();
    }
    let n = weights.rows();
    let mut out = FixedRows::with_capacity(n, weights.uid.len());
    let mut set = DenseRow::new(n);
    let mut cut = DenseRow::new(n);
    for uid in 0..n {
        for (j, value) in weights.row(uid) {
            *set.touch(j) = value;
        }
        for (j, value) in clipped.row(uid) {
            *cut.touch(j) = value;
        }
        for (j, from) in set.sorted() {
            let step = penalty.saturating_mul(cut.get(j).saturating_sub(from));
            let value = from.saturating_add(step);
            if value > I32F32::ZERO {
                out.push(j, value);
            }
        }
        out.end_row();
        set.clear();
        cut.clear();
    }
    out
}

/// Bonds and dividends by the classic rule or by Yuma3.
pub(crate) fn bond_step(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
    consensus: &[I32F32],
    incentive: &[I32F32],
    weights: &FixedRows,
) -> BondStep {
    if subnet.yuma3_on {
        return yuma3(rules, subnet, mechanism, who, consensus, incentive, weights);
    }
    classic(rules, subnet, mechanism, who, incentive, weights)
}

fn classic(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
    incentive: &[I32F32],
    weights: &FixedRows,
) -> BondStep {
    let n = subnet.n as usize;
    let mut before = masked_bonds(rules, subnet, mechanism, |bond| {
        I32F32::saturating_from_int(bond as i128)
    });
    normalize_columns(&mut before, n);

    let mut delta = weights.clone();
    for (uid, &stake) in who.active_stake.iter().enumerate() {
        for value in delta.values_mut(uid) {
            *value = value.saturating_mul(stake);
        }
    }
    normalize_columns(&mut delta, n);

    let keep = I64F64::saturating_from_int(subnet.bonds_moving_average as i128)
        .safe_div(I64F64::saturating_from_int(1_000_000));
    let alpha = I32F32::ONE.saturating_sub(I32F32::saturating_from(keep));
    let mut ema = moving_average(&delta, &before, alpha);
    normalize_columns(&mut ema, n);

    let dividends = (0..n)
        .map(|uid| {
            ema.row(uid).fold(I32F32::ZERO, |acc, (j, bond)| {
                acc.saturating_add(incentive[j as usize].saturating_mul(bond))
            })
        })
        .collect();
    let mut stored = ema.clone();
    upscale_columns(&mut stored, n);
    BondStep {
        before,
        delta,
        alphas: FixedRows::empty(n),
        ema,
        stored,
        dividends,
    }
}

fn yuma3(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
    consensus: &[I32F32],
    incentive: &[I32F32],
    weights: &FixedRows,
) -> BondStep {
    let n = subnet.n as usize;
    let before = masked_bonds(rules, subnet, mechanism, proportion);

    let liquid = subnet.liquid_alpha_on && consensus.iter().any(|&c| c != I32F32::ZERO);
    let (alphas, ema) = if liquid {
        let alphas = liquid_alphas(&Sigmoid::new(rules, subnet), weights, &before, consensus);
        let ema = liquid_average(weights, &before, &alphas);
        (alphas, ema)
    } else {
        // Unlike the classic rule's, these two conversions wrap.
        let keep = I64F64::wrapping_from_int(subnet.bonds_moving_average as i128)
            .saturating_div(I64F64::wrapping_from_int(1_000_000));
        let alpha = I32F32::ONE.saturating_sub(I32F32::wrapping_from(keep));
        (FixedRows::empty(n), moving_average(weights, &before, alpha))
    };

    let mut normalized = ema.clone();
    normalize_columns(&mut normalized, n);
    let dividends = (0..n)
        .map(|uid| {
            let total = normalized.row(uid).fold(I32F32::ZERO, |acc, (j, bond)| {
                acc.wrapping_add(bond.saturating_mul(incentive[j as usize]))
            });
            total
                .checked_mul(who.active_stake[uid])
                .unwrap_or(I32F32::ZERO)
        })
        .collect();
    BondStep {
        before,
        delta: FixedRows::empty(n),
        alphas,
        stored: ema.clone(),
        ema,
        dividends,
    }
}

/// Stored bonds without those of neurons registered since the last epoch.
///
/// Entries for uids that do not exist stay: they touch nothing but the merge walk of liquid alpha.
fn masked_bonds(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    convert: impl Fn(u16) -> I32F32,
) -> FixedRows {
    let last_tempo = last_tempo(rules, subnet);
    let mut rows = FixedRows::with_capacity(subnet.n as usize, mechanism.bonds.uid.len());
    for uid in 0..subnet.n as usize {
        for (j, bond) in mechanism.bonds.row(uid) {
            let registered = subnet.block_at_registration.get(j as usize);
            if last_tempo > registered.copied().unwrap_or(0) {
                rows.push(j, convert(bond));
            }
        }
        rows.end_row();
    }
    rows
}

pub(crate) fn last_tempo(rules: &Rules, subnet: &Subnet<'_>) -> u64 {
    let last_step = subnet.last_mechanism_step_block;
    if rules.last_tempo == LastTempo::BlockMinusTempo || last_step == 0 {
        return subnet.block.saturating_sub(subnet.tempo);
    }
    last_step.saturating_add(1)
}

/// Divides each entry by its column's sum, where that is not zero.
fn normalize_columns(rows: &mut FixedRows, n: usize) {
    let mut column = vec![I32F32::ZERO; n];
    for (j, value) in rows.entries() {
        if let Some(sum) = column.get_mut(j as usize) {
            *sum = sum.saturating_add(value);
        }
    }
    divide_columns(rows, &column);
}

/// Divides each entry by its column's maximum, where that is not zero.
fn upscale_columns(rows: &mut FixedRows, n: usize) {
    let mut column = vec![I32F32::ZERO; n];
    for (j, value) in rows.entries() {
        if let Some(max) = column.get_mut(j as usize) {
            *max = value.max(*max);
        }
    }
    divide_columns(rows, &column);
}

fn divide_columns(rows: &mut FixedRows, divisor: &[I32F32]) {
    for (j, value) in rows.entries_mut() {
        match divisor.get(j as usize) {
            Some(&divisor) if divisor != I32F32::ZERO => *value = value.safe_div(divisor),
            _ => {}
        }
    }
}

/// `alpha * new + (1 - alpha) * old`, positive results only, sorted. Repeats add up.
fn moving_average(new: &FixedRows, old: &FixedRows, alpha: I32F32) -> FixedRows {
    let n = new.rows();
    let keep = I32F32::ONE.saturating_sub(alpha);
    let mut out = FixedRows::with_capacity(n, new.uid.len().max(old.uid.len()));
    let mut row = DenseRow::new(n);
    for uid in 0..n {
        for (entries, factor) in [(new, alpha), (old, keep)] {
            for (j, value) in entries.row(uid) {
                if (j as usize) < n {
                    let cell = row.touch(j);
                    *cell = cell.saturating_add(factor.saturating_mul(value));
                }
            }
        }
        for (j, value) in row.sorted() {
            if value > I32F32::ZERO {
                out.push(j, value);
            }
        }
        out.end_row();
        row.clear();
    }
    out
}

/// The sigmoid that turns a difference into an alpha, with what it shares between entries.
pub(crate) struct Sigmoid {
    pub low: I32F32,
    pub high: I32F32,
    pub span: I32F32,
    pub slope: I32F32,
    exponent: Exponent,
}

const HALF: I32F32 = I32F32::from_bits(1 << 31);

impl Sigmoid {
    pub fn new(rules: &Rules, subnet: &Subnet<'_>) -> Self {
        let (low, high) = (proportion(subnet.alpha_low), proportion(subnet.alpha_high));
        Self {
            low,
            high,
            span: high.saturating_sub(low),
            slope: I32F32::saturating_from_int(subnet.alpha_sigmoid_steepness as i128)
                .saturating_div(I32F32::saturating_from_int(-100)),
            exponent: rules.exponent,
        }
    }

    /// Follows `alpha_sigmoid` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 425.
    pub fn alpha(&self, consensus: I32F32, weight: I32F32, bond: I32F32) -> I32F32 {
        let difference = if weight >= bond {
            weight.saturating_sub(consensus)
        } else {
            bond.saturating_sub(weight)
        };
        let difference = difference.min(I32F32::ONE).max(I32F32::ZERO);
        let exponent = self.slope.saturating_mul(difference.saturating_sub(HALF));
        let sigmoid = I32F32::ONE.saturating_div(I32F32::ONE.saturating_add(self.power(exponent)));
        let alpha = self.low.saturating_add(sigmoid.saturating_mul(self.span));
        // In this order: where low is above high, low wins.
        alpha.min(self.high).max(self.low)
    }
}

impl Sigmoid {
    fn power(&self, exponent: I32F32) -> I32F32 {
        match self.exponent {
            Exponent::Clamped => exp_within_20(exponent),
            Exponent::ZeroOnOverflow => exp(exponent).unwrap_or(I32F32::ZERO),
        }
    }
}

/// `e^x` with the exponent held within -20 and 20, where the series never overflows.
fn exp_within_20(x: I32F32) -> I32F32 {
    let bound = I32F32::saturating_from_int(20);
    let x = x.max(I32F32::saturating_from_int(-20)).min(bound);
    exp(x).unwrap_or(if x <= I32F32::ZERO {
        I32F32::ZERO
    } else {
        I32F32::MAX
    })
}

/// The value that the chain's merge walk sees by column: it never looks back, so an entry is seen only where its
/// uid is above all before it in the row.
fn walk_row(rows: &FixedRows, uid: usize, seen: &mut DenseRow) {
    let mut highest = None;
    for (j, value) in rows.row(uid) {
        if highest.is_none_or(|h| j > h) {
            highest = Some(j);
            if (j as usize) < seen.value.len() {
                *seen.touch(j) = value;
            }
        }
    }
}

/// The alpha of each entry of the new row; of columns without one the chain's alphas are never read.
fn liquid_alphas(
    sigmoid: &Sigmoid,
    weights: &FixedRows,
    bonds: &FixedRows,
    consensus: &[I32F32],
) -> FixedRows {
    let n = weights.rows();
    let mut alphas = FixedRows::with_capacity(n, weights.uid.len());
    let mut weight = DenseRow::new(n);
    let mut bond = DenseRow::new(n);
    for uid in 0..n {
        walk_row(weights, uid, &mut weight);
        walk_row(bonds, uid, &mut bond);
        for (j, _) in weights.row(uid) {
            let alpha = sigmoid.alpha(consensus[j as usize], weight.get(j), bond.get(j));
            alphas.push(j, alpha);
        }
        alphas.end_row();
        weight.clear();
        bond.clear();
    }
    alphas
}

/// The moving average with an alpha per entry: in the order of the new row, bonds without a weight dropped.
///
/// Of repeated old bonds the last counts; each repeated new entry is emitted.
fn liquid_average(new: &FixedRows, old: &FixedRows, alphas: &FixedRows) -> FixedRows {
    let n = new.rows();
    let mut out = FixedRows::with_capacity(n, new.uid.len());
    let mut bond = DenseRow::new(n);
    for uid in 0..n {
        for (j, value) in old.row(uid) {
            if (j as usize) < n {
                *bond.touch(j) = value;
            }
        }
        for ((j, weight), (_, alpha)) in new.row(uid).zip(alphas.row(uid)) {
            let kept = I32F32::ONE
                .saturating_sub(alpha)
                .saturating_mul(bond.get(j));
            let added = alpha.saturating_mul(weight).max(I32F32::ZERO);
            let value = kept.saturating_add(added).min(I32F32::ONE);
            if value > I32F32::ZERO {
                out.push(j, value);
            }
        }
        out.end_row();
        bond.clear();
    }
    out
}
