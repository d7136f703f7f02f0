//! Random subnets through the engine and the reference, equal in every output and intermediate.

mod compare;
mod subnet;

pub use compare::{Agreed, check_seed};
pub use subnet::{OwnedMechanism, OwnedSubnet, Rows, random_subnet};
