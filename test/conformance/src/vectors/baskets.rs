//! Payouts whose root dividends go to baskets.

use super::reservoirs::subnet;
use super::state::{self, account_text, rows};
use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use crate::write::{float_pair, maybe, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, Accounts, Basket, Budget, Collateral, Collaterals, EpochConsensus, Globals, Keys,
    Network, Pending, Rates, Root, Rules, SafeFloat, SharePool, Stored, Subnet, combine_mechanisms,
    distribute, proportion_u64,
};
use yuma_fixed::I96F32;

type Read<T> = Result<T, Fault>;
type Stakes = BTreeMap<u16, BTreeMap<Account, SharePool>>;

/// The stakes of all netuids with the epochs of pools and shares.
fn read_stakes(stakes: Field<'_>, extra: Field<'_>) -> Read<Stakes> {
    let mut netuids = state::read_stakes(stakes)?;
    for row in extra.get("AlphaSharePoolEpoch").list()? {
        let pools = netuids.entry(row.at(1).int()?).or_default();
        pools.entry(row.at(0).account()?).or_default().epoch = row.at(2).int()?;
    }
    for row in extra.get("AlphaShareEpoch").list()? {
        let pools = netuids.entry(row.at(2).int()?).or_default();
        let pool = pools.entry(row.at(0).account()?).or_default();
        pool.share_epochs
            .insert(row.at(1).account()?, row.at(3).int()?);
    }
    Ok(netuids)
}

/// Who is on root and which deposits wait.
fn read_root(stakes: BTreeMap<Account, SharePool>, extra: Field<'_>) -> Read<Root> {
    let mut root = Root {
        stakes,
        ..Root::default()
    };
    for hotkey in extra.get("on_root").list()? {
        root.registered.insert(hotkey.account()?);
    }
    for row in extra.get("PendingBasketDeposits").list()? {
        let key = (row.at(0).account()?, row.at(1).int()?);
        root.pending_deposits.insert(key, row.at(2).int()?);
    }
    let waiting = root.pending_deposits.keys().map(|(hotkey, _)| *hotkey);
    let hotkeys = waiting.chain(root.registered.iter().copied());
    root.hashes = hotkeys
        .filter_map(|hotkey| Some((hotkey, hash(hotkey)?)))
        .collect();
    Ok(root)
}

/// An account's key is its number in 32 bytes, big-endian.
fn hash(account: Account) -> Option<[u8; 16]> {
    let mut key = [0; 32];
    key[28..].copy_from_slice(&account.0.to_be_bytes());
    let accounts = Accounts::new([key]);
    accounts.hash(accounts.account(&key)?)
}

/// The collateral of one subnet.
fn read_collateral(netuid: u16, extra: Field<'_>) -> Read<Collaterals> {
    let mut collateral = Collaterals::default();
    for row in extra.get("MinerCollateral").list()? {
        if row.at(0).int::<u16>()? == netuid {
            let value = row.at(3);
            let key = (row.at(1).account()?, row.at(2).account()?);
            collateral.rows.insert(
                key,
                Collateral {
                    locked: value.get("locked").int()?,
                    drain_ratio: value.get("drain_ratio").u64f64()?,
                    min_locked: value.get("min_locked").int()?,
                    earned: value.get("earned").int()?,
                },
            );
        }
    }
    for row in extra.get("ColdkeyMinerCollateral").list()? {
        if row.at(0).int::<u16>()? == netuid {
            let owner = row.at(1).account()?;
            collateral.by_owner.insert(owner, row.at(2).int()?);
        }
    }
    Ok(collateral)
}

/// What [`read_stakes`], [`read_root`] and [`read_collateral`] read.
fn extra_text(root: &Root, subnets: &[Subnet]) -> Value {
    let of_root = root.stakes.iter().map(|(&hotkey, pool)| (hotkey, 0, pool));
    let pools = of_root.chain(subnets.iter().flat_map(|subnet| {
        let stakes = subnet.stakes.iter();
        stakes.map(|(&hotkey, pool)| (hotkey, subnet.netuid, pool))
    }));
    let (mut pool_epochs, mut share_epochs) = (BTreeMap::new(), BTreeMap::new());
    for (hotkey, netuid, pool) in pools {
        if pool.epoch != 0 {
            pool_epochs.insert((hotkey, netuid), pool.epoch);
        }
        for (&coldkey, &epoch) in &pool.share_epochs {
            share_epochs.insert((hotkey, coldkey, netuid), epoch);
        }
    }
    json!({
        "on_root": root.registered.iter().map(|&h| account_text(h)).collect::<Vec<_>>(),
        "MinerCollateral": subnets.iter().flat_map(collateral_rows).collect::<Vec<_>>(),
        "ColdkeyMinerCollateral": subnets.iter().flat_map(owner_rows).collect::<Vec<_>>(),
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

fn collateral_rows(subnet: &Subnet) -> impl Iterator<Item = Value> {
    let netuid = subnet.netuid;
    subnet.collateral.rows.iter().map(move |(key, value)| {
        json!([netuid, account_text(key.0), account_text(key.1), {
            "locked": text(value.locked),
            "drain_ratio": text(value.drain_ratio.to_bits()),
            "min_locked": text(value.min_locked),
            "earned": text(value.earned),
        }])
    })
}

fn owner_rows(subnet: &Subnet) -> impl Iterator<Item = Value> {
    let netuid = subnet.netuid;
    let owners = subnet.collateral.by_owner.iter();
    owners.map(move |(&owner, locked)| json!([netuid, account_text(owner), text(locked)]))
}

/// The sequences are on one pool, of these coldkeys.
const COLDKEYS: [Account; 4] = [Account(1), Account(2), Account(3), Account(4)];

/// A pool after each of `ops`.
pub fn share_pool(_: &Rules, input: Field<'_>) -> Answer {
    let mut pool = SharePool::default();
    let float = |stored: Option<&Stored>| {
        float_pair(stored.map_or(SafeFloat::ZERO, |stored| stored.value()))
    };
    let after = input.get("ops").each(|op| {
        let amount = op.get("amount").int()?;
        let coldkey = op.get("coldkey").account()?;
        let (mut ok, mut removed) = (None, None);
        match op.get("op").text()? {
            "increase_one" => pool.deposit(coldkey, amount),
            "decrease_one" => removed = Some(pool.withdraw(coldkey, amount)),
            "increase_all" => pool.increase_all(amount),
            "decrease_all" => pool.decrease_all(amount),
            "credit_sole" => ok = Some(pool.credit_sole(coldkey, amount)),
            _ => return Err(op.get("op").fault("an operation on a pool")),
        }
        let epoch = |coldkey| pool.share_epochs.get(&coldkey).copied().unwrap_or(0);
        let mut after = json!({
            "total": text(pool.total),
            "denominator_v2": float(pool.denominator.as_ref()),
            "shares_v2": COLDKEYS.map(|coldkey| float(pool.shares.get(&coldkey))),
            "pool_epoch": text(pool.epoch),
            "share_epochs": COLDKEYS.map(|coldkey| text(epoch(coldkey))),
            "values": COLDKEYS.map(|coldkey| text(pool.quote(coldkey))),
        });
        if let Some(ok) = ok {
            after["ok"] = ok.into();
        }
        if let Some(removed) = removed {
            after["removed"] = text(removed);
        }
        Ok(after)
    })?;
    Ok(after.into())
}

/// Collateral after each settlement, and what is captured staked, as a payout does it.
pub fn settle_collateral(_: &Rules, input: Field<'_>) -> Answer {
    let netuid = input.get("netuid").int()?;
    let (hotkey, owner) = (
        input.get("hotkey").account()?,
        input.get("owner").account()?,
    );
    let extra = input.get("state").get("extra");
    let mut stakes = read_stakes(input.get("state").get("stakes"), extra)?;
    let root = read_root(stakes.remove(&0).unwrap_or_default(), extra)?;
    let mut subnets = [Subnet {
        netuid,
        stakes: stakes.remove(&netuid).unwrap_or_default(),
        collateral: read_collateral(netuid, extra)?,
        ..Subnet::default()
    }];
    let steps = input.get("steps").each(|step| {
        let (emission, capturable) = (step.get("emission").int()?, step.get("capturable").int()?);
        let subnet = &mut subnets[0];
        let captured = subnet
            .collateral
            .settle(hotkey, owner, emission, capturable);
        if captured > 0 {
            let pool = subnet.stakes.entry(hotkey).or_default();
            pool.deposit(owner, captured);
        }
        Ok(json!({
            "captured": text(captured),
            "stakes": state::stakes_text(&root, &subnets),
            "extra": extra_text(&root, &subnets),
        }))
    })?;
    Ok(steps.into())
}

pub fn distribute_emission(rules: &Rules, input: Field<'_>) -> Answer {
    let network = input.get("state").object()?;
    let globals = network.get("globals");
    let netuid: u16 = input.get("netuid").int()?;
    let mut stakes = read_stakes(network.get("stakes"), network)?;
    let mut keys = state::read_keys(globals, network.get("stakes"))?;
    // The file's are those that the payout adds.
    keys.staking_hotkeys.clear();
    let mut subnet = Subnet {
        netuid,
        alpha_out: network.get("SubnetAlphaOut").int()?,
        stakes: stakes.remove(&netuid).unwrap_or_default(),
        collateral: read_collateral(netuid, network)?,
        ..Subnet::default()
    };
    state::read_distribution(&mut subnet, network.get("subnet"), globals)?;
    let mut root = read_root(stakes.remove(&0).unwrap_or_default(), network)?;
    let pending = Pending {
        server: input.get("pending_server").int()?,
        validator: input.get("pending_validator").int()?,
        root: input.get("pending_root").int()?,
        owner: input.get("owner_cut").int()?,
    };
    let shares = [pending.for_epoch()];
    let emission = super::payouts::recorded_emission(input.get("epoch_outputs"), &shares)?;
    let steps = rules.payout_steps()?;
    let rates = Rates {
        dividends: steps.dividends,
        tao_weight: proportion_u64(network.get("TaoWeight").int()?),
        childkey_burn: proportion_u64(network.get("CKBurn").int()?),
        payout: steps.pays,
        shares: steps.shares,
    };
    distribute(
        &mut subnet,
        &mut root,
        &mut keys,
        &rates,
        &pending,
        &emission,
    );
    let subnets = [subnet];
    let [subnet] = &subnets;
    let mut extra = extra_text(&root, &subnets);
    let staking = keys.staking_hotkeys.iter();
    let staking = staking.map(|(&k, v)| json!([account_text(k), texts(v.iter().map(|h| h.0))]));
    let mut out = json!({
        "MinerBurned": text(subnet.miner_burned.to_bits()),
        "SubnetAlphaOut": text(subnet.alpha_out),
        "AlphaRecycled": text(subnet.alpha_recycled),
        "AlphaBurned": text(subnet.alpha_burned),
        "AlphaDividendsPerSubnet": rows(&subnet.alpha_dividends),
        "RootAlphaDividendsPerSubnet": rows(&subnet.root_dividends),
        "TotalHotkeyAlphaLastEpoch": rows(&subnet.alpha_last_epoch),
        "StakingHotkeys": staking.collect::<Vec<_>>(),
        "stakes": state::stakes_text(&root, &subnets),
    });
    for name in [
        "MinerCollateral",
        "ColdkeyMinerCollateral",
        "PendingBasketDeposits",
        "AlphaSharePoolEpoch",
        "AlphaShareEpoch",
    ] {
        out[name] = extra[name].take();
    }
    Ok(out)
}

fn read_baskets(root: &mut Root, baskets: Field<'_>) -> Read<()> {
    for row in baskets.get("BasketShares").list()? {
        let basket = root.baskets.entry(row.at(0).account()?).or_default();
        basket.shares = row.at(1).int()?;
    }
    for row in baskets.get("BasketRate").list()? {
        let basket = root.baskets.entry(row.at(0).account()?).or_default();
        basket.rate = row.at(1).i96f32()?;
    }
    for row in baskets.get("BasketDepositedTao").list()? {
        let basket = root.baskets.entry(row.at(0).account()?).or_default();
        basket.deposited_tao = row.at(1).int()?;
    }
    Ok(())
}

fn baskets_text(root: &Root) -> Value {
    let rows = |of: fn(&Basket) -> i128| -> Value {
        let baskets = root
            .baskets
            .iter()
            .map(|(&hotkey, basket)| (hotkey, of(basket)));
        let kept = baskets.filter(|&(_, value)| value != 0);
        kept.map(|(hotkey, value)| json!([account_text(hotkey), text(value)]))
            .collect()
    };
    json!({
        "BasketShares": rows(|basket| basket.shares.into()),
        "BasketRate": rows(|basket| basket.rate.to_bits()),
        "BasketDepositedTao": rows(|basket| basket.deposited_tao.into()),
    })
}

/// Brings one hotkey's deposits into its basket.
pub fn basket_flush(_: &Rules, input: Field<'_>) -> Answer {
    let extra = input.get("extra");
    let mut stakes = read_stakes(input.get("stakes"), extra)?;
    let mut root = read_root(stakes.remove(&0).unwrap_or_default(), extra)?;
    read_baskets(&mut root, input.get("baskets"))?;
    let subnets = input.get("subnets").each(|value| {
        let mut subnet = subnet(value)?;
        subnet.stakes = stakes.remove(&subnet.netuid).unwrap_or_default();
        Ok(subnet)
    })?;
    let threshold: u64 = input.get("RootClaimableThreshold_root").int()?;
    let globals = Globals {
        basket_escrow: Some(input.get("escrow").account()?),
        basket_threshold: I96F32::saturating_from_int(threshold.into()),
        ..Globals::default()
    };
    let mut network = Network::new(globals, root, Keys::default(), subnets)?;
    let hotkey = input.get("hotkey").account()?;
    let nav_before = network.basket_value(hotkey)?;
    network.flush_basket(hotkey)?;
    let nav_after = network.basket_value(hotkey)?;
    let column = |of: fn(&Subnet) -> u64| texts(network.subnets().iter().map(of));
    Ok(json!({
        "nav_before": maybe(nav_before, text),
        "nav_after": maybe(nav_after, text),
        "stakes": state::stakes_text(&network.root, network.subnets()),
        "extra": extra_text(&network.root, network.subnets()),
        "baskets": baskets_text(&network.root),
        "SubnetAlphaOut": column(|s| s.alpha_out),
        "AlphaRecycled": column(|s| s.alpha_recycled),
    }))
}

/// What each mechanism hands out of three pools, and what they make together.
pub fn mechanism_split(_: &Rules, input: Field<'_>) -> Answer {
    let consensus = match input.get("SubnetEpochConsensus").text()? {
        "Yuma" => EpochConsensus::Yuma,
        "Null" => EpochConsensus::Null,
        _ => return Err(input.get("SubnetEpochConsensus").fault("Yuma or Null")),
    };
    let pending = Pending {
        server: input.get("PendingServerEmission").int()?,
        validator: input.get("PendingValidatorEmission").int()?,
        root: input.get("PendingRootAlphaDivs").int()?,
        owner: 0,
    };
    let split = input.get("MechanismEmissionSplit");
    let split: Option<Vec<u16>> = split.maybe(|split| split.each(Field::int))?;
    let count: u8 = input.get("mechanism_count").int()?;
    let budgets = Budget::of_mechanisms(consensus, &pending, split.as_deref(), count.into());
    let emissions: Vec<u64> = budgets.iter().map(|budget| budget.emission).collect();
    let (hotkeys, outputs) = super::payouts::outputs(input, &emissions)?;
    let all = combine_mechanisms(consensus, &outputs);
    let column = |of: fn(&Budget) -> u64| texts(budgets.iter().map(of));
    let (aggregated, paid) = super::payouts::combined(&hotkeys, &all);
    Ok(json!({
        "split_server": column(|b| b.server),
        "split_validator": column(|b| b.validator),
        "split_root": column(|b| b.root),
        "mechanism_emission": column(|b| b.emission),
        "mining_budget": column(|b| b.server),
        "dividend_budget": column(Budget::dividends),
        "fallback_budget": column(Budget::without_validators),
        "aggregated": aggregated,
        "hotkey_emission": paid,
    }))
}
