//! The pay of an epoch where root dividends go to baskets.
//!
//! Follows `distribute_dividends_and_incentives` of `coinbase/run_coinbase.rs`, spec 475. The credit of a
//! take and of an incentive, `credit_epoch_owner_emission_for_mode`, could not be read: it is taken to be
//! the ordinary one in Yuma, with which a payout of finney's agrees, and in Null the share pool's own
//! credit of a sole member.

use crate::account::Account;
use crate::block_rules::ShareArithmetic;
use crate::claims::RootDividends;
use crate::dividends::ValidatorPay;
use crate::keys::{Keys, Root};
use crate::payout::{
    AlphaDividend, Incentive, IncentiveTo, Payout, RootDividend, owner_hotkeys, record_withheld,
    stake, withhold,
};
use crate::root::proportion_u16;
use crate::subnet::Subnet;
use yuma_fixed::U96F32;
use yuma_types::EpochConsensus;

/// The state that pay goes into.
pub(crate) struct Settlement<'a> {
    /// Whose epoch is paid.
    pub subnet: &'a mut Subnet,
    /// Who owns the hotkeys that are.
    pub keys: &'a mut Keys,
    /// How their pools' shares move.
    pub shares: ShareArithmetic,
}

impl Settlement<'_> {
    /// Recycles root's pot of `rao` where no hotkey gets any of it.
    pub fn recycle_untaken(&mut self, rao: u64, pay: &[ValidatorPay], payout: &mut Payout) {
        if pay.iter().any(|pay| pay.root.saturating_to_u64() > 0) {
            return;
        }
        self.subnet.recycle(rao);
        payout.root_recycled = rao;
    }

    /// Pays miners, and withholds what the subnet owner's hotkeys earned.
    pub fn pay_incentives(
        &mut self,
        incentives: impl Iterator<Item = (Account, u64)>,
        payout: &mut Payout,
    ) {
        let of_owner = owner_hotkeys(self.subnet, self.keys);
        for (hotkey, rao) in incentives.filter(|(_, rao)| *rao > 0) {
            let (to, captured) = if of_owner.contains(&hotkey) {
                (withhold(self.subnet, rao), 0)
            } else {
                self.pay_incentive(hotkey, rao)
            };
            payout.incentives.push(Incentive {
                hotkey,
                rao,
                to,
                captured,
            });
        }
        record_withheld(self.subnet, payout);
    }

    fn pay_incentive(&mut self, hotkey: Account, rao: u64) -> (IncentiveTo, u64) {
        let owner = self.keys.owner(hotkey);
        let captured = self.settle(hotkey, owner, rao, rao);
        let chosen = self.subnet.auto_stake.get(&owner).copied();
        let to = IncentiveTo::Stake {
            hotkey: chosen.unwrap_or(hotkey),
            coldkey: owner,
        };
        self.credit(
            chosen.unwrap_or(hotkey),
            owner,
            rao.saturating_sub(captured),
        );
        (to, captured)
    }

    /// Pays validators and those who stake alpha to them.
    pub fn pay_alpha_dividends(&mut self, pay: &[ValidatorPay], payout: &mut Payout) {
        self.subnet.alpha_dividends.clear();
        for &ValidatorPay { hotkey, alpha, .. } in pay {
            let owner = self.keys.owner(hotkey);
            let (take, nominators) = self.split_take(hotkey, alpha);
            let captured = self.settle(hotkey, owner, alpha.saturating_to_u64(), take);
            self.credit(hotkey, owner, take.saturating_sub(captured));
            self.pay_nominators(hotkey, owner, nominators);
            let left = self.subnet.stake(hotkey);
            match left {
                0 => self.subnet.alpha_last_epoch.remove(&hotkey),
                left => self.subnet.alpha_last_epoch.insert(hotkey, left),
            };
            payout.alpha.push(AlphaDividend {
                hotkey,
                take,
                nominators,
                captured,
            });
        }
    }

    /// Pays all who stake to a hotkey, or its owner where nobody has shares to be paid by.
    fn pay_nominators(&mut self, hotkey: Account, owner: Account, rao: u64) {
        if rao == 0 {
            return;
        }
        self.subnet.alpha_dividends.insert(hotkey, rao);
        match self.subnet.stakes.get_mut(&hotkey) {
            Some(pool) if pool.has_members() => pool.increase_all(rao),
            _ => self.stake(hotkey, owner, rao),
        }
    }

    /// Pays validators for root stake, and leaves what those earned who stake to them to the queue.
    pub fn pay_root_dividends(
        &mut self,
        root: &mut Root,
        pay: &[ValidatorPay],
        payout: &mut Payout,
    ) {
        self.subnet.root_dividends.clear();
        for &ValidatorPay {
            hotkey, root: rao, ..
        } in pay
        {
            let owner = self.keys.owner(hotkey);
            let (take, nominators) = self.split_take(hotkey, rao);
            let captured = self.settle(hotkey, owner, rao.saturating_to_u64(), take);
            let liquid = take.saturating_sub(captured);
            if liquid > 0 {
                self.stake(hotkey, owner, liquid);
            }
            if nominators > 0 {
                root.queue_deposit(hotkey, self.subnet.netuid, nominators);
                self.subnet.root_dividends.insert(hotkey, nominators);
            }
            payout.root.push(RootDividend {
                hotkey,
                take,
                nominators,
                to: RootDividends::ToBasket,
                captured,
            });
        }
    }

    /// A validator's take of its pay and what is left, in rao.
    fn split_take(&self, hotkey: Account, pay: U96F32) -> (u64, u64) {
        let take = proportion_u16(self.keys.take(hotkey)).saturating_mul(pay);
        let rest = pay.saturating_sub(take);
        (take.saturating_to_u64(), rest.saturating_to_u64())
    }

    /// Settles collateral and stakes to the hotkey what of its pay is captured: how much that is.
    fn settle(&mut self, hotkey: Account, owner: Account, emission: u64, capturable: u64) -> u64 {
        let collateral = &mut self.subnet.collateral;
        let captured = collateral.settle(hotkey, owner, emission, capturable);
        self.credit(hotkey, owner, captured);
        captured
    }

    /// Stakes what an owner earned; nothing is not staked.
    fn credit(&mut self, hotkey: Account, owner: Account, rao: u64) {
        if rao == 0 {
            return;
        }
        if self.subnet.epoch_consensus == EpochConsensus::Null
            && let Some(pool) = self.subnet.stakes.get_mut(&hotkey)
            && pool.credit_sole(owner, rao)
        {
            return;
        }
        self.stake(hotkey, owner, rao);
    }

    fn stake(&mut self, hotkey: Account, coldkey: Account, rao: u64) {
        stake(self.subnet, self.keys, self.shares, hotkey, coldkey, rao);
    }
}
