//! How a node of the trie lies in bytes.
//!
//! A header says which kind of node it is and how many halves of bytes it stands further down than its branch; these
//! halves follow, padded in front to whole bytes. A branch has two bytes that say which children there are. Then comes
//! the value or its hash, then each child: its hash, or all of it where that is shorter.

use crate::Hash;
use crate::nibbles::Nibbles;
use std::ops::Range;

/// The header of a trie without keys.
const EMPTY: u8 = 0;
const HASH: usize = size_of::<Hash>();

/// A node, as places in the bytes that it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    partial: Range<usize>,
    padding: usize,
    pub value: Option<Value>,
    pub children: [Option<Child>; 16],
}

/// What is stored at a node.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Here.
    Inline(Range<usize>),
    /// In bytes of its own, whose hash begins here.
    Hashed(usize),
}

/// A node below another one.
#[derive(Clone, Debug)]
pub(crate) enum Child {
    /// All of it, in the bytes of the node above.
    Inline(Range<usize>),
    /// By its hash, which begins here.
    Hashed(usize),
}

/// What a header says.
struct Header {
    branch: bool,
    /// Whether there is a value, and whether it is a hash.
    value: Option<bool>,
    /// Halves of bytes.
    partial: usize,
}

impl Node {
    /// Reads the node that lies in a range of bytes; none where it is the one of a trie without keys.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8], range: Range<usize>) -> Result<Option<Self>, &'static str> {
        if bytes[range.clone()] == [EMPTY] {
            return Ok(None);
        }
        let mut reader = Reader { bytes, left: range };
        let header = reader.header()?;
        let partial = reader.take(header.partial.div_ceil(2))?;
        let padding = header.partial % 2;
        if padding == 1 && bytes[partial.start] >> 4 != 0 {
            return Err("has a padding that is not 0");
        }
        let bitmap = if header.branch { reader.bitmap()? } else { 0 };
        let value = match header.value {
            None => None,
            Some(true) => Some(Value::Hashed(reader.take(HASH)?.start)),
            Some(false) => {
                let length = reader.compact()?;
                Some(Value::Inline(reader.take(length)?))
            }
        };
        let mut children = [const { None }; 16];
        for (at, child) in children.iter_mut().enumerate() {
            if bitmap & 1 << at != 0 {
                *child = Some(reader.child()?);
            }
        }
        if !reader.left.is_empty() {
            return Err("goes on behind its end");
        }
        Ok(Some(Self {
            partial,
            padding,
            value,
            children,
        }))
    }

    /// The halves of bytes between its branch and itself.
    pub fn partial<'a>(&self, bytes: &'a [u8]) -> Nibbles<'a> {
        Nibbles::new(&bytes[self.partial.clone()], self.padding)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    left: Range<usize>,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<Range<usize>, &'static str> {
        if count > self.left.len() {
            return Err("is cut short");
        }
        let start = self.left.start;
        self.left.start += count;
        Ok(start..start + count)
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        Ok(self.bytes[self.take(1)?.start])
    }

    fn header(&mut self) -> Result<Header, &'static str> {
        let first = self.byte()?;
        // The kind is in the high bits; the rest of them begin the count.
        let (branch, value, bits) = match first {
            0b0100_0000..=0b0111_1111 => (false, Some(false), 6),
            0b1000_0000..=0b1011_1111 => (true, None, 6),
            0b1100_0000..=0b1111_1111 => (true, Some(false), 6),
            0b0010_0000..=0b0011_1111 => (false, Some(true), 5),
            0b0001_0000..=0b0001_1111 => (true, Some(true), 4),
            _ => return Err("is of no kind that there is"),
        };
        Ok(Header {
            branch,
            value,
            partial: self.count(first, bits)?,
        })
    }

    /// A count that begins in the low bits of the header, and goes on in bytes as long as they are full.
    fn count(&mut self, first: u8, bits: u32) -> Result<usize, &'static str> {
        let full = (1 << bits) - 1;
        let mut count = usize::from(first & full);
        if first & full < full {
            return Ok(count);
        }
        loop {
            let byte = self.byte()?;
            count += usize::from(byte);
            if byte < u8::MAX {
                return Ok(count);
            }
        }
    }

    fn bitmap(&mut self) -> Result<u16, &'static str> {
        let bitmap = u16::from_le_bytes([self.byte()?, self.byte()?]);
        if bitmap == 0 {
            return Err("branches into nothing");
        }
        Ok(bitmap)
    }

    /// A length in SCALE's compact form, which has one way for each number.
    fn compact(&mut self) -> Result<usize, &'static str> {
        let first = self.byte()?;
        let (further, least) = match first & 3 {
            0 => (0, 0),
            1 => (1, 1 << 6),
            2 => (3, 1 << 14),
            _ => return Err("has a length that no answer has room for"),
        };
        let mut number = usize::from(first);
        for place in 1..=further {
            number |= usize::from(self.byte()?) << (8 * place);
        }
        let length = number >> 2;
        if length < least {
            return Err("has a length that is not the shortest form of it");
        }
        Ok(length)
    }

    fn child(&mut self) -> Result<Child, &'static str> {
        let length = self.compact()?;
        let range = self.take(length)?;
        match length {
            HASH => Ok(Child::Hashed(range.start)),
            0..HASH => Ok(Child::Inline(range)),
            _ => Err("has a child that is longer than its hash"),
        }
    }
}
