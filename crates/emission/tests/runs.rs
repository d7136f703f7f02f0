//! The chain's whole-block runs: 400 blocks of 3, 8, 20 and 64 subnets, block for block.
//!
//! The runs' epochs are recorded, not Yuma's.

mod common;

use common::state::{self, account};
use common::{flag, int, list, same, text, texts, vectors};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    EpochContext, EpochSource, Globals, HotkeyEmission, InputError, MAX_PRICE_LIMIT,
    MIN_PRICE_LIMIT, Network, Root, Rules, Side, StakeCount, Subnet,
};
use yuma_epoch::split_emission;
use yuma_fixed::I96F32;

/// The epochs of one block, as recorded.
struct Recorded<'a> {
    /// By netuid, the mechanisms' parts.
    splits: &'a BTreeMap<u16, Vec<u16>>,
    /// By netuid, each mechanism's.
    epochs: BTreeMap<u16, Vec<&'a Value>>,
}

impl<'a> Recorded<'a> {
    fn of_block(block: &'a Value, splits: &'a BTreeMap<u16, Vec<u16>>) -> Self {
        let mut epochs: BTreeMap<u16, Vec<&Value>> = BTreeMap::new();
        for epoch in list(&block["epoch_outputs"]) {
            let mechanisms = epochs.entry(int(&epoch["netuid"])).or_default();
            assert_eq!(epoch["mech"], mechanisms.len());
            mechanisms.push(epoch);
        }
        Self { splits, epochs }
    }
}

impl EpochSource for Recorded<'_> {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        let mechanisms = self.epochs.remove(&subnet.netuid).expect("recorded");
        let split = self.splits.get(&subnet.netuid).map(Vec::as_slice);
        let shares = split_emission(context.emission, split, mechanisms.len());
        let mut sums: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        for (mechanism, share) in mechanisms.iter().zip(shares) {
            assert_eq!(mechanism["emission"], text(share));
            for row in list(&mechanism["out"]) {
                let sum = sums.entry(account(&row[0])).or_default();
                sum.0 = sum.0.saturating_add(int(&row[1]));
                sum.1 = sum.1.saturating_add(int(&row[2]));
            }
        }
        let emission = |(hotkey, (server, validator))| HotkeyEmission {
            hotkey,
            server,
            validator,
        };
        Ok(sums.into_iter().map(emission).collect())
    }
}

fn read_network(run: &Value) -> Network {
    let header = &run["header"];
    let globals = Globals {
        block: int::<u64>(&header["first_block"]) - 1,
        total_issuance: int(&header["TotalIssuance"]),
        balances_issuance: int(&header["balances_total_issuance"]),
        total_stake: int(&header["TotalStake"]),
        tao_weight: int(&header["TaoWeight"]),
        childkey_burn: int(&header["CKBurn"]),
        subnet_owner_cut: int(&header["SubnetOwnerCut"]),
        max_epochs_per_block: int(&header["MaxEpochsPerBlock"]),
        moving_alpha: I96F32::from_bits(int(&header["SubnetMovingAlpha"])),
        ..Globals::default()
    };
    let mut stakes = state::read_stakes(&header["stakes"]);
    let root = Root {
        tao: int(&header["root_SubnetTAO"]),
        stakes: stakes.remove(&0).unwrap_or_default(),
        ..Root::default()
    };
    let keys = state::read_keys(&header["globals"], &header["stakes"]);
    let subnets = list(&run["subnets"])
        .iter()
        .map(|value| {
            let mut subnet = state::read_subnet(value);
            state::read_distribution(&mut subnet, &value["distribution"], &header["globals"]);
            subnet.stakes = stakes.remove(&subnet.netuid).unwrap_or_default();
            subnet
        })
        .collect();
    assert!(stakes.is_empty());
    Network::new(globals, root, keys, subnets).expect("valid")
}

/// What happens before a block's step, with the results of swaps.
fn apply(network: &mut Network, op: &Value) -> Value {
    let netuid = int(&op[1]);
    let side = match op[0].as_str() {
        Some("buy") => Some((Side::BuyAlpha, MAX_PRICE_LIMIT)),
        Some("sell") => Some((Side::SellAlpha, MIN_PRICE_LIMIT)),
        _ => None,
    };
    if let Some((side, limit)) = side {
        let (amount, drop_fees) = (int(&op[2]), flag(&op[3]));
        let swap = network.swap(
            netuid,
            side,
            amount,
            limit,
            drop_fees,
            StakeCount::Requested,
        );
        let result = match swap.expect("a subnet") {
            Ok(swap) => texts([swap.paid_in, swap.paid_out, swap.fee]),
            Err(error) => text(error),
        };
        return json!([op[0], op[1], op[2], op[3], result]);
    }
    let subnet = network.subnet_mut(netuid).expect("a subnet");
    match op[0].as_str() {
        Some("emission_enabled") => subnet.emission_enabled = flag(&op[2]),
        Some("pending_epoch_at") => subnet.schedule.pending_epoch_at = int(&op[2]),
        other => panic!("{other:?}"),
    }
    op.clone()
}

fn column<T: ToString>(network: &Network, netuids: &[Value], of: impl Fn(&Subnet) -> T) -> Value {
    netuids
        .iter()
        .map(|netuid| Value::String(of(network.subnet(int(netuid)).expect("a subnet")).to_string()))
        .collect()
}

/// Runs a file's blocks, and gives how many epochs they had.
fn reproduce(name: &str, subnets: usize) -> usize {
    let run = vectors(425, name);
    let netuids = list(&run["netuids"]);
    assert_eq!(netuids.len(), subnets);
    let blocks = list(&run["blocks"]);
    assert_eq!(blocks.len(), 400);
    let rules = Rules::for_spec(425).expect("known");
    let mut network = read_network(&run);
    let splits: BTreeMap<u16, Vec<u16>> = list(&run["subnets"])
        .iter()
        .filter(|subnet| !subnet["MechanismEmissionSplit"].is_null())
        .map(|subnet| {
            let parts = list(&subnet["MechanismEmissionSplit"]);
            (int(&subnet["netuid"]), parts.iter().map(int).collect())
        })
        .collect();
    let mut epochs = 0;
    for expected in blocks {
        let ops: Vec<Value> = list(&expected["ops"])
            .iter()
            .map(|op| apply(&mut network, op))
            .collect();
        let mut recorded = Recorded::of_block(expected, &splits);
        let report = network.run_block(&rules, &mut recorded).expect("epochs");
        assert!(recorded.epochs.is_empty(), "epochs left out");
        epochs += report.payouts.len();
        report.check_tao().expect("no TAO made or lost");
        // A due and its two parts are floored.
        let refused: u64 = report.subnets.iter().map(|s| s.tao_refused).sum();
        assert!(report.unspent - refused <= 2 * report.subnets.len() as u64);
        for payout in &report.payouts {
            payout.check_alpha().expect("no alpha made or lost");
        }
        let of = |get: fn(&Subnet) -> u64| column(&network, netuids, get);
        let got = json!({
            "block": text(report.block),
            "minted": text(report.minted),
            "root_sell_flag": report.root_sell_flag,
            "TotalIssuance": text(network.globals.total_issuance),
            "BlockEmission": text(network.globals.block_emission),
            "ops": ops,
            "epoch_outputs": expected["epoch_outputs"],
            "epochs_run": report.payouts.iter().map(|p| p.netuid).collect::<Vec<_>>(),
            "miner_burned": texts(report.payouts.iter().map(|p| p.miner_burned.to_bits())),
            "tao_in": of(|s| s.last.tao_in),
            "alpha_in": of(|s| s.last.alpha_in),
            "alpha_out": of(|s| s.last.alpha_out),
            "excess": of(|s| s.last.excess_tao),
            "SubnetTAO": of(|s| s.pool.tao),
            "SubnetAlphaIn": of(|s| s.pool.alpha),
            "SubnetAlphaOut": of(|s| s.alpha_out),
            "pending_server": of(|s| s.pending.server),
            "pending_validator": of(|s| s.pending.validator),
            "pending_root": of(|s| s.pending.root),
            "pending_owner": of(|s| s.pending.owner),
            "quote_weight": of(|s| s.pool.quote_weight),
            "moving_price": column(&network, netuids, |s| s.moving_price.to_bits()),
        });
        same(&format!("{name}, block {}", report.block), &got, expected);
    }
    same(
        &format!("{name}, final"),
        &final_text(&network, netuids),
        &run["final"],
    );
    epochs
}

fn final_text(network: &Network, netuids: &[Value]) -> Value {
    let claimable: BTreeMap<_, _> = network
        .subnets()
        .iter()
        .flat_map(|s| {
            s.root_claimable
                .iter()
                .map(|(&h, r)| ((h, s.netuid), r.to_bits()))
        })
        .collect();
    json!({
        "TotalStake": text(network.globals.total_stake),
        "RootProp": column(network, netuids, |s| s.root_prop.to_bits()),
        "SubnetProtocolAlpha": column(network, netuids, |s| s.protocol_alpha),
        "RootClaimable": claimable
            .iter()
            .map(|((hotkey, netuid), rate)| json!([text(hotkey.0), netuid, text(rate)]))
            .collect::<Vec<_>>(),
        "stakes": state::stakes_text(&network.root, network.subnets()),
    })
}

#[test]
fn of_3_subnets() {
    assert_eq!(reproduce("sim_03", 3), 69);
}

#[test]
fn of_8_subnets() {
    assert_eq!(reproduce("sim_08", 8), 155);
}

#[test]
fn of_20_subnets() {
    assert_eq!(reproduce("sim_20", 20), 378);
}

#[test]
fn of_64_subnets() {
    assert_eq!(reproduce("sim_64", 64), 1_335);
}
