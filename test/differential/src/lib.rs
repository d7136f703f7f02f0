//! Random subnets through the engine and the reference, equal in every output and intermediate.

mod compare;
mod kinds;
mod subnet;

pub use compare::{Agreed, Outcome, check_seed, check_subnet};
pub use kinds::{KINDS, Kind};
pub use subnet::{OwnedMechanism, OwnedSubnet, Rows, random_subnet};
