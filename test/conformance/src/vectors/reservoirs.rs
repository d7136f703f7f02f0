//! The own part of a block whose pools have reservoirs.

use super::pool::{smoothing, subnet_text, swap_of};
use super::shares::root_tao;
use super::state;
use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use crate::write::{text, texts};
use serde_json::{Value, json};
use yuma_emission::{
    BlockReport, EpochConsensus, Globals, Keys, Network, Pending, Root, Rules, Schedule, Slot,
    Subnet, SubnetEmission, Terms, block_emission, deferred_for_reveal, epoch_cap, next_fast_price,
    price_for_shares, proportion_u64, root_proportion as root_part,
};
use yuma_fixed::{U64F64, U96F32};

/// Pool, reservoirs and alpha of a subnet's row.
pub fn subnet(value: Field<'_>) -> Result<Subnet, Fault> {
    let reservoir = |name| value.get(name).maybe(Field::int);
    Ok(Subnet {
        netuid: value.get("netuid").maybe(Field::int)?.unwrap_or(0),
        pool: state::pool(value)?,
        alpha_out: value.get("SubnetAlphaOut").int()?,
        tao_reservoir: reservoir("BalancerTaoReservoir")?.unwrap_or(0),
        alpha_reservoir: reservoir("BalancerAlphaReservoir")?.unwrap_or(0),
        ..Subnet::default()
    })
}

/// What swaps and injections leave of a subnet.
fn text_of(subnet: &Subnet) -> Value {
    let mut row = subnet_text(subnet);
    row["BalancerTaoReservoir"] = text(subnet.tao_reservoir);
    row["BalancerAlphaReservoir"] = text(subnet.alpha_reservoir);
    row
}

fn alpha_issuance(value: Field<'_>) -> Result<u64, Fault> {
    let issuance = Subnet {
        pool: yuma_emission::Pool {
            alpha: value.get("SubnetAlphaIn").int()?,
            ..Default::default()
        },
        alpha_out: value.get("SubnetAlphaOut").int()?,
        alpha_reservoir: value.get("BalancerAlphaReservoir").int()?,
        ..Subnet::default()
    };
    Ok(issuance.alpha_issuance())
}

pub fn root_proportion(_: &Rules, input: Field<'_>) -> Answer {
    let issuance = alpha_issuance(input)?;
    Ok(json!({
        "tao_weight": text(proportion_u64(input.get("TaoWeight").int()?).to_bits()),
        "root_proportion": text(root_part(root_tao(input)?, issuance).to_bits()),
        "alpha_issuance": text(issuance),
    }))
}

pub fn terms(_: &Rules, input: Field<'_>) -> Answer {
    let root_tao = root_tao(input)?;
    let terms = input.get("subnets").each(|subnet| {
        let issuance = alpha_issuance(subnet)?;
        Ok(Terms::new(
            subnet.get("emission").u96f32()?,
            block_emission(issuance).unwrap_or(0),
            state::pool(subnet)?.spot_price(),
            root_part(root_tao, issuance),
        ))
    })?;
    let column = |of: fn(&Terms) -> U96F32| texts(terms.iter().map(|t| of(t).to_bits()));
    Ok(json!({
        "tao_in": column(|t| t.tao_in),
        "alpha_in": column(|t| t.alpha_in),
        "alpha_out": column(|t| t.alpha_out),
        "excess_tao": column(|t| t.excess_tao),
    }))
}

/// A pool after each injection.
pub fn adjust_liquidity(_: &Rules, input: Field<'_>) -> Answer {
    let mut subnet = subnet(input)?;
    let steps = input.get("steps").each(|step| {
        let (tao, alpha) = (step.get("tao_delta").int()?, step.get("alpha_delta").int()?);
        let (tao, alpha) = subnet.adjust_with_reservoirs(tao, alpha);
        subnet.pool.tao = subnet.pool.tao.saturating_add(tao);
        subnet.pool.alpha = subnet.pool.alpha.saturating_add(alpha);
        Ok(json!({
            "price_active_tao": text(tao),
            "price_active_alpha": text(alpha),
            "SwapBalancer": text(subnet.pool.quote_weight),
            "BalancerTaoReservoir": text(subnet.tao_reservoir),
            "BalancerAlphaReservoir": text(subnet.alpha_reservoir),
            "SubnetTAO": text(subnet.pool.tao),
            "SubnetAlphaIn": text(subnet.pool.alpha),
        }))
    })?;
    Ok(steps.into())
}

pub fn swap(rules: &Rules, input: Field<'_>) -> Answer {
    let count = rules.own_part()?.stake_count;
    let mut subnet = subnet(input.get("subnet").object()?)?;
    let total_stake = input.get("TotalStake").int()?;
    let mut out = swap_of(&mut subnet, input, count, total_stake)?;
    // Of a swap that is all fee nobody gets it.
    if out["result"]["amount_paid_in"] == "0" {
        out["result"]["fee_to_block_author"] = text(0);
    }
    out["state"] = text_of(&subnet);
    Ok(out)
}

pub fn emit_to_subnets(rules: &Rules, input: Field<'_>) -> Answer {
    let subnets = input.get("subnets").each(|value| {
        Ok(Subnet {
            first_emission_block: Some(1),
            subtoken_enabled: true,
            registration_allowed: true,
            emission_enabled: true,
            owner_cut_enabled: value.get("OwnerCutEnabled").flag()?,
            pending: Pending {
                server: value.get("PendingServerEmission").int()?,
                validator: value.get("PendingValidatorEmission").int()?,
                root: value.get("PendingRootAlphaDivs").int()?,
                owner: value.get("PendingOwnerCut").int()?,
            },
            ..subnet(value)?
        })
    })?;
    let emissions = input.get("subnets").each(|subnet| {
        Ok(SubnetEmission {
            netuid: subnet.get("netuid").int()?,
            emission: subnet.get("emission").u96f32()?,
            ..SubnetEmission::default()
        })
    })?;
    let globals = Globals {
        total_issuance: input.get("TotalIssuance").int()?,
        total_stake: input.get("TotalStake").int()?,
        tao_weight: input.get("TaoWeight").int()?,
        subnet_owner_cut: input.get("SubnetOwnerCut").int()?,
        ..Globals::default()
    };
    let root = Root {
        tao: input.get("root_SubnetTAO").int()?,
        ..Root::default()
    };
    let mut network = Network::new(globals, root, Keys::default(), subnets)?;
    let mut report = BlockReport {
        minted: input.get("credit").int()?,
        root_sell_flag: input.get("root_sell_flag").flag()?,
        subnets: emissions,
        ..BlockReport::default()
    };
    network.emit(&rules.own_part()?, &mut report);
    Ok(json!({
        "TotalIssuance": text(network.globals.total_issuance),
        "TotalStake": text(network.globals.total_stake),
        "unspent_credit": text(report.unspent),
        "subnets": network.subnets().iter().map(text_of).collect::<Vec<_>>(),
    }))
}

pub fn moving_price(_: &Rules, input: Field<'_>) -> Answer {
    let price = state::pool(input)?.spot_price();
    let old = input.get("SubnetMovingPrice").i96f32()?;
    let old: U64F64 = price_for_shares(input.get("mechanism").int()?, old);
    let new = smoothing(input)?.next(input.get("block").int()?, old, price);
    let fast = input.get("SubnetFastMovingPrice").maybe(Field::u64f64)?;
    Ok(json!({
        "spot_price": text(price.to_bits()),
        "SubnetMovingPrice": text(new.to_bits()),
        "SubnetFastMovingPrice": text(next_fast_price(fast, price).to_bits()),
    }))
}

/// A subnet's schedule, what it runs epochs by, whether its keys are unique, and what the vectors name it by.
struct Scheduled<'a> {
    schedule: Schedule,
    consensus: EpochConsensus,
    unique: bool,
    netuid: &'a Value,
    pendings: &'a Value,
}

pub fn schedule(rules: &Rules, input: Field<'_>) -> Answer {
    let net = rules.own_part()?.safety_net;
    let block: u64 = input.get("block").int()?;
    let mut subnets = input.get("subnets").each(|subnet| {
        let consensus = match subnet.get("null").flag()? {
            true => EpochConsensus::Null,
            false => EpochConsensus::Yuma,
        };
        Ok(Scheduled {
            schedule: Schedule {
                tempo: subnet.get("Tempo").int()?,
                last_epoch_block: subnet.get("LastEpochBlock").int()?,
                pending_epoch_at: subnet.get("PendingEpochAt").int()?,
                blocks_since_last_step: subnet.get("BlocksSinceLastStep").int()?,
                ..Schedule::default()
            },
            consensus,
            unique: !subnet.get("keys_have_duplicate").flag()?,
            netuid: subnet.get("netuid").json(),
            pendings: subnet.get("pendings").json(),
        })
    })?;
    let due = subnets.iter().map(|s| s.schedule.is_due(net, block));
    let due: Vec<bool> = due.collect();
    let schedules = subnets.iter().map(|s| (&s.schedule, s.consensus));
    let most = input.get("MaxEpochsPerBlock").int()?;
    let cap = epoch_cap(net, schedules, block, most);
    let with_keys = subnets.iter().map(|s| (&s.schedule, s.unique));
    let deferred = deferred_for_reveal(net, with_keys, block, cap);
    let mut free = u32::from(cap);
    let mut drained = Vec::new();
    for subnet in &mut subnets {
        let unique = subnet.unique;
        if subnet.schedule.step(net, block, free, || unique) == Slot::Run {
            free -= 1;
            let mut row = vec![subnet.netuid.clone()];
            row.extend(subnet.pendings.as_array().into_iter().flatten().cloned());
            drained.push(row);
        }
    }
    let after = subnets.iter().map(|Scheduled { schedule, .. }| {
        json!({
            "LastEpochBlock": text(schedule.last_epoch_block),
            "PendingEpochAt": text(schedule.pending_epoch_at),
            "BlocksSinceLastStep": text(schedule.blocks_since_last_step),
            "SubnetEpochIndex": text(schedule.epoch_index),
        })
    });
    Ok(json!({
        "cap": cap,
        "due_before_increment": due,
        "deferred_for_reveal": deferred.iter().map(|&i| subnets[i].netuid).collect::<Vec<_>>(),
        "drained": drained,
        "after": after.collect::<Vec<_>>(),
    }))
}
