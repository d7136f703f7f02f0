//! The columns of a clean epoch: every neuron, or those alone that some row has an entry for.
//!
//! On many subnets validators weigh the same few neurons. Without the others between them their rows have no gaps.

use super::fixed;
use super::rows::Row;
use crate::{Mechanism, SparseRows, Subnet};
use yuma_fixed::I32F32;

/// Rows by number of column.
pub(crate) struct Columns<'a> {
    /// Uids are numbers of columns.
    pub weights: SparseRows<'a>,
    /// Likewise.
    pub bonds: SparseRows<'a>,
    /// By column the block at which its neuron registered.
    pub registered: &'a [u64],
    /// By column its uid, where it is another number.
    uids: Option<&'a [u16]>,
}

impl Columns<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.registered.len()
    }

    /// Values of columns as those of uids, zero for the rest.
    pub fn by_uid(&self, values: &[u64], n: usize) -> Vec<I32F32> {
        let Some(uids) = self.uids else {
            return fixed(values);
        };
        let mut out = vec![I32F32::ZERO; n];
        for (&uid, &value) in uids.iter().zip(values) {
            out[uid as usize] = I32F32::from_bits(value as i64);
        }
        out
    }

    /// Numbers of columns to uids, in place.
    pub fn to_uids(&self, columns: &mut [u16]) {
        let Some(uids) = self.uids else {
            return;
        };
        for column in columns {
            *column = uids[*column as usize];
        }
    }
}

/// The memory of a numbering.
#[derive(Default)]
pub(crate) struct Numbering {
    uids: Vec<u16>,
    column_of: Vec<u16>,
    weights: Vec<u16>,
    bonds: Vec<u16>,
    registered: Vec<u64>,
}

/// No uid's column: there is a neuron fewer than there are numbers.
const UNUSED: u16 = u16::MAX;
const USED: u16 = 0;

impl Numbering {
    /// Numbers the columns, and tells rows their own.
    pub fn columns<'a>(
        &'a mut self,
        subnet: &Subnet<'a>,
        mechanism: &Mechanism<'a>,
        rows: &mut [Row],
    ) -> Columns<'a> {
        if !self.find_used(subnet.n.into(), mechanism, rows) {
            for row in rows.iter_mut().filter(|row| !row.keeps_self) {
                row.own_column = Some(row.uid);
            }
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
            let own = self.column_of[row.uid as usize];
            row.own_column = (!row.keeps_self && own != UNUSED).then_some(own);
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

    /// Marks the uids that rows have entries for; false, at the first row that shows it, where that is most of them.
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

/// The rows' entries by number of column.
fn renumber(
    column_of: &[u16],
    uids: &[u16],
    columns: &mut Vec<u16>,
    rows: &[Row],
    of_row: impl Fn(&Row) -> std::ops::Range<usize>,
) {
    columns.resize(uids.len(), 0);
    for run in rows.iter().map(of_row) {
        for (column, &uid) in columns[run.clone()].iter_mut().zip(&uids[run]) {
            *column = column_of[uid as usize];
        }
    }
}
