//! What a subnet's epoch reads and writes beside the rest of the subnet's state.

use yuma_epoch::{StoredRows, Terms};

/// What an epoch reads and writes of one subnet besides what [`crate::Subnet`] has. Units are those of
/// [`yuma_epoch::Subnet`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consensus {
    /// A neuron is inactive when `last_update + cutoff < block`.
    pub activity_cutoff_blocks: u64,
    /// `MaxAllowedValidators`.
    pub max_allowed_validators: u16,
    /// `CommitRevealWeightsEnabled`.
    pub commit_reveal_enabled: bool,
    /// `Kappa`.
    pub kappa: u16,
    /// `BondsPenalty`.
    pub bonds_penalty: u16,
    /// `BondsMovingAverage`.
    pub bonds_moving_average: u64,
    /// `Yuma3On`.
    pub yuma3_on: bool,
    /// `LiquidAlphaOn`.
    pub liquid_alpha_on: bool,
    /// The lower of `AlphaValues`.
    pub alpha_low: u16,
    /// The higher of `AlphaValues`.
    pub alpha_high: u16,
    /// `AlphaSigmoidSteepness`.
    pub alpha_sigmoid_steepness: i16,
    /// By uid. `BlockAtRegistration`.
    pub block_at_registration: Vec<u64>,
    /// `ValidatorPermit`, non-zero for yes.
    pub validator_permit: Vec<u8>,
    /// Parts of the mechanisms. `MechanismEmissionSplit`.
    pub split: Option<Vec<u16>>,
    /// One or more.
    pub mechanisms: Vec<MechanismState>,
    /// What the last epoch stored by uid.
    pub terms: Terms,
}

/// What each mechanism has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MechanismState {
    /// By uid. `LastUpdate`.
    pub last_update: Vec<u64>,
    /// By uid. `Weights`.
    pub weights: StoredRows,
    /// By uid. `Bonds`.
    pub bonds: StoredRows,
    /// By uid, the earliest unexpired commit; empty where commit-reveal is off.
    pub commit_blocks: Vec<u64>,
    /// What the last epoch stored. `Incentive`.
    pub incentive: Vec<u16>,
}

impl Consensus {
    /// Stores what an epoch gave, as the chain does.
    pub(crate) fn store(&mut self, output: &yuma_epoch::SubnetOutput) {
        for (mechanism, output) in self.mechanisms.iter_mut().zip(&output.mechanisms) {
            mechanism.bonds = output.bonds.clone();
            mechanism.incentive.clone_from(&output.terms.incentive);
        }
        let permits = output.terms.validator_permit.iter();
        self.validator_permit = permits.map(|&permit| permit.into()).collect();
        self.terms = output.terms.clone();
    }
}
