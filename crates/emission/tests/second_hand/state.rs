//! The chain's state, map by map, as its storage has it.

use super::numbers::Float;
use std::collections::{BTreeMap, BTreeSet};

/// An account, by its number.
pub type Key = u32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub locked: u64,
    /// U64F64 bits.
    pub drain: u128,
    pub least: u64,
    pub earned: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amm {
    pub mechanism: u16,
    pub tao: u64,
    pub alpha: u64,
    /// Quote weight as a small fraction.
    pub weight: (u32, u32),
    pub used: bool,
}

/// By hotkey, coldkey and netuid in whatever order the map's name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub total: BTreeMap<(Key, u16), u64>,
    pub denominator: BTreeMap<(Key, u16), Float>,
    pub share: BTreeMap<(Key, Key, u16), Float>,
    pub pool_epoch: BTreeMap<(Key, u16), u64>,
    pub share_epoch: BTreeMap<(Key, Key, u16), u64>,

    pub owner: BTreeMap<Key, Key>,
    pub take: BTreeMap<Key, u16>,
    pub owned: BTreeMap<Key, Vec<Key>>,
    pub staking: BTreeMap<Key, Vec<Key>>,
    pub suspended: BTreeSet<Key>,
    pub on_root: BTreeSet<Key>,
    pub tao_weight: u64,
    pub burn_rate: u64,

    pub uids: Vec<Key>,
    pub child_take: BTreeMap<Key, u16>,
    pub least_child_take: u16,
    pub children: BTreeMap<Key, Vec<(u64, Key)>>,
    pub parents: BTreeMap<Key, Vec<(u64, Key)>>,
    pub subnet_owner: Option<Key>,
    pub owner_hotkey: Option<Key>,
    pub recycles: bool,
    pub null: bool,
    pub auto_stake: BTreeMap<Key, Key>,

    pub alpha_out: BTreeMap<u16, u64>,
    pub recycled: BTreeMap<u16, u64>,
    pub burned: u64,
    /// U96F32 bits.
    pub miner_burned: u128,
    pub alpha_dividends: BTreeMap<Key, u64>,
    pub root_dividends: BTreeMap<Key, u64>,
    pub last_epoch: BTreeMap<Key, u64>,
    pub collateral: BTreeMap<(Key, Key), Row>,
    pub by_owner: BTreeMap<Key, u64>,

    pub queue: BTreeMap<(Key, u16), u64>,
    pub basket_shares: BTreeMap<Key, u64>,
    /// I96F32 bits.
    pub basket_rate: BTreeMap<Key, i128>,
    pub basket_tao: BTreeMap<Key, u64>,
    pub escrow: Key,
    pub threshold: u64,
    pub amms: BTreeMap<u16, Amm>,
}

/// A map's value, and its default where there is none.
pub fn get<K: Ord, V: Clone + Default>(map: &BTreeMap<K, V>, key: &K) -> V {
    map.get(key).cloned().unwrap_or_default()
}

/// Sets a map's value; the default leaves none.
pub fn put<K: Ord, V: Default + PartialEq>(map: &mut BTreeMap<K, V>, key: K, value: V) {
    if value == V::default() {
        map.remove(&key);
    } else {
        map.insert(key, value);
    }
}

impl State {
    pub fn recycle(&mut self, netuid: u16, rao: u64) {
        let out = get(&self.alpha_out, &netuid).saturating_sub(rao);
        self.alpha_out.insert(netuid, out);
        let recycled = get(&self.recycled, &netuid).saturating_add(rao);
        self.recycled.insert(netuid, recycled);
    }
}
