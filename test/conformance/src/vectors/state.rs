//! State in the vectors' shapes.

use super::part;
use crate::error::Fault;
use crate::read::Field;
use crate::write::{float_pair, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, HALF_WEIGHT, Keys, Neuron, Pool, Root, SafeFloat, SharePool, Stored, Subnet, spec300,
};

type Read<T> = Result<T, Fault>;

/// A pool; where `SwapBalancer` is null none is stored, and the pool is not initialised.
pub fn pool(subnet: Field<'_>) -> Read<Pool> {
    let weight = subnet.get("SwapBalancer");
    Ok(Pool {
        mechanism: subnet.get("mechanism").int()?,
        tao: subnet.get("SubnetTAO").int()?,
        alpha: subnet.get("SubnetAlphaIn").int()?,
        quote_weight: weight.maybe(Field::int)?.unwrap_or(HALF_WEIGHT),
        initialized: !weight.is_null(),
        ..Pool::default()
    })
}

pub fn alpha_issuance(subnet: Field<'_>) -> Read<u64> {
    let inside: u64 = subnet.get("SubnetAlphaIn").int()?;
    Ok(inside.saturating_add(subnet.get("SubnetAlphaOut").int()?))
}

pub fn subnet_of_300(value: Field<'_>) -> Read<spec300::Subnet> {
    let allowed = |name| value.get(name).maybe(Field::flag);
    let initialized = value.get("SwapV3Initialized").flag()?;
    let sqrt_price = value.get("AlphaSqrtPrice");
    Ok(spec300::Subnet {
        mechanism: value.get("mechanism").int()?,
        moving_price: value.get("SubnetMovingPrice").i96f32()?,
        sqrt_price: initialized.then(|| sqrt_price.u64f64()).transpose()?,
        tao: value.get("SubnetTAO").int()?,
        alpha_in: value.get("SubnetAlphaIn").int()?,
        tao_provided: 0,
        alpha_provided: 0,
        alpha_out: value.get("SubnetAlphaOut").maybe(Field::int)?.unwrap_or(0),
        registration_allowed: allowed("NetworkRegistrationAllowed")?.unwrap_or(false)
            || allowed("NetworkPowRegistrationAllowed")?.unwrap_or(false),
    })
}

pub fn safe_float(value: Field<'_>) -> Read<SafeFloat> {
    SafeFloat::from_parts(value.at(0).int()?, value.at(1).int()?)
        .ok_or_else(|| value.fault("a mantissa above 10^20 and at most 10^21, or 0"))
}

/// What a distribution reads of a subnet, beside its numbers.
pub fn read_distribution(subnet: &mut Subnet, value: Field<'_>, globals: Field<'_>) -> Read<()> {
    let parts = |row: Field<'_>| row.each(part);
    subnet.owner = value.get("SubnetOwner").maybe(Field::account)?;
    subnet.owner_hotkey = value.get("SubnetOwnerHotkey").maybe(Field::account)?;
    subnet.recycles_owner_incentive = value.get("RecycleOrBurn").json() == "Recycle";
    subnet.neurons = value.get("neurons").each(|neuron| {
        Ok(Neuron {
            hotkey: neuron.get("hotkey").account()?,
            childkey_take: neuron.get("ChildkeyTake").int()?,
        })
    })?;
    subnet.relations.children = value.get("ChildKeys").by_account(parts)?;
    subnet.relations.parents = value.get("ParentKeys").by_account(parts)?;
    for row in globals.get("AutoStakeDestination").list()? {
        if row.at(1).int::<u16>()? == subnet.netuid {
            subnet
                .auto_stake
                .insert(row.at(0).account()?, row.at(2).account()?);
        }
    }
    Ok(())
}

/// The keys of `globals`, and each coldkey's hotkeys in the order that `stakes` lists them in.
pub fn read_keys(globals: Field<'_>, stakes: Field<'_>) -> Read<Keys> {
    let mut keys = Keys {
        owner: globals.get("Owner").by_account(Field::account)?,
        take: globals.get("Delegates").by_account(Field::int)?,
        owned_hotkeys: globals
            .get("OwnedHotkeys")
            .by_account(|row| row.each(Field::account))?,
        ..Keys::default()
    };
    for row in stakes.get("AlphaV2").list()? {
        let hotkey = row.at(0).account()?;
        let hotkeys = keys
            .staking_hotkeys
            .entry(row.at(1).account()?)
            .or_default();
        if !hotkeys.contains(&hotkey) {
            hotkeys.push(hotkey);
        }
    }
    Ok(keys)
}

/// The stake of all netuids, root among them.
pub fn read_stakes(stakes: Field<'_>) -> Read<BTreeMap<u16, BTreeMap<Account, SharePool>>> {
    let mut netuids: BTreeMap<u16, BTreeMap<Account, SharePool>> = BTreeMap::new();
    for row in stakes.get("TotalHotkeyAlpha").list()? {
        let pools = netuids.entry(row.at(1).int()?).or_default();
        pools.entry(row.at(0).account()?).or_default().total = row.at(2).int()?;
    }
    for row in stakes.get("TotalHotkeySharesV2").list()? {
        let pools = netuids.entry(row.at(1).int()?).or_default();
        let denominator = Stored::Float(safe_float(row.at(2))?);
        pools.entry(row.at(0).account()?).or_default().denominator = Some(denominator);
    }
    for row in stakes.get("AlphaV2").list()? {
        let pools = netuids.entry(row.at(2).int()?).or_default();
        let share = Stored::Float(safe_float(row.at(3))?);
        let pool = pools.entry(row.at(0).account()?).or_default();
        pool.shares.insert(row.at(1).account()?, share);
    }
    Ok(netuids)
}

/// An account as the vectors have it: the last one is the escrow of baskets, which they have above all others.
pub fn account_text(account: Account) -> Value {
    match account.0 {
        u32::MAX => text(u64::MAX),
        number => text(number),
    }
}

/// The three stake items, each in the order of its keys.
pub fn stakes_text(root: &Root, subnets: &[Subnet]) -> Value {
    let pools = || {
        let of = |netuid: u16, stakes: &'_ BTreeMap<Account, SharePool>| {
            stakes
                .iter()
                .map(|(&hotkey, pool)| ((hotkey, netuid), pool.clone()))
                .collect::<Vec<_>>()
        };
        let mut all = of(0, &root.stakes);
        for subnet in subnets {
            all.extend(of(subnet.netuid, &subnet.stakes));
        }
        all.sort_by_key(|&(key, _)| key);
        all
    };
    let pools = pools();
    let totals = pools.iter().filter(|(_, pool)| pool.total != 0);
    let totals = totals
        .map(|((hotkey, netuid), pool)| json!([account_text(*hotkey), netuid, text(pool.total)]));
    let denominators = pools.iter().filter_map(|((hotkey, netuid), pool)| {
        let value = pool.denominator?.value();
        Some(json!([account_text(*hotkey), netuid, float_pair(value)]))
    });
    let shares: BTreeMap<_, _> = pools
        .iter()
        .flat_map(|((hotkey, netuid), pool)| {
            let shares = pool.shares.iter();
            shares.map(move |(coldkey, share)| ((hotkey, coldkey, netuid), share.value()))
        })
        .collect();
    let shares = shares.iter().map(|((hotkey, coldkey, netuid), &value)| {
        json!([
            account_text(**hotkey),
            account_text(**coldkey),
            netuid,
            float_pair(value)
        ])
    });
    json!({
        "TotalHotkeyAlpha": totals.collect::<Vec<_>>(),
        "TotalHotkeySharesV2": denominators.collect::<Vec<_>>(),
        "AlphaV2": shares.collect::<Vec<_>>(),
    })
}

/// Rows `[hotkey, value]` of a map.
pub fn rows<V: std::fmt::Display>(map: &BTreeMap<Account, V>) -> Value {
    map.iter()
        .map(|(key, value)| json!([text(key.0), text(value)]))
        .collect()
}
