//! The shares and dividends of every spec version whose rules are known, case by case.

mod common;

use common::{each_case, flag, int, list, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use yuma_emission::spec300::{self, BlockSplit, PendingSplit};
use yuma_emission::{
    Account, BarRule, ChildRates, DividendSplit, Earner, Evidence, Gate, Parent, Path, Rules,
    ShareBasis, Shares, Smoothing, Span, Stake, ValidatorPay, Weighing, child_dividends,
    price_for_shares, price_shares, proportion_u16, proportion_u64, root_proportion,
    root_sell_flag, self_contribution, validator_pay, weighted_root_tao,
};
use yuma_fixed::{I96F32, U64F64, U96F32};

fn rules(spec_version: u32) -> Rules {
    Rules::for_spec(spec_version).expect("known")
}

fn moving_price(subnet: &Value) -> I96F32 {
    I96F32::from_bits(int(&subnet["SubnetMovingPrice"]))
}

fn weighing(network: &Value, subnet: &Value) -> Weighing {
    let root_tao = |value: &Value| {
        let tao_weight = proportion_u64(int(&value["TaoWeight"]));
        weighted_root_tao(int(&value["root_SubnetTAO"]), tao_weight)
    };
    let root = match network["root_SubnetTAO"].is_null() {
        true => U96F32::ZERO,
        false => {
            let issuance =
                int::<u64>(&subnet["SubnetAlphaIn"]).saturating_add(int(&subnet["SubnetAlphaOut"]));
            root_proportion(root_tao(network), issuance)
        }
    };
    Weighing {
        miner_burned: U96F32::from_bits(int(&subnet["MinerBurned"])),
        root_proportion: root,
        emission_enabled: flag(&subnet["SubnetEmissionEnabled"]),
    }
}

fn gate(input: &Value) -> Gate {
    if input["EmissionGateBar"].is_null() {
        return Gate::default();
    }
    let bits = |name: &str| U64F64::from_bits(int(&input[name]));
    Gate {
        bar: bits("EmissionGateBar"),
        quantile: bits("EmissionBarQuantile"),
        exponent: bits("EmissionGateExponent"),
        // Spec 440 has no rank: whatever is here must not be read.
        rank: common::maybe(&input["EmissionBarRank"]).unwrap_or(7),
    }
}

fn shares_by_price(spec_version: u32, file: &str, count: usize) {
    let rules = rules(spec_version).shares;
    assert_eq!(rules.basis, ShareBasis::MovingPrice);
    each_case(vectors_of(spec_version), file, count, |input| {
        let subnets = list(&input["subnets"]);
        let prices: Vec<U64F64> = subnets
            .iter()
            .map(|s| price_for_shares(int(&s["mechanism"]), moving_price(s)))
            .collect();
        let weighing: Vec<Weighing> = subnets.iter().map(|s| weighing(input, s)).collect();
        let mut gate = gate(input);
        let block = common::maybe(&input["block"]).unwrap_or(0);
        let shares = Shares::weigh(&rules, price_shares(&prices), &weighing, &mut gate, block);
        let column = |shares: &[U64F64]| texts(shares.iter().map(|s| s.to_bits()));
        let emissions = shares.emissions(int(&input["block_emission"]));
        let mut out = json!({
            "price_shares": column(&shares.base),
            "shares": column(&shares.gated),
            "emissions": texts(emissions.map(|e| e.to_bits())),
            "root_sell_flag": root_sell_flag(prices),
        });
        if rules.gate.is_some() {
            out["pre_gate_shares"] = column(&shares.weighted);
            out["EmissionGateBar"] = text(gate.bar.to_bits());
        }
        if vectors_of(spec_version) == 475 {
            out["paid_shares"] = column(&shares.paid);
        }
        out
    });
}

/// The version whose vectors prove a version's shares.
fn vectors_of(spec_version: u32) -> u32 {
    let spans = Path::Shares.spans();
    let holds = |span: &&Span| span.first <= spec_version && spec_version <= span.last;
    match spans.iter().find(holds).expect("known").evidence {
        Evidence::Proved => spec_version,
        Evidence::SameText(448) => 445,
        Evidence::SameText(proved) => proved,
    }
}

#[test]
fn shares_by_price_and_burn() {
    for spec_version in 425..=439 {
        shares_by_price(spec_version, "subnet_shares", 300);
    }
}

#[test]
fn shares_by_price_burn_and_root() {
    for spec_version in 421..=424 {
        shares_by_price(spec_version, "subnet_shares", 400);
    }
}

#[test]
fn gated_shares() {
    for spec_version in 440..=445 {
        shares_by_price(spec_version, "subnet_shares", 400);
        shares_by_price(spec_version, "subnet_shares_sequence", 480);
    }
    for spec_version in [446, 447] {
        shares_by_price(spec_version, "subnet_shares", 400);
        shares_by_price(spec_version, "subnet_shares_sequence", 480);
    }
    for spec_version in (449..=473).chain([475]) {
        shares_by_price(spec_version, "subnet_shares", 300);
        shares_by_price(spec_version, "subnet_shares_sequence", 300);
    }
}

/// The code of these versions is that of 425, which has it but does not call it: the cases of
/// `flow_shares` are theirs.
#[test]
fn shares_by_flow_are_those_of_411_to_419() {
    let by_flow: Vec<u32> = Rules::known()
        .filter(|&version| rules(version).shares.basis == ShareBasis::TaoFlow)
        .collect();
    assert_eq!(by_flow, (411..=419).collect::<Vec<_>>());
}

#[test]
fn every_known_version_is_tried() {
    // 448 by a block of finney's own: tests/finney.rs.
    let tried: BTreeSet<u32> = [300, 475]
        .into_iter()
        .chain(411..=419)
        .chain(421..=473)
        .collect();
    assert_eq!(Rules::known().collect::<BTreeSet<_>>(), tried);
    assert_eq!(rules(440).shares.gate, Some(BarRule::Quantile));
}

/// By the rules of a version on the vectors of one.
fn dividends(spec_version: u32, vectors: u32, count: usize) {
    let rule = rules(spec_version).dividends.expect("known");
    let (pot, out) = match spec_version {
        300 => ("pending_tao", "tao_dividends"),
        _ => ("pending_root_alpha", "root_alpha_dividends"),
    };
    let mut off_root = 0;
    each_case(vectors, "dividend_distribution", count, |input| {
        // The chain asks for the stake of every hotkey with dividends; the file also has such without.
        let earners: Vec<Earner> = list(&input["hotkeys"])
            .iter()
            .filter(|hotkey| flag(&hotkey["in_stake_map"]))
            .map(|hotkey| Earner {
                hotkey: Account(int(&hotkey["hotkey"])),
                dividends: U96F32::from_bits(int(&hotkey["dividend"])),
                stake: stake(hotkey),
                on_root: rule == DividendSplit::AlphaFirst && flag(&hotkey["on_root"]),
            })
            .collect();
        off_root += earners.iter().filter(|earner| !earner.on_root).count();
        let pay = validator_pay(
            rule,
            &earners,
            int(&input["pending_alpha"]),
            int(&input[pot]),
            U96F32::from_bits(int(&input["tao_weight"])),
        );
        let column = |of: fn(&ValidatorPay) -> U96F32| -> Vec<Value> {
            pay.iter()
                .map(|p| json!([text(p.hotkey.0), text(of(p).to_bits())]))
                .collect()
        };
        json!({ "alpha_dividends": column(|p| p.alpha), out: column(|p| p.root) })
    });
    assert!(off_root > 0);
}

fn stake(value: &Value) -> Stake {
    Stake {
        alpha: int(&value["alpha"]),
        root: int(&value["root"]),
    }
}

#[test]
fn dividends_root_first() {
    dividends(425, 425, 300);
    dividends(300, 300, 400);
    dividends(440, 440, 400);
}

#[test]
fn dividends_alpha_first() {
    for spec_version in 442..=445 {
        dividends(spec_version, spec_version, 400);
    }
    for spec_version in [473, 475] {
        dividends(spec_version, 475, 300);
    }
}

fn children(spec_version: u32, count: usize) {
    each_case(spec_version, "parent_child_dividends", count, |input| {
        let parents: Vec<Parent> = list(&input["parents"])
            .iter()
            .map(|parent| Parent {
                part: (int(&parent["proportion"]), Account(int(&parent["hotkey"]))),
                stake: stake(parent),
                foreign: parent["owner"] != input["owner"],
            })
            .collect();
        let burn = common::maybe(&input["CKBurn"]);
        let rates = ChildRates {
            take: proportion_u16(int(&input["childkey_take"])),
            burn: proportion_u64(burn.unwrap_or(0)),
            tao_weight: proportion_u64(int(&input["TaoWeight"])),
        };
        let children = list(&input["children_proportions"]).iter().map(int);
        let own = self_contribution(stake(input), children, rates.tao_weight);
        let hotkey = Account(int(&input["hotkey"]));
        let split = child_dividends(hotkey, int(&input["dividends"]), own, &parents, &rates);
        let mut out = json!({
            "self_contribution": text(own),
            "distribution": split
                .parts
                .iter()
                .map(|(hotkey, rao)| json!([text(hotkey.0), text(rao)]))
                .collect::<Vec<_>>(),
        });
        if burn.is_some() {
            out["recycled"] = text(split.recycled);
        }
        out
    });
}

#[test]
fn children_and_parents() {
    children(425, 300);
    children(300, 300);
}

fn subnet_of_300(value: &Value) -> spec300::Subnet {
    let initialized = flag(&value["SwapV3Initialized"]);
    let allowed = |name: &str| value[name].as_bool().unwrap_or(false);
    spec300::Subnet {
        mechanism: int(&value["mechanism"]),
        moving_price: moving_price(value),
        sqrt_price: initialized.then(|| U64F64::from_bits(int(&value["AlphaSqrtPrice"]))),
        tao: int(&value["SubnetTAO"]),
        alpha_in: int(&value["SubnetAlphaIn"]),
        tao_provided: 0,
        alpha_provided: 0,
        alpha_out: common::maybe(&value["SubnetAlphaOut"]).unwrap_or(0),
        registration_allowed: allowed("NetworkRegistrationAllowed")
            || allowed("NetworkPowRegistrationAllowed"),
    }
}

#[test]
fn shares_and_terms_of_300() {
    assert_eq!(rules(300).shares.basis, ShareBasis::PriceProduct);
    each_case(300, "subnet_terms", 300, |input| {
        let subnets: Vec<(u16, spec300::Subnet)> = list(&input["subnets"])
            .iter()
            .filter(|subnet| flag(&subnet["has_first_emission_block"]))
            .map(|subnet| (int(&subnet["netuid"]), subnet_of_300(subnet)))
            .collect();
        let split = BlockSplit::new(int(&input["block_emission"]));
        let prices: Vec<U96F32> = subnets.iter().map(|s| s.1.price_for_shares()).collect();
        let emissions = spec300::emissions(split.subnets, &prices);
        let terms = subnets.iter().zip(prices).zip(emissions);
        let terms = terms.map(|(((netuid, subnet), moving_price), emission)| {
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
        json!({
            "terms": terms.collect::<Vec<_>>(),
            "subnet_block_emission": text(split.subnets.to_bits()),
            "node_validator_emission": text(split.node_validators.saturating_to_u64()),
        })
    });
}

#[test]
fn pending_amounts_of_300() {
    each_case(300, "pending_split", 300, |input| {
        let tao_weight = proportion_u64(int(&input["TaoWeight"]));
        let root_tao = weighted_root_tao(int(&input["root_tao"]), tao_weight);
        let root = root_proportion(root_tao, int(&input["alpha_issuance"]));
        let split = PendingSplit::new(
            U96F32::saturating_from_int(int(&input["alpha_out"])),
            proportion_u16(int(&input["SubnetOwnerCut"])),
            root,
        );
        json!({
            "owner_cut": text(split.owner),
            "root_alpha": text(split.root),
            "pending_alpha": text(split.rest),
            "root_proportion": text(root.to_bits()),
        })
    });
    each_case(300, "validator_alpha", 300, |input| {
        let (pending, root) = (int(&input["pending_alpha"]), int(&input["pending_swapped"]));
        let has_incentives = int::<u64>(&input["incentive_sum"]) != 0;
        json!({
            "epoch_emission": text(spec300::epoch_emission(pending, root)),
            "pending_validator_alpha": text(spec300::validator_alpha(pending, root, has_incentives)),
        })
    });
}

#[test]
fn moving_prices_of_300() {
    each_case(300, "moving_price", 300, |input| {
        let subnet = subnet_of_300(input);
        let smoothing = Smoothing {
            moving_alpha: I96F32::from_bits(int(&input["SubnetMovingAlpha"])),
            halving_blocks: int(&input["EMAPriceHalvingBlocks"]),
            first_emission_block: common::maybe(&input["FirstEmissionBlockNumber"]),
        };
        let price = subnet.price();
        let new = smoothing.next(int(&input["block"]), subnet.price_for_shares(), price);
        json!({
            "spot_price": text(price.to_bits()),
            "SubnetMovingPrice": text(new.to_bits()),
        })
    });
}

#[test]
fn schedules_of_300() {
    each_case(300, "epoch_schedule", 300, |input| {
        let (netuid, tempo) = (int(&input["netuid"]), int(&input["tempo"]));
        let blocks = spec300::blocks_until_epoch(netuid, tempo, int(&input["block"]));
        json!({
            "due": blocks == Some(0),
            "blocks_until_next_epoch": text(blocks.unwrap_or(u64::MAX)),
        })
    });
}
