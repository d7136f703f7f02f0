//! A call in one block of words, as WebAssembly's memory holds it and as a prepared snapshot keeps it.
//!
//! `u32` count of scalars, `u32` count of columns; the scalars, a word each; per column `u32` bytes per element and `u32`
//! elements; then each column's elements, each column beginning on a word.

use crate::Column;

/// Scalars and columns of a call in words, in place; `None` where the header promises more than there is.
pub fn read_call(words: &[u64]) -> Option<(&[u64], Vec<Column<'_>>)> {
    let (&head, rest) = words.split_first()?;
    let (slot_count, column_count) = halves(head);
    let (slots, rest) = rest.split_at_checked(slot_count)?;
    let (shapes, mut data) = rest.split_at_checked(column_count)?;
    let mut columns = Vec::with_capacity(column_count);
    for &shape in shapes {
        let (element, len) = halves(shape);
        let (own, rest) = data.split_at_checked(element.checked_mul(len)?.div_ceil(8))?;
        columns.push(column(own, element, len)?);
        data = rest;
    }
    Some((slots, columns))
}

/// The low and the high half of a word.
fn halves(word: u64) -> (usize, usize) {
    (word as u32 as usize, (word >> 32) as usize)
}

/// Words as a column of elements of so many bytes.
fn column(words: &[u64], element: usize, len: usize) -> Option<Column<'_>> {
    Some(match element {
        8 => Column::U64(words.get(..len)?),
        4 => Column::U32(narrow(words, len)?),
        2 => Column::U16(narrow(words, len)?),
        1 => Column::U8(narrow(words, len)?),
        _ => return None,
    })
}

/// An unsigned integer narrower than a word.
trait Narrow {}
impl Narrow for u32 {}
impl Narrow for u16 {}
impl Narrow for u8 {}

/// The first of the narrower integers that words are made of.
fn narrow<T: Narrow>(words: &[u64], len: usize) -> Option<&[T]> {
    // SAFETY: every bit pattern is a `T`, and a word is aligned for it.
    unsafe { words.align_to::<T>() }.1.get(..len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word of two halves.
    fn pair(low: u32, high: u32) -> u64 {
        u64::from(low) | u64::from(high) << 32
    }

    #[test]
    fn reads_slots_and_columns_of_each_width() {
        let words = [
            pair(1, 4),
            7,
            pair(8, 1),
            pair(4, 3),
            pair(2, 0),
            pair(1, 9),
            u64::MAX,
            pair(1, 2),
            pair(3, 0xdead),
            u64::from_le_bytes([1, 2, 3, 4, 5, 6, 7, 8]),
            9,
        ];
        let (slots, columns) = read_call(&words).expect("a whole call");
        assert_eq!(slots, [7]);
        assert!(matches!(columns[0], Column::U64([u64::MAX])));
        assert!(matches!(columns[1], Column::U32([1, 2, 3])));
        assert!(matches!(columns[2], Column::U16([])));
        assert!(matches!(
            columns[3],
            Column::U8([1, 2, 3, 4, 5, 6, 7, 8, 9])
        ));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let cases: [&[u64]; 8] = [
            &[],
            &[pair(1, 0)],
            &[pair(u32::MAX, u32::MAX)],
            &[pair(0, 1)],
            &[pair(0, 1), pair(8, 1)],
            &[pair(0, 1), pair(8, u32::MAX)],
            &[pair(0, 1), pair(3, 1), 0],
            &[pair(0, 1), pair(u32::MAX, u32::MAX), 0],
        ];
        for words in cases {
            assert!(read_call(words).is_none(), "{words:?}");
        }
    }
}
