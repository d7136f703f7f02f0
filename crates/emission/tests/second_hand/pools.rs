//! Stake pools, by section 8.6 of the text and what section 13 adds to it.

use super::numbers::{Float, whole, zero};
use super::state::{Key, State, get, put};

impl State {
    fn denominator_of(&self, h: Key, i: u16) -> Float {
        self.denominator.get(&(h, i)).cloned().unwrap_or_else(zero)
    }

    /// A row counts if the pool's epoch is 0 or equals its stamp.
    fn counts(&self, h: Key, c: Key, i: u16) -> bool {
        let epoch = get(&self.pool_epoch, &(h, i));
        epoch == 0 || epoch == get(&self.share_epoch, &(h, c, i))
    }

    fn share_of(&self, h: Key, c: Key, i: u16) -> Float {
        match self.share.get(&(h, c, i)) {
            Some(share) if self.counts(h, c, i) => share.clone(),
            _ => zero(),
        }
    }

    pub fn stake(&self, h: Key, i: u16) -> u64 {
        get(&self.total, &(h, i))
    }

    pub fn has_members(&self, h: Key, i: u16) -> bool {
        !self.denominator_of(h, i).is_zero()
    }

    pub fn value(&self, h: Key, c: Key, i: u16) -> u64 {
        let (share, denominator) = (self.share_of(h, c, i), self.denominator_of(h, i));
        worth(self.stake(h, i), &share, &denominator)
    }

    fn set_denominator(&mut self, h: Key, i: u16, value: Float) {
        if self.denominator_of(h, i).is_zero() != value.is_zero() {
            *self.pool_epoch.entry((h, i)).or_default() += 1;
        }
        if value.is_zero() {
            self.denominator.remove(&(h, i));
        } else {
            self.denominator.insert((h, i), value);
        }
    }

    fn set_share(&mut self, h: Key, c: Key, i: u16, value: Float) {
        let epoch = get(&self.pool_epoch, &(h, i));
        if value.is_zero() {
            self.share.remove(&(h, c, i));
            if epoch != 0 {
                self.share_epoch.remove(&(h, c, i));
            }
            return;
        }
        self.share.insert((h, c, i), value);
        if epoch != 0 {
            self.share_epoch.insert((h, c, i), epoch);
        }
    }

    pub fn pay_all(&mut self, h: Key, i: u16, rao: u64) {
        let change = i128::from(rao as i64);
        self.move_total(h, i, change);
    }

    fn move_total(&mut self, h: Key, i: u16, change: i128) {
        let total = i128::from(self.stake(h, i)) + change;
        let total = total.clamp(0, u64::MAX.into()) as u64;
        put(&mut self.total, (h, i), total);
    }

    /// What the chain does whenever a coldkey's stake grows: 0 and amounts of 2^63 and more too.
    pub fn pay_one(&mut self, h: Key, c: Key, i: u16, rao: u64) {
        if rao != 0 {
            let staking = self.staking.entry(c).or_default();
            if !staking.contains(&h) {
                staking.push(h);
            }
        }
        self.move_one(h, c, i, i128::from(rao as i64));
    }

    /// Gives what left the pool.
    pub fn withdraw(&mut self, h: Key, c: Key, i: u16, rao: u64) -> u64 {
        let row = self.share.contains_key(&(h, c, i)) && self.counts(h, c, i);
        if !row || self.value(h, c, i) < rao {
            return 0;
        }
        let before = self.stake(h, i);
        self.move_one(h, c, i, i128::from((rao as i64).wrapping_neg()));
        before.saturating_sub(self.stake(h, i))
    }

    fn move_one(&mut self, h: Key, c: Key, i: u16, change: i128) {
        let amount = change.unsigned_abs() as u64;
        let total = self.stake(h, i);
        if change > 0 && total == 0 {
            self.set_denominator(h, i, zero());
        }
        let sum = self.denominator_of(h, i);
        let share = self.share_of(h, c, i);
        if sum.is_zero() {
            if change > 0 {
                self.set_denominator(h, i, whole(amount));
                self.set_share(h, c, i, whole(amount));
            }
        } else if change > 0 {
            let bought = whole(amount).times_over(&sum, &whole(total));
            let grown = sum.plus(&bought);
            self.set_denominator(h, i, grown.clone());
            self.set_share(h, c, i, share.plus(&grown.exactly_minus(&sum)));
        } else {
            let (sum, share) = if change == 0 {
                (sum, share)
            } else {
                after_withdrawal(total, amount, sum, share)
            };
            self.set_denominator(h, i, sum);
            self.set_share(h, c, i, share);
        }
        self.move_total(h, i, change);
    }

    /// Value alone for a sole member; whether that could be done.
    pub fn credit_sole(&mut self, h: Key, c: Key, i: u16, rao: u64) -> bool {
        let (total, sum) = (self.stake(h, i), self.denominator_of(h, i));
        if rao == 0 {
            return true;
        }
        let fits = total.checked_add(rao).is_some();
        if total == 0 || sum.is_zero() || self.share_of(h, c, i) != sum || !fits {
            return false;
        }
        self.total.insert((h, i), total + rao);
        true
    }
}

fn worth(total: u64, share: &Float, denominator: &Float) -> u64 {
    let value = whole(total).times_over(share, denominator).floor();
    value.min(total)
}

fn after_withdrawal(total: u64, amount: u64, sum: Float, share: Float) -> (Float, Float) {
    let quoted = worth(total, &share, &sum);
    let sold = whole(amount).times_over(&sum, &whole(total));
    let mut rest = sum.minus(&sold);
    let loss = sum.exactly_minus(&rest);
    let mut left = zero();
    if loss.exceeds(&share) {
        rest = sum.minus(&share);
    } else {
        left = share.minus(&loss);
    }
    let total = total.saturating_sub(amount);
    if total == 0 {
        return (zero(), zero());
    }
    let priced = !rest.is_zero();
    let nothing = quoted == amount || (priced && worth(total, &left, &rest) == 0);
    if !left.is_zero() && nothing && priced {
        return (rest.minus(&left), zero());
    }
    (rest, left)
}
