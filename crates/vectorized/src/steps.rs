//! The result of the steps from weights to bonds, by whichever way they were taken.

use crate::{StoredRows, Trace};
use yuma_fixed::I32F32;

/// The values that the steps from weights to bonds give, `n` in each column.
pub struct Steps {
    /// The consensus of each miner.
    pub consensus: Vec<I32F32>,
    /// The sum of each validator's clipped weights.
    pub validator_trust: Vec<I32F32>,
    /// The normalised rank of each miner.
    pub incentive: Vec<I32F32>,
    /// The dividends of each validator before they are normalised.
    pub dividends: Vec<I32F32>,
    /// The bonds of those who hold a permit after the epoch, rounded as they are stored; no bonds for all others.
    pub bonds: StoredRows,
    /// The value of every step, where asked for, but for the shares of the emission.
    pub trace: Option<Box<Trace>>,
}
