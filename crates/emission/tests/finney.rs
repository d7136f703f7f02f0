//! Blocks of finney's own: what two injected and bought, from the state before, and what one paid, to the rao.
//!
//! The states are others' publications, which stay beside this repository, in `../shared/real`; where that
//! folder is absent there is nothing to test.

mod common;

use common::{flag, int, list, maybe, read_document};
use serde_json::Value;
use std::path::Path;
use yuma_emission::{
    Account, BlockReport, Gate, Globals, Keys, Network, Pool, Root, Rules, SafeFloat, SharePool,
    Stored, Subnet, mintable,
};
use yuma_fixed::{I96F32, U64F64, U96F32};

/// A published pair of states, or `None` with a message.
fn published(name: &str) -> Option<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/real");
    let path = Path::new(folder).join(name);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(read_document(&path))
}

fn gate(globals: &Value) -> Gate {
    let bits = |name: &str| U64F64::from_bits(int(&globals[name]));
    let defaults = Gate::default();
    assert!(globals["EmissionBarRank"].is_null() && globals["EmissionGateExponent"].is_null());
    Gate {
        bar: bits("EmissionGateBar_u64f64"),
        quantile: bits("EmissionBarQuantile_u64f64"),
        ..defaults
    }
}

/// A subnet; what the publication lacks of a pool is 0.
fn subnet(value: &Value) -> Subnet {
    Subnet {
        netuid: int(&value["netuid"]),
        first_emission_block: flag(&value["FirstEmissionBlockNumber_set"]).then_some(1),
        subtoken_enabled: value["SubtokenEnabled"].as_bool().unwrap_or(true),
        registration_allowed: true,
        emission_enabled: flag(&value["SubnetEmissionEnabled"]),
        pool: Pool {
            mechanism: 1,
            tao: maybe(&value["SubnetTAO"]).unwrap_or(0),
            alpha: int(&value["SubnetAlphaIn"]),
            quote_weight: int(&value["SwapBalancer"]),
            initialized: true,
            ..Pool::default()
        },
        alpha_out: int(&value["SubnetAlphaOut"]),
        moving_price: I96F32::from_bits(int(&value["SubnetMovingPrice_i96f32"])),
        miner_burned: U96F32::from_bits(int(&value["MinerBurned_u96f32"])),
        ..Subnet::default()
    }
}

/// The network after what the published block minted, shared and brought to its subnets, by the rules of a version.
fn emitted(document: &Value, spec_version: u32) -> Network {
    let globals = &document["globals"];
    let issuance = int(&globals["TotalIssuance"]);
    let subnets = list(&document["subnets"]).iter().map(subnet).collect();
    let state = Globals {
        total_issuance: issuance,
        balances_issuance: issuance,
        tao_weight: int(&globals["TaoWeight"]),
        gate: gate(globals),
        ..Globals::default()
    };
    let root = Root {
        tao: int(&globals["root_SubnetTAO"]),
        ..Root::default()
    };
    let mut network = Network::new(state, root, Keys::default(), subnets).expect("valid");
    let rules = Rules::for_spec(spec_version).expect("known");
    let block = int(&document["observed_in_block"]);
    let minted = mintable(issuance, issuance);
    let mut report = BlockReport {
        minted,
        subnets: network.share(&rules, block, minted),
        ..BlockReport::default()
    };
    network.emit(&rules.own_part().expect("known"), &mut report);
    network
}

/// Compares a column with what was observed, where it was and the pool is known, and gives in how many
/// subnets.
fn compare(document: &Value, network: &Network, name: &str, of: impl Fn(&Subnet) -> u64) -> usize {
    let mut compared = 0;
    for value in list(&document["subnets"]) {
        let observed: Option<u64> = maybe(&value[name]);
        let (Some(observed), false) = (observed, value["SubnetTAO"].is_null()) else {
            continue;
        };
        let netuid = int(&value["netuid"]);
        let got = of(network.subnet(netuid).expect("there"));
        assert_eq!(got, observed, "{name} of subnet {netuid}");
        compared += 1;
    }
    compared
}

#[test]
fn block_9_240_382_at_spec_475() {
    let Some(document) = published("finney-9240382-spec475.json.gz") else {
        return;
    };
    let network = emitted(&document, 475);
    let compared = |name: &str, of: fn(&Subnet) -> u64| compare(&document, &network, name, of);
    assert_eq!(
        compared("observed_SubnetTaoInEmission", |s| s.last.tao_in),
        94
    );
    assert_eq!(
        compared("observed_SubnetExcessTao", |s| s.last.excess_tao),
        120
    );
}

/// The bar is found anew.
#[test]
fn block_8_910_000_at_spec_448() {
    let Some(document) = published("finney-8910000-spec448.json.gz") else {
        return;
    };
    let network = emitted(&document, 448);
    let compared = |name: &str, of: fn(&Subnet) -> u64| compare(&document, &network, name, of);
    let counts = [
        compared("observed_SubnetTaoInEmission", |s| s.last.tao_in),
        compared("observed_SubnetExcessTao", |s| s.last.excess_tao),
        compared("observed_SubnetAlphaInEmission", |s| s.last.alpha_in),
        compared("observed_SubnetAlphaOutEmission", |s| s.last.alpha_out),
        compared("observed_SwapBalancer", |s| s.pool.quote_weight),
        compared("observed_alpha_bought", |s| s.protocol_alpha),
    ];
    assert_eq!(counts, [126, 126, 126, 126, 128, 34]);
    let globals = &document["globals"];
    let bar: u128 = int(&globals["observed_EmissionGateBar_u64f64"]);
    assert_eq!(network.globals.gate.bar.to_bits(), bar);
}

/// A payout of subnet 70: what its 49 pools were credited with, in order, and the value and the sum of shares
/// that this left, to the last digit. Each take is credited as a deposit.
#[test]
fn the_payout_of_subnet_70_in_block_9_240_582() {
    let Some(document) = published("sn70-payout-9240582-spec475.json.gz") else {
        return;
    };
    let pools = list(&document["pools"]);
    assert_eq!(pools.len(), 49);
    for pool in pools {
        let mut stake = read_pool(&pool["state"]["9240581"]);
        for credit in list(&pool["credits_in_9240582"]) {
            let rao = int(&credit["amount"]);
            match credit["to"].as_str() {
                Some("one") => stake.deposit(Account(1), rao),
                Some("all") => stake.increase_all(rao),
                other => panic!("{other:?}"),
            }
        }
        let after = read_pool(&pool["state"]["9240582"]);
        let hotkey = &pool["hotkey_prefix"];
        assert_eq!(stake.total, after.total, "{hotkey}");
        assert_eq!(stake.denominator, after.denominator, "{hotkey}");
    }
}

/// A pool's value and sum of shares; whose these are is not known.
fn read_pool(state: &Value) -> SharePool {
    let shares = &state["shares"];
    let denominator = SafeFloat::from_parts(int(&shares["mantissa"]), int(&shares["exponent"]));
    SharePool {
        total: int(&state["alpha"]),
        denominator: denominator.map(Stored::Float),
        ..SharePool::default()
    }
}
