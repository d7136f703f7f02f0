//! What an epoch gives.

use crate::rows::FixedRows;
use yuma_fixed::I32F32;

/// The per-uid columns of an epoch, `n` each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Normalised stake, u16 proportion.
    pub stake_weight: Vec<u16>,
    /// u16 proportion.
    pub consensus: Vec<u16>,
    /// u16 proportion.
    pub incentive: Vec<u16>,
    /// u16 proportion.
    pub dividends: Vec<u16>,
    /// u16 proportion.
    pub validator_trust: Vec<u16>,
    /// Updated within the activity cutoff.
    pub active: Vec<bool>,
    /// Permits after the epoch.
    pub validator_permit: Vec<bool>,
    /// Rao to miners.
    pub server_emission: Vec<u64>,
    /// Rao to validators.
    pub validator_emission: Vec<u64>,
    /// Rao to both, truncated on its own: not exactly the sum.
    pub emission: Vec<u64>,
    /// Stake before the threshold, rao.
    pub stake: Vec<u64>,
}

/// Values before rounding, `n` each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawTerms {
    /// Normalised stake.
    pub stake: Vec<I32F32>,
    /// Normalised stake of active validators with a permit.
    pub active_stake: Vec<I32F32>,
    /// Stake-weighted median of weights.
    pub consensus: Vec<I32F32>,
    /// Normalised ranks.
    pub incentive: Vec<I32F32>,
    /// Normalised dividends.
    pub dividends: Vec<I32F32>,
    /// Sum of clipped weights.
    pub validator_trust: Vec<I32F32>,
}

/// Bonds as stored: rows of `(uid, u16)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRows {
    /// `n + 1` offsets.
    pub start: Vec<u32>,
    /// Column of each entry.
    pub uid: Vec<u16>,
    /// Value of each entry, a u16 proportion.
    pub value: Vec<u16>,
}

/// Every stage's value, in the order of the chain's steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Permits before the epoch, the owner's forced where the rules say so; of the stored length.
    pub validator_permit_before: Vec<bool>,
    /// Weights after all masks, each row normalised.
    pub weights: FixedRows,
    /// Weights clipped at consensus.
    pub clipped_weights: FixedRows,
    /// Stake-weighted sums of clipped weights.
    pub ranks: Vec<I32F32>,
    /// Weights that bonds follow.
    pub weights_for_bonds: FixedRows,
    /// Stored bonds after masks; classic: normalised by column.
    pub bonds_before: FixedRows,
    /// Classic: stake times weights, normalised by column; else empty rows.
    pub bonds_delta: FixedRows,
    /// Liquid alpha of each entry of `weights_for_bonds`; empty rows where it has no effect.
    pub alphas: FixedRows,
    /// Moving average of bonds; classic: normalised by column.
    pub ema_bonds: FixedRows,
    /// Dividends before they are normalised.
    pub dividends_before_normalize: Vec<I32F32>,
    /// Shares of the emission, miners'.
    pub normalized_server_emission: Vec<I32F32>,
    /// Shares of the emission, validators'.
    pub normalized_validator_emission: Vec<I32F32>,
    /// Shares of the emission, of both.
    pub normalized_emission: Vec<I32F32>,
}

/// What one mechanism's epoch gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MechanismOutput {
    /// Rao of alpha that this mechanism handed out.
    pub share: u64,
    /// Columns by uid.
    pub terms: Terms,
    /// The same before rounding.
    pub raw: RawTerms,
    /// Rows as stored after the epoch.
    pub bonds: StoredRows,
    /// Intermediates, where asked for.
    pub trace: Option<Box<Trace>>,
}

/// What a subnet's epoch gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetOutput {
    /// The mechanisms' terms combined, as stored for the subnet.
    pub terms: Terms,
    /// Each mechanism's own.
    pub mechanisms: Vec<MechanismOutput>,
}
