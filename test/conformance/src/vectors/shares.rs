use super::state;
use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use crate::write::{maybe, text, texts};
use serde_json::{Value, json};
use yuma_emission::spec300::{self, BlockSplit, PendingSplit};
use yuma_emission::{
    Flow, FlowSettings, Gate, Rules, SafetyNet, Schedule, ShareBasis, Shares, Slot, Terms,
    Weighing, block_emission as emission_at, deferred_for_reveal, price_for_shares, price_shares,
    proportion_u16, proportion_u64, root_proportion as root_part, root_sell_flag,
    weighted_root_tao,
};
use yuma_fixed::{U64F64, U96F32};

/// The first version whose vectors have the shares after the switch too: those of 475, and what they stand for.
const FIRST_WITH_PAID: u32 = 449;

/// What the runtime starts `BlockEmission` with.
const STORED_EMISSION: u64 = 1_000_000_000;

pub fn block_emission(input: Field<'_>) -> Answer {
    let emission = emission_at(input.get("issuance").int()?);
    Ok(json!({
        "emission": text(emission.unwrap_or(0)),
        "BlockEmission_after": text(emission.unwrap_or(STORED_EMISSION)),
    }))
}

pub fn by_flow(input: Field<'_>) -> Answer {
    let settings = FlowSettings {
        cutoff: input.get("TaoFlowCutoff").i64f64()?,
        exponent: input.get("FlowNormExponent").u64f64()?,
        smoothing_factor: input.get("FlowEmaSmoothingFactor").int()?,
        net: input.get("NetTaoFlowEnabled").flag()?,
    };
    let block = input.get("block").int()?;
    let flow = |since: Field<'_>, average: Field<'_>| -> Result<Flow, Fault> {
        Ok(Flow {
            since: since.int()?,
            average: average.maybe(|row| Ok((row.at(0).int()?, row.at(1).i64f64()?)))?,
        })
    };
    let (mut after, mut averages) = (Vec::new(), Vec::new());
    for subnet in input.get("subnets").list()? {
        let [mut user, mut protocol] = [
            flow(subnet.get("SubnetTaoFlow"), subnet.get("SubnetEmaTaoFlow"))?,
            flow(
                subnet.get("SubnetProtocolFlow"),
                subnet.get("SubnetEmaProtocolFlow"),
            )?,
        ];
        let smoothing = settings.smoothing();
        let moved = (
            user.advance(block, smoothing),
            protocol.advance(block, smoothing),
        );
        averages.push(moved);
        let stored = [user, protocol].into_iter().filter_map(|flow| flow.average);
        let row: Vec<Value> = stored
            .flat_map(|(block, average)| [text(block), text(average.to_bits())])
            .collect();
        after.push(row);
    }
    let shares = settings.shares(&averages);
    Ok(json!({
        "shares": texts(shares.iter().map(|share| share.to_bits())),
        "emas_after": after,
    }))
}

fn weighing(network: Field<'_>, subnet: Field<'_>) -> Result<Weighing, Fault> {
    let root_proportion = if network.get("root_SubnetTAO").is_null() {
        U96F32::ZERO
    } else {
        root_part(root_tao(network)?, state::alpha_issuance(subnet)?)
    };
    Ok(Weighing {
        miner_burned: subnet.get("MinerBurned").u96f32()?,
        root_proportion,
        emission_enabled: subnet.get("SubnetEmissionEnabled").flag()?,
    })
}

pub fn root_tao(network: Field<'_>) -> Result<U96F32, Fault> {
    let tao_weight = proportion_u64(network.get("TaoWeight").int()?);
    let root_tao = network.get("root_SubnetTAO").int()?;
    Ok(weighted_root_tao(root_tao, tao_weight))
}

fn gate(input: Field<'_>) -> Result<Gate, Fault> {
    let usual = Gate::default();
    if input.get("EmissionGateBar").is_null() {
        return Ok(usual);
    }
    Ok(Gate {
        bar: input.get("EmissionGateBar").u64f64()?,
        quantile: input.get("EmissionBarQuantile").u64f64()?,
        exponent: input.get("EmissionGateExponent").u64f64()?,
        rank: input
            .get("EmissionBarRank")
            .maybe(Field::int)?
            .unwrap_or(usual.rank),
    })
}

pub fn by_price(rules: &Rules, input: Field<'_>) -> Answer {
    if rules.shares.basis != ShareBasis::MovingPrice {
        return Err(Fault::new(
            "spec_version",
            "expected a spec version whose shares are by moving price",
        ));
    }
    let subnets: Vec<Field<'_>> = input.get("subnets").list()?.collect();
    let price = |subnet: &Field<'_>| -> Result<U64F64, Fault> {
        let moving_price = subnet.get("SubnetMovingPrice").i96f32()?;
        Ok(price_for_shares(
            subnet.get("mechanism").int()?,
            moving_price,
        ))
    };
    let prices: Vec<U64F64> = subnets.iter().map(price).collect::<Result<_, _>>()?;
    let weighing: Vec<Weighing> = subnets
        .iter()
        .map(|&subnet| weighing(input, subnet))
        .collect::<Result<_, _>>()?;
    let mut gate = gate(input)?;
    let block = input.get("block").maybe(Field::int)?.unwrap_or(0);
    let base = price_shares(&prices);
    let shares = Shares::weigh(&rules.shares, base, &weighing, &mut gate, block);
    let column = |shares: &[U64F64]| texts(shares.iter().map(|share| share.to_bits()));
    let emissions = shares.emissions(input.get("block_emission").int()?);
    let mut out = json!({
        "price_shares": column(&shares.base),
        "shares": column(&shares.gated),
        "emissions": texts(emissions.map(|emission| emission.to_bits())),
        "root_sell_flag": root_sell_flag(prices),
    });
    if rules.shares.gate.is_some() {
        out["pre_gate_shares"] = column(&shares.weighted);
        out["EmissionGateBar"] = text(gate.bar.to_bits());
    }
    if rules.spec_version >= FIRST_WITH_PAID {
        out["paid_shares"] = column(&shares.paid);
    }
    Ok(out)
}

pub fn root_proportion(input: Field<'_>) -> Answer {
    let tao_weight = proportion_u64(input.get("TaoWeight").int()?);
    let part = root_part(root_tao(input)?, state::alpha_issuance(input)?);
    Ok(json!({
        "tao_weight": text(tao_weight.to_bits()),
        "root_proportion": text(part.to_bits()),
    }))
}

pub fn terms(input: Field<'_>) -> Answer {
    let root_tao = root_tao(input)?;
    let mut stored_emission = STORED_EMISSION;
    let terms = input.get("subnets").each(|subnet| {
        let issuance = state::alpha_issuance(subnet)?;
        let emission = emission_at(issuance);
        stored_emission = emission.unwrap_or(stored_emission);
        Ok(Terms::new(
            subnet.get("emission").u96f32()?,
            emission.unwrap_or(0),
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
        "BlockEmission_after": text(stored_emission),
    }))
}

/// A subnet's schedule, whether its keys are unique, and what the vectors name it by.
struct Scheduled<'a> {
    schedule: Schedule,
    unique: bool,
    netuid: &'a Value,
    pendings: &'a Value,
}

pub fn schedule(input: Field<'_>) -> Answer {
    let block: u64 = input.get("block").int()?;
    let cap: u8 = input.get("MaxEpochsPerBlock").int()?;
    let mut subnets = input.get("subnets").each(|subnet| {
        Ok(Scheduled {
            schedule: Schedule {
                tempo: subnet.get("Tempo").int()?,
                last_epoch_block: subnet.get("LastEpochBlock").int()?,
                pending_epoch_at: subnet.get("PendingEpochAt").int()?,
                blocks_since_last_step: subnet.get("BlocksSinceLastStep").int()?,
                ..Schedule::default()
            },
            unique: !subnet.get("keys_have_duplicate").flag()?,
            netuid: subnet.get("netuid").json(),
            pendings: subnet.get("pendings").json(),
        })
    })?;
    let net = SafetyNet::AfterMaxTempo;
    let due: Vec<bool> = subnets
        .iter()
        .map(|s| s.schedule.is_due(net, block))
        .collect();
    let schedules = subnets.iter().map(|s| (&s.schedule, s.unique));
    let deferred = deferred_for_reveal(net, schedules, block, cap);
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
        "due_before_increment": due,
        "deferred_for_reveal": deferred.iter().map(|&i| subnets[i].netuid).collect::<Vec<_>>(),
        "drained": drained,
        "after": after.collect::<Vec<_>>(),
    }))
}

pub fn terms_of_300(input: Field<'_>) -> Answer {
    let mut subnets: Vec<(u16, spec300::Subnet)> = Vec::new();
    for subnet in input.get("subnets").list()? {
        if subnet.get("has_first_emission_block").flag()? {
            subnets.push((subnet.get("netuid").int()?, state::subnet_of_300(subnet)?));
        }
    }
    let split = BlockSplit::new(input.get("block_emission").int()?);
    let prices: Vec<U96F32> = subnets.iter().map(|s| s.1.price_for_shares()).collect();
    let emissions = spec300::emissions(split.subnets, &prices);
    let rows = subnets.iter().zip(prices).zip(emissions);
    let terms = rows.map(|(((netuid, subnet), moving_price), emission)| {
        let terms = subnet.terms(emission);
        json!({
            "netuid": netuid,
            "price": text(subnet.price().to_bits()),
            "moving_price": text(moving_price.to_bits()),
            "tao_in": text(terms.tao_in.to_bits()),
            "alpha_in": text(terms.alpha_in.to_bits()),
            "alpha_out": text(terms.alpha_out.to_bits()),
        })
    });
    Ok(json!({
        "terms": terms.collect::<Vec<_>>(),
        "subnet_block_emission": text(split.subnets.to_bits()),
        "node_validator_emission": text(split.node_validators.saturating_to_u64()),
    }))
}

pub fn pending_of_300(input: Field<'_>) -> Answer {
    let tao_weight = proportion_u64(input.get("TaoWeight").int()?);
    let root_tao = weighted_root_tao(input.get("root_tao").int()?, tao_weight);
    let root = root_part(root_tao, input.get("alpha_issuance").int()?);
    let split = PendingSplit::new(
        U96F32::saturating_from_int(i128::from(input.get("alpha_out").int::<u64>()?)),
        proportion_u16(input.get("SubnetOwnerCut").int()?),
        root,
    );
    Ok(json!({
        "owner_cut": text(split.owner),
        "root_alpha": text(split.root),
        "pending_alpha": text(split.rest),
        "root_proportion": text(root.to_bits()),
    }))
}

pub fn validator_alpha_of_300(input: Field<'_>) -> Answer {
    let pending = input.get("pending_alpha").int()?;
    let root = input.get("pending_swapped").int()?;
    let has_incentives = input.get("incentive_sum").int::<u64>()? != 0;
    Ok(json!({
        "epoch_emission": text(spec300::epoch_emission(pending, root)),
        "pending_validator_alpha": text(spec300::validator_alpha(pending, root, has_incentives)),
    }))
}

pub fn schedule_of_300(input: Field<'_>) -> Answer {
    let blocks = spec300::blocks_until_epoch(
        input.get("netuid").int()?,
        input.get("tempo").int()?,
        input.get("block").int()?,
    );
    Ok(json!({
        "due": blocks == Some(0),
        "blocks_until_next_epoch": maybe(blocks.or(Some(u64::MAX)), text),
    }))
}
