//! What a subnet, an epoch's terms, a trace and the rules are.
//!
//! The engine (`yuma-epoch`), the plain reference (`yuma-reference`) and the bindings share these declarations and
//! nothing else: each computes in its own way. The fields of an epoch are described in the tables of
//! `crates/types/fields`, from which `npm run fields` writes what is in `generated`.

mod error;
mod generated {
    pub mod epoch;
}
mod input;
pub mod memory;
mod output;
mod pools;
mod rows;
mod rules;

pub use error::InputError;
pub use generated::epoch::{
    ConsensusMode, EpochConsensus, Hyperparameters, Mechanism, MechanismOutput, RawTerms, Subnet,
    Terms, Trace,
};
pub use input::SparseRows;
pub use output::{StoredRows, SubnetOutput};
pub use pools::Pools;
pub use rows::FixedRows;
pub use rules::{
    AlphaConsensus, Evidence, Exponent, LastTempo, LiquidAlpha, MalformedSplit, Rules, RulesRange,
    Steepness,
};
