//! What blocks and epochs did, as JSON.

use crate::state::pending_json;
use crate::write::text;
use serde_json::{Value, json};
use yuma_emission::{
    BlockReport, Gain, IncentiveTo, Ledger, Network, Payout, RootDividends, Subnet, SubnetEmission,
};

pub fn emission_json(emission: &SubnetEmission) -> Value {
    let terms = &emission.terms;
    json!({
        "netuid": emission.netuid,
        "base_share": text(emission.base_share.to_bits()),
        "weighted_share": text(emission.weighted_share.to_bits()),
        "gated_share": text(emission.gated_share.to_bits()),
        "share": text(emission.share.to_bits()),
        "emission": text(emission.emission.to_bits()),
        "terms": {
            "tao_in": text(terms.tao_in.to_bits()),
            "alpha_in": text(terms.alpha_in.to_bits()),
            "alpha_out": text(terms.alpha_out.to_bits()),
            "excess_tao": text(terms.excess_tao.to_bits()),
        },
        "tao_in": text(emission.tao_in),
        "alpha_in": text(emission.alpha_in),
        "alpha_out": text(emission.alpha_out),
        "excess_tao": text(emission.excess_tao),
        "alpha_bought": text(emission.alpha_bought),
        "tao_refused": text(emission.tao_refused),
        "tao_stranded": text(emission.tao_stranded),
        "pending": pending_json(&emission.pending),
    })
}

/// A block, and where it left each subnet's pool.
pub fn block_json(report: &BlockReport, network: &Network, operations: Vec<Value>) -> Value {
    json!({
        "block": text(report.block),
        "minted": text(report.minted),
        "unspent": text(report.unspent),
        "root_sell_flag": report.root_sell_flag,
        "total_issuance": text(network.globals.total_issuance),
        "block_emission": text(network.globals.block_emission),
        "operations": operations,
        "subnets": report.subnets.iter().map(emission_json).collect::<Vec<_>>(),
        "deferred": report.deferred,
        "skipped": report.skipped,
        "payouts": report.payouts.iter().map(payout_json).collect::<Vec<_>>(),
        "after": network.subnets().iter().map(after_json).collect::<Vec<_>>(),
    })
}

fn after_json(subnet: &Subnet) -> Value {
    json!({
        "netuid": subnet.netuid,
        "tao": text(subnet.pool.tao),
        "alpha": text(subnet.pool.alpha),
        "alpha_out": text(subnet.alpha_out),
        "quote_weight": text(subnet.pool.quote_weight),
        "moving_price": text(subnet.moving_price.to_bits()),
        "spot_price": text(subnet.pool.spot_price().to_bits()),
        "last": {
            "tao_in": text(subnet.last.tao_in),
            "alpha_in": text(subnet.last.alpha_in),
            "alpha_out": text(subnet.last.alpha_out),
            "excess_tao": text(subnet.last.excess_tao),
        },
        "pending": pending_json(&subnet.pending),
    })
}

pub fn payout_json(payout: &Payout) -> Value {
    let incentives = payout.incentives.iter().map(|incentive| {
        let (to, hotkey, coldkey) = match incentive.to {
            IncentiveTo::Stake { hotkey, coldkey } => ("stake", Some(hotkey.0), Some(coldkey.0)),
            IncentiveTo::Recycled => ("recycled", None, None),
            IncentiveTo::Burned => ("burned", None, None),
        };
        json!({
            "hotkey": incentive.hotkey.0,
            "rao": text(incentive.rao),
            "to": to,
            "to_hotkey": hotkey,
            "to_coldkey": coldkey,
        })
    });
    let alpha = payout.alpha.iter().map(|dividend| {
        json!({
            "hotkey": dividend.hotkey.0,
            "take": text(dividend.take),
            "nominators": text(dividend.nominators),
        })
    });
    let root = payout.root.iter().map(|dividend| {
        let rate = match dividend.to {
            RootDividends::Claimable(rate) => text(rate.to_bits()),
            RootDividends::ToOwner | RootDividends::ToBasket => Value::Null,
        };
        json!({
            "hotkey": dividend.hotkey.0,
            "take": text(dividend.take),
            "nominators": text(dividend.nominators),
            "claimable": rate,
        })
    });
    json!({
        "netuid": payout.netuid,
        "pending": pending_json(&payout.pending),
        "owner": payout.owner.map(|(hotkey, coldkey)| {
            json!({ "hotkey": hotkey.0, "coldkey": coldkey.0 })
        }),
        "incentives": incentives.collect::<Vec<_>>(),
        "alpha": alpha.collect::<Vec<_>>(),
        "root": root.collect::<Vec<_>>(),
        "miner_burned": text(payout.miner_burned.to_bits()),
        "childkey_burn": text(payout.childkey_burn),
        "ledger": ledger_json(&payout.ledger()),
    })
}

fn ledger_json(ledger: &Ledger) -> Value {
    json!({
        "pending": text(ledger.pending),
        "staked": text(ledger.staked),
        "claimable": text(ledger.claimable),
        "recycled": text(ledger.recycled),
        "burned": text(ledger.burned),
        "left": text(ledger.left()),
    })
}

pub fn gains_json(gains: &[Gain]) -> Value {
    gains
        .iter()
        .map(|gain| {
            json!({
                "hotkey": gain.hotkey.0,
                "coldkey": gain.coldkey.0,
                "rao": text(gain.rao),
            })
        })
        .collect()
}
