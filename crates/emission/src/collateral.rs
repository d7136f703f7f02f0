//! Collateral that a hotkey's owner has locked on a subnet, and how pay settles it.
//!
//! Follows `settle_miner_collateral` of `subnets/collateral.rs`, spec 475.

use crate::account::Account;
use crate::map::Map;
use crate::num::u64f64;
use yuma_fixed::U64F64;

/// What one owner has locked behind one hotkey. Amounts are in rao of alpha.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collateral {
    /// Part of the owner's stake that cannot be withdrawn.
    pub locked: u64,
    /// What pay releases, for each rao of it.
    pub drain_ratio: U64F64,
    /// Below it pay is captured, and above it released.
    pub min_locked: u64,
    /// All pay since there is collateral.
    pub earned: u64,
}

/// The collateral on one subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collaterals {
    /// By hotkey and owner. `MinerCollateral`, since spec 434 to 436.
    pub rows: Map<(Account, Account), Collateral>,
    /// By owner, what is locked behind all hotkeys. `ColdkeyMinerCollateral`, since spec 434 to 436.
    pub by_owner: Map<Account, u64>,
}

impl Collateral {
    /// Counts pay of `emission` rao and gives how much of it is captured: up to `capturable`, as long as
    /// less is locked than shall be. From then on pay releases.
    fn settle(&mut self, emission: u64, capturable: u64) -> u64 {
        self.earned = self.earned.saturating_add(emission);
        let missing = self.min_locked.saturating_sub(self.locked);
        if missing > 0 {
            let captured = capturable.min(missing);
            self.locked = self.locked.saturating_add(captured);
            return captured;
        }
        let release = u64f64(emission)
            .saturating_mul(self.drain_ratio)
            .saturating_to_u64();
        let releasable = self.locked.saturating_sub(self.min_locked);
        self.locked = self.locked.saturating_sub(releasable.min(release));
        0
    }

    fn is_spent(&self) -> bool {
        self.locked == 0 && self.min_locked == 0
    }
}

impl Collaterals {
    /// Settles a hotkey's pay of `emission` rao and gives how much of it is captured, at most
    /// `capturable`: that is to be staked by the owner to the hotkey.
    ///
    /// The chain also keeps an index of an owner's hotkeys with collateral, which no amount depends on.
    pub fn settle(
        &mut self,
        hotkey: Account,
        owner: Account,
        emission: u64,
        capturable: u64,
    ) -> u64 {
        let Some(row) = self.rows.get_mut(&(hotkey, owner)) else {
            return 0;
        };
        if emission == 0 {
            return 0;
        }
        let before = row.locked;
        let captured = row.settle(emission, capturable);
        let after = row.locked;
        if row.is_spent() {
            self.rows.remove(&(hotkey, owner));
        }
        if after != before {
            self.follow(owner, before, after);
        }
        captured
    }

    fn follow(&mut self, owner: Account, before: u64, after: u64) {
        let all = self.by_owner.get(&owner).copied().unwrap_or(0);
        match all.saturating_sub(before).saturating_add(after) {
            0 => self.by_owner.remove(&owner),
            all => self.by_owner.insert(owner, all),
        };
    }
}
