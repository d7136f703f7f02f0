//! What each mechanism of a subnet hands out, of three pools apart.
//!
//! Follows `epoch_with_mechanism_budgets` of `subnets/mechanism.rs`, spec 475.

use crate::pending::Pending;
use yuma_epoch::{EpochConsensus, MechanismOutput, Terms, combine, split_emission};

/// What one mechanism hands out, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Its part of the miners' pool.
    pub server: u64,
    /// Its part of the pool of validators' alpha stake.
    pub validator: u64,
    /// Its part of the pool of validators' root stake.
    pub root: u64,
    /// What its epoch is run with, and what it weighs among the subnet's mechanisms.
    pub emission: u64,
}

impl Budget {
    /// Each mechanism's budget of what is pending; `split` has u16 parts by mechanism, and one of another
    /// length than there are mechanisms counts for nothing.
    ///
    /// In Yuma the sum of the pools is split once more by itself, so that the parts of the sum can differ
    /// from the sum of the parts.
    pub fn of_mechanisms(
        consensus: EpochConsensus,
        pending: &Pending,
        split: Option<&[u16]>,
        mechanisms: usize,
    ) -> Vec<Self> {
        let split = split.filter(|split| split.len() == mechanisms);
        let parts = |rao| split_emission(rao, split, mechanisms);
        let pools = [pending.server, pending.validator, pending.root].map(parts);
        let wholes = parts(pending.for_epoch());
        (0..mechanisms)
            .map(|i| {
                let [server, validator, root] = [0, 1, 2].map(|pool: usize| pools[pool][i]);
                let sum = server.saturating_add(validator).saturating_add(root);
                Self {
                    server,
                    validator,
                    root,
                    emission: match consensus {
                        EpochConsensus::Yuma => wholes[i],
                        EpochConsensus::Null => sum,
                    },
                }
            })
            .collect()
    }

    /// To validators, where one has stake.
    pub fn dividends(&self) -> u64 {
        self.validator.saturating_add(self.root)
    }

    /// To miners, where no validator has stake.
    pub fn without_validators(&self) -> u64 {
        self.server.saturating_add(self.validator)
    }
}

/// The terms stored for the subnet, of its mechanisms' outputs, whose [`MechanismOutput::share`] is
/// [`Budget::emission`]. What Null hands out is summed unweighted.
pub fn combine_mechanisms(consensus: EpochConsensus, outputs: &[MechanismOutput]) -> Terms {
    let shares = outputs.iter().map(|output| output.share);
    let mut terms = combine(outputs, shares.fold(0, u64::saturating_add));
    if consensus == EpochConsensus::Null {
        terms.emission.fill(0);
        for output in outputs {
            for (sum, &rao) in terms.emission.iter_mut().zip(&output.terms.emission) {
                *sum = sum.saturating_add(rao);
            }
        }
    }
    terms
}
