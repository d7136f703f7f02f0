//! The values that an epoch starts from, computed once for both ways through the steps: who takes part, which stored
//! weights and bonds count, and the hyperparameters as fixed-point numbers.

mod bonding;
mod masks;
mod participants;

pub(crate) use bonding::{BondRule, Sigmoid};
pub(crate) use masks::{BondMask, RegistrationCutoff, RowMask};
pub(crate) use participants::Participants;

use crate::vector::proportion;
use crate::{Mechanism, Rules, Subnet};
use yuma_fixed::I32F32;

/// One mechanism's input with everything that is known of the epoch before its first step.
pub(crate) struct Prepared<'a> {
    rules: &'a Rules,
    /// The subnet's columns.
    pub subnet: &'a Subnet<'a>,
    /// The mechanism's rows.
    pub mechanism: &'a Mechanism<'a>,
    /// Activity, stake and permits by uid.
    pub participants: Participants,
    /// The mask of the stored bonds, the same for every row.
    pub bond_mask: BondMask,
    /// The majority that consensus asks for, in [0, 1].
    pub kappa: I32F32,
    /// The share of clipping that bonds feel, in [0, 1].
    pub bonds_penalty: I32F32,
    /// How bonds move.
    pub bond_rule: BondRule,
    /// The part of the new in the moving average of bonds, where one alpha serves all of them.
    pub common_alpha: I32F32,
}

impl<'a> Prepared<'a> {
    /// Returns the start of an epoch, from input that [`crate::check_input`] has accepted.
    pub fn new(rules: &'a Rules, subnet: &'a Subnet<'a>, mechanism: &'a Mechanism<'a>) -> Self {
        Self {
            rules,
            subnet,
            mechanism,
            participants: Participants::new(rules, subnet, mechanism),
            bond_mask: BondMask::new(rules, subnet),
            kappa: proportion(subnet.kappa),
            bonds_penalty: proportion(subnet.bonds_penalty),
            bond_rule: BondRule::new(rules, subnet),
            common_alpha: bonding::common_alpha(subnet),
        }
    }

    /// Returns the mask of the weights of row `uid`.
    pub fn row_mask(&self, uid: u16) -> RowMask {
        let permitted = self.participants.permitted(uid.into());
        RowMask::new(self.rules, self.subnet, self.mechanism, permitted, uid)
    }

    /// Returns the number of neurons.
    pub fn n(&self) -> usize {
        self.subnet.n.into()
    }

    /// Returns the normalised stake of active validators with a permit, `n` values; zero for all others.
    pub fn active_stake(&self) -> &[I32F32] {
        &self.participants.active_stake
    }

    /// Returns each neuron's whole stake before the threshold, in rao, `n` values.
    pub fn total_stake_in_rao(&self) -> Vec<u64> {
        (0..self.n())
            .map(|uid| participants::total_stake(self.subnet, uid).saturating_to_u64())
            .collect()
    }
}
