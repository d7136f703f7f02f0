//! Baskets, by section 9 of the text and what section 13 adds to it; sales by section 5 of that of 425.

use super::numbers::{fix, integer, over, power, times};
use super::state::{Amm, Key, State, get};
use num_bigint::BigUint;

const F: u32 = 64;
const LEAST: u64 = 1_000_000;
const LIMIT: u64 = 1_000;

/// A sale that errs.
enum Refused {
    TooLow,
    Other,
}

impl Amm {
    /// Quote and base weight, without their common divisor.
    fn weights(&self) -> (u32, u32) {
        let (q, one) = self.weight;
        let (mut a, mut b) = (q, one - q);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (q / a, (one - q) / a)
    }

    /// U64F64 bits.
    pub fn price(&self) -> u128 {
        if self.mechanism != 1 {
            return 1 << F;
        }
        if self.alpha == 0 {
            return 0;
        }
        self.price_of(self.alpha, self.tao)
    }

    fn price_of(&self, alpha: u64, tao: u64) -> u128 {
        let (q, one) = self.weight;
        let parts = |part: u32| {
            fix(
                1_000_000_000_000_000_000 / u64::from(one) * u64::from(part),
                F,
            )
        };
        let weights = over(parts(one - q), parts(q), F);
        times(weights, over(fix(tao, F), fix(alpha, F), F), F)
    }

    fn out(&self, sold: u64) -> u64 {
        let after = self.alpha.saturating_add(sold);
        if after == 0 {
            return self.tao;
        }
        let (q, b) = self.weights();
        let raw = power(self.alpha.into(), after.into(), b, q);
        let left = scaled_down(raw).unwrap_or(0).min(1 << F);
        integer(times(fix(self.tao, F), (1 << F) - left, F), F)
    }

    /// Paid in and out of a fee-free sale at the limit of 1000 rao.
    fn sell(&mut self, amount: u64) -> Result<(u64, u64), Refused> {
        if amount > self.alpha.saturating_mul(1_000) {
            return Err(Refused::Other);
        }
        if self.tao < LEAST {
            return Err(Refused::TooLow);
        }
        if !self.used {
            self.used = true;
            self.weight = (1, 2);
        }
        let limit = over(fix(LIMIT, F), fix(1_000_000_000, F), F);
        let price = self.price();
        if price <= limit {
            return Err(Refused::Other);
        }
        let mut paid = amount;
        let out = self.out(paid);
        let target = self.price_of(
            self.alpha.saturating_add(paid),
            self.tao.saturating_sub(out),
        );
        if target < limit {
            paid = self.up_to(price, limit);
        }
        let out = self.out(paid);
        if paid > 0 && out == 0 {
            return Err(Refused::TooLow);
        }
        Ok((paid, out))
    }

    fn up_to(&self, price: u128, limit: u128) -> u64 {
        // The exponent is the quote weight of 10^18, and as a small fraction the same.
        let (q, b) = self.weights();
        let raw = power(price, limit, q, q + b);
        let raw = u64::try_from(raw).unwrap_or(u64::MAX);
        let growth = over(fix(raw, F), fix(1_000_000_000_000_000_000, F), F);
        integer(
            times(fix(self.alpha, F), growth.saturating_sub(1 << F), F),
            F,
        )
    }

    /// TAO for a whole holding; `None` where the pool is too shallow.
    fn fetches(&self, alpha: u64) -> Result<Option<u64>, ()> {
        if alpha == 0 || self.mechanism != 1 {
            return Ok(Some(alpha));
        }
        let mut amm = self.clone();
        let at_once = alpha <= amm.alpha.saturating_mul(1_000);
        let (mut left, mut tao) = (alpha, 0u64);
        while left > 0 {
            let most = amm.alpha.saturating_mul(1_000);
            let chunk = if most == 0 { left } else { left.min(most) };
            match amm.sell(chunk) {
                Err(Refused::TooLow) => return Ok(None),
                Err(Refused::Other) => return Err(()),
                Ok((_, out)) if at_once => return Ok(Some(out)),
                Ok((0, _)) => return Err(()),
                Ok((paid, out)) => {
                    amm.alpha = amm.alpha.saturating_add(paid.min(i64::MAX as u64));
                    // Reserves move by an i64.
                    amm.tao = amm.tao.saturating_sub(out.min(1 << 63));
                    left -= paid;
                    tao = tao.saturating_add(out);
                }
            }
        }
        Ok(Some(tao))
    }
}

/// Eighteen decimals as U64F64 bits; `None` above u64.
fn scaled_down(raw: BigUint) -> Option<u128> {
    let raw = u64::try_from(raw).ok()?;
    Some(over(fix(raw, F), fix(1_000_000_000_000_000_000, F), F))
}

fn share_of(a: u64, b: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    let value = u128::from(a) * u128::from(b) / u128::from(whole);
    value.min(u64::MAX.into()) as u64
}

impl State {
    pub fn flush(&mut self, h: Key) {
        let mut rows: Vec<(u16, u64)> = self
            .queue
            .iter()
            .filter(|((k, _), _)| *k == h)
            .map(|((_, i), &rao)| (*i, rao))
            .collect();
        rows.sort_by_key(|(i, _)| (i & 255, i >> 8));
        let mut batch = Vec::new();
        for (i, rao) in rows {
            let Some(amm) = self.amms.get(&i) else {
                self.queue.remove(&(h, i));
                continue;
            };
            if !self.on_root.contains(&h) {
                self.queue.remove(&(h, i));
                self.recycle(i, rao);
                continue;
            }
            if integer(times(amm.price(), fix(rao, F), F), F) >= self.threshold {
                batch.push((i, rao));
            }
        }
        for (i, _) in &batch {
            self.queue.remove(&(h, *i));
        }
        self.deposit(h, &batch);
    }

    fn deposit(&mut self, h: Key, batch: &[(u16, u64)]) {
        if batch.iter().all(|(_, rao)| *rao == 0) {
            return;
        }
        let e = self.value(h, self.escrow, 0);
        let t = self.stake(h, 0).saturating_sub(e);
        if t == 0 && (e == 0 || get(&self.basket_shares, &h) == 0) {
            for &(i, rao) in batch {
                self.recycle(i, rao);
            }
            return;
        }
        let before = self.clone();
        if self.try_deposit(h, batch, t, e).is_ok() {
            return;
        }
        *self = before;
        if let [(i, rao)] = batch {
            let waiting = get(&self.queue, &(h, *i)).saturating_add(*rao);
            self.queue.insert((h, *i), waiting);
        } else {
            for credit in batch {
                self.deposit(h, &[*credit]);
            }
        }
    }

    pub fn nav(&self, h: Key) -> Result<u64, ()> {
        let mut nav = self.value(h, self.escrow, 0);
        for (&i, amm) in &self.amms {
            let worth = amm.fetches(self.value(h, self.escrow, i))?;
            nav = nav.saturating_add(worth.unwrap_or(0));
        }
        Ok(nav)
    }

    fn try_deposit(&mut self, h: Key, batch: &[(u16, u64)], t: u64, e: u64) -> Result<(), ()> {
        let nav = self.nav(h)?;
        let (mut added, mut any) = (0u64, false);
        for &(i, rao) in batch {
            if rao == 0 {
                continue;
            }
            let amm = self.amms[&i].clone();
            let held = self.value(h, self.escrow, i);
            let Some(before) = amm.fetches(held)? else {
                self.recycle(i, rao);
                continue;
            };
            self.pay_one(h, self.escrow, i, rao);
            let holds = self.value(h, self.escrow, i);
            let Some(after) = amm.fetches(holds)? else {
                self.withdraw(h, self.escrow, i, holds.saturating_sub(held));
                self.recycle(i, rao);
                continue;
            };
            any = true;
            added = added.saturating_add(after.saturating_sub(before));
        }
        if !any {
            return Ok(());
        }
        if t > 0 {
            self.mint(h, nav, share_of(added, t, t.saturating_add(e)), t)?;
        }
        let all = get(&self.basket_tao, &h).saturating_add(added);
        self.basket_tao.insert(h, all);
        Ok(())
    }

    fn mint(&mut self, h: Key, nav: u64, value: u64, t: u64) -> Result<(), ()> {
        let existing = get(&self.basket_shares, &h);
        let shares = if existing == 0 {
            value
        } else if nav == 0 {
            if existing <= value / 100 { value } else { 0 }
        } else {
            share_of(value, existing, nav)
        };
        let rate = over(fix(shares, 32), fix(t, 32), 32) as i128;
        if shares == 0 || rate == 0 {
            return Err(());
        }
        self.basket_shares
            .insert(h, existing.saturating_add(shares));
        let all = get(&self.basket_rate, &h).saturating_add(rate);
        self.basket_rate.insert(h, all);
        Ok(())
    }
}
