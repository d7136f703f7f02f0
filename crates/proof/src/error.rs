//! What nodes do not prove.

use crate::Hash;
use std::fmt;

/// Why a proof is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// A node or a key is not `0x` and whole bytes in hex.
    NotHex {
        /// What of.
        what: &'static str,
        /// Its place among those that were given.
        index: usize,
    },
    /// A key is longer than [`MAX_KEY`](crate::MAX_KEY).
    LongKey {
        /// Its length.
        bytes: usize,
    },
    /// More nodes than lie on the way to the keys that were asked for, however deep the trie.
    TooManyNodes {
        /// How many.
        nodes: usize,
        /// How many there can be.
        most: usize,
    },
    /// A node that is needed is not among those that were given.
    MissingNode {
        /// Its hash, as the node above it or the header has it.
        hash: Hash,
        /// Halves of bytes from the root to it.
        path: Vec<u8>,
    },
    /// The value that is stored under a key is not among the nodes.
    MissingValue {
        /// Its hash.
        hash: Hash,
        /// The key.
        key: Vec<u8>,
    },
    /// A node with the right hash is not encoded as a node of this trie is.
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Halves of bytes from the root to it.
        path: Vec<u8>,
    },
    /// The state has a key that the listing leaves out.
    Unlisted {
        /// The key.
        key: Vec<u8>,
    },
    /// The listing has a key that the state has not, or not at this place of the order.
    NotThere {
        /// The key.
        key: Vec<u8>,
    },
}

impl std::error::Error for ProofError {}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHex { what, index } => write!(f, "{what} {index} is not hex"),
            Self::LongKey { bytes } => {
                write!(f, "a key of {bytes} bytes is longer than any of the chain")
            }
            Self::TooManyNodes { nodes, most } => {
                write!(f, "{nodes} nodes, where {most} are enough for any trie")
            }
            Self::MissingNode { hash, path } => {
                write!(f, "the node {} at {} is missing", Hex(hash), Halves(path))
            }
            Self::MissingValue { hash, key } => {
                write!(f, "the value {} of {} is missing", Hex(hash), Hex(key))
            }
            Self::Malformed { what, path } => {
                write!(f, "the node at {} {what}", Halves(path))
            }
            Self::Unlisted { key } => write!(f, "the listing leaves out {}", Hex(key)),
            Self::NotThere { key } => {
                write!(f, "{} is listed, and is not there in its order", Hex(key))
            }
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Halves of bytes, a digit each.
struct Halves<'a>(&'a [u8]);

impl fmt::Display for Halves<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|half| write!(f, "{half:x}"))
    }
}
