//! Strings of bytes one after the other.

use crate::ProofError;
use std::ops::Range;

/// Strings of bytes, one after the other in one piece of memory.
#[derive(Clone, Debug, Default)]
pub struct ByteStrings {
    pub(crate) bytes: Vec<u8>,
    /// Where each ends; it begins where the one before it ends.
    ends: Vec<usize>,
}

impl ByteStrings {
    /// Reads hex with `0x` as JSON carries it: the texts one after the other, and the length of each. `what` names one
    /// in an error.
    ///
    /// # Errors
    /// A text that is not hex, or lengths that are not those of the texts.
    pub fn from_hex(text: &[u8], lengths: &[u32], what: &'static str) -> Result<Self, ProofError> {
        let mut strings = Self {
            bytes: Vec::with_capacity(text.len() / 2),
            ends: Vec::with_capacity(lengths.len()),
        };
        let mut rest = text;
        for (index, &length) in lengths.iter().enumerate() {
            let fault = ProofError::NotHex { what, index };
            let Some((one, behind)) = rest.split_at_checked(length as usize) else {
                return Err(fault);
            };
            strings.read(one).ok_or(fault)?;
            rest = behind;
        }
        let index = lengths.len();
        rest.is_empty()
            .then_some(strings)
            .ok_or(ProofError::NotHex { what, index })
    }

    fn read(&mut self, text: &[u8]) -> Option<()> {
        let (pairs, []) = text.strip_prefix(b"0x")?.as_chunks::<2>() else {
            return None;
        };
        for [high, low] in pairs {
            self.bytes.push(digit(*high)? << 4 | digit(*low)?);
        }
        self.ends.push(self.bytes.len());
        Some(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|index| &self.bytes[self.range(index)])
    }

    /// Where one lies.
    pub(crate) fn range(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[index]
    }
}

impl<'a> FromIterator<&'a [u8]> for ByteStrings {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(strings: I) -> Self {
        let mut all = Self::default();
        for one in strings {
            all.bytes.extend_from_slice(one);
            all.ends.push(all.bytes.len());
        }
        all
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, lengths: &[u32]) -> Result<Vec<Vec<u8>>, ProofError> {
        let strings = ByteStrings::from_hex(text.as_bytes(), lengths, "node")?;
        Ok(strings.iter().map(<[u8]>::to_vec).collect())
    }

    #[test]
    fn reads_hex_in_either_case() {
        let strings = read("0x0x00fF0xAb", &[2, 6, 4]);
        assert_eq!(strings, Ok(vec![vec![], vec![0, 255], vec![0xab]]));
        assert_eq!(read("", &[]), Ok(vec![]));
    }

    #[test]
    fn refuses_what_is_not_hex() {
        for (text, lengths, index) in [
            ("0x0", &[3][..], 0),
            ("00", &[2], 0),
            ("", &[0], 0),
            ("0x0x0g", &[2, 4], 1),
            ("0x00", &[6], 0),
            ("0x00", &[2], 1),
            ("0x00", &[u32::MAX], 0),
            ("0X00", &[4], 0),
        ] {
            let fault = ProofError::NotHex {
                what: "node",
                index,
            };
            assert_eq!(read(text, lengths), Err(fault), "{text}");
        }
    }
}
