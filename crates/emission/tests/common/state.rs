//! Network state as the vectors write it.

use super::{flag, int, list, maybe, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, Keys, Map, Neuron, Part, Pool, Root, SafeFloat, SharePool, Stored, Subnet, WEIGHT_ONE,
};
use yuma_fixed::{I96F32, U96F32};

/// An account; the number above all u32, which the escrow of baskets has, is the last of them.
pub fn account(value: &Value) -> Account {
    Account(u32::try_from(int::<u64>(value)).unwrap_or(u32::MAX))
}

pub fn account_text(account: Account) -> Value {
    match account.0 {
        u32::MAX => text(u64::MAX),
        number => text(number),
    }
}

pub fn safe_float(value: &Value) -> SafeFloat {
    SafeFloat::from_parts(int(&value[0]), int(&value[1])).expect("a normal number")
}

pub fn float_text(value: SafeFloat) -> Value {
    json!([text(value.mantissa()), text(value.exponent())])
}

pub fn stored_text(value: Stored) -> Value {
    float_text(value.value())
}

/// A pool; where `SwapBalancer` is null none is stored, and the pool is not initialised.
pub fn pool(subnet: &Value) -> Pool {
    Pool {
        mechanism: int(&subnet["mechanism"]),
        tao: int(&subnet["SubnetTAO"]),
        alpha: int(&subnet["SubnetAlphaIn"]),
        quote_weight: maybe(&subnet["SwapBalancer"]).unwrap_or(WEIGHT_ONE / 2),
        initialized: !subnet["SwapBalancer"].is_null(),
        ..Pool::default()
    }
}

/// A subnet of the runs' and distributions' `subnet` without its numbers.
pub fn read_distribution(subnet: &mut Subnet, value: &Value, globals: &Value) {
    subnet.owner = maybe::<u32>(&value["SubnetOwner"]).map(Account);
    subnet.owner_hotkey = maybe::<u32>(&value["SubnetOwnerHotkey"]).map(Account);
    subnet.recycles_owner_incentive = value["RecycleOrBurn"] == "Recycle";
    subnet.neurons = list(&value["neurons"])
        .iter()
        .enumerate()
        .map(|(uid, neuron)| {
            assert_eq!(neuron["uid"], uid);
            Neuron {
                hotkey: account(&neuron["hotkey"]),
                childkey_take: int(&neuron["ChildkeyTake"]),
            }
        })
        .collect();
    subnet.relations.children = relations(&value["ChildKeys"]);
    subnet.relations.parents = relations(&value["ParentKeys"]);
    for row in list(&globals["AutoStakeDestination"]) {
        if row[1] == subnet.netuid {
            subnet.auto_stake.insert(account(&row[0]), account(&row[2]));
        }
    }
}

fn relations(value: &Value) -> Map<Account, Vec<Part>> {
    list(value)
        .iter()
        .map(|row| (account(&row[0]), parts(&row[1])))
        .collect()
}

pub fn parts(value: &Value) -> Vec<Part> {
    list(value)
        .iter()
        .map(|part| (int(&part[0]), account(&part[1])))
        .collect()
}

/// The keys of `globals`, and each coldkey's hotkeys in the order that `stakes` lists them in.
pub fn read_keys(globals: &Value, stakes: &Value) -> Keys {
    let mut keys = Keys::default();
    for row in list(&globals["Owner"]) {
        keys.owner.insert(account(&row[0]), account(&row[1]));
    }
    for row in list(&globals["Delegates"]) {
        keys.take.insert(account(&row[0]), int(&row[1]));
    }
    for row in list(&globals["OwnedHotkeys"]) {
        let hotkeys = list(&row[1]).iter().map(account).collect();
        keys.owned_hotkeys.insert(account(&row[0]), hotkeys);
    }
    for row in list(&stakes["AlphaV2"]) {
        let hotkeys = keys.staking_hotkeys.entry(account(&row[1])).or_default();
        if !hotkeys.contains(&account(&row[0])) {
            hotkeys.push(account(&row[0]));
        }
    }
    keys
}

/// The stake of all netuids, root among them.
pub fn read_stakes(stakes: &Value) -> BTreeMap<u16, Map<Account, SharePool>> {
    let mut netuids: BTreeMap<u16, Map<Account, SharePool>> = BTreeMap::new();
    let mut pool = |netuid: &Value, hotkey: &Value, edit: &mut dyn FnMut(&mut SharePool)| {
        let hotkeys = netuids.entry(int(netuid)).or_default();
        edit(hotkeys.entry(account(hotkey)).or_default());
    };
    for row in list(&stakes["TotalHotkeyAlpha"]) {
        pool(&row[1], &row[0], &mut |pool| pool.total = int(&row[2]));
    }
    for row in list(&stakes["TotalHotkeySharesV2"]) {
        pool(&row[1], &row[0], &mut |pool| {
            pool.denominator = Some(Stored::Float(safe_float(&row[2])));
        });
    }
    for row in list(&stakes["AlphaV2"]) {
        pool(&row[2], &row[0], &mut |pool| {
            let share = Stored::Float(safe_float(&row[3]));
            pool.shares.insert(account(&row[1]), share);
        });
    }
    netuids
}

/// The three stake items, in the vectors' order.
pub fn stakes_text<'a>(root: &Root, subnets: impl IntoIterator<Item = &'a Subnet>) -> Value {
    let (mut totals, mut denominators, mut shares) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut add = |netuid: u16, stakes: &Map<Account, SharePool>| {
        for (&hotkey, pool) in stakes {
            if pool.total != 0 {
                totals.insert((hotkey, netuid), pool.total);
            }
            if let Some(denominator) = pool.denominator {
                denominators.insert((hotkey, netuid), denominator);
            }
            for (&coldkey, &share) in &pool.shares {
                shares.insert((hotkey, coldkey, netuid), share);
            }
        }
    };
    add(0, &root.stakes);
    for subnet in subnets {
        add(subnet.netuid, &subnet.stakes);
    }
    json!({
        "TotalHotkeyAlpha": totals
            .iter()
            .map(|(k, v)| json!([account_text(k.0), k.1, text(v)]))
            .collect::<Vec<_>>(),
        "TotalHotkeySharesV2": denominators
            .iter()
            .map(|(k, &v)| json!([account_text(k.0), k.1, stored_text(v)]))
            .collect::<Vec<_>>(),
        "AlphaV2": shares
            .iter()
            .map(|(k, &v)| json!([account_text(k.0), account_text(k.1), k.2, stored_text(v)]))
            .collect::<Vec<_>>(),
    })
}

/// Rows `[hotkey, value]` of a map.
pub fn rows<V: ToString>(map: &Map<Account, V>) -> Value {
    map.iter()
        .map(|(key, value)| json!([text(key.0), value.to_string()]))
        .collect()
}

/// A subnet of a run, before its distribution's state is read.
pub fn read_subnet(value: &Value) -> Subnet {
    let mut subnet = Subnet {
        netuid: int(&value["netuid"]),
        first_emission_block: maybe(&value["FirstEmissionBlockNumber"]),
        subtoken_enabled: flag(&value["SubtokenEnabled"]),
        registration_allowed: flag(&value["NetworkRegistrationAllowed"]),
        emission_enabled: flag(&value["SubnetEmissionEnabled"]),
        owner_cut_enabled: flag(&value["OwnerCutEnabled"]),
        pool: pool(value),
        alpha_out: int(&value["SubnetAlphaOut"]),
        moving_price: I96F32::from_bits(int(&value["SubnetMovingPrice"])),
        price_halving_blocks: int(&value["EMAPriceHalvingBlocks"]),
        miner_burned: U96F32::from_bits(int(&value["MinerBurned"])),
        ..Subnet::default()
    };
    subnet.schedule.tempo = int(&value["Tempo"]);
    subnet.schedule.last_epoch_block = int(&value["LastEpochBlock"]);
    subnet
}
