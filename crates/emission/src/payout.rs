//! Who got what of an epoch, and the steps that payouts to claims and to baskets share.

use crate::account::Account;
use crate::block_rules::ShareArithmetic;
use crate::claims::RootDividends;
use crate::keys::Keys;
use crate::num::u96f32;
use crate::pending::Pending;
use crate::subnet::Subnet;
use yuma_fixed::U96F32;

/// Where a miner's incentive goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncentiveTo {
    /// Staked by a coldkey to a hotkey, the miner's own or where its coldkey has its incentives staked.
    Stake {
        /// The hotkey.
        hotkey: Account,
        /// The miner's owner.
        coldkey: Account,
    },
    /// Taken out of issuance: the miner is the subnet owner's.
    Recycled,
    /// Left in issuance, to nobody: the miner is the subnet owner's.
    Burned,
}

/// A miner's pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incentive {
    /// The miner.
    pub hotkey: Account,
    /// Rao.
    pub rao: u64,
    /// Where it goes, but for what is captured.
    pub to: IncentiveTo,
    /// Rao of it that are staked by the owner to the miner itself, as collateral.
    pub captured: u64,
}

/// A validator's pay by its alpha stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlphaDividend {
    /// The validator.
    pub hotkey: Account,
    /// Rao staked by its owner.
    pub take: u64,
    /// Rao to all who stake to it, by their shares. Where nobody has any they are nobody's, and from
    /// [`PayoutRule::ToBaskets`] on its owner's.
    pub nominators: u64,
    /// Rao of the take that are collateral from now on.
    pub captured: u64,
}

/// A validator's pay by its root stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootDividend {
    /// The validator.
    pub hotkey: Account,
    /// Rao staked by its owner.
    pub take: u64,
    /// Rao to those who stake to it on root.
    pub nominators: u64,
    /// How these get them.
    pub to: RootDividends,
    /// Rao of the take that are collateral from now on.
    pub captured: u64,
}

/// Who got what of a subnet's epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payout {
    /// The subnet.
    pub netuid: u16,
    /// What was handed out.
    pub pending: Pending,
    /// Hotkey and coldkey that the owner's cut was staked to; `None`: the subnet has no owner, and the
    /// cut is lost.
    pub owner: Option<(Account, Account)>,
    /// In ascending order of hotkeys.
    pub incentives: Vec<Incentive>,
    /// In ascending order of hotkeys.
    pub alpha: Vec<AlphaDividend>,
    /// In ascending order of hotkeys.
    pub root: Vec<RootDividend>,
    /// The part of incentives that was recycled or burned. `MinerBurned`.
    pub miner_burned: U96F32,
    /// Rao taken off parents' dividends and out of issuance. The validators' pay is not reduced by them.
    pub childkey_burn: u64,
    /// Rao of root's pot that were taken out of issuance, as nobody earned any of it.
    pub root_recycled: u64,
}

/// Keeps the part of incentives that miners did not get.
pub(crate) fn record_withheld(subnet: &mut Subnet, payout: &mut Payout) {
    let (mut total, mut withheld) = (0u64, 0u64);
    for incentive in &payout.incentives {
        total = total.saturating_add(incentive.rao);
        if !matches!(incentive.to, IncentiveTo::Stake { .. }) {
            withheld = withheld.saturating_add(incentive.rao);
        }
    }
    payout.miner_burned = u96f32(withheld).safe_div(u96f32(total));
    subnet.miner_burned = payout.miner_burned;
}

/// Hotkeys with a uid that are the subnet owner's.
///
/// Follows `get_owner_hotkeys` of `coinbase/run_coinbase.rs`, spec 425.
pub(crate) fn owner_hotkeys(subnet: &Subnet, keys: &Keys) -> Vec<Account> {
    let owner = subnet.owner.unwrap_or(Account::DEFAULT);
    let owned = keys
        .owned_hotkeys
        .get(&owner)
        .map_or(&[][..], Vec::as_slice);
    owned
        .iter()
        .copied()
        .chain(subnet.owner_hotkey)
        .filter(|&hotkey| subnet.neuron(hotkey).is_some())
        .collect()
}

/// Recycles or burns an incentive of the subnet owner's.
pub(crate) fn withhold(subnet: &mut Subnet, rao: u64) -> IncentiveTo {
    if subnet.recycles_owner_incentive {
        subnet.recycle(rao);
        IncentiveTo::Recycled
    } else {
        subnet.burn(rao);
        IncentiveTo::Burned
    }
}

/// Stakes what a coldkey was paid.
///
/// Follows `increase_stake_for_hotkey_and_coldkey_on_subnet` of `staking/stake_utils.rs`, specs 425 and
/// 475.
pub(crate) fn stake(
    subnet: &mut Subnet,
    keys: &mut Keys,
    shares: ShareArithmetic,
    hotkey: Account,
    coldkey: Account,
    rao: u64,
) {
    if rao != 0 {
        keys.note_staking(coldkey, hotkey);
    }
    if let Some(pool) = subnet.stake_pool(hotkey, rao) {
        shares.increase_one(pool, coldkey, rao);
    }
}
