//! What the vectors' state has besides that of spec 425: baskets, collateral, epochs of share pools.

use super::state::{account, account_text};
use super::{int, list, maybe, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{Account, Accounts, Collateral, Collaterals, Map, Root, SharePool, Subnet};
use yuma_fixed::{I96F32, U64F64};

/// The stakes of all netuids with the epochs of pools and shares.
pub fn read_stakes(stakes: &Value, extra: &Value) -> BTreeMap<u16, Map<Account, SharePool>> {
    let mut netuids = super::state::read_stakes(stakes);
    let mut pool = |netuid: &Value, hotkey: &Value, edit: &mut dyn FnMut(&mut SharePool)| {
        let hotkeys = netuids.entry(int(netuid)).or_default();
        edit(hotkeys.entry(account(hotkey)).or_default());
    };
    for row in list(&extra["AlphaSharePoolEpoch"]) {
        pool(&row[1], &row[0], &mut |pool| pool.epoch = int(&row[2]));
    }
    for row in list(&extra["AlphaShareEpoch"]) {
        pool(&row[2], &row[0], &mut |pool| {
            pool.share_epochs.insert(account(&row[1]), int(&row[3]));
        });
    }
    netuids
}

/// Reads who is on root and which deposits wait; hashes are of 32 bytes, big-endian.
pub fn read_root(root: &mut Root, extra: &Value) {
    root.registered = list(&extra["on_root"]).iter().map(account).collect();
    for row in list(&extra["PendingBasketDeposits"]) {
        let key = (account(&row[0]), int(&row[1]));
        root.pending_deposits.insert(key, int(&row[2]));
    }
    let waiting = root.pending_deposits.keys().map(|(hotkey, _)| *hotkey);
    let hotkeys = waiting.chain(root.registered.iter().copied());
    root.hashes = hotkeys.map(|hotkey| (hotkey, hash(hotkey))).collect();
}

fn hash(account: Account) -> [u8; 16] {
    let mut key = [0; 32];
    key[28..].copy_from_slice(&account.0.to_be_bytes());
    let accounts = Accounts::new([key]);
    let place = accounts.account(&key).expect("given");
    accounts.hash(place).expect("given")
}

pub fn read_baskets(root: &mut Root, baskets: &Value) {
    for row in list(&baskets["BasketShares"]) {
        root.baskets.entry(account(&row[0])).or_default().shares = int(&row[1]);
    }
    for row in list(&baskets["BasketRate"]) {
        let rate = I96F32::from_bits(int(&row[1]));
        root.baskets.entry(account(&row[0])).or_default().rate = rate;
    }
    for row in list(&baskets["BasketDepositedTao"]) {
        let basket = root.baskets.entry(account(&row[0])).or_default();
        basket.deposited_tao = int(&row[1]);
    }
}

/// The collateral of one subnet.
pub fn read_collateral(netuid: u16, extra: &Value) -> Collaterals {
    let mut collateral = Collaterals::default();
    for row in list(&extra["MinerCollateral"]) {
        if row[0] == netuid {
            let value = &row[3];
            let key = (account(&row[1]), account(&row[2]));
            collateral.rows.insert(
                key,
                Collateral {
                    locked: int(&value["locked"]),
                    drain_ratio: U64F64::from_bits(int(&value["drain_ratio"])),
                    min_locked: int(&value["min_locked"]),
                    earned: int(&value["earned"]),
                },
            );
        }
    }
    for row in list(&extra["ColdkeyMinerCollateral"]) {
        if row[0] == netuid {
            let owner = account(&row[1]);
            collateral.by_owner.insert(owner, int(&row[2]));
        }
    }
    collateral
}

/// Pool, reservoirs and alpha of a subnet's row.
pub fn read_pool(value: &Value) -> Subnet {
    Subnet {
        netuid: int(&value["netuid"]),
        pool: super::state::pool(value),
        alpha_out: int(&value["SubnetAlphaOut"]),
        tao_reservoir: maybe(&value["BalancerTaoReservoir"]).unwrap_or(0),
        alpha_reservoir: maybe(&value["BalancerAlphaReservoir"]).unwrap_or(0),
        ..Subnet::default()
    }
}

/// What [`read_stakes`], [`read_root`] and [`read_collateral`] read.
pub fn extra_text<'a>(root: &Root, subnets: impl IntoIterator<Item = &'a Subnet> + Clone) -> Value {
    let (mut pool_epochs, mut share_epochs) = (BTreeMap::new(), BTreeMap::new());
    let mut add = |netuid: u16, stakes: &Map<Account, SharePool>| {
        for (&hotkey, pool) in stakes {
            if pool.epoch != 0 {
                pool_epochs.insert((hotkey, netuid), pool.epoch);
            }
            for (&coldkey, &epoch) in &pool.share_epochs {
                share_epochs.insert((hotkey, coldkey, netuid), epoch);
            }
        }
    };
    add(0, &root.stakes);
    let (mut rows, mut by_owner) = (Vec::new(), Vec::new());
    for subnet in subnets {
        add(subnet.netuid, &subnet.stakes);
        rows.extend(collateral_rows(subnet));
        by_owner.extend(owner_rows(subnet));
    }
    json!({
        "on_root": root.registered.iter().map(|&h| account_text(h)).collect::<Vec<_>>(),
        "MinerCollateral": rows,
        "ColdkeyMinerCollateral": by_owner,
        "PendingBasketDeposits": root
            .pending_deposits
            .iter()
            .map(|(k, v)| json!([account_text(k.0), k.1, text(v)]))
            .collect::<Vec<_>>(),
        "AlphaSharePoolEpoch": pool_epochs
            .iter()
            .map(|(k, v)| json!([account_text(k.0), k.1, text(v)]))
            .collect::<Vec<_>>(),
        "AlphaShareEpoch": share_epochs
            .iter()
            .map(|(k, v)| json!([account_text(k.0), account_text(k.1), k.2, text(v)]))
            .collect::<Vec<_>>(),
    })
}

fn collateral_rows(subnet: &Subnet) -> Vec<Value> {
    let row = |(key, value): (&(Account, Account), &Collateral)| {
        json!([
            subnet.netuid,
            account_text(key.0),
            account_text(key.1),
            {
                "locked": text(value.locked),
                "drain_ratio": text(value.drain_ratio.to_bits()),
                "min_locked": text(value.min_locked),
                "earned": text(value.earned),
            }
        ])
    };
    subnet.collateral.rows.iter().map(row).collect()
}

fn owner_rows(subnet: &Subnet) -> Vec<Value> {
    let owners = subnet.collateral.by_owner.iter();
    owners
        .map(|(&owner, locked)| json!([subnet.netuid, account_text(owner), text(locked)]))
        .collect()
}

pub fn baskets_text(root: &Root) -> Value {
    let rows = |of: &dyn Fn(&yuma_emission::Basket) -> String| -> Value {
        root.baskets
            .iter()
            .map(|(&hotkey, basket)| (hotkey, of(basket)))
            .filter(|(_, value)| value != "0")
            .map(|(hotkey, value)| json!([account_text(hotkey), value]))
            .collect()
    };
    json!({
        "BasketShares": rows(&|basket| basket.shares.to_string()),
        "BasketRate": rows(&|basket| basket.rate.to_bits().to_string()),
        "BasketDepositedTao": rows(&|basket| basket.deposited_tao.to_string()),
    })
}
