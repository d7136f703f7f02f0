//! What one mechanism's epoch starts from, and its steps from weights to bonds, fused over tiles of columns.
//!
//! [`prepare`] computes what both ways through the steps start from, the masks among it; [`steps`] takes them fused, on
//! the instruction set that `kernels` found, where the epoch is eligible; [`vector`] and [`payout`] are what both ways
//! share. A crate of its own, apart from `yuma-epoch`, so that a browser's module can be built for speed here and for
//! size there.

mod kernels;
mod masks;
pub mod payout;
pub mod prepare;
mod steps;
pub mod vector;
mod vectorized;

pub use kernels::Platform;
pub use masks::{MaskReason, MaskedRows};
pub use steps::Steps;
pub use vectorized::steps;

use yuma_types::{
    AlphaConsensus, ConsensusMode, Exponent, LastTempo, LiquidAlpha, Mechanism, Rules, SparseRows,
    Steepness, StoredRows, Subnet, Trace,
};
