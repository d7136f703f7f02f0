//! What a subnet's epoch reads and writes beside the rest of the subnet's state.

use yuma_epoch::{StoredRows, Terms};
use yuma_types::{ConsensusMode, Hyperparameters};

/// What an epoch reads and writes of one subnet besides what [`crate::Subnet`] has. Units are those of
/// [`yuma_epoch::Subnet`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consensus {
    /// What the subnet's owner and the chain set by number.
    pub hyperparameters: Hyperparameters,
    /// Which consensus liquid alpha holds weights against. `LiquidAlphaConsensusMode`, since spec 446.
    pub liquid_alpha_consensus_mode: ConsensusMode,
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
    /// What the last epoch stored; empty before the first. `ConsensusByMechanism`, since spec 446 to 452.
    pub consensus_by_mechanism: Vec<u16>,
}

impl Consensus {
    /// Stores what an epoch gave, as the chain does.
    pub(crate) fn store(&mut self, rules: &yuma_epoch::Rules, output: &yuma_epoch::SubnetOutput) {
        for (mechanism, output) in self.mechanisms.iter_mut().zip(&output.mechanisms) {
            mechanism.bonds = output.bonds.clone();
            mechanism.incentive.clone_from(&output.terms.incentive);
            if rules.stores_consensus() {
                let consensus = &output.terms.consensus;
                mechanism.consensus_by_mechanism.clone_from(consensus);
            }
        }
        let permits = output.terms().validator_permit.iter();
        self.validator_permit = permits.map(|&permit| permit.into()).collect();
        self.terms = output.terms().clone();
    }
}
