//! Keys as the text of a request: `"0x…","0x…"`.

use crate::hex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher as Hasher64, RandomState};
use twox_hash::XxHash64;
use yuma_blake2::blake2b;

/// How the part of a key is hashed in which the keys of a column differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hasher {
    /// The part alone.
    Identity,
    /// 64 bits of XXH64, then the part.
    Twox64Concat,
    /// 128 bits of BLAKE2b, then the part.
    Blake2_128Concat,
}

impl Hasher {
    /// Bytes of the hash before a part.
    fn bytes(self) -> usize {
        match self {
            Self::Identity => 0,
            Self::Twox64Concat => 8,
            Self::Blake2_128Concat => 16,
        }
    }
}

/// Keys of one item that differ in one part.
#[derive(Clone, Copy, Debug)]
pub struct KeyColumn<'a> {
    /// What stands before the part: the item's prefix, and parts that all keys share, hashed.
    pub head: &'a [u8],
    /// How the part is hashed.
    pub hasher: Hasher,
    /// The parts, one after the other.
    pub parts: &'a [u8],
    /// Bytes of each part, one or more.
    pub part_bytes: usize,
    /// What stands behind the part.
    pub tail: &'a [u8],
}

impl KeyColumn<'_> {
    /// Bytes of the text of its keys: at most.
    pub fn text_bytes(&self) -> usize {
        const QUOTES_AND_COMMA: usize = 5;
        let bytes = self.head.len() + self.hasher.bytes() + self.part_bytes + self.tail.len();
        self.parts.len() / self.part_bytes * (2 * bytes + QUOTES_AND_COMMA)
    }
}

/// Each key once, as text, and which one each of those is that were asked for.
#[derive(Debug, Default)]
pub struct Keys {
    /// In quotes, with commas between them.
    pub text: Vec<u8>,
    /// Where each key begins in the text, by its quote.
    pub starts: Vec<u32>,
    /// Of each key that was asked for, the single ones first, its place among those of the text.
    pub places: Vec<u32>,
}

impl Keys {
    /// The keys of `singles`, which is text as [`Keys::text`] is, and of columns.
    ///
    /// None where the text is longer than 4 GiB.
    pub fn new(singles: &[u8], columns: &[KeyColumn<'_>]) -> Option<Self> {
        let length = singles.len() + columns.iter().map(KeyColumn::text_bytes).sum::<usize>();
        u32::try_from(length).ok()?;
        let mut all = Builder {
            keys: Self {
                text: Vec::with_capacity(length),
                ..Self::default()
            },
            known: HashMap::default(),
            seed: RandomState::new().hash_one(0),
        };
        for single in singles.split(|&byte| byte == b',') {
            if !single.is_empty() {
                all.add(&[single]);
            }
        }
        let mut hashed = Hashed::default();
        for column in columns {
            let mut head = b"\"0x".to_vec();
            hex::write(column.head, &mut head);
            let mut tail = Vec::new();
            hex::write(column.tail, &mut tail);
            tail.push(b'"');
            let digits = hashed.digits(column);
            let of_part = 2 * (column.hasher.bytes() + column.part_bytes);
            for part in digits.chunks_exact(of_part) {
                all.add(&[&head, part, &tail]);
            }
        }
        Some(all.keys)
    }
}

/// Keys as they are put together.
struct Builder {
    keys: Keys,
    /// Places of keys by their hashes; of several with the same hash the next ones lie behind it.
    known: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    seed: u64,
}

impl Builder {
    /// Adds a key of these pieces, unless it is there.
    fn add(&mut self, pieces: &[&[u8]]) {
        let Keys {
            text,
            starts,
            places,
        } = &mut self.keys;
        let before = text.len();
        if before > 0 {
            text.push(b',');
        }
        let start = text.len();
        for piece in pieces {
            text.extend_from_slice(piece);
        }
        let mut hash = XxHash64::oneshot(self.seed, &text[start..]);
        let known = loop {
            match self.known.entry(hash) {
                Entry::Vacant(free) => {
                    free.insert(starts.len() as u32);
                    break None;
                }
                Entry::Occupied(known) => {
                    let place = *known.get();
                    // Behind the last quote of any other key there is a comma.
                    let other = &text[starts[place as usize] as usize..before];
                    let length = text.len() - start;
                    if other.get(..length) == Some(&text[start..]) {
                        break Some(place);
                    }
                }
            }
            hash = hash.wrapping_add(1);
        };
        if known.is_some() {
            text.truncate(before);
        } else {
            starts.push(start as u32);
        }
        places.push(known.unwrap_or(starts.len() as u32 - 1));
    }
}

/// A hash is taken as it is: it has a seed of this process, so that what a node chooses does not fall together.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher64 for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only hashes are keys");
    }
}

/// Lists of parts as they stand in keys: many columns are of the same accounts.
#[derive(Default)]
struct Hashed<'a> {
    lists: Vec<(Hasher, usize, &'a [u8], Vec<u8>)>,
}

impl<'a> Hashed<'a> {
    /// The digits of a column's parts, each behind its hash.
    fn digits(&mut self, column: &KeyColumn<'a>) -> &[u8] {
        let &KeyColumn {
            hasher,
            parts,
            part_bytes,
            ..
        } = column;
        let place = self.lists.iter().position(|(of, bytes, list, _)| {
            *of == hasher && *bytes == part_bytes && std::ptr::eq(*list, parts)
        });
        let place = place.unwrap_or_else(|| {
            let mut digits =
                Vec::with_capacity(2 * (hasher.bytes() + part_bytes) * (parts.len() / part_bytes));
            for part in parts.chunks_exact(part_bytes) {
                match hasher {
                    Hasher::Identity => {}
                    Hasher::Twox64Concat => {
                        hex::write(&XxHash64::oneshot(0, part).to_le_bytes(), &mut digits);
                    }
                    Hasher::Blake2_128Concat => hex::write(&blake2b::<16>(part), &mut digits),
                }
                hex::write(part, &mut digits);
            }
            self.lists.push((hasher, part_bytes, parts, digits));
            self.lists.len() - 1
        });
        &self.lists[place].3
    }
}

#[cfg(test)]
mod tests {
    use super::{Hasher, KeyColumn, Keys};

    const ACCOUNTS: [u8; 64] = {
        let mut bytes = [0; 64];
        let mut at = 0;
        while at < 64 {
            bytes[at] = at as u8;
            at += 1;
        }
        bytes
    };

    fn column(hasher: Hasher) -> KeyColumn<'static> {
        KeyColumn {
            head: b"\xab\xcd",
            hasher,
            parts: &ACCOUNTS,
            part_bytes: 32,
            tail: b"\x01\x00",
        }
    }

    fn texts(keys: &Keys) -> Vec<String> {
        let text = String::from_utf8(keys.text.clone()).unwrap();
        let texts: Vec<String> = text
            .split(',')
            .map(|key| key.trim_matches('"').into())
            .collect();
        for (start, key) in keys.starts.iter().zip(&texts) {
            assert!(text[*start as usize + 1..].starts_with(key.as_str()));
        }
        texts
    }

    /// Hashes by Python's `hashlib.blake2b(account, digest_size=16)` and by `Twox64Concat` of `@polkadot-api/substrate-bindings`.
    #[test]
    fn a_key_has_the_hash_of_its_part_and_the_part() {
        let account: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
        for (hasher, hash) in [
            (Hasher::Identity, ""),
            (Hasher::Twox64Concat, "b432ff16519cf5cb"),
            (Hasher::Blake2_128Concat, "f39a2cad58411cd49f577e5086b8031f"),
        ] {
            let keys = Keys::new(b"", &[column(hasher)]).unwrap();
            assert_eq!(texts(&keys)[0], format!("0xabcd{hash}{account}0100"));
            assert_eq!(keys.places, [0, 1]);
        }
    }

    #[test]
    fn what_is_asked_for_twice_is_there_once() {
        let once = column(Hasher::Blake2_128Concat);
        let keys = Keys::new(b"\"0x01\",\"0x02\"", &[once, once]).unwrap();
        assert_eq!(keys.places, [0, 1, 2, 3, 2, 3]);
        assert_eq!(texts(&keys).len(), 4);
        let single = texts(&keys)[2].clone();
        let keys = Keys::new(format!("\"{single}\"").as_bytes(), &[once]).unwrap();
        assert_eq!(keys.places, [0, 0, 1]);
        assert_eq!(texts(&keys)[0], single);
    }

    #[test]
    fn of_nothing_there_is_nothing() {
        let keys = Keys::new(b"", &[]).unwrap();
        assert!(keys.text.is_empty() && keys.starts.is_empty() && keys.places.is_empty());
    }
}
