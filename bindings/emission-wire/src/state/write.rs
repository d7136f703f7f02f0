use crate::write::{maybe, numbers, rows, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, Consensus, Flow, Keys, MechanismState, Network, Part, Pending, Pool, Schedule,
    SharePool, Stored, Subnet,
};
use yuma_epoch::{StoredRows, Terms};

pub fn network_json(network: &Network) -> Value {
    let globals = &network.globals;
    json!({
        "block": text(globals.block),
        "total_issuance": text(globals.total_issuance),
        "balances_issuance": text(globals.balances_issuance),
        "total_stake": text(globals.total_stake),
        "block_emission": text(globals.block_emission),
        "tao_weight": text(globals.tao_weight),
        "childkey_burn": text(globals.childkey_burn),
        "subnet_owner_cut": globals.subnet_owner_cut,
        "max_epochs_per_block": globals.max_epochs_per_block,
        "stake_threshold": text(globals.stake_threshold),
        "moving_alpha": text(globals.moving_alpha.to_bits()),
        "flow": {
            "cutoff": text(globals.flow.cutoff.to_bits()),
            "exponent": text(globals.flow.exponent.to_bits()),
            "smoothing_factor": text(globals.flow.smoothing_factor),
            "net": globals.flow.net,
        },
        "gate": {
            "bar": text(globals.gate.bar.to_bits()),
            "quantile": text(globals.gate.quantile.to_bits()),
            "rank": globals.gate.rank,
            "exponent": text(globals.gate.exponent.to_bits()),
        },
        "root": {
            "tao": text(network.root.tao),
            "stakes": stakes_json(&network.root.stakes),
            "registered": network.root.registered.iter().map(|hotkey| hotkey.0).collect::<Vec<_>>(),
        },
        "keys": keys_json(&network.keys),
        "subnets": network.subnets().iter().map(subnet_json).collect::<Vec<_>>(),
    })
}

pub fn keys_json(keys: &Keys) -> Value {
    let hotkeys = |hotkeys: &Vec<Account>| hotkeys.iter().map(|h| Value::from(h.0)).collect();
    json!({
        "owner": rows(&keys.owner, |coldkey| coldkey.0.into()),
        "take": rows(&keys.take, |&take| take.into()),
        "owned_hotkeys": rows(&keys.owned_hotkeys, hotkeys),
        "staking_hotkeys": rows(&keys.staking_hotkeys, hotkeys),
    })
}

fn stakes_json(stakes: &BTreeMap<Account, SharePool>) -> Value {
    stakes
        .iter()
        .map(|(hotkey, pool)| {
            json!({
                "hotkey": hotkey.0,
                "total": text(pool.total),
                "denominator": maybe(pool.denominator, stored_json),
                "shares": rows(&pool.shares, |&share| stored_json(share)),
            })
        })
        .collect()
}

fn stored_json(stored: Stored) -> Value {
    match stored {
        Stored::Legacy(bits) => json!({ "legacy": text(bits.to_bits()) }),
        Stored::Float(value) => json!({
            "mantissa": text(value.mantissa()),
            "exponent": text(value.exponent()),
        }),
    }
}

pub fn pool_json(pool: &Pool) -> Value {
    json!({
        "mechanism": pool.mechanism,
        "tao": text(pool.tao),
        "alpha": text(pool.alpha),
        "quote_weight": text(pool.quote_weight),
        "initialized": pool.initialized,
        "fee_rate": pool.fee_rate,
    })
}

pub fn pending_json(pending: &Pending) -> Value {
    json!({
        "server": text(pending.server),
        "validator": text(pending.validator),
        "root": text(pending.root),
        "owner": text(pending.owner),
    })
}

pub fn schedule_json(schedule: &Schedule) -> Value {
    json!({
        "tempo": schedule.tempo,
        "last_epoch_block": text(schedule.last_epoch_block),
        "pending_epoch_at": text(schedule.pending_epoch_at),
        "blocks_since_last_step": text(schedule.blocks_since_last_step),
        "epoch_index": text(schedule.epoch_index),
        "last_mechanism_step_block": text(schedule.last_mechanism_step_block),
    })
}

fn flow_json(flow: &Flow) -> Value {
    let average = maybe(
        flow.average,
        |(block, average)| json!({ "block": text(block), "average": text(average.to_bits()) }),
    );
    json!({ "since": text(flow.since), "average": average })
}

fn parts_json(parts: &[Part]) -> Value {
    parts
        .iter()
        .map(|(part, account)| json!([text(part), account.0]))
        .collect()
}

pub fn subnet_json(subnet: &Subnet) -> Value {
    let mut json = json!({
        "netuid": subnet.netuid,
        "first_emission_block": maybe(subnet.first_emission_block, text),
        "subtoken_enabled": subnet.subtoken_enabled,
        "registration_allowed": subnet.registration_allowed,
        "emission_enabled": subnet.emission_enabled,
        "owner_cut_enabled": subnet.owner_cut_enabled,
        "pool": pool_json(&subnet.pool),
        "alpha_out": text(subnet.alpha_out),
        "moving_price": text(subnet.moving_price.to_bits()),
        "price_halving_blocks": text(subnet.price_halving_blocks),
        "miner_burned": text(subnet.miner_burned.to_bits()),
        "root_prop": text(subnet.root_prop.to_bits()),
        "user_flow": flow_json(&subnet.user_flow),
        "protocol_flow": flow_json(&subnet.protocol_flow),
        "last": {
            "tao_in": text(subnet.last.tao_in),
            "alpha_in": text(subnet.last.alpha_in),
            "alpha_out": text(subnet.last.alpha_out),
            "excess_tao": text(subnet.last.excess_tao),
        },
        "protocol_alpha": text(subnet.protocol_alpha),
        "volume": text(subnet.volume),
        "alpha_recycled": text(subnet.alpha_recycled),
        "alpha_burned": text(subnet.alpha_burned),
    });
    let more = json!({
        "pending": pending_json(&subnet.pending),
        "schedule": schedule_json(&subnet.schedule),
        "owner": subnet.owner.map(|owner| owner.0),
        "owner_hotkey": subnet.owner_hotkey.map(|hotkey| hotkey.0),
        "leased": subnet.leased,
        "recycles_owner_incentive": subnet.recycles_owner_incentive,
        "neurons": subnet
            .neurons
            .iter()
            .map(|n| json!({ "hotkey": n.hotkey.0, "childkey_take": n.childkey_take }))
            .collect::<Vec<_>>(),
        "min_childkey_take": subnet.min_childkey_take,
        "children": rows(&subnet.relations.children, |parts| parts_json(parts)),
        "parents": rows(&subnet.relations.parents, |parts| parts_json(parts)),
        "pending_children": subnet
            .pending_children
            .iter()
            .map(|row| {
                json!({
                    "hotkey": row.hotkey.0,
                    "children": parts_json(&row.children),
                    "cooldown_block": text(row.cooldown_block),
                })
            })
            .collect::<Vec<_>>(),
        "auto_stake": rows(&subnet.auto_stake, |hotkey| hotkey.0.into()),
        "stakes": stakes_json(&subnet.stakes),
        "root_claimable": rows(&subnet.root_claimable, |rate| text(rate.to_bits())),
        "alpha_dividends": rows(&subnet.alpha_dividends, |&rao| text(rao)),
        "root_dividends": rows(&subnet.root_dividends, |&rao| text(rao)),
        "alpha_last_epoch": rows(&subnet.alpha_last_epoch, |&rao| text(rao)),
        "consensus": maybe(subnet.consensus.as_ref(), consensus_json),
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut json, more) {
        all.extend(more);
    }
    json
}

fn consensus_json(consensus: &Consensus) -> Value {
    json!({
        "activity_cutoff_blocks": text(consensus.activity_cutoff_blocks),
        "max_allowed_validators": consensus.max_allowed_validators,
        "commit_reveal_enabled": consensus.commit_reveal_enabled,
        "kappa": consensus.kappa,
        "bonds_penalty": consensus.bonds_penalty,
        "bonds_moving_average": text(consensus.bonds_moving_average),
        "yuma3_on": consensus.yuma3_on,
        "liquid_alpha_on": consensus.liquid_alpha_on,
        "alpha_low": consensus.alpha_low,
        "alpha_high": consensus.alpha_high,
        "alpha_sigmoid_steepness": consensus.alpha_sigmoid_steepness,
        "block_at_registration": texts(&consensus.block_at_registration),
        "validator_permit": numbers(&consensus.validator_permit),
        "mechanism_emission_split": maybe(consensus.split.as_deref(), numbers),
        "mechanisms": consensus.mechanisms.iter().map(mechanism_json).collect::<Vec<_>>(),
        "terms": terms_json(&consensus.terms),
    })
}

fn mechanism_json(mechanism: &MechanismState) -> Value {
    json!({
        "last_update": texts(&mechanism.last_update),
        "weights": rows_json(&mechanism.weights),
        "bonds": rows_json(&mechanism.bonds),
        "commit_blocks": texts(&mechanism.commit_blocks),
        "incentive": numbers(&mechanism.incentive),
    })
}

fn rows_json(rows: &StoredRows) -> Value {
    json!({
        "row_start": numbers(&rows.start),
        "uid": numbers(&rows.uid),
        "value": numbers(&rows.value),
    })
}

fn terms_json(terms: &Terms) -> Value {
    json!({
        "stake_weight": numbers(&terms.stake_weight),
        "consensus": numbers(&terms.consensus),
        "incentive": numbers(&terms.incentive),
        "dividends": numbers(&terms.dividends),
        "validator_trust": numbers(&terms.validator_trust),
        "active": numbers(&terms.active),
        "validator_permit": numbers(&terms.validator_permit),
        "server_emission": texts(&terms.server_emission),
        "validator_emission": texts(&terms.validator_emission),
        "emission": texts(&terms.emission),
        "stake": texts(&terms.stake),
    })
}
