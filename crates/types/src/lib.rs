//! What a subnet, an epoch's terms, a trace and the rules are.
//!
//! The engine (`yuma-epoch`), the plain reference (`yuma-reference`) and the bindings share these declarations and
//! nothing else: each computes in its own way.

mod error;
mod input;
mod output;
mod rows;
mod rules;

pub use error::InputError;
pub use input::{Mechanism, SparseRows, Subnet};
pub use output::{MechanismOutput, RawTerms, StoredRows, SubnetOutput, Terms, Trace};
pub use rows::FixedRows;
pub use rules::{Exponent, LastTempo, Rules};
