//! One Yuma epoch of a subnet, to the same bits as the chain.

mod error;
mod input;
mod rules;

pub use error::InputError;
pub use input::{Mechanism, SparseRows, Subnet};
pub use rules::{LastTempo, Rules};
