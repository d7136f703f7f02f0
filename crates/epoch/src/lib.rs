//! One Yuma epoch of a subnet, to the same bits as the chain.
//!
//! [`subnet_epoch`] takes a subnet's columns and each mechanism's sparse rows, and gives the columns that the chain
//! stores after the epoch. Work grows with the stored weights and bonds. [`Rules`] says which variant of each step a
//! spec version has.

mod bonds;
mod clean;
mod consensus;
mod kernels;
mod mechanisms;
mod payout;
mod run;
mod stake;
mod validate;
mod vector;
mod weights;

pub use kernels::Platform;
pub use mechanisms::{combine, split_emission, subnet_epoch};
pub use run::Settings;
pub use validate::check_input;
pub use yuma_types::{
    Exponent, FixedRows, InputError, LastTempo, Mechanism, MechanismOutput, RawTerms, Rules,
    SparseRows, StoredRows, Subnet, SubnetOutput, Terms, Trace,
};
