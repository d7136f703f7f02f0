//! Stake pools whose shares move exactly: by what the sum of shares moved by.
//!
//! A share that was written before the pool was last opened or closed is of an older epoch: it is worth
//! nothing and is overwritten as if it were not there.
//!
//! Follows `primitives/share-pool/src/lib.rs` and the stake functions of `staking/stake_utils.rs`,
//! spec 475.

use crate::account::Account;
use crate::block_rules::ShareArithmetic;
use crate::safe_float::SafeFloat;
use crate::share_pool::{SharePool, stored};

impl ShareArithmetic {
    /// Rao that belong to a coldkey.
    pub fn value(self, pool: &SharePool, coldkey: Account) -> u64 {
        match self {
            Self::Truncating => pool.value(coldkey),
            Self::Exact => pool.quote(coldkey),
        }
    }

    /// Adds rao that belong to one coldkey. (The chain's cast makes 2^63 rao and more negative.)
    pub(crate) fn increase_one(self, pool: &mut SharePool, coldkey: Account, rao: u64) {
        match self {
            Self::Truncating => pool.increase_one(coldkey, rao),
            Self::Exact => pool.deposit(coldkey, rao),
        }
    }
}

impl SharePool {
    /// Whether somebody has shares, so that what is paid to all reaches someone.
    pub fn has_members(&self) -> bool {
        !self.denominator().is_zero()
    }

    /// Rao that belong to a coldkey, at most all there are.
    pub fn quote(&self, coldkey: Account) -> u64 {
        quote(self.total, self.current_share(coldkey), self.denominator()).unwrap_or(0)
    }

    /// Adds rao that belong to one coldkey. (The chain's cast makes 2^63 rao and more a withdrawal.)
    pub fn deposit(&mut self, coldkey: Account, rao: u64) {
        self.update_exactly(coldkey, rao as i64);
    }

    /// Takes rao off one coldkey, with the same cast, and gives what left the pool: nothing where the
    /// coldkey has no current share or is quoted less.
    pub fn withdraw(&mut self, coldkey: Account, rao: u64) -> u64 {
        let current = self.shares.contains_key(&coldkey) && self.is_current(coldkey);
        if !current || self.quote(coldkey) < rao {
            return 0;
        }
        let before = self.total;
        self.update_exactly(coldkey, (rao as i64).wrapping_neg());
        before.saturating_sub(self.total)
    }

    /// Adds rao to a pool of which the coldkey is the only member, as its whole value grows; whether it
    /// is the only member, and the sum fits. Nothing is added elsewhere.
    pub fn credit_sole(&mut self, coldkey: Account, rao: u64) -> bool {
        if rao == 0 {
            return true;
        }
        let sole = self.has_members() && self.current_share(coldkey) == self.denominator();
        let Some(total) = self.total.checked_add(rao) else {
            return false;
        };
        if self.total == 0 || !sole {
            return false;
        }
        self.total = total;
        true
    }

    fn is_current(&self, coldkey: Account) -> bool {
        let written = self.share_epochs.get(&coldkey).copied().unwrap_or(0);
        self.epoch == 0 || written == self.epoch
    }

    fn current_share(&self, coldkey: Account) -> SafeFloat {
        if self.is_current(coldkey) {
            self.share(coldkey)
        } else {
            SafeFloat::ZERO
        }
    }

    /// Follows `update_value_for_one_with_inputs`.
    fn update_exactly(&mut self, coldkey: Account, rao: i64) {
        if rao > 0 && self.total == 0 {
            // Shares of nothing are worth nothing: whoever pays in opens the pool anew.
            self.set_denominator(SafeFloat::ZERO);
        }
        if self.has_members() {
            let (denominator, share) = self.moved(coldkey, rao);
            self.set_denominator(denominator);
            self.set_share(coldkey, share);
        } else if rao > 0 {
            let amount = SafeFloat::from(rao.unsigned_abs());
            self.set_denominator(amount);
            self.set_share(coldkey, amount);
        }
        self.update_total(rao);
    }

    /// The sum of shares and the coldkey's share once `rao` have moved.
    fn moved(&self, coldkey: Account, rao: i64) -> (SafeFloat, SafeFloat) {
        let denominator = self.denominator();
        let share = self.current_share(coldkey);
        let traded = SafeFloat::from(rao.unsigned_abs())
            .mul_div(denominator, self.total.into())
            .unwrap_or_default();
        if rao > 0 {
            let sum = denominator.checked_add(traded).unwrap_or(denominator);
            return (
                sum,
                share.checked_add(gap(sum, denominator)).unwrap_or(share),
            );
        }
        let (sum, left) = after_loss(denominator, share, traded);
        let total = self.total.saturating_sub(rao.unsigned_abs());
        if rao == 0 {
            return (sum, left);
        }
        if total == 0 {
            return (SafeFloat::ZERO, SafeFloat::ZERO);
        }
        let drained = quote(self.total, share, denominator) == Some(rao.unsigned_abs())
            || quote(total, left, sum) == Some(0);
        match sum.checked_sub(left) {
            // Less than a rao, which no later pay shall bring back to sight.
            Some(rest) if drained && !left.is_zero() => (rest, SafeFloat::ZERO),
            _ => (sum, left),
        }
    }

    /// Opening and closing the pool begin an epoch each.
    fn set_denominator(&mut self, denominator: SafeFloat) {
        if self.has_members() == denominator.is_zero() {
            self.epoch = self.epoch.saturating_add(1);
        }
        self.denominator = stored(denominator);
    }

    fn set_share(&mut self, coldkey: Account, share: SafeFloat) {
        match stored(share) {
            Some(share) => {
                self.shares.insert(coldkey, share);
                if self.epoch != 0 {
                    self.share_epochs.insert(coldkey, self.epoch);
                }
            }
            None => {
                self.shares.remove(&coldkey);
                if self.epoch != 0 {
                    self.share_epochs.remove(&coldkey);
                }
            }
        }
    }
}

/// What the shares are worth of `total` rao; `None` of no shares at all.
fn quote(total: u64, share: SafeFloat, denominator: SafeFloat) -> Option<u64> {
    let value = SafeFloat::from(total).mul_div(share, denominator)?;
    Some(value.to_u64().min(total))
}

/// The sum of shares and a share once `sold` is taken off. The sum loses it truncated, and the share what
/// the sum lost; a share that has not as much is taken off the sum whole.
fn after_loss(denominator: SafeFloat, share: SafeFloat, sold: SafeFloat) -> (SafeFloat, SafeFloat) {
    let sum = denominator.checked_sub(sold).unwrap_or(denominator);
    let loss = gap(denominator, sum);
    if loss.exceeds(share) {
        let sum = denominator.checked_sub(share).unwrap_or_default();
        return (sum, SafeFloat::ZERO);
    }
    (sum, share.checked_sub(loss).unwrap_or_default())
}

/// What the larger of two sums of shares has more.
fn gap(larger: SafeFloat, smaller: SafeFloat) -> SafeFloat {
    larger
        .exact_sub(smaller)
        .or_else(|| larger.checked_sub(smaller))
        .unwrap_or_default()
}
