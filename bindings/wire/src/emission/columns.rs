//! What reads columns in, and what adds them to an answer.

use crate::{Column, Sections};
use std::slice::Iter;
use yuma_emission::{Account, InputError};

/// A value of 128 bits, the low word first.
pub type Wide = [u64; 2];

/// The value of two words.
pub fn u128_of([low, high]: Wide) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

/// The value of two words, two's complement.
pub fn i128_of(words: Wide) -> i128 {
    u128_of(words) as i128
}

/// The words of a value.
pub fn u128_words(value: u128) -> Wide {
    [value as u64, (value >> 64) as u64]
}

/// The words of a value, two's complement.
pub fn i128_words(value: i128) -> Wide {
    u128_words(value as u128)
}

/// A value where the greatest one stands for none.
pub fn some(value: u64) -> Option<u64> {
    (value != u64::MAX).then_some(value)
}

/// The reverse of [`some`].
pub fn or_none(value: Option<u64>) -> u64 {
    value.unwrap_or(u64::MAX)
}

/// An account where the greatest one stands for none.
pub fn some_account(value: u32) -> Option<Account> {
    (value != u32::MAX).then_some(Account(value))
}

/// The reverse of [`some_account`].
pub fn or_no_account(account: Option<Account>) -> u32 {
    account.map_or(u32::MAX, |account| account.0)
}

/// Scalars of a call, read one after the other.
#[derive(Debug)]
pub struct Slots<'a> {
    words: Iter<'a, u64>,
}

impl<'a> Slots<'a> {
    /// All of a call's.
    pub fn new(words: &'a [u64]) -> Self {
        Self {
            words: words.iter(),
        }
    }

    /// The next one.
    ///
    /// # Errors
    /// There is none, or it is out of the type's range.
    pub fn narrow<T: TryFrom<u64>>(&mut self, field: &'static str) -> Result<T, InputError> {
        let word = self.word(field)?;
        T::try_from(word).map_err(|_| {
            let bits = 8 * size_of::<T>();
            InputError::new(field, format!("expected a u{bits}, found {word}"))
        })
    }

    /// The next one as 0 or 1.
    ///
    /// # Errors
    /// There is none, or it is another value.
    pub fn flag(&mut self, field: &'static str) -> Result<u8, InputError> {
        match self.word(field)? {
            word @ 0..=1 => Ok(word as u8),
            word => Err(InputError::new(
                field,
                format!("expected 0 or 1, found {word}"),
            )),
        }
    }

    /// The next two as one value.
    ///
    /// # Errors
    /// There are not so many.
    pub fn wide(&mut self, field: &'static str) -> Result<Wide, InputError> {
        Ok([self.word(field)?, self.word(field)?])
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u64] {
        self.words.as_slice()
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// Something is.
    pub fn end(&self) -> Result<(), InputError> {
        match self.words.len() {
            0 => Ok(()),
            more => Err(InputError::new(
                "scalars",
                format!("expected no more slots, found {more}"),
            )),
        }
    }

    fn word(&mut self, field: &'static str) -> Result<u64, InputError> {
        let word = self.words.next().copied();
        word.ok_or_else(|| InputError::new(field, "expected a slot, found none"))
    }
}

/// Columns of a call, read one after the other.
#[derive(Debug)]
pub struct Reader<'c, 'a> {
    columns: Iter<'c, Column<'a>>,
}

macro_rules! typed {
    ($name:ident, $variant:ident, $type:ty, $array:literal) => {
        /// The next column.
        ///
        /// # Errors
        /// It is none of this type, or has another length than `rows`.
        pub fn $name(
            &mut self,
            field: &'static str,
            rows: usize,
        ) -> Result<&'a [$type], InputError> {
            match self.columns.next() {
                Some(Column::$variant(values)) => of_rows(field, values, rows),
                _ => Err(InputError::new(field, concat!("expected a ", $array))),
            }
        }
    };
}

impl<'c, 'a> Reader<'c, 'a> {
    /// All of a call's.
    pub fn new(columns: &'c [Column<'a>]) -> Self {
        Self {
            columns: columns.iter(),
        }
    }

    /// How many rows the next column has, which must not be wide.
    pub fn rows(&self) -> usize {
        match self.columns.as_slice().first() {
            None => 0,
            Some(Column::U64(values)) => values.len(),
            Some(Column::U32(values)) => values.len(),
            Some(Column::U16(values)) => values.len(),
            Some(Column::U8(values)) => values.len(),
        }
    }

    typed!(u64s, U64, u64, "BigUint64Array");
    typed!(u32s, U32, u32, "Uint32Array");
    typed!(u16s, U16, u16, "Uint16Array");
    typed!(u8s, U8, u8, "Uint8Array");

    /// The next column, of 0 and 1.
    ///
    /// # Errors
    /// See [`Reader::u8s`]; another value.
    pub fn flags(&mut self, field: &'static str, rows: usize) -> Result<&'a [u8], InputError> {
        let flags = self.u8s(field, rows)?;
        match flags.iter().position(|&flag| flag > 1) {
            None => Ok(flags),
            Some(row) => Err(of_row(
                InputError::new(field, format!("expected 0 or 1, found {}", flags[row])),
                row,
            )),
        }
    }

    /// The next column, of two words a row.
    ///
    /// # Errors
    /// See [`Reader::u64s`].
    pub fn wides(&mut self, field: &'static str, rows: usize) -> Result<&'a [Wide], InputError> {
        let words = self.u64s(field, rows.saturating_mul(2))?;
        Ok(words.as_chunks().0)
    }

    /// The next column, of where the rows of each of `parents` begin and where the last ends.
    ///
    /// # Errors
    /// See [`Reader::u32s`]; starts that do not ascend from 0.
    pub fn starts(&mut self, field: &'static str, parents: usize) -> Result<&'a [u32], InputError> {
        let starts = self.u32s(field, parents.saturating_add(1))?;
        if starts.first() != Some(&0) {
            return Err(of_row(
                InputError::new(field, "expected 0 to begin with"),
                0,
            ));
        }
        match starts.windows(2).position(|pair| pair[0] > pair[1]) {
            None => Ok(starts),
            Some(row) => Err(of_row(
                InputError::new(field, "expected starts that ascend"),
                row + 1,
            )),
        }
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// Something is.
    pub fn end(&self) -> Result<(), InputError> {
        match self.columns.len() {
            0 => Ok(()),
            more => Err(InputError::new(
                "columns",
                format!("expected no more columns, found {more}"),
            )),
        }
    }
}

/// How many rows there are below a table of these starts.
pub fn rows_of(starts: &[u32]) -> usize {
    starts.last().map_or(0, |&rows| rows as usize)
}

fn of_rows<'a, T>(
    field: &'static str,
    values: &'a [T],
    rows: usize,
) -> Result<&'a [T], InputError> {
    match values.len() {
        len if len == rows => Ok(values),
        len => Err(InputError::new(
            field,
            format!("expected {rows} values, found {len}"),
        )),
    }
}

/// The error of a row.
pub fn of_row(error: InputError, row: usize) -> InputError {
    InputError {
        uid: u32::try_from(row).ok(),
        ..error
    }
}

/// Where the rows of each row above begin, and where the last ends.
#[derive(Clone, Debug)]
pub struct Starts(Vec<u32>);

impl Default for Starts {
    fn default() -> Self {
        Self(vec![0])
    }
}

impl Starts {
    /// Ends a row above, `rows` being all there are below by now.
    pub fn end(&mut self, rows: usize) {
        // What an answer holds is less than 4 GiB, which is checked where it is measured.
        self.0.push(rows as u32);
    }

    /// Rows above so far.
    pub fn parents(&self) -> usize {
        self.0.len() - 1
    }

    /// As they cross.
    pub fn words(&self) -> &[u32] {
        &self.0
    }
}

/// Sections that are told apart by their order.
#[derive(Debug)]
pub struct Tagged<'s, 'a> {
    sections: &'s mut Sections<'a>,
    next: u16,
}

impl<'s, 'a> Tagged<'s, 'a> {
    /// The first of them.
    pub fn new(sections: &'s mut Sections<'a>) -> Self {
        Self { sections, next: 0 }
    }

    /// Adds a column.
    pub(crate) fn add<T: crate::buffer::Plain>(&mut self, values: &'a [T]) {
        self.sections.add(self.next, 0, values);
        self.next += 1;
    }
}
