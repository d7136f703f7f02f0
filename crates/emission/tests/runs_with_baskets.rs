//! The whole-block runs at spec 475: 400 blocks of 3, 8 and 20 subnets, block for block.
//!
//! The runs' epochs are recorded, not Yuma's.

mod common;

use common::basket_state::{self, baskets_text, extra_text};
use common::state::{self, account, account_text};
use common::{flag, int, list, same, text, texts, vectors};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, EpochContext, EpochSource, Gate, Globals, HotkeyEmission, InputError, MAX_PRICE_LIMIT,
    MIN_PRICE_LIMIT, Network, Root, Rules, Side, StakeCount, Subnet,
};
use yuma_fixed::{I96F32, U64F64};

/// The epochs of one block, as recorded, by netuid.
struct Recorded<'a>(BTreeMap<u16, &'a Value>);

impl<'a> Recorded<'a> {
    fn of_block(block: &'a Value) -> Self {
        let mut epochs = BTreeMap::new();
        for epoch in list(&block["epoch_outputs"]) {
            assert_eq!(epoch["mech"], 0);
            let again = epochs.insert(int(&epoch["netuid"]), epoch);
            assert!(again.is_none(), "one mechanism");
        }
        Self(epochs)
    }
}

impl EpochSource for Recorded<'_> {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        let epoch = self.0.remove(&subnet.netuid).expect("recorded");
        assert_eq!(epoch["emission"], text(context.emission));
        let mut emission: Vec<HotkeyEmission> = list(&epoch["out"])
            .iter()
            .map(|row| HotkeyEmission {
                hotkey: account(&row[0]),
                server: int(&row[1]),
                validator: int(&row[2]),
            })
            .collect();
        emission.sort_unstable_by_key(|e| e.hotkey);
        Ok(emission)
    }
}

fn read_globals(header: &Value) -> Globals {
    let gate = &header["gate"];
    let bits = |name: &str| U64F64::from_bits(int(&gate[name]));
    Globals {
        block: int::<u64>(&header["first_block"]) - 1,
        total_issuance: int(&header["TotalIssuance"]),
        balances_issuance: int(&header["balances_total_issuance"]),
        total_stake: int(&header["TotalStake"]),
        tao_weight: int(&header["TaoWeight"]),
        childkey_burn: int(&header["CKBurn"]),
        subnet_owner_cut: int(&header["SubnetOwnerCut"]),
        max_epochs_per_block: int(&header["MaxEpochsPerBlock"]),
        moving_alpha: I96F32::from_bits(int(&header["SubnetMovingAlpha"])),
        gate: Gate {
            bar: bits("EmissionGateBar"),
            quantile: bits("EmissionBarQuantile"),
            rank: int(&gate["EmissionBarRank"]),
            exponent: bits("EmissionGateExponent"),
        },
        basket_escrow: Some(account(&header["escrow"])),
        basket_threshold: I96F32::saturating_from_int(int(&header["RootClaimableThreshold_root"])),
        ..Globals::default()
    }
}

fn read_network(run: &Value) -> Network {
    let header = &run["header"];
    let mut stakes = basket_state::read_stakes(&header["stakes"], header);
    let mut root = Root {
        tao: int(&header["root_SubnetTAO"]),
        stakes: stakes.remove(&0).unwrap_or_default(),
        ..Root::default()
    };
    basket_state::read_root(&mut root, header);
    let keys = state::read_keys(&header["globals"], &header["stakes"]);
    let subnets = list(&run["subnets"])
        .iter()
        .map(|value| {
            assert_eq!(value["MechanismCountCurrent"], 1);
            let mut subnet = state::read_subnet(value);
            state::read_distribution(&mut subnet, &value["distribution"], &header["globals"]);
            subnet.stakes = stakes.remove(&subnet.netuid).unwrap_or_default();
            subnet.tao_reservoir = int(&value["BalancerTaoReservoir"]);
            subnet.alpha_reservoir = int(&value["BalancerAlphaReservoir"]);
            subnet.collateral = basket_state::read_collateral(subnet.netuid, header);
            subnet
        })
        .collect();
    assert!(stakes.is_empty());
    Network::new(read_globals(header), root, keys, subnets).expect("valid")
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
        let count = StakeCount::Paid;
        let swap = network.swap(netuid, side, amount, limit, drop_fees, count);
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

fn column<T: ToString>(network: &Network, of: impl Fn(&Subnet) -> T) -> Value {
    let subnets = network.subnets().iter();
    subnets.map(|s| Value::String(of(s).to_string())).collect()
}

/// Runs a file's blocks by the rules of 475, and of 473, which has the same of subnets under Yuma. Gives how many epochs
/// and flushes they had.
fn reproduce(name: &str, subnets: usize) -> (usize, usize) {
    let counts = reproduce_at(473, name, subnets);
    assert_eq!(reproduce_at(475, name, subnets), counts);
    counts
}

fn reproduce_at(spec_version: u32, name: &str, subnets: usize) -> (usize, usize) {
    let run = vectors(475, name);
    let netuids: Vec<u16> = list(&run["netuids"]).iter().map(int).collect();
    assert_eq!(netuids.len(), subnets);
    let blocks = list(&run["blocks"]);
    assert_eq!(blocks.len(), 400);
    let rules = Rules::for_spec(spec_version).expect("known");
    let mut network = read_network(&run);
    assert!(network.subnets().iter().map(|s| s.netuid).eq(netuids));
    // The runs begin with no count of them, and hotkeys' stakes come from blocks alone.
    let staked_before = staked(&network);
    let (mut epochs, mut flushes) = (0, 0);
    for expected in blocks {
        let ops: Vec<Value> = list(&expected["ops"])
            .iter()
            .map(|op| apply(&mut network, op))
            .collect();
        let mut recorded = Recorded::of_block(expected);
        let report = network.run_block(&rules, &mut recorded).expect("epochs");
        assert!(recorded.0.is_empty(), "epochs left out");
        epochs += report.payouts.len();
        flushes += usize::from(report.flushed.is_some());
        report.check_tao().expect("no TAO made or lost");
        for payout in &report.payouts {
            payout.check_alpha().expect("no alpha made or lost");
        }
        let flushed = report
            .flushed
            .as_ref()
            .map(|flush| account_text(flush.hotkey));
        let of = |get: fn(&Subnet) -> u64| column(&network, get);
        let fast_prices = network.subnets().iter().map(|s| s.fast_moving_price);
        let fast_prices = fast_prices.map(|p| p.map_or(Value::Null, |p| text(p.to_bits())));
        let got = json!({
            "block": text(report.block),
            "minted": text(report.minted),
            "root_sell_flag": report.root_sell_flag,
            "TotalIssuance": text(network.globals.total_issuance),
            "TotalStake": text(network.globals.total_stake),
            "EmissionGateBar": text(network.globals.gate.bar.to_bits()),
            "ops": ops,
            "epoch_outputs": expected["epoch_outputs"],
            "epochs_run": report.payouts.iter().map(|p| p.netuid).collect::<Vec<_>>(),
            "miner_burned": texts(report.payouts.iter().map(|p| p.miner_burned.to_bits())),
            "flushed": flushed,
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
            "reservoir_tao": of(|s| s.tao_reservoir),
            "reservoir_alpha": of(|s| s.alpha_reservoir),
            "quote_weight": of(|s| s.pool.quote_weight),
            "moving_price": column(&network, |s| s.moving_price.to_bits()),
            "fast_moving_price": fast_prices.collect::<Vec<_>>(),
        });
        same(&format!("{name}, block {}", report.block), &got, expected);
    }
    same(
        &format!("{name}, final"),
        &final_text(&network),
        &run["final"],
    );
    let staked = staked(&network).into_iter().zip(&staked_before);
    let grown: Vec<u64> = staked.map(|(after, before)| after - before).collect();
    assert!(
        network
            .subnets()
            .iter()
            .map(|s| s.total_alpha_staked)
            .eq(grown)
    );
    let kept = |subnet: &Subnet| subnet.last_yuma_step_block.is_some();
    assert_eq!(network.subnets().iter().any(kept), spec_version == 475);
    (epochs, flushes)
}

/// What is behind all hotkeys, by subnet.
fn staked(network: &Network) -> Vec<u64> {
    let of_subnet = |subnet: &Subnet| subnet.stakes.values().map(|pool| pool.total).sum();
    network.subnets().iter().map(of_subnet).collect()
}

fn final_text(network: &Network) -> Value {
    let rows = |of: fn(&Subnet) -> &BTreeMap<Account, u64>| -> Value {
        let subnets = network.subnets().iter();
        let rows = subnets.flat_map(|s| of(s).iter().map(|(&h, v)| (s.netuid, h, v)));
        rows.map(|(netuid, hotkey, v)| json!([netuid, account_text(hotkey), text(v)]))
            .collect()
    };
    let mut all = json!({
        "TotalStake": text(network.globals.total_stake),
        "RootProp": column(network, |s| s.root_prop.to_bits()),
        "SubnetProtocolAlpha": column(network, |s| s.protocol_alpha),
        "SubnetProtocolFlow": column(network, |s| s.protocol_flow.since),
        "AlphaDividendsPerSubnet": rows(|s| &s.alpha_dividends),
        "RootAlphaDividendsPerSubnet": rows(|s| &s.root_dividends),
        "TotalHotkeyAlphaLastEpoch": rows(|s| &s.alpha_last_epoch),
        "stakes": state::stakes_text(&network.root, network.subnets()),
    });
    let parts = [
        extra_text(&network.root, network.subnets()),
        baskets_text(&network.root),
    ];
    for (name, value) in parts
        .iter()
        .flat_map(|part| part.as_object().expect("rows"))
    {
        all[name] = value.clone();
    }
    all
}

#[test]
fn of_3_subnets() {
    assert_eq!(reproduce("sim_03", 3), (60, 158));
}

#[test]
fn of_8_subnets() {
    assert_eq!(reproduce("sim_08", 8), (245, 127));
}

#[test]
fn of_20_subnets() {
    assert_eq!(reproduce("sim_20", 20), (521, 375));
}
