//! The masks of an epoch: which stored weights and bonds count. The crate states these rules here and nowhere else.

use super::participants::last_update;
use crate::masks::MaskReason;
use crate::{LastTempo, Mechanism, Rules, Subnet};

/// The block that a neuron must have registered before, for an entry that names it to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistrationCutoff(pub u64);

impl RegistrationCutoff {
    /// Returns whether entries for a neuron that registered in this block do not count. It is false for all neurons of
    /// a range where it is false for the last block of registration among them.
    #[inline(always)]
    pub fn excludes(self, registered: u64) -> bool {
        registered >= self.0
    }
}

/// The mask of one validator's row of weights.
///
/// A weight counts where its uid exists, its validator holds a permit, it is no self-weight (the owner's is none), and
/// its target registered before the weights were set; where commits mask, also no later than the validator's earliest
/// commit that is still to be revealed. Follows `epoch_mechanism` of `pallets/subtensor/src/epoch/run_epoch.rs`,
/// spec 425.
#[derive(Clone, Copy, Debug)]
pub struct RowMask {
    /// Whether the validator held a permit before the epoch: without one no weight of the row counts.
    pub permitted: bool,
    /// The uid whose weight is a self-weight; none for the owner, whose own counts.
    pub self_uid: Option<u16>,
    /// The cutoff of the row's targets.
    pub cutoff: RegistrationCutoff,
    /// What the cutoff is without commits: the block in which the weights were set.
    set_at: RegistrationCutoff,
}

impl RowMask {
    /// Returns the mask of row `uid`, whose validator is `permitted` where it held a permit before the epoch.
    pub fn new(
        rules: &Rules,
        subnet: &Subnet<'_>,
        mechanism: &Mechanism<'_>,
        permitted: bool,
        uid: u16,
    ) -> Self {
        let set_at = RegistrationCutoff(last_update(mechanism, uid.into()));
        let mut cutoff = set_at;
        if rules.commit_reveal_mask && subnet.commit_reveal_enabled {
            // A target that registered in the block of the commit itself still counts.
            let committed_at = mechanism.commit_blocks[uid as usize];
            cutoff = cutoff.min(RegistrationCutoff(committed_at.saturating_add(1)));
        }
        Self {
            permitted,
            self_uid: (!rules.owner_self_weight || subnet.owner_uid != Some(uid)).then_some(uid),
            cutoff,
            set_at,
        }
    }

    /// Returns why the weight for uid `to` does not count, or `None` where it counts; `registered` has the `n` blocks
    /// of registration. Of several reasons it is the first in the order of [`MaskReason`].
    pub fn reason(&self, registered: &[u64], to: u16) -> Option<MaskReason> {
        let Some(&registered) = registered.get(to as usize) else {
            return Some(MaskReason::NoSuchUid);
        };
        if !self.permitted {
            return Some(MaskReason::NoPermit);
        }
        if self.self_uid == Some(to) {
            return Some(MaskReason::SelfWeight);
        }
        if !self.cutoff.excludes(registered) {
            return None;
        }
        Some(if self.set_at.excludes(registered) {
            MaskReason::RegisteredAfterWeights
        } else {
            MaskReason::RegisteredAfterCommit
        })
    }
}

/// The mask of stored bonds: bonds with neurons that registered since the last epoch do not count.
#[derive(Clone, Copy, Debug)]
pub struct BondMask {
    /// The cutoff of all bonds' miners; `None` where each holder has its own.
    cutoff: Option<RegistrationCutoff>,
}

impl BondMask {
    /// Returns the mask of every row of bonds.
    pub fn new(rules: &Rules, subnet: &Subnet<'_>) -> Self {
        let any_step = match subnet.last_mechanism_step_block {
            0 => None,
            block => Some(block),
        };
        let last_step = match rules.last_tempo {
            LastTempo::HoldersUpdate => return Self { cutoff: None },
            LastTempo::BlockMinusTempo => None,
            LastTempo::LastMechanismStep => any_step,
            LastTempo::LastYumaStep => subnet.last_yuma_step_block.or(any_step),
        };
        let cutoff = last_step.map_or_else(
            || subnet.block.saturating_sub(subnet.tempo),
            |block| block.saturating_add(1),
        );
        Self {
            cutoff: Some(RegistrationCutoff(cutoff)),
        }
    }

    /// Returns the cutoff of the bonds that `uid` holds.
    pub fn of_holder(&self, mechanism: &Mechanism<'_>, uid: u16) -> RegistrationCutoff {
        self.cutoff
            .unwrap_or_else(|| RegistrationCutoff(last_update(mechanism, uid.into())))
    }
}
