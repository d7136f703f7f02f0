//! One buffer with a directory of sections.
//!
//! Little-endian. `u32` status, `u32` count of sections, then per section three `u32`: key (tag in the low 16 bits,
//! mechanism above), byte offset, byte length. Section data begins on multiples of eight.

use crate::generated::epoch::{ERROR_EXPECTED, USUAL_SECTIONS};
use std::mem::MaybeUninit;
use yuma_types::{FixedRows, StoredRows};

/// The sections hold an output.
pub(crate) const STATUS_OK: u32 = 0;
/// The sections say what is wrong with the input.
pub(crate) const STATUS_INPUT_ERROR: u32 = 1;
/// The sections say how the engine failed.
pub(crate) const STATUS_ENGINE_ERROR: u32 = 2;

const HEADER: usize = 8;
const ENTRY: usize = 12;

/// A value whose bytes are all its own, in the order in which JavaScript's typed arrays read them.
///
/// # Safety
/// The type has no padding and no uninitialised bytes.
pub(crate) unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($type:ty),*) => {$(
        // SAFETY: an integer, a bool, or an integer in a transparent wrapper: every byte is initialised.
        unsafe impl Plain for $type {}
    )*};
}
plain!(bool, u8, u16, u32, u64, i64, yuma_fixed::I32F32);

#[cfg(target_endian = "big")]
compile_error!("typed arrays are read in the machine's order: the layout is little-endian only");

pub(crate) fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `Plain` promises that every byte is initialised; a u8 has no alignment, and the length is the slice's.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

fn aligned(at: usize) -> usize {
    at.next_multiple_of(8)
}

/// An answer's sections where they are, measured but not yet written: whoever owns the memory of the answer allocates
/// it once, at its size, and nothing is copied twice.
#[derive(Clone, Debug)]
pub struct Sections<'a> {
    status: u32,
    /// The usual sections that are asked for, a bit for each by its tag; what is behind those is always.
    asked: u32,
    sections: Vec<(u32, &'a [u8])>,
}

impl<'a> Sections<'a> {
    pub(crate) fn new(status: u32) -> Self {
        Self {
            status,
            asked: u32::MAX,
            sections: Vec::with_capacity(USUAL_SECTIONS),
        }
    }

    /// An output's, of which those alone are added that are asked for.
    pub(crate) fn of_those_asked(asked: u32) -> Self {
        Self {
            asked,
            ..Self::new(STATUS_OK)
        }
    }

    /// How a call failed: what is said in place of an answer.
    pub fn failure(message: &'a str) -> Self {
        let mut sections = Self::new(STATUS_ENGINE_ERROR);
        sections.add(ERROR_EXPECTED, 0, message.as_bytes());
        sections
    }

    pub(crate) fn add<T: Plain>(&mut self, tag: u16, mechanism: u16, values: &'a [T]) {
        self.push(tag, mechanism, bytes_of(values));
    }

    /// Not inlined: there is a call for every field, and the browser's module has a budget of bytes.
    #[inline(never)]
    fn push(&mut self, tag: u16, mechanism: u16, bytes: &'a [u8]) {
        if usize::from(tag) < USUAL_SECTIONS && self.asked >> tag & 1 == 0 {
            return;
        }
        let key = u32::from(mechanism) << 16 | u32::from(tag);
        self.sections.push((key, bytes));
    }

    /// Adds rows of u16 as three sections: row starts, uids and values.
    pub(crate) fn stored_rows(&mut self, tag: u16, mechanism: u16, rows: &'a StoredRows) {
        self.add(tag, mechanism, &rows.start);
        self.add(tag + 1, mechanism, &rows.uid);
        self.add(tag + 2, mechanism, &rows.value);
    }

    /// Adds rows of I32F32 as three sections: row starts, uids and values.
    pub(crate) fn fixed_rows(&mut self, tag: u16, mechanism: u16, rows: &'a FixedRows) {
        self.add(tag, mechanism, &rows.start);
        self.add(tag + 1, mechanism, &rows.uid);
        self.add(tag + 2, mechanism, &rows.value);
    }

    /// Whether these hold an output, and not an error.
    pub fn are_output(&self) -> bool {
        self.status == STATUS_OK
    }

    fn data_start(&self) -> usize {
        aligned(HEADER + ENTRY * self.sections.len())
    }

    /// How many bytes the answer takes.
    pub fn bytes(&self) -> usize {
        let data = self.data().map(|data| aligned(data.len()));
        self.data_start() + data.sum::<usize>()
    }

    /// The words that the answer begins with: status, count, and of each section key, offset and length.
    pub fn directory(&self) -> Vec<u32> {
        let mut words =
            Vec::with_capacity((HEADER + ENTRY * self.sections.len()) / size_of::<u32>());
        words.extend_from_slice(&[self.status, self.sections.len() as u32]);
        let mut at = self.data_start();
        for (key, data) in &self.sections {
            words.extend_from_slice(&[*key, at as u32, data.len() as u32]);
            at += aligned(data.len());
        }
        words
    }

    /// Bytes of each section where they are now, in the directory's order.
    pub fn data(&self) -> impl Iterator<Item = &'a [u8]> {
        self.sections.iter().map(|&(_, data)| data)
    }

    /// Writes the answer: every byte of `output`.
    ///
    /// # Panics
    /// Where `output` is not of [`Sections::bytes`] bytes.
    pub fn write(&self, output: &mut [MaybeUninit<u8>]) {
        let (mut directory, mut rest) = output.split_at_mut(self.data_start());
        put(&mut directory, bytes_of(&self.directory()));
        for data in self.data() {
            put(&mut rest, data);
            put(&mut rest, &[0; 8][..aligned(data.len()) - data.len()]);
        }
        // What aligns the first section.
        let gap = directory.len();
        put(&mut directory, &[0; 8][..gap]);
    }
}

/// Copies `data` to where `output` begins, and leaves what is behind it.
fn put(output: &mut &mut [MaybeUninit<u8>], data: &[u8]) {
    // Most sections need nothing that aligns the next.
    if data.is_empty() {
        return;
    }
    let (head, rest) = std::mem::take(output).split_at_mut(data.len());
    head.write_copy_of_slice(data);
    *output = rest;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
    }

    #[test]
    fn every_byte_is_written_and_sections_lie_where_the_directory_says() {
        let (words, halves, bytes) = ([1u64, u64::MAX], [7u16, 8, 9], [5u8; 13]);
        for count in 0..=3 {
            let mut sections = Sections::new(STATUS_OK);
            sections.add(3, 0, &words[..count.min(2)]);
            sections.add(4, 2, &halves[..count]);
            sections.add(5, 0xff, &bytes);
            // An output buffer that is full already: what is left of it would show.
            let mut output = vec![MaybeUninit::new(0xee); sections.bytes()];
            sections.write(&mut output);
            // SAFETY: every byte was initialised when the buffer was made.
            let written = output.iter().map(|byte| unsafe { byte.assume_init() });
            let written = written.collect::<Vec<_>>();
            assert_eq!(
                (word(&written, 0), word(&written, 4)),
                (STATUS_OK as usize, 3)
            );
            let expected: [(usize, &[u8]); 3] = [
                (3, bytes_of(&words[..count.min(2)])),
                (2 << 16 | 4, bytes_of(&halves[..count])),
                (0xff << 16 | 5, &bytes),
            ];
            let mut end = 44;
            for (i, (key, data)) in expected.into_iter().enumerate() {
                let [found, at, len] = [0, 4, 8].map(|part| word(&written, 8 + 12 * i + part));
                assert_eq!((found, len, at % 8), (key, data.len(), 0));
                assert_eq!(&written[at..at + len], data);
                assert!(written[end..at].iter().all(|&byte| byte == 0));
                end = at + len;
            }
            assert!(written[end..].iter().all(|&byte| byte == 0));
        }
    }
}
