//! One subnet's payout, by sections 7 and 8 of the text and 8 of that of spec 425.

use super::numbers::{fix, integer, over, times};
use super::state::{Key, State, get, put};
use std::collections::BTreeMap;

const F: u32 = 32;

fn part(value: u64, of: u64) -> u128 {
    over(fix(value, F), fix(of, F), F)
}

/// What is handed out, in rao.
#[derive(Clone, Copy, Debug)]
pub struct Pools {
    pub server: u64,
    pub validator: u64,
    pub root: u64,
    pub owner: u64,
}

impl State {
    pub fn pay(&mut self, i: u16, pools: Pools, epoch: &[(Key, u64, u64)]) {
        let dividends = self.dividends(i, epoch);
        let earned = epoch.iter().fold(0u64, |sum, e| sum.saturating_add(e.1));
        let pot = match earned {
            0 => pools.validator.saturating_add(pools.server),
            _ => pools.validator,
        };
        let (alpha, root) = self.split(i, &dividends, pot, pools.root);
        if pools.root > 0 && root.values().all(|&bits| integer(bits, F) == 0) {
            self.recycle(i, pools.root);
        }
        if let (Some(owner), Some(hotkey)) = (self.subnet_owner, self.owner_hotkey) {
            self.pay_one(hotkey, owner, i, pools.owner);
        }
        self.pay_incentives(i, epoch);
        self.pay_alpha(i, &alpha);
        self.pay_root(i, &root);
    }

    fn owner_of(&self, h: Key) -> Key {
        get(&self.owner, &h)
    }

    fn is_suspended(&self, parent: Key) -> bool {
        self.suspended.contains(&parent) && self.owner_hotkey != Some(parent)
    }

    fn weighs(&self, h: Key, i: u16, part: u128) -> u128 {
        let alpha = times(fix(self.stake(h, i), F), part, F);
        let root = times(fix(self.stake(h, 0), F), part, F);
        alpha.saturating_add(times(root, self.tao(), F))
    }

    fn tao(&self) -> u128 {
        part(self.tao_weight, u64::MAX)
    }

    /// Section 8.3 of 425: what each hotkey has once children have shared theirs; U96F32 bits.
    fn dividends(&mut self, i: u16, epoch: &[(Key, u64, u64)]) -> BTreeMap<Key, u128> {
        let mut all: BTreeMap<Key, u128> = BTreeMap::new();
        for &(h, _, d) in epoch {
            if self.null && d == 0 {
                continue;
            }
            for (k, rao) in self.shared(h, i, d) {
                let sum = all.entry(k).or_default();
                *sum = sum.saturating_add(fix(rao, F));
            }
        }
        all
    }

    fn shared(&mut self, h: Key, i: u16, d: u64) -> Vec<(Key, u64)> {
        let take = get(&self.child_take, &h).max(self.least_child_take);
        let take = part(take.into(), u16::MAX.into());
        let burn = part(self.burn_rate, u64::MAX);
        let mut own = 1u128 << F;
        if !self.is_suspended(h) {
            for (p, _) in get(&self.children, &h) {
                own = own.saturating_sub(part(p, u64::MAX));
            }
        }
        let mut total = fix(integer(self.weighs(h, i, own), F), F);
        let mut parents = Vec::new();
        for (p, k) in get(&self.parents, &h) {
            if !self.is_suspended(k) {
                let weight = self.weighs(k, i, part(p, u64::MAX));
                total = total.saturating_add(weight);
                parents.push((k, weight));
            }
        }
        let (mut rest, mut taken) = (fix(d, F), 0u128);
        let mut given = Vec::new();
        for (k, weight) in parents {
            let mut earned = times(fix(d, F), over(weight, total, F), F);
            rest = rest.saturating_sub(earned);
            if self.owner_of(k) != self.owner_of(h) {
                let (b, t) = (times(burn, earned, F), times(take, earned, F));
                earned = earned.saturating_sub(b).saturating_sub(t);
                taken = taken.saturating_add(t);
                self.recycle(i, integer(b, F));
            }
            given.push((k, integer(earned, F)));
        }
        given.push((h, integer(rest.saturating_add(taken), F)));
        given
    }

    /// What each hotkey is paid of the two pots; U96F32 bits.
    fn split(
        &self,
        i: u16,
        dividends: &BTreeMap<Key, u128>,
        alpha_pot: u64,
        root_pot: u64,
    ) -> (BTreeMap<Key, u128>, BTreeMap<Key, u128>) {
        let (mut alphas, mut roots) = (BTreeMap::new(), BTreeMap::new());
        for (&h, &d) in dividends {
            let a = fix(self.stake(h, i), F);
            let t = a.saturating_add(times(fix(self.stake(h, 0), F), self.tao(), F));
            let alpha = if t == 0 {
                d
            } else {
                times(d, over(a, t, F), F)
            };
            let root = if self.on_root.contains(&h) {
                d.saturating_sub(alpha)
            } else {
                0
            };
            alphas.insert(h, alpha);
            roots.insert(h, root);
        }
        let shares = |map: BTreeMap<Key, u128>, pot: u64| -> BTreeMap<Key, u128> {
            let sum = map.values().fold(0u128, |sum, &d| sum.saturating_add(d));
            map.into_iter()
                .map(|(h, d)| (h, times(fix(pot, F), over(d, sum, F), F)))
                .collect()
        };
        (shares(alphas, alpha_pot), shares(roots, root_pot))
    }

    fn pay_incentives(&mut self, i: u16, epoch: &[(Key, u64, u64)]) {
        let mut of_owner = get(&self.owned, &self.subnet_owner.unwrap_or(0));
        of_owner.extend(self.owner_hotkey);
        of_owner.retain(|h| self.uids.contains(h));
        let (mut all, mut withheld) = (0u64, 0u64);
        for &(h, v, _) in epoch {
            if v == 0 {
                continue;
            }
            all = all.saturating_add(v);
            if of_owner.contains(&h) {
                withheld = withheld.saturating_add(v);
                if self.recycles {
                    self.recycle(i, v);
                } else {
                    self.burned = self.burned.saturating_add(v);
                }
                continue;
            }
            let owner = self.owner_of(h);
            let rest = v - self.settle(h, owner, i, v, v);
            let to = self.auto_stake.get(&owner).copied().unwrap_or(h);
            self.credit(to, owner, i, rest);
        }
        self.miner_burned = over(fix(withheld, F), fix(all, F), F);
    }

    fn pay_alpha(&mut self, i: u16, alpha: &BTreeMap<Key, u128>) {
        self.alpha_dividends.clear();
        for (&h, &bits) in alpha {
            let owner = self.owner_of(h);
            let (take, rest) = self.parted(h, bits);
            let captured = self.settle(h, owner, i, integer(bits, F), take);
            self.credit(h, owner, i, take - captured);
            if rest > 0 {
                if self.has_members(h, i) {
                    self.pay_all(h, i, rest);
                } else {
                    self.pay_one(h, owner, i, rest);
                }
                self.alpha_dividends.insert(h, rest);
            }
            let stake = self.stake(h, i);
            put(&mut self.last_epoch, h, stake);
        }
    }

    fn pay_root(&mut self, i: u16, root: &BTreeMap<Key, u128>) {
        self.root_dividends.clear();
        for (&h, &bits) in root {
            let owner = self.owner_of(h);
            let (take, rest) = self.parted(h, bits);
            let captured = self.settle(h, owner, i, integer(bits, F), take);
            if take > captured {
                self.pay_one(h, owner, i, take - captured);
            }
            if rest > 0 {
                let waiting = get(&self.queue, &(h, i)).saturating_add(rest);
                self.queue.insert((h, i), waiting);
                self.root_dividends.insert(h, rest);
            }
        }
    }

    /// Take and rest of a pay.
    fn parted(&self, h: Key, bits: u128) -> (u64, u64) {
        let rate = self.take.get(&h).copied().unwrap_or(11_796);
        let take = times(part(rate.into(), u16::MAX.into()), bits, F);
        (integer(take, F), integer(bits.saturating_sub(take), F))
    }

    /// The ordinary credit in Yuma; in Null a sole member's value grows by itself.
    fn credit(&mut self, h: Key, c: Key, i: u16, rao: u64) {
        if rao == 0 || (self.null && self.credit_sole(h, c, i, rao)) {
            return;
        }
        self.pay_one(h, c, i, rao);
    }

    /// Collateral: what is captured is staked to the hotkey itself.
    pub fn settle(&mut self, h: Key, c: Key, i: u16, emission: u64, capturable: u64) -> u64 {
        let Some(mut row) = self.collateral.get(&(h, c)).cloned() else {
            return 0;
        };
        if emission == 0 {
            return 0;
        }
        let before = row.locked;
        let mut captured = 0;
        row.earned = row.earned.saturating_add(emission);
        if row.locked < row.least {
            captured = capturable.min(row.least - row.locked);
            row.locked += captured;
            self.credit(h, c, i, captured);
        } else {
            let release = integer(times(fix(emission, 64), row.drain, 64), 64);
            row.locked -= release.min(row.locked - row.least);
        }
        let locked = row.locked;
        if (locked, row.least) == (0, 0) {
            self.collateral.remove(&(h, c));
        } else {
            self.collateral.insert((h, c), row);
        }
        if locked != before {
            let all = get(&self.by_owner, &c);
            let all = all.saturating_sub(before).saturating_add(locked);
            put(&mut self.by_owner, c, all);
        }
        captured
    }
}
