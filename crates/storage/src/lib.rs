//! Keys of the chain's storage as a request names them, and a node's answer to that request.
//!
//! A pull asks for thousands of values by keys of some 180 hex digits each. Here the keys of whole columns are made at
//! once, as the text that is sent, and the text that comes back is read in one pass into bytes: no key and no value
//! becomes a string by itself.
//!
//! Nothing here panics, whatever a node sends: an answer that is not just as nodes write it is left to others.

#![forbid(unsafe_code)]

mod address;
mod answer;
mod hash;
mod hex;
mod keys;

pub use address::{ADDRESS, addresses};
pub use answer::{ABSENT, Changes};
pub use hash::Hash;
pub use hex::bytes_of_hex;
pub use keys::{Hasher, KeyColumn, Keys};
