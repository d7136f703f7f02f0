//! One Yuma epoch of a subnet, to the same bits as the chain.
//!
//! [`subnet_epoch`] takes a subnet's columns and each mechanism's sparse rows, and gives the columns that the chain
//! stores after the epoch. Work grows with the stored weights and bonds. [`Rules`] says which variant of each step a
//! spec version has.

mod bonds;
mod clean;
mod consensus;
mod error;
mod input;
mod kernels;
mod mechanisms;
mod output;
mod payout;
mod rows;
mod rules;
mod run;
mod stake;
mod validate;
mod vector;
mod weights;

pub use error::InputError;
pub use input::{Mechanism, SparseRows, Subnet};
pub use kernels::Platform;
pub use mechanisms::{combine, split_emission, subnet_epoch};
pub use output::{MechanismOutput, RawTerms, StoredRows, SubnetOutput, Terms, Trace};
pub use rows::FixedRows;
pub use rules::{Exponent, LastTempo, Rules};
pub use run::Settings;
pub use validate::check_input;
