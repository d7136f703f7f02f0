//! The plain state as the product's, and back.

use super::numbers::Float;
use super::state::{Amm, Row, State, get};
use num_bigint::BigInt;
use std::collections::BTreeMap;
use yuma_emission::{
    Account, Basket, Collateral, EpochConsensus, Globals, Keys, Map, Network, Neuron, Pool, Root,
    SafeFloat, SharePool, Stored, Subnet, WEIGHT_ONE,
};
use yuma_fixed::{I96F32, U64F64};

fn stored(value: &Float) -> Stored {
    let mantissa = u128::try_from(&value.mantissa).expect("small");
    Stored::Float(SafeFloat::from_parts(mantissa, value.exponent).expect("normal"))
}

fn plain(value: Stored) -> Float {
    Float {
        mantissa: BigInt::from(value.value().mantissa()),
        exponent: value.value().exponent(),
    }
}

/// By hotkey, the pools of a netuid.
fn stakes(state: &State, netuid: u16) -> Map<Account, SharePool> {
    let mut pools: Map<Account, SharePool> = Map::new();
    let of = |i: &u16| *i == netuid;
    for ((h, _), &total) in state.total.iter().filter(|((_, i), _)| of(i)) {
        pools.entry(Account(*h)).or_default().total = total;
    }
    for ((h, _), value) in state.denominator.iter().filter(|((_, i), _)| of(i)) {
        pools.entry(Account(*h)).or_default().denominator = Some(stored(value));
    }
    for ((h, c, _), value) in state.share.iter().filter(|((.., i), _)| of(i)) {
        let shares = &mut pools.entry(Account(*h)).or_default().shares;
        shares.insert(Account(*c), stored(value));
    }
    for ((h, _), &epoch) in state.pool_epoch.iter().filter(|((_, i), _)| of(i)) {
        pools.entry(Account(*h)).or_default().epoch = epoch;
    }
    for ((h, c, _), &epoch) in state.share_epoch.iter().filter(|((.., i), _)| of(i)) {
        let epochs = &mut pools.entry(Account(*h)).or_default().share_epochs;
        epochs.insert(Account(*c), epoch);
    }
    pools
}

fn pool(amm: &Amm) -> Pool {
    let (part, of) = amm.weight;
    Pool {
        mechanism: amm.mechanism,
        tao: amm.tao,
        alpha: amm.alpha,
        quote_weight: WEIGHT_ONE / u64::from(of) * u64::from(part),
        initialized: amm.used,
        ..Pool::default()
    }
}

fn subnet(state: &State, netuid: u16) -> Subnet {
    let mut subnet = Subnet {
        netuid,
        pool: state.amms.get(&netuid).map_or(Pool::default(), pool),
        alpha_out: get(&state.alpha_out, &netuid),
        alpha_recycled: get(&state.recycled, &netuid),
        stakes: stakes(state, netuid),
        ..Subnet::default()
    };
    if netuid != 1 {
        return subnet;
    }
    let account = |&key: &u32| Account(key);
    subnet.owner = state.subnet_owner.as_ref().map(account);
    subnet.owner_hotkey = state.owner_hotkey.as_ref().map(account);
    subnet.recycles_owner_incentive = state.recycles;
    subnet.min_childkey_take = state.least_child_take;
    if state.null {
        subnet.epoch_consensus = EpochConsensus::Null;
    }
    let neuron = |h: &u32| Neuron {
        hotkey: Account(*h),
        childkey_take: get(&state.child_take, h),
    };
    subnet.neurons = state.uids.iter().map(neuron).collect();
    let parts = |parts: &Vec<(u64, u32)>| parts.iter().map(|&(p, k)| (p, Account(k))).collect();
    let related = |map: &BTreeMap<u32, Vec<(u64, u32)>>| {
        map.iter()
            .map(|(&h, list)| (Account(h), parts(list)))
            .collect()
    };
    subnet.relations.children = related(&state.children);
    subnet.relations.parents = related(&state.parents);
    let destinations = state.auto_stake.iter();
    subnet.auto_stake = destinations
        .map(|(&c, &h)| (Account(c), Account(h)))
        .collect();
    for (&(h, c), row) in &state.collateral {
        let value = Collateral {
            locked: row.locked,
            drain_ratio: U64F64::from_bits(row.drain),
            min_locked: row.least,
            earned: row.earned,
        };
        subnet
            .collateral
            .rows
            .insert((Account(h), Account(c)), value);
    }
    let rao = |map: &BTreeMap<u32, u64>| map.iter().map(|(&h, &rao)| (Account(h), rao)).collect();
    subnet.alpha_dividends = rao(&state.alpha_dividends);
    subnet.root_dividends = rao(&state.root_dividends);
    subnet.alpha_last_epoch = rao(&state.last_epoch);
    let by_owner = state.by_owner.iter();
    subnet.collateral.by_owner = by_owner.map(|(&c, &rao)| (Account(c), rao)).collect();
    subnet
}

fn keys(state: &State) -> Keys {
    let list = |list: &Vec<u32>| list.iter().map(|&h| Account(h)).collect();
    let lists = |map: &BTreeMap<u32, Vec<u32>>| {
        map.iter()
            .map(|(&c, hotkeys)| (Account(c), list(hotkeys)))
            .collect()
    };
    Keys {
        owner: state
            .owner
            .iter()
            .map(|(&h, &c)| (Account(h), Account(c)))
            .collect(),
        take: state
            .take
            .iter()
            .map(|(&h, &take)| (Account(h), take))
            .collect(),
        owned_hotkeys: lists(&state.owned),
        staking_hotkeys: lists(&state.staking),
        suspended: state.suspended.iter().map(|&h| Account(h)).collect(),
    }
}

pub fn as_product(state: &State) -> Network {
    let mut root = Root {
        stakes: stakes(state, 0),
        registered: state.on_root.iter().map(|&h| Account(h)).collect(),
        ..Root::default()
    };
    for (&(h, i), &rao) in &state.queue {
        root.pending_deposits.insert((Account(h), i), rao);
    }
    for h in 0..100 {
        root.hashes.insert(Account(h), [0; 16]);
    }
    for &h in state.basket_shares.keys().chain(state.basket_tao.keys()) {
        let basket = Basket {
            shares: get(&state.basket_shares, &h),
            rate: I96F32::from_bits(get(&state.basket_rate, &h)),
            deposited_tao: get(&state.basket_tao, &h),
        };
        root.baskets.insert(Account(h), basket);
    }
    let globals = Globals {
        basket_escrow: Some(Account(state.escrow)),
        basket_threshold: I96F32::saturating_from_int(state.threshold.into()),
        ..Globals::default()
    };
    let mut netuids: Vec<u16> = state.amms.keys().copied().collect();
    if netuids.is_empty() {
        netuids.push(1);
    }
    let subnets = netuids
        .into_iter()
        .map(|netuid| subnet(state, netuid))
        .collect();
    Network::new(globals, root, keys(state), subnets).expect("valid")
}

/// What the product changed, in a copy of `like`, whose other terms stay.
pub fn read_back(network: &Network, like: &State) -> State {
    let mut state = State {
        total: BTreeMap::new(),
        denominator: BTreeMap::new(),
        share: BTreeMap::new(),
        pool_epoch: BTreeMap::new(),
        share_epoch: BTreeMap::new(),
        ..like.clone()
    };
    read_stakes(&mut state, 0, &network.root.stakes);
    for subnet in network.subnets() {
        read_stakes(&mut state, subnet.netuid, &subnet.stakes);
        let known = |map: &BTreeMap<u16, u64>| map.contains_key(&subnet.netuid);
        if known(&like.alpha_out) || subnet.alpha_out != 0 {
            state.alpha_out.insert(subnet.netuid, subnet.alpha_out);
        }
        if known(&like.recycled) || subnet.alpha_recycled != 0 {
            state.recycled.insert(subnet.netuid, subnet.alpha_recycled);
        }
    }
    read_payout(&mut state, network.subnet(1).expect("there"));
    let list = |list: &Vec<Account>| list.iter().map(|h| h.0).collect();
    let staking = network.keys.staking_hotkeys.iter();
    state.staking = staking.map(|(c, hotkeys)| (c.0, list(hotkeys))).collect();
    let queue = network.root.pending_deposits.iter();
    state.queue = queue.map(|(&(h, i), &rao)| ((h.0, i), rao)).collect();
    let baskets = &network.root.baskets;
    let nonzero = |of: fn(&Basket) -> u64| {
        let all = baskets.iter().map(|(h, basket)| (h.0, of(basket)));
        all.filter(|(_, value)| *value != 0).collect()
    };
    state.basket_shares = nonzero(|basket| basket.shares);
    state.basket_tao = nonzero(|basket| basket.deposited_tao);
    let rates = baskets
        .iter()
        .map(|(h, basket)| (h.0, basket.rate.to_bits()));
    state.basket_rate = rates.filter(|(_, rate)| *rate != 0).collect();
    state
}

fn read_stakes(state: &mut State, i: u16, stakes: &Map<Account, SharePool>) {
    for (h, pool) in stakes {
        if pool.total != 0 {
            state.total.insert((h.0, i), pool.total);
        }
        if let Some(denominator) = pool.denominator {
            state.denominator.insert((h.0, i), plain(denominator));
        }
        if pool.epoch != 0 {
            state.pool_epoch.insert((h.0, i), pool.epoch);
        }
        for (c, &share) in &pool.shares {
            state.share.insert((h.0, c.0, i), plain(share));
        }
        for (c, &epoch) in &pool.share_epochs {
            state.share_epoch.insert((h.0, c.0, i), epoch);
        }
    }
}

fn read_payout(state: &mut State, subnet: &Subnet) {
    let rao = |map: &Map<Account, u64>| map.iter().map(|(h, &rao)| (h.0, rao)).collect();
    state.burned = subnet.alpha_burned;
    state.miner_burned = subnet.miner_burned.to_bits();
    state.alpha_dividends = rao(&subnet.alpha_dividends);
    state.root_dividends = rao(&subnet.root_dividends);
    state.last_epoch = rao(&subnet.alpha_last_epoch);
    state.by_owner = rao(&subnet.collateral.by_owner);
    let rows = subnet.collateral.rows.iter();
    state.collateral = rows
        .map(|((h, c), row)| {
            let value = Row {
                locked: row.locked,
                drain: row.drain_ratio.to_bits(),
                least: row.min_locked,
                earned: row.earned,
            };
            ((h.0, c.0), value)
        })
        .collect();
}
