//! The values that an epoch starts from, computed once for both ways through the steps: who takes part, which stored
//! weights and bonds count, and the hyperparameters as fixed-point numbers.

mod bonding;
mod masks;
mod participants;
mod stored_consensus;

pub use bonding::{BondRule, Sigmoid};
pub use masks::{RegistrationCutoff, RowMask};
pub(crate) use participants::rao;
pub use participants::{Participants, active, kth_largest, normalized_stake, total_stake};
pub use stored_consensus::takes_stored_consensus;

use masks::BondMask;

use crate::kernels::Platform;
use crate::vector::proportion;
use crate::{Mechanism, Rules, Subnet};
use yuma_fixed::I32F32;

/// One mechanism's input with everything that is known of the epoch before its first step.
pub struct Prepared<'a> {
    rules: &'a Rules,
    /// The subnet's columns.
    pub subnet: &'a Subnet<'a>,
    /// The mechanism's rows.
    pub mechanism: &'a Mechanism<'a>,
    /// Activity, stake and permits by uid.
    pub participants: Participants,
    bond_mask: BondMask,
    /// The majority that consensus asks for, in [0, 1].
    pub kappa: I32F32,
    /// The share of clipping that bonds feel, in [0, 1].
    pub bonds_penalty: I32F32,
    /// How bonds move.
    pub bond_rule: BondRule,
    /// The part of the new in the moving average of bonds, where one alpha serves all of them.
    pub common_alpha: I32F32,
    /// The consensus of the epoch before, `n` values, where liquid alpha takes it in place of the epoch's own.
    pub stored_consensus: Option<Vec<I32F32>>,
}

impl<'a> Prepared<'a> {
    /// Returns the start of an epoch, from input that `check_input` has accepted.
    pub fn new(
        platform: Platform,
        rules: &'a Rules,
        subnet: &'a Subnet<'a>,
        mechanism: &'a Mechanism<'a>,
    ) -> Self {
        Self {
            rules,
            subnet,
            mechanism,
            participants: Participants::new(platform, rules, subnet, mechanism),
            bond_mask: BondMask::new(rules, subnet),
            kappa: proportion(subnet.kappa),
            bonds_penalty: proportion(subnet.bonds_penalty),
            bond_rule: BondRule::new(rules, subnet),
            common_alpha: bonding::common_alpha(rules, subnet),
            stored_consensus: stored_consensus::stored_consensus(rules, subnet, mechanism),
        }
    }

    /// Returns the mask of the weights of row `uid`.
    pub fn row_mask(&self, uid: u16) -> RowMask {
        let permitted = self.participants.permitted(uid.into());
        RowMask::new(self.rules, self.subnet, self.mechanism, permitted, uid)
    }

    /// Returns the cutoff of the miners of the stored bonds that `uid` holds.
    pub fn bond_cutoff(&self, uid: u16) -> RegistrationCutoff {
        self.bond_mask.of_holder(self.mechanism, uid)
    }

    /// Returns the number of neurons.
    pub fn n(&self) -> usize {
        self.subnet.n.into()
    }

    /// Returns the normalised stake of active validators with a permit, `n` values; zero for all others.
    pub fn active_stake(&self) -> &[I32F32] {
        &self.participants.active_stake
    }

    /// Returns the consensus that liquid alpha takes, of `n` values as `own` has; `None` where it is zero for every
    /// neuron: the common alpha then serves instead.
    pub fn alpha_consensus<'c>(&'c self, own: &'c [I32F32]) -> Option<&'c [I32F32]> {
        let chosen = self.stored_consensus.as_deref().unwrap_or(own);
        chosen
            .iter()
            .any(|&value| value != I32F32::ZERO)
            .then_some(chosen)
    }
}
