//! Hashes of single things: names of items, parts of keys that stand alone, headers.

use twox_hash::XxHash64;
use yuma_blake2::blake2b;

/// A hash that the chain's storage or its headers are named by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hash {
    /// XXH64 with the seeds from 0 on, so many of them, little-endian: of 64, 128 or 256 bits.
    Twox(u64),
    /// BLAKE2b of 128 bits.
    Blake2_128,
    /// BLAKE2b of 256 bits.
    Blake2_256,
}

impl Hash {
    /// The hash of bytes.
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Twox(seeds) => (0..seeds)
                .flat_map(|seed| XxHash64::oneshot(seed, bytes).to_le_bytes())
                .collect(),
            Self::Blake2_128 => blake2b::<16>(bytes).into(),
            Self::Blake2_256 => blake2b::<32>(bytes).into(),
        }
    }
}
