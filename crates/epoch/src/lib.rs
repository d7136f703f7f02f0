//! One Yuma epoch of a subnet, to the same bits as the chain.
//!
//! [`subnet_epoch`] takes a subnet's columns and each mechanism's sparse rows, and gives the columns that the chain
//! stores after the epoch. Work grows with the stored weights and bonds. [`Rules`] says which variant of each step a
//! spec version has.
//!
//! Inside, `epoch` names the steps of Yuma, and `null` is what a subnet under Null consensus has instead; `stepwise`
//! takes each step by itself and gives every trace. What the steps start from, and the steps fused over tiles of
//! columns, are the crate `yuma-vectorized`.

mod epoch;
mod explain;
mod mechanisms;
mod memory;
mod null;
mod pots;
mod stepwise;
mod validate;

pub use epoch::Settings;
pub use explain::{
    DividendParts, LegacyTerms, dividend_parts, fitting_weight, legacy_terms, masked_weights,
    rank_parts,
};
pub use mechanisms::{combine, split_emission, subnet_epoch, subnet_epoch_stepwise, weighed_sum};
pub use pots::{PotSearch, Pots, find_pots};
pub use validate::{check_input, check_output};
pub use yuma_types::{
    AlphaConsensus, ConsensusMode, EpochConsensus, Evidence, Exponent, FixedRows, InputError,
    LastTempo, LiquidAlpha, MalformedSplit, Mechanism, MechanismOutput, Pools, RawTerms, Rules,
    RulesRange, SparseRows, Steepness, StoredRows, Subnet, SubnetOutput, Terms, Trace,
};
pub use yuma_vectorized::{MaskReason, MaskedRows, Platform};
