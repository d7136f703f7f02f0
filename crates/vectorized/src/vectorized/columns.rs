//! The columns of an eligible epoch: every neuron, or those alone that some row has an entry for.
//!
//! On many subnets validators weigh the same few neurons. Without the others between them their rows have no gaps.

use super::rows::Row;
use crate::{Mechanism, SparseRows, Subnet};
use std::ops::Range;
use yuma_fixed::I32F32;

/// The rows' entries by number of column.
pub(super) struct Columns<'a> {
    /// The weights, with columns in place of uids.
    pub weights: SparseRows<'a>,
    /// The bonds, with columns in place of uids.
    pub bonds: SparseRows<'a>,
    /// The block in which each column's neuron registered.
    pub registered: &'a [u64],
    /// The uid of each column, where that is another number.
    uids: Option<&'a [u16]>,
}

impl Columns<'_> {
    /// Returns the number of columns.
    pub fn count(&self) -> usize {
        self.registered.len()
    }

    /// Returns values by column, I32F32 bits, as `n` values by uid, zero for uids without a column.
    pub fn by_uid(&self, values: &[u64], n: usize) -> Vec<I32F32> {
        let Some(uids) = self.uids else {
            return from_bits(values);
        };
        let mut out = vec![I32F32::ZERO; n];
        for (&uid, &value) in uids.iter().zip(values) {
            out[uid as usize] = I32F32::from_bits(value as i64);
        }
        out
    }

    /// Writes `n` values by uid as values by column, I32F32 bits.
    pub fn by_column(&self, values: &[I32F32], columns: &mut Vec<u64>) {
        columns.clear();
        let bits = |value: &I32F32| value.to_bits() as u64;
        match self.uids {
            None => columns.extend(values.iter().map(bits)),
            Some(uids) => columns.extend(uids.iter().map(|&uid| bits(&values[usize::from(uid)]))),
        }
    }

    /// Replaces columns by their uids, in place.
    pub fn to_uids(&self, columns: &mut [u16]) {
        let Some(uids) = self.uids else {
            return;
        };
        for column in columns {
            *column = uids[*column as usize];
        }
    }
}

/// Returns numbers of these I32F32 bits.
pub(super) fn from_bits(values: &[u64]) -> Vec<I32F32> {
    values
        .iter()
        .map(|&v| I32F32::from_bits(v as i64))
        .collect()
}

/// The memory of a compaction of columns.
#[derive(Default)]
pub(super) struct Compaction {
    uids: Vec<u16>,
    column_of: Vec<u16>,
    weights: Vec<u16>,
    bonds: Vec<u16>,
    registered: Vec<u64>,
}

/// The mark of a uid without a column: there is a neuron fewer than there are numbers.
const UNUSED: u16 = u16::MAX;
const USED: u16 = 0;

impl Compaction {
    /// Returns the columns, and replaces each row's own uid by its column.
    pub fn columns<'a>(
        &'a mut self,
        subnet: &Subnet<'a>,
        mechanism: &Mechanism<'a>,
        rows: &mut [Row],
    ) -> Columns<'a> {
        if !self.find_used(subnet.n.into(), mechanism, rows) {
            return Columns {
                weights: mechanism.weights,
                bonds: mechanism.bonds,
                registered: subnet.block_at_registration,
                uids: None,
            };
        }
        self.number(subnet.block_at_registration);
        renumber(
            &self.column_of,
            mechanism.weights.uid,
            &mut self.weights,
            rows,
            |row| row.weights.clone(),
        );
        renumber(
            &self.column_of,
            mechanism.bonds.uid,
            &mut self.bonds,
            rows,
            |row| row.bonds.clone(),
        );
        for row in rows.iter_mut() {
            let column_of = |uid: u16| self.column_of[uid as usize];
            let column = row.self_column.map(column_of);
            row.self_column = column.filter(|&column| column != UNUSED);
        }
        Columns {
            weights: SparseRows {
                uid: &self.weights,
                ..mechanism.weights
            },
            bonds: SparseRows {
                uid: &self.bonds,
                ..mechanism.bonds
            },
            registered: &self.registered,
            uids: Some(&self.uids),
        }
    }

    /// Marks the uids that rows have entries for. Returns false, at the first row that shows it, where that is most of
    /// them.
    fn find_used(&mut self, n: usize, mechanism: &Mechanism<'_>, rows: &[Row]) -> bool {
        self.column_of.clear();
        self.column_of.resize(n, UNUSED);
        let most = n - n / 4;
        let mut found = 0;
        for row in rows {
            let weights = &mechanism.weights.uid[row.weights.clone()];
            let bonds = &mechanism.bonds.uid[row.bonds.clone()];
            for &uid in weights.iter().chain(bonds) {
                found += usize::from(self.column_of[uid as usize] == UNUSED);
                self.column_of[uid as usize] = USED;
            }
            if found > most {
                return false;
            }
        }
        true
    }

    /// Numbers the uids that were marked.
    fn number(&mut self, registered: &[u64]) {
        self.uids.clear();
        self.registered.clear();
        for (uid, column) in self.column_of.iter_mut().enumerate() {
            if *column == USED {
                *column = self.uids.len() as u16;
                self.uids.push(uid as u16);
                self.registered.push(registered[uid]);
            }
        }
    }
}

/// Writes the columns of the rows' entries.
fn renumber(
    column_of: &[u16],
    uids: &[u16],
    columns: &mut Vec<u16>,
    rows: &[Row],
    entries_of: impl Fn(&Row) -> Range<usize>,
) {
    columns.resize(uids.len(), 0);
    for run in rows.iter().map(entries_of) {
        for (column, &uid) in columns[run.clone()].iter_mut().zip(&uids[run]) {
            *column = column_of[uid as usize];
        }
    }
}
