//! Changes between epochs, one row each.

use crate::Column;
use crate::columns::{Reader, rows_of};
use std::ops::Range;
use yuma_types::InputError;

/// The kinds of changes, by number.
pub mod kind {
    pub const WEIGHT: u8 = 0;
    pub const ROW: u8 = 1;
    pub const BONDS: u8 = 2;
    pub const LAST_UPDATE: u8 = 3;
    pub const COMMIT: u8 = 4;
    pub const STAKE: u8 = 5;
    pub const ADD_STAKE: u8 = 6;
    pub const STAKE_BITS: u8 = 7;
    pub const PERMIT: u8 = 8;
    pub const REGISTERED: u8 = 9;
    pub const REPLACE: u8 = 10;
    pub const APPEND: u8 = 11;
    pub const SPLIT: u8 = 12;
    pub const SET: u8 = 13;
    pub const SUBMIT: u8 = 14;
}

/// A list of changes, whose columns are these in their order: the kind; the number of the epoch before which it happens,
/// counted from the next one; mechanism, uid, target and value; two words; where its row begins and the last one's ends;
/// the row's uids and values.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    kind: &'a [u8],
    epoch: &'a [u32],
    mechanism: &'a [u8],
    uid: &'a [u16],
    to: &'a [u16],
    value: &'a [u16],
    low: &'a [u64],
    high: &'a [u64],
    row_start: &'a [u32],
    row_uid: &'a [u16],
    row_value: &'a [u16],
}

/// One change.
#[derive(Clone, Copy, Debug)]
pub struct ChangeIn<'a> {
    /// Which it is, by [`kind`].
    pub kind: u8,
    /// The mechanism.
    pub mechanism: u8,
    /// The uid.
    pub uid: u16,
    /// Its target, or a slot.
    pub to: u16,
    /// A weight, or a flag.
    pub value: u16,
    /// Two words.
    pub words: [u64; 2],
    /// Uids of a row.
    pub uids: &'a [u16],
    /// Values of a row.
    pub values: &'a [u16],
}

impl<'a> Changes<'a> {
    /// Reads a list.
    ///
    /// # Errors
    /// Columns of other types or lengths; epochs that do not ascend.
    pub fn read(columns: &[Column<'a>]) -> Result<Self, InputError> {
        let mut reader = Reader::new(columns);
        let rows = reader.rows();
        let kind = reader.u8s("changes.kind", rows);
        let epoch = reader.u32s("changes.epoch", rows);
        let mechanism = reader.u8s("changes.mechanism", rows);
        let uid = reader.u16s("changes.uid", rows);
        let to = reader.u16s("changes.to", rows);
        let value = reader.u16s("changes.value", rows);
        let low = reader.u64s("changes.low", rows);
        let high = reader.u64s("changes.high", rows);
        let row_start = reader.starts("changes.weights", rows);
        let entries = rows_of(row_start);
        let changes = Self {
            kind,
            epoch,
            mechanism,
            uid,
            to,
            value,
            low,
            high,
            row_start,
            row_uid: reader.u16s("changes.weights", entries),
            row_value: reader.u16s("changes.weights", entries),
        };
        reader.end()?;
        if changes.epoch.is_sorted() {
            return Ok(changes);
        }
        let expected = "expected changes in the order of their epochs";
        Err(InputError::new("changes.epoch", expected))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kind.len()
    }

    /// Those that happen before an epoch, of which `from` is the first that is left.
    pub fn before(&self, epoch: u32, from: usize) -> Range<usize> {
        let left = &self.epoch[from..];
        from..from + left.iter().take_while(|&&at| at <= epoch).count()
    }

    /// One of them.
    pub fn get(&self, at: usize) -> ChangeIn<'a> {
        let row = self.row_start[at] as usize..self.row_start[at + 1] as usize;
        ChangeIn {
            kind: self.kind[at],
            mechanism: self.mechanism[at],
            uid: self.uid[at],
            to: self.to[at],
            value: self.value[at],
            words: [self.low[at], self.high[at]],
            uids: &self.row_uid[row.clone()],
            values: &self.row_value[row],
        }
    }
}
