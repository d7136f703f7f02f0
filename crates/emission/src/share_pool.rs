//! The stake behind one hotkey on one subnet, and the shares that coldkeys have in it.
//!
//! Follows `primitives/share-pool/src/lib.rs` and the stake functions of `staking/stake_utils.rs`,
//! spec 425.

use crate::account::Account;
use crate::map::Map;
use crate::safe_float::SafeFloat;
use yuma_fixed::U64F64;

/// A share or a sum of shares as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// In `AlphaV2` or `TotalHotkeySharesV2`.
    Float(SafeFloat),
    /// In `Alpha` or `TotalHotkeyShares`, where nothing has been written since these were given up.
    /// Where both items have an entry the chain reads this one.
    Legacy(U64F64),
}

impl Stored {
    /// What the chain reads.
    pub fn value(self) -> SafeFloat {
        match self {
            Self::Float(value) => value,
            Self::Legacy(value) => value.into(),
        }
    }
}

/// Rao of alpha behind a hotkey, and whose they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharePool {
    /// Rao. `TotalHotkeyAlpha`.
    pub total: u64,
    /// What the shares are parts of; `None` without an entry, which is 0.
    pub denominator: Option<Stored>,
    /// By coldkey.
    pub shares: Map<Account, Stored>,
    /// How often the pool was opened and closed; 0 for never, and before spec 473 at the latest.
    /// `AlphaSharePoolEpoch`.
    pub epoch: u64,
    /// By coldkey, [`Self::epoch`] when its share was written; none is 0. `AlphaShareEpoch`.
    pub share_epochs: Map<Account, u64>,
}

impl SharePool {
    pub(crate) fn denominator(&self) -> SafeFloat {
        self.denominator.map_or(SafeFloat::ZERO, Stored::value)
    }

    pub(crate) fn share(&self, coldkey: Account) -> SafeFloat {
        self.shares
            .get(&coldkey)
            .map_or(SafeFloat::ZERO, |share| share.value())
    }

    /// Rao that belong to a coldkey, as spec 425 has it: more than there are, if its share is.
    pub fn value(&self, coldkey: Account) -> u64 {
        SafeFloat::from(self.total)
            .mul_div(self.share(coldkey), self.denominator())
            .unwrap_or_default()
            .to_u64()
    }

    /// Adds rao that belong to all coldkeys by their shares. (The chain's cast makes 2^63 rao and more
    /// negative.)
    pub fn increase_all(&mut self, rao: u64) {
        self.update_total(rao as i64);
    }

    /// Takes rao off all coldkeys by their shares, with the same cast.
    pub fn decrease_all(&mut self, rao: u64) {
        self.update_total((rao as i64).wrapping_neg());
    }

    /// Adds rao that belong to one coldkey, with the same cast.
    pub fn increase_one(&mut self, coldkey: Account, rao: u64) {
        self.update_one(coldkey, rao as i64);
    }

    /// Takes rao off one coldkey that has them, with the same cast; of one that has not it takes none.
    pub fn decrease_one(&mut self, coldkey: Account, rao: u64) {
        if self.shares.contains_key(&coldkey) && self.value(coldkey) >= rao {
            self.update_one(coldkey, (rao as i64).wrapping_neg());
        }
    }

    pub(crate) fn update_total(&mut self, rao: i64) {
        let amount = rao.unsigned_abs();
        self.total = if rao >= 0 {
            self.total.saturating_add(amount)
        } else {
            self.total.saturating_sub(amount)
        };
    }

    fn update_one(&mut self, coldkey: Account, rao: i64) {
        let amount = SafeFloat::from(rao.unsigned_abs());
        let denominator = self.denominator();
        // In an empty pool the first coldkey has all.
        let (new_denominator, new_share) = if denominator.is_zero() {
            (amount, amount)
        } else {
            let bought = amount
                .mul_div(denominator, self.total.into())
                .unwrap_or_default();
            let update = |value: SafeFloat| {
                let updated = if rao > 0 {
                    value.checked_add(bought)
                } else {
                    value.checked_sub(bought)
                };
                updated.unwrap_or(value)
            };
            (update(denominator), update(self.share(coldkey)))
        };
        self.denominator = stored(new_denominator);
        match stored(new_share) {
            Some(share) => self.shares.insert(coldkey, share),
            None => self.shares.remove(&coldkey),
        };
        self.update_total(rao);
    }

    /// Whether nothing of the pool would be stored.
    pub fn is_empty(&self) -> bool {
        self.total == 0
            && self.denominator.is_none()
            && self.shares.is_empty()
            && self.epoch == 0
            && self.share_epochs.is_empty()
    }
}

/// A zero leaves no entry.
pub(crate) fn stored(value: SafeFloat) -> Option<Stored> {
    (!value.is_zero()).then_some(Stored::Float(value))
}
