//! The functions on a network's state.

use crate::Answer;
use crate::error::Fault;
use crate::operations::{self, Epochs, swap_json};
use crate::read::Field;
use crate::report::{block_json, emission_json, gains_json, payout_json};
use crate::state::{self, keys_json, network_json, pool_json, subnet_json};
use crate::write::{maybe, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, DividendSplit, EpochContext, EpochSource, PayoutRule, Rates, Relations, Rules,
    ShareBasis, StakeCount, StakeWeights, Subnet, YumaEpochs, mintable, proportion_u64, spec300,
};

/// Blocks that one call runs at most.
const MAX_BLOCKS: u32 = 100_000;
/// Subnets' blocks that one call reports at most: the answer is held whole.
const MAX_REPORTED: usize = 1 << 19;

pub fn known_spec_versions() -> Value {
    Rules::known()
        .filter_map(|version| Rules::for_spec(version).ok())
        .map(|rules| {
            json!({
                "spec_version": rules.spec_version,
                "dividends": rules.dividends.is_some(),
                "block": rules.block.is_some(),
            })
        })
        .collect()
}

pub fn rules(request: Field<'_>) -> Result<Rules, Fault> {
    Ok(Rules::for_spec(request.get("spec_version").int()?)?)
}

/// How dividends split at a version of which the distribution is known.
fn dividends(rules: &Rules) -> Result<DividendSplit, Fault> {
    if let (Some(_), Some(dividends)) = (rules.block, rules.dividends) {
        return Ok(dividends);
    }
    let version = rules.spec_version;
    let known =
        Rules::known().filter(|&known| Rules::for_spec(known).is_ok_and(|r| r.block.is_some()));
    let nearest = known
        .min_by_key(|known| known.abs_diff(version))
        .unwrap_or_default();
    Err(Fault::new(
        "spec_version",
        format!(
            "expected a spec version whose distribution is known; of {version} it is not, the nearest is {nearest}"
        ),
    ))
}

fn yuma(rules: &Rules) -> Result<YumaEpochs, Fault> {
    Ok(YumaEpochs {
        rules: yuma_epoch::Rules::for_spec(rules.spec_version)?,
        settings: yuma_epoch::Settings::default(),
    })
}

pub fn block_emission(request: Field<'_>) -> Answer {
    let emission = yuma_emission::block_emission(request.get("issuance").int()?);
    Ok(json!({ "emission": maybe(emission, text) }))
}

pub fn shares(request: Field<'_>) -> Answer {
    let rules = rules(request)?;
    let mut network = state::read_network(request.get("network"))?;
    let globals = &network.globals;
    let block = globals.block.saturating_add(1);
    let minted = match request.get("minted").maybe(Field::int)? {
        Some(minted) => minted,
        None => mintable(globals.total_issuance, globals.balances_issuance),
    };
    let subnets = network.share(&rules, block, minted);
    Ok(json!({
        "block": text(block),
        "minted": text(minted),
        "subnets": subnets.iter().map(emission_json).collect::<Vec<_>>(),
        "gate_bar": text(network.globals.gate.bar.to_bits()),
    }))
}

/// The blocks' reports and the network after them, as text: each report is written when its block has run, as its values
/// take ten times the room of its text.
pub fn run_blocks(request: Field<'_>) -> Result<String, Fault> {
    let rules = rules(request)?;
    // Before the state is read, and whether or not an epoch comes.
    dividends(&rules)?;
    let yuma = yuma(&rules)?;
    let blocks: u32 = request.get("blocks").int()?;
    if blocks > MAX_BLOCKS {
        return Err(request
            .get("blocks")
            .fault(format!("at most {MAX_BLOCKS} blocks in one call")));
    }
    let last_only = match request.get("reports").maybe(Field::text)? {
        None | Some("all") => false,
        Some("last") => true,
        Some(_) => return Err(request.get("reports").fault("all or last")),
    };
    let mut network = state::read_network(request.get("network"))?;
    let reported = (blocks as usize).saturating_mul(network.subnets().len());
    if !last_only && reported > MAX_REPORTED {
        return Err(request.get("blocks").fault(format!(
            "at most {MAX_REPORTED} blocks times subnets where all are reported"
        )));
    }
    let steps = match request.get("steps") {
        steps if steps.is_null() => Vec::new(),
        steps => steps.list()?.collect(),
    };
    if steps.len() > blocks as usize {
        return Err(request
            .get("steps")
            .fault("at most one step for each block"));
    }
    let mut reports = String::new();
    for block in 0..blocks as usize {
        let step = steps.get(block);
        let report = run_block(&mut network, &rules, yuma, step.copied())?;
        if last_only {
            reports.clear();
        } else if !reports.is_empty() {
            reports.push(',');
        }
        reports.push_str(&report.to_string());
    }
    let network = network_json(&network);
    Ok(format!(r#"{{"reports":[{reports}],"network":{network}}}"#))
}

fn run_block(
    network: &mut yuma_emission::Network,
    rules: &Rules,
    yuma: YumaEpochs,
    step: Option<Field<'_>>,
) -> Answer {
    let none = Field::root(&Value::Null);
    let given = step.map_or(none, |step| step.get("epochs"));
    let mut epochs = Epochs::new(yuma, given)?;
    let operations = match step.map(|step| step.get("operations")) {
        Some(operations) if !operations.is_null() => {
            let count = rules.whole_block()?.0.stake_count;
            operations.each(|operation| operations::apply(network, count, operation))?
        }
        _ => Vec::new(),
    };
    let report = network.run_block(rules, &mut epochs)?;
    epochs.finish()?;
    Ok(block_json(&report, network, operations))
}

pub fn distribute(request: Field<'_>) -> Answer {
    let rules = rules(request)?;
    let (steps, _) = rules.whole_block()?;
    if steps.payout == PayoutRule::ToBaskets {
        // Its state has collateral and baskets, which do not cross yet.
        return Err(Fault::new(
            "spec_version",
            "expected a spec version before root dividends go to baskets",
        ));
    }
    let rates = Rates {
        dividends: dividends(&rules)?,
        tao_weight: proportion_u64(request.get("tao_weight").int()?),
        childkey_burn: proportion_u64(request.get("childkey_burn").int()?),
        payout: steps.payout,
        shares: steps.shares,
    };
    let mut root = state::root(request.get("root"))?;
    let mut keys = state::keys(request.get("keys"))?;
    let mut subnet = checked(state::subnet(request.get("subnet"))?)?;
    let pending = match request.get("pending").maybe(state::pending)? {
        Some(pending) => pending,
        None => std::mem::take(&mut subnet.pending),
    };
    let emission = match request.get("emission").maybe(operations::emission)? {
        Some(emission) => emission,
        None => {
            let context = EpochContext {
                block: request.get("block").int()?,
                emission: pending.for_epoch(),
                root: &root,
                tao_weight: rates.tao_weight,
                stake_threshold: request.get("stake_threshold").int()?,
                pending,
                suspended: &keys.suspended,
            };
            let none = Field::root(&Value::Null);
            Epochs::new(yuma(&rules)?, none)?.run(&context, &mut subnet)?
        }
    };
    let before = subnet.stakes.clone();
    let payout = yuma_emission::distribute(
        &mut subnet,
        &mut root,
        &mut keys,
        &rates,
        &pending,
        &emission,
    );
    let gains = yuma_emission::gains(steps.shares, &before, &subnet.stakes);
    let paid = emission
        .iter()
        .map(|e| json!([e.hotkey.0, text(e.server), text(e.validator)]));
    Ok(json!({
        "emission": paid.collect::<Vec<_>>(),
        "payout": payout_json(&payout),
        "gains": gains_json(&gains),
        "subnet": subnet_json(&subnet),
        "keys": keys_json(&keys),
    }))
}

/// A subnet that a network could have.
fn checked(subnet: Subnet) -> Result<Subnet, Fault> {
    let network = yuma_emission::Network::new(
        Default::default(),
        Default::default(),
        Default::default(),
        vec![subnet],
    )?;
    Ok(network.subnets()[0].clone())
}

pub fn swap(request: Field<'_>) -> Answer {
    let side = operations::side(request.get("side"))?;
    let mut subnet = Subnet {
        pool: state::pool(request.get("pool"))?,
        ..Subnet::default()
    };
    let swap = subnet.swap(
        side,
        request.get("amount").int()?,
        operations::limit(request.get("limit"), side)?,
        request.get("drop_fees").flag()?,
        StakeCount::Requested,
        &mut 0,
    );
    Ok(json!({ "swap": swap_json(swap), "pool": pool_json(&subnet.pool) }))
}

pub fn quote(request: Field<'_>) -> Answer {
    let pool = state::pool(request.get("pool"))?;
    let side = operations::side(request.get("side"))?;
    Ok(match pool.quote(side, request.get("amount").int()?) {
        Err(refusal) => swap_json(Err(refusal)),
        Ok(quote) => json!({
            "swap": swap_json(Ok(quote.swap)),
            "price_before": text(quote.price_before.to_bits()),
            "price_after": text(quote.price_after.to_bits()),
        }),
    })
}

pub fn stake_weights(request: Field<'_>) -> Answer {
    let parts = |row: Field<'_>| row.each(state::part);
    let relations = Relations {
        children: request.get("children").by_account(state::parts_of_one)?,
        parents: request.get("parents").by_account(parts)?,
    };
    let alpha: BTreeMap<Account, u64> = request.get("alpha").by_account(Field::int)?;
    let root: BTreeMap<Account, u64> = request.get("root").by_account(Field::int)?;
    let hotkeys = request
        .get("hotkeys")
        .each(|hotkey| hotkey.maybe(Field::account))?;
    let stake = |of: &BTreeMap<Account, u64>, hotkey| of.get(&hotkey).copied().unwrap_or(0);
    let weights = StakeWeights::new(
        request.get("netuid").int()?,
        hotkeys,
        &relations,
        proportion_u64(request.get("tao_weight").int()?),
        |hotkey| stake(&alpha, hotkey),
        |hotkey| stake(&root, hotkey),
    );
    Ok(json!({
        "total": texts(weights.total.iter().map(|weight| weight.to_bits())),
        "alpha": texts(weights.alpha.iter().map(|weight| weight.to_bits())),
        "tao": texts(weights.tao.iter().map(|weight| weight.to_bits())),
    }))
}

pub fn schedule(request: Field<'_>) -> Answer {
    let rules = rules(request)?;
    let schedule = state::schedule(request.get("schedule"))?;
    let block: u64 = request.get("block").int()?;
    let (due, until, next) = if rules.shares.basis == ShareBasis::PriceProduct {
        let netuid = request.get("netuid").int()?;
        let until = spec300::blocks_until_epoch(netuid, schedule.tempo, block);
        let next = until.map(|until| block.saturating_add(until));
        (until == Some(0), until, next)
    } else {
        let net = rules.whole_block()?.0.safety_net;
        let until = schedule.blocks_until_tempo(block);
        (
            schedule.is_due(net, block),
            until,
            schedule.next_epoch_block(),
        )
    };
    Ok(json!({
        "due": due,
        "blocks_until_tempo": maybe(until, text),
        "next_epoch_block": maybe(next, text),
    }))
}

pub fn split_emission(request: Field<'_>) -> Answer {
    let split: Option<Vec<u16>> = request
        .get("mechanism_emission_split")
        .maybe(|split| split.each(Field::int))?;
    let count: u8 = request.get("mechanism_count").int()?;
    let emission = request.get("emission").int()?;
    let shares = yuma_epoch::split_emission(emission, split.as_deref(), count.into());
    Ok(texts(shares))
}
