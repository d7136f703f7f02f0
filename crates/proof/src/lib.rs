//! Checks what a node says of a block's state against the state root of the block's header.
//!
//! A chain's state is a trie of 16 branches, by the halves of the bytes of its keys; a node of it names its children by
//! the BLAKE2b hash of their encoding, and the root's hash stands in the header. So a few nodes prove what is stored
//! under a key, or that nothing is, or that a list of keys is whole: nobody can make others with the same hashes.
//!
//! Every node says itself in which layout it is: with all values in place (state version 0), or with those of 33 bytes
//! and more by their hash (state version 1). A chain that changed its version has nodes of both.
//!
//! Nothing here panics, whatever the nodes: what they do not prove is a [`ProofError`]. Time and memory follow what is
//! given: a path is no longer than [`MAX_KEY`] bytes, and a listing ends at the first key that it should not have.
//!
//! Follows the format of `sp-trie` 47.0.0 (`node_header.rs`, `node_codec.rs`), and is tested against tries and proofs
//! that it made.

#![forbid(unsafe_code)]

mod byte_strings;
mod error;
mod listing;
mod nibbles;
mod node;
mod state_proof;

pub use byte_strings::ByteStrings;
pub use error::ProofError;
pub use listing::Listing;
pub use state_proof::{Place, StateProof};

/// BLAKE2b of 32 bytes.
pub type Hash = [u8; 32];

/// Bytes of the longest key that is followed. The chain's longest have some 200.
pub const MAX_KEY: usize = 1024;
