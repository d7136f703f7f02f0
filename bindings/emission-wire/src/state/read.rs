use crate::error::Fault;
use crate::read::Field;
use std::collections::{BTreeMap, BTreeSet};
use yuma_emission::{
    Account, Consensus, Flow, FlowSettings, Gate, Globals, Keys, LastEmission, MechanismState,
    Network, Neuron, Part, Pending, PendingChildren, Pool, Relations, Root, SafeFloat, Schedule,
    SharePool, Stored, Subnet,
};
use yuma_epoch::{StoredRows, Terms};

type Read<T> = Result<T, Fault>;

pub fn read_network(field: Field<'_>) -> Read<Network> {
    let field = field.object()?;
    let globals = globals(field)?;
    let root = root(field.get("root"))?;
    let keys = keys(field.get("keys"))?;
    let subnets = field.get("subnets").each(subnet)?;
    Ok(Network::new(globals, root, keys, subnets)?)
}

fn globals(field: Field<'_>) -> Read<Globals> {
    let flow = field.get("flow").object()?;
    let gate = field.get("gate").object()?;
    Ok(Globals {
        block: field.get("block").int()?,
        total_issuance: field.get("total_issuance").int()?,
        balances_issuance: field.get("balances_issuance").int()?,
        total_stake: field.get("total_stake").int()?,
        block_emission: field.get("block_emission").int()?,
        tao_weight: field.get("tao_weight").int()?,
        childkey_burn: field.get("childkey_burn").int()?,
        subnet_owner_cut: field.get("subnet_owner_cut").int()?,
        max_epochs_per_block: field.get("max_epochs_per_block").int()?,
        stake_threshold: field.get("stake_threshold").int()?,
        moving_alpha: field.get("moving_alpha").i96f32()?,
        flow: FlowSettings {
            cutoff: flow.get("cutoff").i64f64()?,
            exponent: flow.get("exponent").u64f64()?,
            smoothing_factor: flow.get("smoothing_factor").int()?,
            net: flow.get("net").flag()?,
        },
        gate: Gate {
            bar: gate.get("bar").u64f64()?,
            quantile: gate.get("quantile").u64f64()?,
            rank: gate.get("rank").int()?,
            exponent: gate.get("exponent").u64f64()?,
        },
        ..Globals::default()
    })
}

pub fn root(field: Field<'_>) -> Read<Root> {
    let field = field.object()?;
    Ok(Root {
        tao: field.get("tao").int()?,
        stakes: stakes(field.get("stakes"))?,
        registered: BTreeSet::from_iter(field.get("registered").each(Field::account)?),
        ..Root::default()
    })
}

pub fn keys(field: Field<'_>) -> Read<Keys> {
    let field = field.object()?;
    let hotkeys = |row: Field<'_>| row.each(Field::account);
    Ok(Keys {
        owner: field.get("owner").by_account(Field::account)?,
        take: field.get("take").by_account(Field::int)?,
        owned_hotkeys: field.get("owned_hotkeys").by_account(hotkeys)?,
        staking_hotkeys: field.get("staking_hotkeys").by_account(hotkeys)?,
        ..Keys::default()
    })
}

fn stakes(field: Field<'_>) -> Read<BTreeMap<Account, SharePool>> {
    let mut pools = BTreeMap::new();
    for pool in field.list()? {
        let hotkey = pool.get("hotkey");
        let read = SharePool {
            total: pool.get("total").int()?,
            denominator: pool.get("denominator").maybe(stored)?,
            shares: pool.get("shares").by_account(stored)?,
            ..SharePool::default()
        };
        if pools.insert(hotkey.account()?, read).is_some() {
            return Err(hotkey.fault("each hotkey once"));
        }
    }
    Ok(pools)
}

fn stored(field: Field<'_>) -> Read<Stored> {
    let legacy = field.object()?.get("legacy");
    if !legacy.is_null() {
        return Ok(Stored::Legacy(legacy.u64f64()?));
    }
    let mantissa = field.get("mantissa");
    SafeFloat::from_parts(mantissa.int()?, field.get("exponent").int()?)
        .map(Stored::Float)
        .ok_or_else(|| mantissa.fault("a mantissa above 10^20 and at most 10^21, or 0"))
}

pub fn pool(field: Field<'_>) -> Read<Pool> {
    let field = field.object()?;
    Ok(Pool {
        mechanism: field.get("mechanism").int()?,
        tao: field.get("tao").int()?,
        alpha: field.get("alpha").int()?,
        quote_weight: quote_weight(field.get("quote_weight"))?,
        initialized: field.get("initialized").flag()?,
        fee_rate: field.get("fee_rate").int()?,
    })
}

fn quote_weight(field: Field<'_>) -> Read<u64> {
    use yuma_emission::{MIN_WEIGHT, WEIGHT_ONE};
    let weight = field.int()?;
    if (MIN_WEIGHT..=WEIGHT_ONE - MIN_WEIGHT).contains(&weight) {
        return Ok(weight);
    }
    Err(field.fault("at least 0.01 and at most 0.99 in parts of 10^18"))
}

pub fn pending(field: Field<'_>) -> Read<Pending> {
    let field = field.object()?;
    Ok(Pending {
        server: field.get("server").int()?,
        validator: field.get("validator").int()?,
        root: field.get("root").int()?,
        owner: field.get("owner").int()?,
    })
}

pub fn schedule(field: Field<'_>) -> Read<Schedule> {
    let field = field.object()?;
    Ok(Schedule {
        tempo: field.get("tempo").int()?,
        last_epoch_block: field.get("last_epoch_block").int()?,
        pending_epoch_at: field.get("pending_epoch_at").int()?,
        blocks_since_last_step: field.get("blocks_since_last_step").int()?,
        epoch_index: field.get("epoch_index").int()?,
        last_mechanism_step_block: field.get("last_mechanism_step_block").int()?,
    })
}

fn flow(field: Field<'_>) -> Read<Flow> {
    let field = field.object()?;
    Ok(Flow {
        since: field.get("since").int()?,
        average: field.get("average").maybe(|average| {
            Ok((
                average.get("block").int()?,
                average.get("average").i64f64()?,
            ))
        })?,
    })
}

/// The parts of one hotkey's stake that weigh for others: no more than all of it.
pub fn parts_of_one(field: Field<'_>) -> Read<Vec<Part>> {
    let parts = field.each(part)?;
    let whole: u128 = parts.iter().map(|&(part, _)| u128::from(part)).sum();
    if whole > u64::MAX.into() {
        return Err(field.fault(format!(
            "shares of at most 1 in all, {} in parts of 2^64 - 1: they are {whole}",
            u64::MAX
        )));
    }
    Ok(parts)
}

pub fn part(field: Field<'_>) -> Read<Part> {
    Ok((field.at(0).int()?, field.at(1).account()?))
}

fn rao(field: Field<'_>) -> Read<u64> {
    field.int()
}

pub fn subnet(field: Field<'_>) -> Read<Subnet> {
    let netuid = field.object()?.get("netuid").int()?;
    let field = field.of_subnet(netuid);
    let last = field.get("last").object()?;
    Ok(Subnet {
        netuid,
        first_emission_block: field.get("first_emission_block").maybe(Field::int)?,
        subtoken_enabled: field.get("subtoken_enabled").flag()?,
        registration_allowed: field.get("registration_allowed").flag()?,
        emission_enabled: field.get("emission_enabled").flag()?,
        owner_cut_enabled: field.get("owner_cut_enabled").flag()?,
        pool: pool(field.get("pool"))?,
        alpha_out: field.get("alpha_out").int()?,
        moving_price: field.get("moving_price").i96f32()?,
        price_halving_blocks: field.get("price_halving_blocks").int()?,
        // The chain takes more than 1 for 1.
        miner_burned: field.get("miner_burned").u96f32()?,
        root_prop: field.get("root_prop").part()?,
        user_flow: flow(field.get("user_flow"))?,
        protocol_flow: flow(field.get("protocol_flow"))?,
        last: LastEmission {
            tao_in: last.get("tao_in").int()?,
            alpha_in: last.get("alpha_in").int()?,
            alpha_out: last.get("alpha_out").int()?,
            excess_tao: last.get("excess_tao").int()?,
        },
        protocol_alpha: field.get("protocol_alpha").int()?,
        volume: field.get("volume").int()?,
        alpha_recycled: field.get("alpha_recycled").int()?,
        alpha_burned: field.get("alpha_burned").int()?,
        pending: pending(field.get("pending"))?,
        schedule: schedule(field.get("schedule"))?,
        owner: field.get("owner").maybe(Field::account)?,
        owner_hotkey: field.get("owner_hotkey").maybe(Field::account)?,
        leased: field.get("leased").flag()?,
        recycles_owner_incentive: field.get("recycles_owner_incentive").flag()?,
        neurons: field.get("neurons").each(|neuron| {
            Ok(Neuron {
                hotkey: neuron.get("hotkey").account()?,
                childkey_take: neuron.get("childkey_take").int()?,
            })
        })?,
        min_childkey_take: field.get("min_childkey_take").int()?,
        relations: Relations {
            children: field.get("children").by_account(parts_of_one)?,
            parents: field.get("parents").by_account(|row| row.each(part))?,
        },
        pending_children: field.get("pending_children").each(|row| {
            Ok(PendingChildren {
                hotkey: row.get("hotkey").account()?,
                children: row.get("children").each(part)?,
                cooldown_block: row.get("cooldown_block").int()?,
            })
        })?,
        auto_stake: field.get("auto_stake").by_account(Field::account)?,
        stakes: stakes(field.get("stakes"))?,
        root_claimable: field.get("root_claimable").by_account(Field::i96f32)?,
        alpha_dividends: field.get("alpha_dividends").by_account(rao)?,
        root_dividends: field.get("root_dividends").by_account(rao)?,
        alpha_last_epoch: field.get("alpha_last_epoch").by_account(rao)?,
        consensus: field.get("consensus").maybe(consensus)?,
        ..Subnet::default()
    })
}

fn consensus(field: Field<'_>) -> Read<Consensus> {
    let field = field.object()?;
    Ok(Consensus {
        activity_cutoff_blocks: field.get("activity_cutoff_blocks").int()?,
        max_allowed_validators: field.get("max_allowed_validators").int()?,
        commit_reveal_enabled: field.get("commit_reveal_enabled").flag()?,
        kappa: field.get("kappa").int()?,
        bonds_penalty: field.get("bonds_penalty").int()?,
        bonds_moving_average: field.get("bonds_moving_average").int()?,
        yuma3_on: field.get("yuma3_on").flag()?,
        liquid_alpha_on: field.get("liquid_alpha_on").flag()?,
        alpha_low: field.get("alpha_low").int()?,
        alpha_high: field.get("alpha_high").int()?,
        alpha_sigmoid_steepness: field.get("alpha_sigmoid_steepness").int()?,
        block_at_registration: field.get("block_at_registration").each(Field::int)?,
        validator_permit: field.get("validator_permit").each(Field::int)?,
        split: field
            .get("mechanism_emission_split")
            .maybe(|split| split.each(Field::int))?,
        mechanisms: field.get("mechanisms").each(mechanism)?,
        terms: field.get("terms").maybe(terms)?.unwrap_or_default(),
    })
}

fn mechanism(field: Field<'_>) -> Read<MechanismState> {
    Ok(MechanismState {
        last_update: field.get("last_update").each(Field::int)?,
        weights: stored_rows(field.get("weights"))?,
        bonds: stored_rows(field.get("bonds"))?,
        commit_blocks: field.get("commit_blocks").each(Field::int)?,
        incentive: field.get("incentive").each(Field::int)?,
    })
}

fn stored_rows(field: Field<'_>) -> Read<StoredRows> {
    let field = field.object()?;
    Ok(StoredRows {
        start: field.get("row_start").each(Field::int)?,
        uid: field.get("uid").each(Field::int)?,
        value: field.get("value").each(Field::int)?,
    })
}

fn terms(field: Field<'_>) -> Read<Terms> {
    Ok(Terms {
        stake_weight: field.get("stake_weight").each(Field::int)?,
        consensus: field.get("consensus").each(Field::int)?,
        incentive: field.get("incentive").each(Field::int)?,
        dividends: field.get("dividends").each(Field::int)?,
        validator_trust: field.get("validator_trust").each(Field::int)?,
        active: field.get("active").each(Field::flag)?,
        validator_permit: field.get("validator_permit").each(Field::flag)?,
        server_emission: field.get("server_emission").each(Field::int)?,
        validator_emission: field.get("validator_emission").each(Field::int)?,
        emission: field.get("emission").each(Field::int)?,
        stake: field.get("stake").each(Field::int)?,
    })
}
