//! The consensus that the epoch before left: whether liquid alpha takes it in place of the epoch's own.

use crate::vector::proportion;
use crate::{AlphaConsensus, ConsensusMode, Mechanism, Rules, Subnet};
use yuma_fixed::I32F32;

/// Returns whether liquid alpha takes the stored consensus, where there is one.
///
/// Follows `compute_consensus_for_liquid_alpha` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 475.
pub fn takes_stored_consensus(rules: &Rules, subnet: &Subnet<'_>) -> bool {
    let has_liquid_alpha = subnet.yuma3_on && subnet.liquid_alpha_on;
    has_liquid_alpha
        && rules.alpha_consensus != AlphaConsensus::Own
        && match subnet.liquid_alpha_consensus_mode {
            ConsensusMode::Current => false,
            ConsensusMode::Previous => true,
            ConsensusMode::Auto => subnet.bonds_penalty == u16::MAX,
        }
}

/// Returns the stored consensus of each of the `n` neurons, in [0, 1], where liquid alpha takes it and there is one.
pub(super) fn stored_consensus(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
) -> Option<Vec<I32F32>> {
    let stored = mechanism.consensus_by_mechanism;
    if stored.is_empty() || !takes_stored_consensus(rules, subnet) {
        return None;
    }
    let mut consensus = stored
        .iter()
        .map(|&value| proportion(value))
        .collect::<Vec<_>>();
    consensus.resize(subnet.n.into(), I32F32::ZERO);
    Some(consensus)
}
