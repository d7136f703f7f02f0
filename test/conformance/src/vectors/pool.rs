use super::state;
use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use crate::write::text;
use serde_json::{Value, json};
use yuma_emission::{
    BlockReport, BlockRules, Globals, Keys, Network, Pending, Pool, Root, Side, Smoothing,
    StakeCount, Subnet, SubnetEmission, price_for_shares,
};
use yuma_fixed::U64F64;

pub fn smoothing(input: Field<'_>) -> Result<Smoothing, Fault> {
    Ok(Smoothing {
        moving_alpha: input.get("SubnetMovingAlpha").i96f32()?,
        halving_blocks: input.get("EMAPriceHalvingBlocks").int()?,
        first_emission_block: input.get("FirstEmissionBlockNumber").maybe(Field::int)?,
    })
}

pub fn moving_price(input: Field<'_>) -> Answer {
    let price = state::pool(input)?.spot_price();
    let moving_price = input.get("SubnetMovingPrice").i96f32()?;
    let old: U64F64 = price_for_shares(input.get("mechanism").int()?, moving_price);
    let new = smoothing(input)?.next(input.get("block").int()?, old, price);
    Ok(json!({
        "spot_price": text(price.to_bits()),
        "SubnetMovingPrice": text(new.to_bits()),
    }))
}

pub fn moving_price_of_300(input: Field<'_>) -> Answer {
    let subnet = state::subnet_of_300(input)?;
    let price = subnet.price();
    let block = input.get("block").int()?;
    let new = smoothing(input)?.next(block, subnet.price_for_shares(), price);
    Ok(json!({
        "spot_price": text(price.to_bits()),
        "SubnetMovingPrice": text(new.to_bits()),
    }))
}

pub fn balancer(input: Field<'_>) -> Answer {
    let tao_delta = input.get("tao_delta").int()?;
    let alpha_delta = input.get("alpha_delta").int()?;
    let pool = Pool {
        mechanism: 1,
        tao: input.get("tao_reserve").int()?,
        alpha: input.get("alpha_reserve").int()?,
        quote_weight: input.get("quote_weight").int()?,
        ..Pool::default()
    };
    let price = pool.price_at(pool.alpha, pool.tao);
    let target = input.get("target_price").u64f64()?;
    let wanted = input.get("tao_wanted").int()?;
    let ratio = |side, amount| text(pool.reserve_ratio(side, amount).to_bits());
    let amount = |side| text(pool.amount_to_price(side, price, target));
    let new_weight = pool.weight_after_adding(tao_delta, alpha_delta);
    Ok(json!({
        "price": text(price.to_bits()),
        "exp_base_quote": ratio(Side::SellAlpha, alpha_delta),
        "exp_quote_base": ratio(Side::BuyAlpha, tao_delta),
        "base_delta_in": amount(Side::SellAlpha),
        "quote_delta_in": amount(Side::BuyAlpha),
        "base_needed_for_quote": text(pool.alpha_needed_for_tao(wanted)),
        "update_weights_ok": new_weight.is_some(),
        "new_quote_weight": text(new_weight.unwrap_or(pool.quote_weight)),
    }))
}

/// What swaps and injections leave of a subnet.
pub fn subnet_text(subnet: &Subnet) -> Value {
    json!({
        "netuid": subnet.netuid,
        "PalSwapInitialized": subnet.pool.initialized,
        "SwapBalancer": text(subnet.pool.quote_weight),
        "SubnetTAO": text(subnet.pool.tao),
        "SubnetAlphaIn": text(subnet.pool.alpha),
        "SubnetAlphaOut": text(subnet.alpha_out),
        "SubnetTaoInEmission": text(subnet.last.tao_in),
        "SubnetAlphaInEmission": text(subnet.last.alpha_in),
        "SubnetAlphaOutEmission": text(subnet.last.alpha_out),
        "SubnetExcessTao": text(subnet.last.excess_tao),
        "SubnetProtocolAlpha": text(subnet.protocol_alpha),
        "SubnetProtocolFlow": text(subnet.protocol_flow.since),
        "SubnetVolume": text(subnet.volume),
        "PendingServerEmission": text(subnet.pending.server),
        "PendingValidatorEmission": text(subnet.pending.validator),
        "PendingRootAlphaDivs": text(subnet.pending.root),
        "PendingOwnerCut": text(subnet.pending.owner),
    })
}

pub fn swap(input: Field<'_>) -> Answer {
    let value = input.get("subnet").object()?;
    let mut subnet = Subnet {
        netuid: value.get("netuid").int()?,
        pool: state::pool(value)?,
        alpha_out: value.get("SubnetAlphaOut").int()?,
        ..Subnet::default()
    };
    swap_of(&mut subnet, input, StakeCount::Requested, 0)
}

/// A swap on a subnet's pool, and what it leaves.
pub fn swap_of(
    subnet: &mut Subnet,
    input: Field<'_>,
    count: StakeCount,
    mut total_stake: u64,
) -> Answer {
    let side = match input.get("side").text()? {
        "buy_alpha" => Side::BuyAlpha,
        "sell_alpha" => Side::SellAlpha,
        _ => return Err(input.get("side").fault("buy_alpha or sell_alpha")),
    };
    subnet.pool.fee_rate = input.get("FeeRate").int()?;
    let price_before = subnet.pool.spot_price();
    let result = subnet.swap(
        side,
        input.get("amount").int()?,
        input.get("limit_price_rao").int()?,
        input.get("drop_fees").flag()?,
        count,
        &mut total_stake,
    );
    let result = match result {
        Ok(swap) => json!({
            "amount_paid_in": text(swap.paid_in),
            "amount_paid_out": text(swap.paid_out),
            "fee_paid": text(swap.fee),
            "fee_to_block_author": text(swap.fee),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    Ok(json!({
        "price_before": text(price_before.to_bits()),
        "price_after": text(subnet.pool.spot_price().to_bits()),
        "result": result,
        "TotalStake": text(total_stake),
        "state": subnet_text(subnet),
    }))
}

pub fn emit_to_subnets(input: Field<'_>) -> Answer {
    let subnets = input.get("subnets").each(|subnet| {
        Ok(Subnet {
            netuid: subnet.get("netuid").int()?,
            first_emission_block: Some(1),
            subtoken_enabled: true,
            registration_allowed: true,
            emission_enabled: true,
            owner_cut_enabled: subnet.get("OwnerCutEnabled").flag()?,
            pool: state::pool(subnet)?,
            alpha_out: subnet.get("SubnetAlphaOut").int()?,
            pending: Pending {
                server: subnet.get("PendingServerEmission").int()?,
                validator: subnet.get("PendingValidatorEmission").int()?,
                root: subnet.get("PendingRootAlphaDivs").int()?,
                owner: subnet.get("PendingOwnerCut").int()?,
            },
            ..Subnet::default()
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
    network.emit(&BlockRules::WITH_CLAIMS, &mut report);
    let subnets = network.subnets().iter();
    Ok(json!({
        "TotalIssuance": text(network.globals.total_issuance),
        "TotalStake": text(network.globals.total_stake),
        "subnets": subnets.map(subnet_text).collect::<Vec<_>>(),
    }))
}
