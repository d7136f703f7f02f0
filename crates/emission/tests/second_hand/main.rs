//! Payout, collateral, stake pools and baskets of spec 475 once more, plainly and from the text alone, run
//! against the product on random states.
//!
//! The text is the description of one block that the project works from, and its sections are named by their
//! numbers; nothing here is the product's but the numbers of accounts. What both read wrongly in the same
//! way this does not find: that is the vectors' part.

mod baskets;
mod numbers;
mod payout;
mod pools;
mod product;
mod random;
mod state;

use numbers::whole;
use payout::Pools;
use product::{as_product, read_back};
use random::Random;
use state::{Amm, Row, State, get};
use yuma_emission::{
    Account, DividendSplit, HotkeyEmission, PayoutRule, Pending, Rates, ShareArithmetic,
    distribute, proportion_u64,
};

/// Random states of each test.
const STATES: u64 = 3_000;
const ESCROW: u32 = 90;

#[test]
fn stake_pools() {
    let mut closed = 0;
    for seed in 0..STATES {
        let mut random = Random::new(seed);
        let mut plain = State::default();
        random.pool(&mut plain, 1, 1, &[20, 21, 22]);
        let mut network = as_product(&plain);
        for step in 0..12 {
            let c = random.of(&[20, 21, 22, 23]);
            let rao = random.amount(&plain, 1, c, 1);
            let pool = network
                .subnet_mut(1)
                .expect("there")
                .stakes
                .entry(Account(1))
                .or_default();
            let coldkey = Account(c);
            match random.below(6) {
                0 | 1 => {
                    plain.pay_one(1, c, 1, rao);
                    pool.deposit(coldkey, rao);
                }
                2 | 3 => {
                    let gone = plain.withdraw(1, c, 1, rao);
                    assert_eq!(
                        pool.withdraw(coldkey, rao),
                        gone,
                        "seed {seed}, step {step}"
                    );
                }
                4 => {
                    plain.pay_all(1, 1, rao);
                    pool.increase_all(rao);
                }
                _ => {
                    let done = plain.credit_sole(1, c, 1, rao);
                    assert_eq!(
                        pool.credit_sole(coldkey, rao),
                        done,
                        "seed {seed}, step {step}"
                    );
                }
            }
            assert_eq!(
                pool.quote(coldkey),
                plain.value(1, c, 1),
                "seed {seed}, step {step}"
            );
            assert_eq!(pool.has_members(), plain.has_members(1, 1));
            // The product notes who stakes to whom where it pays, not in the pool.
            plain.staking.clear();
            same(&format!("seed {seed}, step {step}"), &network, &plain);
        }
        closed += get(&plain.pool_epoch, &(1, 1));
    }
    assert!(closed > STATES, "{closed} openings and closings");
}

fn same(what: &str, network: &yuma_emission::Network, plain: &State) {
    let got = read_back(network, plain);
    if got == *plain {
        return;
    }
    let (got, plain) = (format!("{got:#?}"), format!("{plain:#?}"));
    let lines = got.lines().zip(plain.lines()).enumerate();
    let differing = lines.filter(|(_, (got, plain))| got != plain);
    for (line, (got, plain)) in differing.take(12) {
        eprintln!("{line}: {got}, plainly {plain}");
    }
    panic!("{what}: the state differs");
}

#[test]
fn collateral() {
    let mut captures = 0;
    for seed in 0..STATES {
        let mut random = Random::new(seed);
        let mut plain = State::default();
        random.collateral(&mut plain, &[1, 2], &[20, 21]);
        let mut network = as_product(&plain);
        for step in 0..8 {
            let (h, c) = (random.of(&[1, 2]), random.of(&[20, 21]));
            let (emission, capturable) = (random.rao(), random.rao());
            let captured = plain.settle(h, c, 1, emission, capturable);
            captures += u64::from(captured > 0);
            let subnet = network.subnet_mut(1).expect("there");
            let got = subnet
                .collateral
                .settle(Account(h), Account(c), emission, capturable);
            assert_eq!(got, captured, "seed {seed}, step {step}");
            // Here the payout stakes what is captured.
            if got > 0 {
                let pool = subnet.stakes.entry(Account(h)).or_default();
                pool.deposit(Account(c), got);
            }
            plain.staking.clear();
            same(&format!("seed {seed}, step {step}"), &network, &plain);
        }
    }
    assert!(captures > STATES / 2, "{captures} captures");
}

#[test]
fn payouts() {
    let mut seen = [0u64; 5];
    for seed in 0..STATES {
        let mut random = Random::new(seed);
        let mut plain = random.subnet();
        let before = plain.clone();
        let mut network = as_product(&plain);
        let pools = Pools {
            server: random.rao(),
            validator: random.rao(),
            root: random.rao(),
            owner: random.rao(),
        };
        let epoch: Vec<(u32, u64, u64)> = plain
            .uids
            .iter()
            .map(|&h| (h, random.rao(), random.rao()))
            .collect();
        plain.pay(1, pools, &epoch);

        let emission: Vec<HotkeyEmission> = epoch
            .iter()
            .map(|&(h, server, validator)| HotkeyEmission {
                hotkey: Account(h),
                server,
                validator,
            })
            .collect();
        let rates = Rates {
            dividends: DividendSplit::AlphaFirst,
            tao_weight: proportion_u64(plain.tao_weight),
            childkey_burn: proportion_u64(plain.burn_rate),
            payout: PayoutRule::ToBaskets,
            shares: ShareArithmetic::Exact,
        };
        let pending = Pending {
            server: pools.server,
            validator: pools.validator,
            root: pools.root,
            owner: pools.owner,
        };
        let (mut root, mut keys) = (network.root.clone(), network.keys.clone());
        let subnet = network.subnet_mut(1).expect("there");
        let payout = distribute(subnet, &mut root, &mut keys, &rates, &pending, &emission);
        (network.root, network.keys) = (root, keys);
        same(&format!("seed {seed}"), &network, &plain);
        seen[0] += u64::from(plain.queue != before.queue);
        seen[1] += u64::from(payout.alpha.iter().any(|d| d.captured > 0));
        seen[2] += u64::from(payout.root_recycled > 0);
        seen[3] += u64::from(plain.null);
        seen[4] += u64::from(payout.childkey_burn > 0);
    }
    assert!(seen.iter().all(|&seen| seen > STATES / 20), "{seen:?}");
}

#[test]
fn baskets() {
    let mut seen = [0u64; 5];
    for seed in 0..STATES {
        let mut random = Random::new(seed);
        let mut plain = random.fund(ESCROW);
        let mut network = as_product(&plain);
        for round in 0..3 {
            let before = plain.clone();
            let value = network.basket_value(Account(1)).expect("an escrow");
            assert_eq!(value.ok_or(()), plain.nav(1), "seed {seed}, round {round}");
            plain.flush(1);
            let flush = network.flush_basket(Account(1)).expect("an escrow");
            same(&format!("seed {seed}, round {round}"), &network, &plain);
            let gained =
                get(&plain.basket_shares, &1).saturating_sub(get(&before.basket_shares, &1));
            assert_eq!(flush.shares, gained, "seed {seed}, round {round}");
            let left: Vec<_> = plain.queue.keys().collect();
            seen[0] += u64::from(gained > 0);
            seen[1] += u64::from(plain.recycled != before.recycled);
            seen[2] += u64::from(gained > 0 && !left.is_empty());
            seen[3] += u64::from(before.nav(1).is_err());
            seen[4] += u64::from(gained == 0 && plain.basket_tao != before.basket_tao);
            random.more_credits(&mut plain);
            network = as_product(&plain);
        }
    }
    assert!(seen.iter().all(|&seen| seen > STATES / 50), "{seen:?}");
}

/// A basket that is worth nothing, whose shares are as many as a hundredth of a deposit or not quite.
#[test]
fn baskets_of_dust() {
    for (deposited, minted) in [(4_999, 0), (5_000, 5_000), (5_099, 5_099), (5_100, 5_100)] {
        let mut plain = State {
            escrow: ESCROW,
            ..State::default()
        };
        plain.amms.insert(1, Amm::default());
        plain.amms.get_mut(&1).expect("there").weight = (1, 2);
        plain.pay_one(1, 20, 0, 7);
        plain.on_root.insert(1);
        plain.basket_shares.insert(1, 50);
        plain.queue.insert((1, 1), deposited);
        let mut network = as_product(&plain);
        plain.flush(1);
        let flush = network.flush_basket(Account(1)).expect("an escrow");
        assert_eq!(flush.shares, minted);
        same(&format!("{deposited} rao"), &network, &plain);
    }
}

/// That the second hand itself is no copy: a few values worked out by hand from the text.
#[test]
fn the_second_hand_does_sums() {
    let mut plain = State::default();
    plain.pay_one(1, 20, 1, 100);
    plain.pay_one(1, 21, 1, 50);
    plain.pay_all(1, 1, 30);
    assert_eq!(plain.value(1, 20, 1), 120);
    assert_eq!(plain.value(1, 21, 1), 60);
    assert_eq!(plain.withdraw(1, 21, 1, 60), 60);
    assert!(!plain.share.contains_key(&(1, 21, 1)));
    assert_eq!(plain.pool_epoch[&(1, 1)], 1);
    assert_eq!(plain.withdraw(1, 20, 1, 120), 120);
    assert_eq!(plain.pool_epoch[&(1, 1)], 2);
    assert_eq!(whole(1).times_over(&whole(2), &whole(3)).floor(), 0);

    let row = Row {
        locked: 5,
        drain: 1 << 63,
        least: 2,
        earned: 0,
    };
    plain.collateral.insert((1, 20), row);
    assert_eq!(plain.settle(1, 20, 1, 4, 4), 0);
    assert_eq!(plain.collateral[&(1, 20)].locked, 3);
}
