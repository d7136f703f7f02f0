//! That nothing is made or lost but by the chain's own truncation.

use crate::block::BlockReport;
use crate::claims::RootDividends;
use crate::payout::{IncentiveTo, Payout};
use std::fmt;

/// A sum that does not come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// What was summed.
    pub what: &'static str,
    /// The subnet, where it is one's.
    pub netuid: Option<u16>,
    /// Rao there should be, or at most or at least be.
    pub expected: u128,
    /// Rao there are.
    pub found: u128,
}

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if let Some(netuid) = self.netuid {
            write!(f, " of subnet {netuid}")?;
        }
        write!(f, ": {} rao, not {}", self.found, self.expected)
    }
}

impl std::error::Error for Imbalance {}

impl BlockReport {
    /// Checks that a block spent what it minted.
    ///
    /// Of each subnet TAO in and excess are its due exactly, to the last of 32 fraction bits. In rao
    /// each of the two is floored, so that together they can be 1 rao below the due's floor. What is
    /// injected or waits in a reservoir, is swapped, stranded, refunded and refused is those rao exactly,
    /// and what of them was spent is with what stayed unspent all that was minted.
    ///
    /// # Errors
    /// The first sum that does not come out.
    pub fn check_tao(&self) -> Result<(), Imbalance> {
        let mut spent = u128::from(self.unspent);
        for subnet in &self.subnets {
            let same = |what, found: u128, expected: u128| match found == expected {
                true => Ok(()),
                false => Err(Imbalance {
                    what,
                    netuid: Some(subnet.netuid),
                    expected,
                    found,
                }),
            };
            let terms = &subnet.terms;
            let parts = terms.tao_in.saturating_add(terms.excess_tao);
            let whole = (parts.to_bits(), subnet.emission.to_bits());
            same("TAO in and excess, in 2^-32", whole.0, whole.1)?;

            let to_inject = terms.tao_in.saturating_to_u64();
            let to_swap = terms.excess_tao.saturating_to_u64();
            let floored = u128::from(to_inject) + u128::from(to_swap);
            let due = u128::from(subnet.emission.saturating_to_u64());
            if due.wrapping_sub(floored) > 1 {
                same("TAO in and excess, floored", floored, due)?;
            }
            let injected = u128::from(subnet.tao_spent) + u128::from(subnet.tao_refused);
            let swapped = u128::from(subnet.excess_tao) + u128::from(subnet.tao_stranded);
            let bought_with = swapped + u128::from(subnet.tao_refunded);
            same("TAO injected and refused", injected, to_inject.into())?;
            same(
                "TAO swapped, stranded and refunded",
                bought_with,
                to_swap.into(),
            )?;
            spent += u128::from(subnet.tao_spent) + swapped;
        }
        if spent == u128::from(self.minted) {
            return Ok(());
        }
        Err(Imbalance {
            what: "TAO spent and unspent",
            netuid: None,
            expected: self.minted.into(),
            found: spent,
        })
    }
}

/// Where an epoch's alpha went, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What was handed out.
    pub pending: u128,
    /// To stake.
    pub staked: u128,
    /// For root stakers to claim.
    pub claimable: u128,
    /// Out of issuance, of incentives of the owner's and of what root's stakers did not earn.
    pub recycled: u128,
    /// To nobody, of incentives of the owner's.
    pub burned: u128,
    /// On their way to baskets.
    pub queued: u128,
}

impl Ledger {
    /// What was pending less all that was handed out: what truncation and missing owners left, still in
    /// issuance.
    ///
    /// Incentives are the epoch's own, half of all it hands out, and not what was pending for miners:
    /// the two differ by rounding, so that this can be a few rao below 0, and by half of root's part
    /// where that was recycled before it was pending.
    pub fn left(&self) -> i128 {
        let paid = self.staked + self.claimable + self.recycled + self.burned + self.queued;
        self.pending as i128 - paid as i128
    }
}

impl Payout {
    /// Where the alpha went.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger {
            pending: self.pending.total(),
            recycled: self.root_recycled.into(),
            ..Ledger::default()
        };
        if self.owner.is_some() {
            ledger.staked += u128::from(self.pending.owner);
        }
        for incentive in &self.incentives {
            let account = match incentive.to {
                IncentiveTo::Stake { .. } => &mut ledger.staked,
                IncentiveTo::Recycled => &mut ledger.recycled,
                IncentiveTo::Burned => &mut ledger.burned,
            };
            *account += u128::from(incentive.rao);
        }
        for dividend in &self.alpha {
            ledger.staked += u128::from(dividend.take) + u128::from(dividend.nominators);
        }
        for dividend in &self.root {
            ledger.staked += u128::from(dividend.take);
            let account = match dividend.to {
                RootDividends::ToOwner => &mut ledger.staked,
                RootDividends::Claimable(_) => &mut ledger.claimable,
                RootDividends::ToBasket => &mut ledger.queued,
            };
            *account += u128::from(dividend.nominators);
        }
        ledger
    }

    /// Checks that validators were paid what was pending for them.
    ///
    /// Alpha's and root's pots are each paid whole but for truncation: of each hotkey's part `pot / 2^32`
    /// rao and 3 at most. A pot of which nobody has a part is not paid at all. Miners were paid no more
    /// than the epoch handed out, as long as the mechanisms' parts of it are no more than all, which the
    /// chain sees to.
    ///
    /// # Errors
    /// The first sum that does not come out.
    pub fn check_alpha(&self) -> Result<(), Imbalance> {
        let incentives: u128 = self.incentives.iter().map(|i| u128::from(i.rao)).sum();
        let pending = &self.pending;
        let for_validators = match incentives {
            // As the chain adds them: beyond u64 there is no more alpha.
            0 => pending.validator.saturating_add(pending.server).into(),
            _ => pending.validator.into(),
        };
        let for_epoch = pending.total() - u128::from(pending.owner);
        let alpha = self.alpha.iter().map(|d| (d.take, d.nominators));
        let root = self.root.iter().map(|d| (d.take, d.nominators));
        self.check_sum("incentives", incentives, 0, for_epoch)?;
        self.check_pot("alpha dividends", alpha, for_validators)?;
        self.check_pot("root dividends", root, pending.root.into())
    }

    fn check_pot(
        &self,
        what: &'static str,
        dividends: impl ExactSizeIterator<Item = (u64, u64)>,
        pot: u128,
    ) -> Result<(), Imbalance> {
        let lost = dividends.len() as u128 * ((pot >> 32) + 3);
        let paid = dividends.map(|(a, b)| u128::from(a) + u128::from(b)).sum();
        let least = if paid == 0 {
            0
        } else {
            pot.saturating_sub(lost)
        };
        self.check_sum(what, paid, least, pot)
    }

    fn check_sum(
        &self,
        what: &'static str,
        found: u128,
        least: u128,
        most: u128,
    ) -> Result<(), Imbalance> {
        if (least..=most).contains(&found) {
            return Ok(());
        }
        Err(Imbalance {
            what,
            netuid: Some(self.netuid),
            expected: if found < least { least } else { most },
            found,
        })
    }
}
