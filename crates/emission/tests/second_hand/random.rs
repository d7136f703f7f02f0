//! Random states: mostly such as a chain comes to, and some such as it should not.

use super::numbers::{float, ten, whole};
use super::state::{Amm, Key, Row, State, get};

pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    /// SplitMix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    /// Rao of all sizes, up to past 2^63.
    pub fn rao(&mut self) -> u64 {
        match self.below(16) {
            0 | 1 => 0,
            2 => self.below(4),
            3 => (1 << 63) - 1 + self.below(3),
            4 if self.one_in(4) => self.next(),
            _ => {
                let bits = 4 + self.below(44);
                self.next() >> (64 - bits)
            }
        }
    }

    /// Rao for a coldkey: often exactly what it has, or a rao beside.
    pub fn amount(&mut self, state: &State, h: Key, c: Key, i: u16) -> u64 {
        let value = state.value(h, c, i);
        match self.below(6) {
            0 => value,
            1 => value.saturating_sub(1),
            2 => value / 2,
            3 => state.stake(h, i),
            _ => self.rao(),
        }
    }

    /// A pool that some coldkeys paid into, out of order in one of several ways in a third of cases.
    pub fn pool(&mut self, state: &mut State, h: Key, i: u16, coldkeys: &[Key]) {
        for _ in 0..self.below(6) {
            let c = self.of(coldkeys);
            let rao = self.rao() >> 1;
            state.pay_one(h, c, i, rao);
            let gain = self.rao() >> 20;
            state.pay_all(h, i, gain);
            if self.one_in(3) {
                let gone = self.amount(state, h, c, i);
                state.withdraw(h, c, i, gone);
            }
        }
        state.staking.clear();
        if !self.one_in(3) {
            return;
        }
        let c = self.of(coldkeys);
        match self.below(7) {
            0 => drop(state.total.remove(&(h, i))),
            1 => drop(state.denominator.remove(&(h, i))),
            2 => {
                let more = self.rao();
                let share = get_share(state, h, c, i).plus(&whole(more));
                if !share.is_zero() {
                    state.share.insert((h, c, i), share);
                }
            }
            3 => {
                let epoch = get(&state.pool_epoch, &(h, i)) + 1;
                state.pool_epoch.insert((h, i), epoch);
            }
            4 => {
                let mantissa = ten(20) + 1 + self.next();
                let exponent = -(self.below(30) as i64);
                state.share.insert((h, c, i), float(mantissa, exponent));
            }
            5 => {
                let mantissa = ten(20) + 1 + self.next();
                let exponent = -(self.below(30) as i64);
                state.denominator.insert((h, i), float(mantissa, exponent));
            }
            _ => {
                state.pool_epoch.remove(&(h, i));
                state.share_epoch.retain(|(k, _, j), _| (*k, *j) != (h, i));
            }
        }
    }

    pub fn collateral(&mut self, state: &mut State, hotkeys: &[Key], coldkeys: &[Key]) {
        for &h in hotkeys {
            for &c in coldkeys {
                if self.one_in(3) {
                    continue;
                }
                let drain = match self.below(4) {
                    0 => u128::from(self.next()) << self.below(64),
                    1 => 0,
                    _ => u128::from(self.next()),
                };
                let row = Row {
                    locked: self.rao(),
                    drain,
                    least: if self.one_in(2) { 0 } else { self.rao() },
                    earned: self.rao(),
                };
                // A coldkey's sum is what its rows are, or anything.
                let sum = get(&state.by_owner, &c).saturating_add(row.locked);
                let sum = if self.one_in(8) { self.rao() } else { sum };
                if sum != 0 {
                    state.by_owner.insert(c, sum);
                }
                state.collateral.insert((h, c), row);
            }
        }
    }

    /// A subnet with netuid 1, for a payout.
    pub fn subnet(&mut self) -> State {
        const HOTKEYS: [Key; 7] = [1, 2, 3, 4, 5, 6, 7];
        const COLDKEYS: [Key; 5] = [20, 21, 22, 23, 24];
        let mut state = State {
            tao_weight: self.next(),
            burn_rate: if self.one_in(2) { 0 } else { self.next() >> 3 },
            least_child_take: self.below(3000) as u16,
            recycles: self.one_in(2),
            null: self.one_in(4),
            escrow: 90,
            ..State::default()
        };
        state.alpha_out.insert(1, u64::MAX - (self.rao() >> 1));
        for h in HOTKEYS {
            self.pool(&mut state, h, 1, &COLDKEYS);
            self.pool(&mut state, h, 0, &COLDKEYS);
            if !self.one_in(8) {
                state.owner.insert(h, self.of(&COLDKEYS));
            }
            if self.one_in(2) {
                state.take.insert(h, self.next() as u16);
            }
            if self.one_in(2) {
                state.on_root.insert(h);
            }
            if h == 7 || self.one_in(6) {
                continue;
            }
            state.uids.push(h);
            state.child_take.insert(h, self.next() as u16 >> 2);
        }
        if self.one_in(6) {
            state.on_root.clear();
        }
        self.relations(&mut state, &HOTKEYS);
        self.owners(&mut state, &HOTKEYS, &COLDKEYS);
        self.collateral(&mut state, &HOTKEYS, &COLDKEYS);
        for (h, old) in [(1, 5), (9, 8)] {
            state.alpha_dividends.insert(h, old);
            state.root_dividends.insert(h, old);
            state.last_epoch.insert(h, old);
        }
        state
    }

    fn relations(&mut self, state: &mut State, hotkeys: &[Key]) {
        for _ in 0..self.below(8) {
            let (h, k) = (self.of(hotkeys), self.of(hotkeys));
            let part = self.next() >> self.below(4);
            state.children.entry(k).or_default().push((part, h));
            state.parents.entry(h).or_default().push((part, k));
            if self.one_in(4) {
                state.suspended.insert(self.of(&[h, k]));
            }
        }
    }

    fn owners(&mut self, state: &mut State, hotkeys: &[Key], coldkeys: &[Key]) {
        if !self.one_in(5) {
            state.subnet_owner = Some(self.of(coldkeys));
        }
        if !self.one_in(5) {
            state.owner_hotkey = Some(self.of(hotkeys));
        }
        for &c in coldkeys {
            let owned = state.owner.iter().filter(|(_, owner)| **owner == c);
            let owned: Vec<Key> = owned.map(|(&h, _)| h).collect();
            if self.one_in(2) && !owned.is_empty() {
                state.owned.insert(c, owned);
            }
            if self.one_in(4) {
                state.auto_stake.insert(c, self.of(hotkeys));
            }
        }
    }

    fn amm(&mut self) -> Amm {
        let size = 4 + self.below(52);
        let mut reserve = || {
            let rao = self.next() >> (64 - size);
            if self.one_in(20) { self.rao() } else { rao }
        };
        let (tao, alpha) = (reserve(), reserve());
        Amm {
            mechanism: u16::from(!self.one_in(6)),
            tao,
            alpha,
            weight: self.of(&[
                (1, 2),
                (1, 2),
                (3, 5),
                (2, 5),
                (1, 4),
                (3, 4),
                (1, 10),
                (5, 8),
            ]),
            used: !self.one_in(8),
        }
    }

    /// A basket of hotkey 1 and credits for it.
    pub fn fund(&mut self, escrow: Key) -> State {
        let mut state = State {
            escrow,
            threshold: self.of(&[0, 1, 500_000, 500_000]),
            ..State::default()
        };
        for i in [1, 2, 3, 256] {
            let amm = self.amm();
            state.amms.insert(i, amm);
            state.alpha_out.insert(i, self.rao());
            let coldkeys = if self.one_in(3) {
                [20, 21]
            } else {
                [20, escrow]
            };
            self.pool(&mut state, 1, i, &coldkeys);
        }
        let coldkeys = self.of(&[[20, 21], [20, escrow], [escrow, escrow]]);
        self.pool(&mut state, 1, 0, &coldkeys);
        if !self.one_in(10) {
            state.on_root.insert(1);
        }
        if !self.one_in(3) {
            state.basket_shares.insert(1, 1 + (self.rao() >> 1));
            state.basket_rate.insert(1, 1 + i128::from(self.rao()));
            state.basket_tao.insert(1, 1 + (self.rao() >> 1));
        }
        self.more_credits(&mut state);
        state
    }

    pub fn more_credits(&mut self, state: &mut State) {
        for i in [1, 2, 3, 256, 700] {
            if self.one_in(2) {
                let rao = self.rao();
                state.queue.insert((1, i), rao);
            }
        }
    }
}

fn get_share(state: &State, h: Key, c: Key, i: u16) -> super::numbers::Float {
    let share = state.share.get(&(h, c, i));
    share.cloned().unwrap_or_else(super::numbers::zero)
}
