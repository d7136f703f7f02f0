//! What the chain keeps of hotkeys and coldkeys for all subnets together.

use crate::account::Account;
use crate::map::{Map, Set};
use crate::share_pool::SharePool;
use yuma_fixed::I96F32;

/// A delegate's take where none is stored, a u16 proportion. `InitialDefaultDelegateTake`.
pub const DEFAULT_TAKE: u16 = 11_796;

/// Who owns which hotkeys, and what they take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// By hotkey, its coldkey. `Owner`.
    pub owner: Map<Account, Account>,
    /// By hotkey, a u16 proportion. `Delegates`.
    pub take: Map<Account, u16>,
    /// By coldkey. `OwnedHotkeys`.
    pub owned_hotkeys: Map<Account, Vec<Account>>,
    /// By coldkey, the hotkeys it ever staked to, in that order. `StakingHotkeys`.
    pub staking_hotkeys: Map<Account, Vec<Account>>,
    /// Hotkeys that count as parents on no subnet but those whose owner's hotkey they are.
    /// `ChildkeyThresholdSuspended`, since spec 426 to 473.
    pub suspended: Set<Account>,
}

impl Keys {
    /// A hotkey's coldkey.
    pub fn owner(&self, hotkey: Account) -> Account {
        self.owner.get(&hotkey).copied().unwrap_or(Account::DEFAULT)
    }

    /// A hotkey's take.
    pub fn take(&self, hotkey: Account) -> u16 {
        self.take.get(&hotkey).copied().unwrap_or(DEFAULT_TAKE)
    }

    /// Notes that a coldkey stakes to a hotkey.
    pub(crate) fn note_staking(&mut self, coldkey: Account, hotkey: Account) {
        let hotkeys = self.staking_hotkeys.entry(coldkey).or_default();
        if !hotkeys.contains(&hotkey) {
            hotkeys.push(hotkey);
        }
    }
}

/// The root subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// Rao. `SubnetTAO` of netuid 0.
    pub tao: u64,
    /// By hotkey.
    pub stakes: Map<Account, SharePool>,
    /// Hotkeys with a uid. Read where [`crate::DividendSplit::AlphaFirst`] holds.
    pub registered: Set<Account>,
    /// Root dividends on their way to baskets, by hotkey and subnet: rao of the subnet's alpha.
    /// `PendingBasketDeposits`, since spec 438.
    pub pending_deposits: Map<(Account, u16), u64>,
    /// By hotkey. Since spec 438.
    pub baskets: Map<Account, Basket>,
    /// By hotkey, the hash that storage orders its deposits by, see [`crate::Accounts::hash`]. Needed of
    /// every hotkey on root, with deposits or at [`crate::Globals::basket_cursor`] where there are baskets,
    /// since spec 438.
    pub hashes: Map<Account, [u8; 16]>,
}

/// What of a validator's basket no stake pool says: whose it is. What is in it is staked by
/// [`crate::Globals::basket_escrow`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    /// Shares in the basket. `BasketShares`.
    pub shares: u64,
    /// Shares for each rao on root, over all time. `BasketRate`.
    pub rate: I96F32,
    /// Rao of TAO that deposits were worth, over all time. `BasketDepositedTao`.
    pub deposited_tao: u64,
}

impl Root {
    /// TAO behind a hotkey.
    pub fn stake(&self, hotkey: Account) -> u64 {
        self.stakes.get(&hotkey).map_or(0, |pool| pool.total)
    }
}
