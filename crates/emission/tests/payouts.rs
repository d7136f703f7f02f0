//! At spec 425: swaps, injections, stake pools and distributions, case by case.

mod common;

use common::mechanisms;
use common::state::{self, account, float_text, parts, pool, rows, safe_float};
use common::{each_case, flag, int, list, maybe, same, text, texts, vectors};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use yuma_emission::{
    Account, BlockReport, BlockRules, DividendSplit, Globals, HotkeyEmission, Keys, Network,
    PayoutRule, Pending, Rates, Relations, Root, RootDividends, SafeFloat, ShareArithmetic,
    SharePool, Side, StakeCount, StakeWeights, Stored, Subnet, SubnetEmission, claiming_indices,
    distribute, proportion_u64, root_dividends,
};
use yuma_epoch::{combine, split_emission};
use yuma_fixed::{I96F32, U64F64, U96F32};

/// What swaps and injections leave of a subnet.
fn subnet_text(subnet: &Subnet) -> Value {
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

#[test]
fn swaps() {
    each_case(425, "swap", 400, |input| {
        let mut subnet = Subnet {
            netuid: int(&input["subnet"]["netuid"]),
            pool: pool(&input["subnet"]),
            alpha_out: int(&input["subnet"]["SubnetAlphaOut"]),
            ..Subnet::default()
        };
        subnet.pool.fee_rate = int(&input["FeeRate"]);
        let side = match input["side"].as_str() {
            Some("buy_alpha") => Side::BuyAlpha,
            Some("sell_alpha") => Side::SellAlpha,
            other => panic!("{other:?}"),
        };
        // Enough to sell all: the file does not give the total before.
        let mut total_stake = 0;
        let price_before = subnet.pool.spot_price();
        let result = subnet.swap(
            side,
            int(&input["amount"]),
            int(&input["limit_price_rao"]),
            flag(&input["drop_fees"]),
            StakeCount::Requested,
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
        json!({
            "price_before": text(price_before.to_bits()),
            "price_after": text(subnet.pool.spot_price().to_bits()),
            "result": result,
            "TotalStake": text(total_stake),
            "state": subnet_text(&subnet),
        })
    });
}

#[test]
fn injections() {
    each_case(425, "emit_to_subnets", 300, |input| {
        let subnets = list(&input["subnets"]);
        let read = |subnet: &Value| Subnet {
            netuid: int(&subnet["netuid"]),
            first_emission_block: Some(1),
            subtoken_enabled: true,
            registration_allowed: true,
            emission_enabled: true,
            owner_cut_enabled: flag(&subnet["OwnerCutEnabled"]),
            pool: pool(subnet),
            alpha_out: int(&subnet["SubnetAlphaOut"]),
            pending: Pending {
                server: int(&subnet["PendingServerEmission"]),
                validator: int(&subnet["PendingValidatorEmission"]),
                root: int(&subnet["PendingRootAlphaDivs"]),
                owner: int(&subnet["PendingOwnerCut"]),
            },
            ..Subnet::default()
        };
        let credit: u64 = int(&input["credit"]);
        let globals = Globals {
            // The file's issuance has not the credit yet, and its result has what was spent off it.
            total_issuance: int(&input["TotalIssuance"]),
            total_stake: int(&input["TotalStake"]),
            tao_weight: int(&input["TaoWeight"]),
            subnet_owner_cut: int(&input["SubnetOwnerCut"]),
            ..Globals::default()
        };
        let root = Root {
            tao: int(&input["root_SubnetTAO"]),
            ..Root::default()
        };
        let state = subnets.iter().map(read).collect();
        let mut network = Network::new(globals, root, Keys::default(), state).expect("valid");
        let mut report = BlockReport {
            minted: credit,
            root_sell_flag: flag(&input["root_sell_flag"]),
            subnets: subnets
                .iter()
                .map(|subnet| SubnetEmission {
                    netuid: int(&subnet["netuid"]),
                    emission: U96F32::from_bits(int(&subnet["emission"])),
                    ..SubnetEmission::default()
                })
                .collect(),
            ..BlockReport::default()
        };
        network.emit(&BlockRules::WITH_CLAIMS, &mut report);
        json!({
            "TotalIssuance": text(network.globals.total_issuance),
            "TotalStake": text(network.globals.total_stake),
            "subnets": network.subnets().iter().map(subnet_text).collect::<Vec<_>>(),
        })
    });
}

#[test]
fn mechanisms() {
    each_case(425, "mechanism_split", 300, |input| {
        let emission = int(&input["emission"]);
        let count: usize = int(&input["mechanism_count"]);
        let split: Option<Vec<u16>> = (!input["MechanismEmissionSplit"].is_null()).then(|| {
            list(&input["MechanismEmissionSplit"])
                .iter()
                .map(int)
                .collect()
        });
        let shares = split_emission(emission, split.as_deref(), count);
        let mechanisms = list(&input["mechanism_terms"]);
        let outputs = mechanisms::outputs(mechanisms, shares.iter().copied());
        let all = combine(&outputs, emission);
        let hotkeys = mechanisms::hotkeys(mechanisms);
        json!({
            "split": texts(&shares),
            "aggregated": mechanisms::rows(&hotkeys, &all),
            "hotkey_emission": mechanisms::paid(&hotkeys, &all),
        })
    });
}

#[test]
fn stake_weights() {
    each_case(425, "stake_weights", 300, |input| {
        let hotkeys = list(&input["hotkeys_by_uid"]);
        let mut relations = Relations::default();
        let (mut alpha, mut root) = (BTreeMap::new(), BTreeMap::new());
        for hotkey in hotkeys {
            let key = account(&hotkey["hotkey"]);
            relations.children.insert(key, parts(&hotkey["children"]));
            relations.parents.insert(key, parts(&hotkey["parents"]));
            alpha.insert(key, int(&hotkey["alpha"]));
            root.insert(key, int(&hotkey["root"]));
        }
        let weights = StakeWeights::new(
            int(&input["netuid"]),
            hotkeys
                .iter()
                .map(|hotkey| Some(account(&hotkey["hotkey"]))),
            &relations,
            proportion_u64(int(&input["TaoWeight"])),
            |hotkey| alpha.get(&hotkey).copied().unwrap_or(0),
            |hotkey| root.get(&hotkey).copied().unwrap_or(0),
        );
        json!({
            "total": texts(weights.total.iter().map(|w| w.to_bits())),
            "alpha": texts(weights.alpha.iter().map(|w| w.to_bits())),
            "tao": texts(weights.tao.iter().map(|w| w.to_bits())),
        })
    });
}

#[test]
fn root_claims() {
    each_case(425, "root_claimable", 300, |input| {
        let before = maybe(&input["claimable_before"]).map(I96F32::from_bits);
        let amount: u64 = int(&input["amount"]);
        let mut owner_stake = SharePool::default();
        let after = match root_dividends(amount, int(&input["root_stake"])) {
            RootDividends::Claimable(rate) => Some(before.unwrap_or_default().saturating_add(rate)),
            RootDividends::ToBasket => panic!("there are no baskets"),
            RootDividends::ToOwner => {
                owner_stake.increase_one(Account(1), amount);
                before
            }
        };
        let hash = input["block_hash"].as_str().expect("hex");
        assert_eq!(hash.len(), 64);
        let hash: [u8; 32] =
            std::array::from_fn(|i| u8::from_str_radix(&hash[2 * i..2 * i + 2], 16).expect("hex"));
        json!({
            "claimable_after": after.map_or(Value::Null, |rate| text(rate.to_bits())),
            "staked_to_owner": text(owner_stake.total),
            "indices": texts(claiming_indices(&hash, int(&input["k"]), int(&input["n"]))),
        })
    });
}

/// The files's cases are sequences on one pool of coldkeys 1 to 4.
#[test]
fn stake_pools() {
    const COLDKEYS: [Account; 4] = [Account(1), Account(2), Account(3), Account(4)];
    let document = vectors(425, "share_pool");
    let cases = list(&document["cases"]);
    assert_eq!(cases.len(), 300);
    let mut legacy = 0;
    for (i, case) in cases.iter().enumerate() {
        let initial = &case["in"]["initial"];
        let mut pool = SharePool::default();
        if !initial.is_null() {
            pool.total = int(&initial["TotalHotkeyAlpha"]);
            let shares = |name: &str| Stored::Legacy(U64F64::from_bits(int(&initial[name])));
            pool.denominator = Some(shares("TotalHotkeyShares_v1"));
            pool.shares.insert(COLDKEYS[0], shares("Alpha_v1_cold1"));
            legacy += 1;
        }
        for (step, op) in list(&case["ops"]).iter().enumerate() {
            let amount = int(&op["amount"]);
            let coldkey = account(&op["coldkey"]);
            match op["op"].as_str() {
                Some("increase_one") => pool.increase_one(coldkey, amount),
                Some("decrease_one") => pool.decrease_one(coldkey, amount),
                Some("increase_all") => pool.increase_all(amount),
                Some("decrease_all") => pool.decrease_all(amount),
                other => panic!("{other:?}"),
            }
            let float = |stored: Option<&Stored>| match stored {
                Some(Stored::Float(value)) => float_text(*value),
                _ => float_text(SafeFloat::ZERO),
            };
            let got = json!({
                "op": op["op"],
                "amount": op["amount"],
                "coldkey": op["coldkey"],
                "total": text(pool.total),
                "denominator_v2": float(pool.denominator.as_ref()),
                "shares_v2": COLDKEYS.map(|coldkey| float(pool.shares.get(&coldkey))),
                "values": COLDKEYS.map(|coldkey| text(pool.value(coldkey))),
            });
            same(&format!("share_pool {i}, step {step}"), &got, op);
        }
        let sample = &case["safe_float"];
        let [a, b, c] = ["a", "b", "c"].map(|name| safe_float(&sample[name]));
        let maybe = |value: Option<SafeFloat>| value.map_or(Value::Null, float_text);
        let got = json!({
            "a": sample["a"],
            "b": sample["b"],
            "c": sample["c"],
            "a_add_b": maybe(a.checked_add(b)),
            "a_sub_b": maybe(a.checked_sub(b)),
            "a_div_b": maybe(a.checked_div(b)),
            "a_mul_c_div_b": maybe(a.mul_div(c, b)),
            "a_gt_b": a.is_above(b),
            "a_u64": text(a.to_u64()),
        });
        same(&format!("safe_float {i}"), &got, sample);
    }
    assert!(legacy > 0);
}

#[test]
fn distributions() {
    let mechanisms = std::cell::RefCell::new(BTreeSet::new());
    each_case(425, "distribute_emission", 300, |input| {
        let state = &input["state"];
        let netuid = int(&input["netuid"]);
        let mut stakes = state::read_stakes(&state["stakes"]);
        let mut keys = state::read_keys(&state["globals"], &state["stakes"]);
        let mut subnet = Subnet {
            netuid,
            alpha_out: int(&state["SubnetAlphaOut"]),
            stakes: stakes.remove(&netuid).unwrap_or_default(),
            ..Subnet::default()
        };
        state::read_distribution(&mut subnet, &state["subnet"], &state["globals"]);
        let mut root = Root {
            stakes: stakes.remove(&0).unwrap_or_default(),
            ..Root::default()
        };
        let pending = Pending {
            server: int(&input["pending_server"]),
            validator: int(&input["pending_validator"]),
            root: int(&input["pending_root"]),
            owner: int(&input["owner_cut"]),
        };
        let epochs = list(&input["epoch_outputs"]);
        mechanisms.borrow_mut().insert(epochs.len());
        assert_eq!(epochs.len(), int::<usize>(&state["MechanismCountCurrent"]));
        let shares = split_emission(pending.for_epoch(), None, epochs.len());
        let emission = recorded_emission(epochs, &shares);
        let rates = Rates {
            dividends: DividendSplit::RootFirst,
            tao_weight: proportion_u64(int(&state["TaoWeight"])),
            childkey_burn: proportion_u64(int(&state["CKBurn"])),
            payout: PayoutRule::ToClaims,
            shares: ShareArithmetic::Truncating,
        };
        let payout = distribute(
            &mut subnet,
            &mut root,
            &mut keys,
            &rates,
            &pending,
            &emission,
        );
        assert_eq!(payout.netuid, netuid);
        let claimable: BTreeMap<_, _> = subnet
            .root_claimable
            .iter()
            .map(|(k, v)| (*k, v.to_bits()))
            .collect();
        json!({
            "MinerBurned": text(subnet.miner_burned.to_bits()),
            "SubnetAlphaOut": text(subnet.alpha_out),
            "AlphaDividendsPerSubnet": rows(&subnet.alpha_dividends),
            "RootAlphaDividendsPerSubnet": rows(&subnet.root_dividends),
            "TotalHotkeyAlphaLastEpoch": rows(&subnet.alpha_last_epoch),
            "RootClaimable": claimable
                .iter()
                .map(|(hotkey, rate)| json!([text(hotkey.0), netuid, text(rate)]))
                .collect::<Vec<_>>(),
            "StakingHotkeys": keys
                .staking_hotkeys
                .iter()
                .map(|(k, v)| json!([text(k.0), texts(v.iter().map(|h| h.0))]))
                .collect::<Vec<_>>(),
            "stakes": state::stakes_text(&root, [&subnet]),
        })
    });
    assert_eq!(mechanisms.into_inner(), BTreeSet::from([1, 2, 3]));
}

/// The sum of what recorded epochs gave each hotkey, in ascending order.
fn recorded_emission(epochs: &[Value], shares: &[u64]) -> Vec<HotkeyEmission> {
    let mut emission: BTreeMap<Account, (u64, u64)> = BTreeMap::new();
    for (epoch, share) in epochs.iter().zip(shares) {
        assert_eq!(epoch["emission"], text(share));
        for row in list(&epoch["out"]) {
            let sum = emission.entry(account(&row[0])).or_default();
            sum.0 = sum.0.saturating_add(int(&row[1]));
            sum.1 = sum.1.saturating_add(int(&row[2]));
        }
    }
    emission
        .into_iter()
        .map(|(hotkey, (server, validator))| HotkeyEmission {
            hotkey,
            server,
            validator,
        })
        .collect()
}
