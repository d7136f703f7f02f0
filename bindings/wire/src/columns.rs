//! What reads columns in, and what adds them to an answer.

use crate::{Column, Sections};
use std::slice::Iter;
use yuma_types::InputError;

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

/// The first error of what is read: the rest is read as if nothing were there, and given up at the end.
///
/// A result for every one of a hundred columns would take a third of a WebAssembly module.
#[derive(Debug, Default)]
struct First(Option<InputError>);

impl First {
    #[inline(never)]
    fn note(&mut self, field: &'static str, row: Option<usize>, expected: String) {
        if self.0.is_none() {
            let error = InputError::new(field, expected);
            self.0 = Some(match row {
                Some(row) => of_row(error, row),
                None => error,
            });
        }
    }

    fn end(&mut self) -> Result<(), InputError> {
        self.0.take().map_or(Ok(()), Err)
    }
}

/// Scalars of a call, read one after the other.
#[derive(Debug)]
pub struct Slots<'a> {
    words: Iter<'a, u64>,
    first: First,
}

impl<'a> Slots<'a> {
    /// All of a call's.
    pub fn new(words: &'a [u64]) -> Self {
        Self {
            words: words.iter(),
            first: First::default(),
        }
    }

    /// The next one; 0 where there is none or it is out of the type's range, which [`Slots::end`] says.
    pub fn narrow<T: Narrow>(&mut self, field: &'static str) -> T {
        T::of(self.up_to(field, T::MOST))
    }

    /// The next one as 0 or 1, likewise.
    pub fn flag(&mut self, field: &'static str) -> bool {
        self.up_to(field, 1) != 0
    }

    /// The next two as one value, likewise.
    pub fn wide(&mut self, field: &'static str) -> Wide {
        [self.up_to(field, u64::MAX), self.up_to(field, u64::MAX)]
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u64] {
        self.words.as_slice()
    }

    /// Ends what is read of some slots before others.
    ///
    /// # Errors
    /// The first slot that was not as it should be.
    pub fn so_far(&mut self) -> Result<(), InputError> {
        self.first.end()
    }

    /// Ends what is read.
    ///
    /// # Errors
    /// The first slot that was not as it should be; slots that are left.
    pub fn end(&mut self) -> Result<(), InputError> {
        let more = self.words.len();
        if more > 0 {
            let expected = format!("expected no more slots, found {more}");
            self.first.note("scalars", None, expected);
        }
        self.first.end()
    }

    #[inline(never)]
    fn up_to(&mut self, field: &'static str, most: u64) -> u64 {
        match self.words.next() {
            Some(&word) if word <= most => return word,
            Some(word) => {
                let expected = format!("expected at most {most}, found {word}");
                self.first.note(field, None, expected);
            }
            None => {
                let expected = "expected a slot, found none".into();
                self.first.note(field, None, expected);
            }
        }
        0
    }
}

/// An unsigned integer that fits a slot.
pub trait Narrow {
    /// The greatest one.
    const MOST: u64;

    /// The value of a slot that is not above it.
    fn of(slot: u64) -> Self;
}

macro_rules! narrow {
    ($($type:ty)*) => {$(
        impl Narrow for $type {
            const MOST: u64 = <$type>::MAX as u64;

            fn of(slot: u64) -> Self {
                slot as $type
            }
        }
    )*};
}
narrow!(u8 u16 u32 u64);

/// Columns of a call, read one after the other.
#[derive(Debug)]
pub struct Reader<'c, 'a> {
    columns: Iter<'c, Column<'a>>,
    first: First,
}

macro_rules! typed {
    ($name:ident, $variant:ident, $type:ty, $array:literal) => {
        /// The next column; an empty one where it is none of this type, or has another length than `rows`, which
        /// [`Reader::end`] says.
        #[inline(never)]
        pub fn $name(&mut self, field: &'static str, rows: usize) -> &'a [$type] {
            match self.columns.next() {
                Some(Column::$variant(values)) if values.len() == rows => return values,
                Some(Column::$variant(values)) => self.first.note(
                    field,
                    None,
                    format!("expected {rows} values, found {}", values.len()),
                ),
                _ => self
                    .first
                    .note(field, None, concat!("expected a ", $array).into()),
            }
            &[]
        }
    };
}

impl<'c, 'a> Reader<'c, 'a> {
    /// All of a call's.
    pub fn new(columns: &'c [Column<'a>]) -> Self {
        Self {
            columns: columns.iter(),
            first: First::default(),
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

    /// The next column, of 0 and 1, likewise.
    #[inline(never)]
    pub fn flags(&mut self, field: &'static str, rows: usize) -> &'a [u8] {
        let flags = self.u8s(field, rows);
        if let Some(row) = flags.iter().position(|&flag| flag > 1) {
            let expected = format!("expected 0 or 1, found {}", flags[row]);
            self.first.note(field, Some(row), expected);
        }
        flags
    }

    /// The next column, of two words a row, likewise.
    pub fn wides(&mut self, field: &'static str, rows: usize) -> &'a [Wide] {
        self.u64s(field, rows.saturating_mul(2)).as_chunks().0
    }

    /// The next column, of where the rows of each of `parents` begin and where the last ends, likewise; starts that do
    /// not ascend from 0 are none.
    #[inline(never)]
    pub fn starts(&mut self, field: &'static str, parents: usize) -> &'a [u32] {
        let starts = self.u32s(field, parents.saturating_add(1));
        let first = starts.first().is_some_and(|&start| start != 0);
        let unordered = starts.windows(2).position(|pair| pair[0] > pair[1]);
        match (first, unordered) {
            (true, _) => {
                let expected = "expected 0 to begin with".into();
                self.first.note(field, Some(0), expected);
                &[]
            }
            (_, Some(row)) => {
                let expected = "expected starts that ascend".into();
                self.first.note(field, Some(row + 1), expected);
                &[]
            }
            _ => starts,
        }
    }

    /// Ends what is read.
    ///
    /// # Errors
    /// The first column that was not as it should be; columns that are left.
    pub fn end(&mut self) -> Result<(), InputError> {
        let more = self.columns.len();
        if more > 0 {
            let expected = format!("expected no more columns, found {more}");
            self.first.note("columns", None, expected);
        }
        self.first.end()
    }
}

/// Adds a value to a column: not in place, as there are hundreds of these.
#[inline(never)]
pub fn put<T>(column: &mut Vec<T>, value: T) {
    column.push(value);
}

/// How many rows there are below a table of these starts.
pub fn rows_of(starts: &[u32]) -> usize {
    starts.last().map_or(0, |&rows| rows as usize)
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
        self.add_bytes(crate::buffer::bytes_of(values));
    }

    #[inline(never)]
    fn add_bytes(&mut self, bytes: &'a [u8]) {
        self.sections.add(self.next, 0, bytes);
        self.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(starts: &[u32], parents: usize) -> Result<Vec<u32>, InputError> {
        let columns = [Column::U32(starts)];
        let mut reader = Reader::new(&columns);
        let read = reader.starts("rows.start", parents).to_vec();
        reader.end().map(|()| read)
    }

    #[test]
    fn starts_ascend_from_0_and_are_one_more_than_the_rows_above() {
        assert_eq!(starts(&[0, 0, 3], 2), Ok(vec![0, 0, 3]));
        for (given, parents, row) in [
            (&[0, 3, 2][..], 2, Some(2)),
            (&[1, 3], 1, Some(0)),
            (&[0, 3], 2, None),
            (&[], 0, None),
        ] {
            let error = starts(given, parents).expect_err("no starts");
            assert_eq!((error.field, error.uid), ("rows.start", row), "{given:?}");
        }
    }

    #[test]
    fn the_first_fault_is_the_one_that_is_told() {
        let columns = [
            Column::U8(&[0, 2]),
            Column::U64(&[1]),
            Column::U16(&[]),
            Column::U8(&[]),
        ];
        let mut reader = Reader::new(&columns);
        assert_eq!(reader.flags("flags", 2), [0, 2]);
        assert_eq!(reader.u64s("longer", 3), []);
        assert_eq!(reader.u32s("other", 0), []);
        let error = reader.end().expect_err("faults");
        assert_eq!((error.field, error.uid), ("flags", Some(1)));
        let mut slots = Slots::new(&[300, 2, 7]);
        assert_eq!(slots.narrow::<u8>("small"), 0);
        assert!(!slots.flag("flag"));
        let error = slots.so_far().expect_err("faults");
        assert_eq!(error.field, "small");
        assert_eq!(slots.end().expect_err("one more").field, "scalars");
    }
}
