//! Keys of storage and answers to them as columns: parts of keys and the text of messages in, text and bytes out.

use crate::Column;
use crate::buffer::{STATUS_OK, Sections};
use crate::memory::{ensure, ensure_function};
use yuma_storage::{Changes, Hash, Hasher, KeyColumn, Keys, bytes_of_hex};

/// Numbers of the functions.
pub mod function {
    /// The text of keys. For each column six slots: the number of its hasher, the bytes of one part, those before it
    /// in the key and those behind it, and then the first byte and the bytes of its parts in the last column. The
    /// columns are the text of single keys, and as hex digits what stands around parts, and parts.
    pub const KEYS: u32 = 0;
    /// The values of an answer: no slots; the columns are the message, the text of the keys, and the block's hash.
    pub const CHANGES: u32 = 1;
    /// The addresses of accounts of 32 bytes each: no slots, and one column of their hex digits.
    pub const ADDRESSES: u32 = 2;
    /// The hash of a column of bytes, by its number.
    pub const HASH: u32 = 3;
}

/// Slots of a column of keys.
const SLOTS: usize = 6;

/// What a call came to, with the memory that its sections lie in.
#[derive(Debug)]
pub enum StorageAnswer {
    /// Text, where each key begins in it, and which key each one is that was asked for.
    Keys(Keys),
    /// Number of the request in two words, low one first, and then lengths; and the bytes of values.
    Changes(Vec<u32>, Vec<u8>),
    /// Addresses of 48 characters each.
    Addresses(Vec<u8>),
    /// A hash.
    Hash(Vec<u8>),
    /// A message that is not as nodes write it.
    Other,
    /// How the call failed: a bug of ours, said instead of thrown.
    Failure(String),
}

impl StorageAnswer {
    /// The sections, measured and ready to be written.
    pub fn sections(&self) -> Sections<'_> {
        let mut sections = Sections::new(STATUS_OK);
        match self {
            Self::Keys(keys) => {
                sections.add(0, 0, &keys.text);
                sections.add(1, 0, &keys.starts);
                sections.add(2, 0, &keys.places);
            }
            Self::Changes(words, values) => {
                sections.add(0, 0, words);
                sections.add(1, 0, values);
            }
            Self::Addresses(bytes) | Self::Hash(bytes) => sections.add(0, 0, bytes),
            Self::Other => {}
            Self::Failure(reason) => return Sections::failure(reason),
        }
        sections
    }
}

/// Answers a function.
pub fn call(number: u32, slots: &[u64], columns: &[Column<'_>]) -> StorageAnswer {
    let _room = ensure_function(columns);
    match (number, slots, columns) {
        (function::KEYS, _, &[Column::U8(singles), Column::U8(around), Column::U8(parts)]) => {
            keys(slots, singles, around, parts).map_or_else(
                || failure("expected the columns of keys"),
                StorageAnswer::Keys,
            )
        }
        (function::CHANGES, [], &[Column::U8(message), Column::U8(keys), Column::U8(block)]) => {
            Changes::read(message, keys, block).map_or(StorageAnswer::Other, |changes| {
                let mut words = Vec::with_capacity(2 + changes.lengths.len());
                words.extend([changes.id as u32, (changes.id >> 32) as u32]);
                words.extend(changes.lengths);
                StorageAnswer::Changes(words, changes.values)
            })
        }
        (function::ADDRESSES, [], &[Column::U8(accounts)]) => bytes_of_hex(accounts)
            .and_then(|bytes| match bytes.as_chunks() {
                (accounts, []) => Some(yuma_storage::addresses(accounts)),
                _ => None,
            })
            .map_or_else(|| failure("expected accounts"), StorageAnswer::Addresses),
        (function::HASH, &[hash], &[Column::U8(bytes)]) => hash_of(hash).map_or_else(
            || failure("expected a hash"),
            |hash| StorageAnswer::Hash(hash.of(bytes)),
        ),
        _ => failure("expected a function of this package"),
    }
}

fn failure(reason: &str) -> StorageAnswer {
    StorageAnswer::Failure(reason.into())
}

fn keys(slots: &[u64], singles: &[u8], around: &[u8], parts: &[u8]) -> Option<Keys> {
    let (around, parts) = (bytes_of_hex(around)?, bytes_of_hex(parts)?);
    let mut around = around.as_slice();
    let (columns, []) = slots.as_chunks::<SLOTS>() else {
        return None;
    };
    let mut read = Vec::with_capacity(columns.len());
    for &slots in columns {
        let [hasher, part_bytes, head, tail, start, length] = slots.map(|slot| slot as usize);
        let (head, rest) = around.split_at_checked(head)?;
        let (tail, rest) = rest.split_at_checked(tail)?;
        around = rest;
        let parts = parts.get(start..)?.get(..length)?;
        if part_bytes == 0 || length % part_bytes != 0 {
            return None;
        }
        read.push(KeyColumn {
            head,
            hasher: hasher_of(hasher)?,
            parts,
            part_bytes,
            tail,
        });
    }
    // The text, and once more while what is there twice is taken out of it.
    let _room = ensure(2 * (singles.len() + read.iter().map(KeyColumn::text_bytes).sum::<usize>()));
    Keys::new(singles, &read)
}

fn hasher_of(number: usize) -> Option<Hasher> {
    let hashers = [
        Hasher::Identity,
        Hasher::Twox64Concat,
        Hasher::Blake2_128Concat,
    ];
    hashers.get(number).copied()
}

fn hash_of(number: u64) -> Option<Hash> {
    let hashes = [
        Hash::Twox(1),
        Hash::Twox(2),
        Hash::Twox(4),
        Hash::Blake2_128,
        Hash::Blake2_256,
    ];
    hashes.get(usize::try_from(number).ok()?).copied()
}
