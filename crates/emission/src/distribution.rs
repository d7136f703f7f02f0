//! An epoch's alpha, from what was pending to every hotkey and coldkey.
//!
//! Follows `distribute_emission` of `coinbase/run_coinbase.rs` and what it calls, spec 425; where root
//! dividends go to baskets, spec 475.

use crate::account::Account;
use crate::block_rules::{PayoutRule, ShareArithmetic};
use crate::claims::{RootDividends, root_dividends};
use crate::dividends::{
    ChildRates, Earner, Parent, Stake, ValidatorPay, child_dividends, self_contribution,
    validator_pay,
};
use crate::keys::{Keys, Root};
use crate::map::Map;
use crate::num::u96f32;
use crate::payout::{
    AlphaDividend, Incentive, IncentiveTo, Payout, RootDividend, owner_hotkeys, record_withheld,
    stake, withhold,
};
use crate::pending::Pending;
use crate::root::proportion_u16;
use crate::rules::DividendSplit;
use crate::settlement::Settlement;
use crate::share_pool::SharePool;
use crate::subnet::Subnet;
use yuma_fixed::U96F32;
use yuma_types::EpochConsensus;

/// What the epoch gave a hotkey, in rao.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotkeyEmission {
    /// The hotkey.
    pub hotkey: Account,
    /// As a miner.
    pub server: u64,
    /// As a validator.
    pub validator: u64,
}

/// What a coldkey's stake behind a hotkey grew by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain {
    /// The hotkey.
    pub hotkey: Account,
    /// The coldkey.
    pub coldkey: Account,
    /// Rao.
    pub rao: u64,
}

/// What each coldkey's stake behind each hotkey grew by from one state of a subnet's
/// [`Subnet::stakes`] to a later one, where it grew; ascending.
///
/// A coldkey's stake is what `shares` have it be, floored to rao, before and after, so that the gains of a hotkey's coldkeys can
/// differ from what was paid to it by a rao each.
pub fn gains(
    shares: ShareArithmetic,
    before: &Map<Account, SharePool>,
    after: &Map<Account, SharePool>,
) -> Vec<Gain> {
    let gain = |hotkey, pool: &SharePool, coldkey| Gain {
        hotkey,
        coldkey,
        rao: shares.value(pool, coldkey).saturating_sub(
            before
                .get(&hotkey)
                .map_or(0, |pool| shares.value(pool, coldkey)),
        ),
    };
    after
        .iter()
        .flat_map(|(&hotkey, pool)| pool.shares.keys().map(move |&key| gain(hotkey, pool, key)))
        .filter(|gain| gain.rao > 0)
        .collect()
}

/// The rates that a distribution reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// How dividends split between alpha and root stake.
    pub dividends: DividendSplit,
    /// `TaoWeight` as a number.
    pub tao_weight: U96F32,
    /// `CKBurn` as a number.
    pub childkey_burn: U96F32,
    /// Where pay goes.
    pub payout: PayoutRule,
    /// How stake pools' shares move.
    pub shares: ShareArithmetic,
}

/// Hands out what was pending, by what the epoch gave each hotkey: these in ascending order.
pub fn distribute(
    subnet: &mut Subnet,
    root: &mut Root,
    keys: &mut Keys,
    rates: &Rates,
    pending: &Pending,
    emission: &[HotkeyEmission],
) -> Payout {
    let mut payout = Payout {
        netuid: subnet.netuid,
        pending: *pending,
        ..Payout::default()
    };
    let earners = earners(subnet, root, keys, rates, emission, &mut payout);
    let has_incentives = emission.iter().any(|hotkey| hotkey.server != 0);
    // With nothing earned by miners validators get all.
    let for_validators = if has_incentives {
        pending.validator
    } else {
        pending.validator.saturating_add(pending.server)
    };
    let pay = validator_pay(
        rates.dividends,
        &earners,
        for_validators,
        pending.root,
        rates.tao_weight,
    );

    let shares = rates.shares;
    match rates.payout {
        PayoutRule::ToClaims => {
            pay_owner(subnet, keys, shares, &mut payout);
            pay_incentives(subnet, keys, shares, emission, &mut payout);
            pay_alpha_dividends(subnet, keys, shares, &pay, &mut payout);
            pay_root_dividends(subnet, root, keys, shares, &pay, &mut payout);
        }
        PayoutRule::ToBaskets => {
            let staked = subnet.staked();
            let mut settlement = Settlement {
                subnet,
                keys,
                shares,
            };
            settlement.recycle_untaken(pending.root, &pay, &mut payout);
            pay_owner(settlement.subnet, settlement.keys, shares, &mut payout);
            let incentives = emission.iter().map(|e| (e.hotkey, e.server));
            settlement.pay_incentives(incentives, &mut payout);
            settlement.pay_alpha_dividends(&pay, &mut payout);
            settlement.pay_root_dividends(root, &pay, &mut payout);
            subnet.count_staked(staked);
        }
    }
    payout
}

/// Each hotkey's dividends, once children have shared theirs with their parents, and its stake.
fn earners(
    subnet: &mut Subnet,
    root: &Root,
    keys: &Keys,
    rates: &Rates,
    emission: &[HotkeyEmission],
    payout: &mut Payout,
) -> Vec<Earner> {
    let mut dividends: Map<Account, U96F32> = Map::new();
    let mut add = |hotkey, rao| {
        let sum = dividends.entry(hotkey).or_default();
        *sum = sum.saturating_add(u96f32(rao));
    };
    let stake_of = |subnet: &Subnet, hotkey| Stake {
        alpha: subnet.stake(hotkey),
        root: root.stake(hotkey),
    };
    // Most hotkeys earn nothing in Null, and the chain spares itself their parents.
    let skips_zero = subnet.epoch_consensus == EpochConsensus::Null;
    let relations = subnet.relations_in_force(&keys.suspended);
    for &HotkeyEmission {
        hotkey, validator, ..
    } in emission
    {
        if skips_zero && validator == 0 {
            continue;
        }
        let parents = relations.parents(hotkey);
        if parents.is_empty() {
            add(hotkey, validator);
            continue;
        }
        let owner = keys.owner(hotkey);
        let parents: Vec<Parent> = parents
            .iter()
            .map(|&part| Parent {
                part,
                stake: stake_of(subnet, part.1),
                foreign: keys.owner(part.1) != owner,
            })
            .collect();
        let take = subnet
            .neuron(hotkey)
            .map_or(0, |neuron| neuron.childkey_take)
            .max(subnet.min_childkey_take);
        let rates = ChildRates {
            take: proportion_u16(take),
            burn: rates.childkey_burn,
            tao_weight: rates.tao_weight,
        };
        let children = relations.children(hotkey).iter().map(|part| part.0);
        let own = self_contribution(stake_of(subnet, hotkey), children, rates.tao_weight);
        let split = child_dividends(hotkey, validator, own, &parents, &rates);
        for (hotkey, rao) in split.parts {
            add(hotkey, rao);
        }
        payout.childkey_burn = payout.childkey_burn.saturating_add(split.recycled);
    }
    drop(relations); // They may borrow the subnet.
    subnet.recycle(payout.childkey_burn);
    dividends
        .iter()
        .map(|(&hotkey, &dividends)| Earner {
            hotkey,
            dividends,
            stake: stake_of(subnet, hotkey),
            on_root: root.registered.contains(&hotkey),
        })
        .collect()
}

fn pay_owner(subnet: &mut Subnet, keys: &mut Keys, shares: ShareArithmetic, payout: &mut Payout) {
    if let (Some(hotkey), Some(coldkey)) = (subnet.owner_hotkey, subnet.owner) {
        stake(subnet, keys, shares, hotkey, coldkey, payout.pending.owner);
        payout.owner = Some((hotkey, coldkey));
    }
}

fn pay_incentives(
    subnet: &mut Subnet,
    keys: &mut Keys,
    shares: ShareArithmetic,
    emission: &[HotkeyEmission],
    payout: &mut Payout,
) {
    let of_owner = owner_hotkeys(subnet, keys);
    for &HotkeyEmission { hotkey, server, .. } in emission {
        let to = if of_owner.contains(&hotkey) {
            withhold(subnet, server)
        } else {
            let coldkey = keys.owner(hotkey);
            let hotkey = subnet.auto_stake.get(&coldkey).copied().unwrap_or(hotkey);
            stake(subnet, keys, shares, hotkey, coldkey, server);
            IncentiveTo::Stake { hotkey, coldkey }
        };
        payout.incentives.push(Incentive {
            hotkey,
            rao: server,
            to,
            captured: 0,
        });
    }
    record_withheld(subnet, payout);
}

fn pay_alpha_dividends(
    subnet: &mut Subnet,
    keys: &mut Keys,
    shares: ShareArithmetic,
    pay: &[ValidatorPay],
    payout: &mut Payout,
) {
    subnet.alpha_dividends.clear();
    for &ValidatorPay { hotkey, alpha, .. } in pay {
        let (take, nominators) = pay_take(subnet, keys, shares, hotkey, alpha);
        if let Some(pool) = subnet.stake_pool(hotkey, nominators) {
            pool.increase_all(nominators);
        }
        subnet.alpha_dividends.insert(hotkey, nominators);
        subnet.alpha_last_epoch.insert(hotkey, subnet.stake(hotkey));
        payout.alpha.push(AlphaDividend {
            hotkey,
            take,
            nominators,
            captured: 0,
        });
    }
}

fn pay_root_dividends(
    subnet: &mut Subnet,
    root: &Root,
    keys: &mut Keys,
    shares: ShareArithmetic,
    pay: &[ValidatorPay],
    payout: &mut Payout,
) {
    subnet.root_dividends.clear();
    for &ValidatorPay {
        hotkey, root: rao, ..
    } in pay
    {
        let (take, nominators) = pay_take(subnet, keys, shares, hotkey, rao);
        let to = root_dividends(nominators, root.stake(hotkey));
        if let RootDividends::Claimable(rate) = to {
            let claimable = subnet.root_claimable.entry(hotkey).or_default();
            *claimable = claimable.saturating_add(rate);
        } else {
            let owner = keys.owner(hotkey);
            stake(subnet, keys, shares, hotkey, owner, nominators);
        }
        subnet.root_dividends.insert(hotkey, nominators);
        payout.root.push(RootDividend {
            hotkey,
            take,
            nominators,
            to,
            captured: 0,
        });
    }
}

/// Stakes a validator's take of its pay to itself, and gives it and what is left, in rao.
fn pay_take(
    subnet: &mut Subnet,
    keys: &mut Keys,
    shares: ShareArithmetic,
    hotkey: Account,
    pay: U96F32,
) -> (u64, u64) {
    let take = proportion_u16(keys.take(hotkey)).saturating_mul(pay);
    let rest = pay.saturating_sub(take).saturating_to_u64();
    let take = take.saturating_to_u64();
    stake(subnet, keys, shares, hotkey, keys.owner(hotkey), take);
    (take, rest)
}
