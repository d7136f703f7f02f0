//! The chain's functions at spec 475, case by case.

mod common;

use common::basket_state::{self, baskets_text, extra_text};
use common::mechanisms;
use common::state::{self, account, account_text, float_text, pool, rows};
use common::{each_case, flag, int, list, maybe, same, text, texts, vectors};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use yuma_emission::{
    Account, BlockReport, BlockRules, Budget, EpochConsensus, Globals, HotkeyEmission, Keys,
    Network, PayoutRules, Pending, Rates, Root, SafeFloat, SafetyNet, Schedule, SharePool, Side,
    Slot, Smoothing, StakeCount, Stored, Subnet, SubnetEmission, Terms, block_emission,
    combine_mechanisms, deferred_for_reveal, distribute, epoch_cap, next_fast_price,
    price_for_shares, proportion_u64, root_proportion, weighted_root_tao,
};
use yuma_fixed::{I96F32, U64F64, U96F32};

const ESCROW: Account = Account(u32::MAX);

/// The files that this suite, `versions.rs` and `runs_with_baskets.rs` read: each of them, whole.
const FILES: [&str; 19] = [
    "adjust_liquidity",
    "basket_flush",
    "distribute_emission",
    "distribute_emission_edges",
    "dividend_distribution",
    "emit_to_subnets",
    "epoch_schedule",
    "mechanism_split",
    "moving_price",
    "root_proportion",
    "settle_collateral",
    "share_pool",
    "sim_03",
    "sim_08",
    "sim_20",
    "subnet_shares",
    "subnet_shares_sequence",
    "subnet_terms",
    "swap",
];

#[test]
fn no_other_file_is_in_the_folder() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../test/vectors/dtao-spec475"
    );
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().replace(".json.gz", ""))
        .collect();
    found.sort();
    assert_eq!(found, FILES);
}

#[test]
fn liquidity() {
    let document = vectors(475, "adjust_liquidity");
    let cases = list(&document["cases"]);
    assert_eq!(cases.len(), 300);
    for (i, case) in cases.iter().enumerate() {
        let mut subnet = basket_state::read_pool(&case["in"]);
        for (step, expected) in list(&case["steps"]).iter().enumerate() {
            let (tao, alpha) = subnet
                .adjust_with_reservoirs(int(&expected["tao_delta"]), int(&expected["alpha_delta"]));
            subnet.pool.tao = subnet.pool.tao.saturating_add(tao);
            subnet.pool.alpha = subnet.pool.alpha.saturating_add(alpha);
            let got = json!({
                "tao_delta": expected["tao_delta"],
                "alpha_delta": expected["alpha_delta"],
                "price_active_tao": text(tao),
                "price_active_alpha": text(alpha),
                "SwapBalancer": text(subnet.pool.quote_weight),
                "BalancerTaoReservoir": text(subnet.tao_reservoir),
                "BalancerAlphaReservoir": text(subnet.alpha_reservoir),
                "SubnetTAO": text(subnet.pool.tao),
                "SubnetAlphaIn": text(subnet.pool.alpha),
            });
            same(
                &format!("adjust_liquidity {i}, step {step}"),
                &got,
                expected,
            );
        }
    }
}

fn root_proportion_of(network: &Value, subnet: &Value) -> (u64, U96F32) {
    let tao_weight = proportion_u64(int(&network["TaoWeight"]));
    let root_tao = weighted_root_tao(int(&network["root_SubnetTAO"]), tao_weight);
    let issuance = Subnet {
        pool: yuma_emission::Pool {
            alpha: int(&subnet["SubnetAlphaIn"]),
            ..Default::default()
        },
        alpha_out: int(&subnet["SubnetAlphaOut"]),
        alpha_reservoir: int(&subnet["BalancerAlphaReservoir"]),
        ..Subnet::default()
    }
    .alpha_issuance();
    (issuance, root_proportion(root_tao, issuance))
}

#[test]
fn root_proportions() {
    each_case(475, "root_proportion", 300, |input| {
        let (issuance, part) = root_proportion_of(input, input);
        json!({
            "tao_weight": text(proportion_u64(int(&input["TaoWeight"])).to_bits()),
            "root_proportion": text(part.to_bits()),
            "alpha_issuance": text(issuance),
        })
    });
}

#[test]
fn terms() {
    each_case(475, "subnet_terms", 300, |input| {
        let terms: Vec<Terms> = list(&input["subnets"])
            .iter()
            .map(|subnet| {
                let price = pool(subnet).spot_price();
                assert_eq!(text(price.to_bits()), subnet["spot_price"]);
                let (issuance, part) = root_proportion_of(input, subnet);
                Terms::new(
                    U96F32::from_bits(int(&subnet["emission"])),
                    block_emission(issuance).unwrap_or(0),
                    price,
                    part,
                )
            })
            .collect();
        let column = |of: fn(&Terms) -> U96F32| texts(terms.iter().map(|t| of(t).to_bits()));
        json!({
            "tao_in": column(|t| t.tao_in),
            "alpha_in": column(|t| t.alpha_in),
            "alpha_out": column(|t| t.alpha_out),
            "excess_tao": column(|t| t.excess_tao),
        })
    });
}

#[test]
fn moving_prices() {
    let mut began = 0;
    each_case(475, "moving_price", 300, |input| {
        let price = pool(input).spot_price();
        let old: U64F64 = price_for_shares(
            int(&input["mechanism"]),
            I96F32::from_bits(int(&input["SubnetMovingPrice"])),
        );
        let smoothing = Smoothing {
            moving_alpha: I96F32::from_bits(int(&input["SubnetMovingAlpha"])),
            halving_blocks: int(&input["EMAPriceHalvingBlocks"]),
            first_emission_block: maybe(&input["FirstEmissionBlockNumber"]),
        };
        let new = smoothing.next(int(&input["block"]), old, price);
        let fast = maybe(&input["SubnetFastMovingPrice"]).map(U64F64::from_bits);
        began += u32::from(fast.is_none());
        json!({
            "spot_price": text(price.to_bits()),
            "SubnetMovingPrice": text(new.to_bits()),
            "SubnetFastMovingPrice": text(next_fast_price(fast, price).to_bits()),
        })
    });
    assert!(began > 0);
}

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
        "BalancerTaoReservoir": text(subnet.tao_reservoir),
        "BalancerAlphaReservoir": text(subnet.alpha_reservoir),
    })
}

#[test]
fn swaps() {
    each_case(475, "swap", 300, |input| {
        let mut subnet = basket_state::read_pool(&input["subnet"]);
        subnet.pool.fee_rate = int(&input["FeeRate"]);
        let side = match input["side"].as_str() {
            Some("buy_alpha") => Side::BuyAlpha,
            Some("sell_alpha") => Side::SellAlpha,
            other => panic!("{other:?}"),
        };
        let mut total_stake = int(&input["TotalStake"]);
        let price_before = subnet.pool.spot_price();
        let result = subnet.swap(
            side,
            int(&input["amount"]),
            int(&input["limit_price_rao"]),
            flag(&input["drop_fees"]),
            StakeCount::Paid,
            &mut total_stake,
        );
        let result = match result {
            Ok(swap) => json!({
                "amount_paid_in": text(swap.paid_in),
                "amount_paid_out": text(swap.paid_out),
                "fee_paid": text(swap.fee),
                // Of a swap that is all fee nobody gets it.
                "fee_to_block_author": text(if swap.paid_in == 0 { 0 } else { swap.fee }),
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
    let mut refunds = 0;
    each_case(475, "emit_to_subnets", 300, |input| {
        let subnets = list(&input["subnets"]);
        let read = |subnet: &Value| Subnet {
            first_emission_block: Some(1),
            subtoken_enabled: true,
            registration_allowed: true,
            emission_enabled: true,
            owner_cut_enabled: flag(&subnet["OwnerCutEnabled"]),
            pending: Pending {
                server: int(&subnet["PendingServerEmission"]),
                validator: int(&subnet["PendingValidatorEmission"]),
                root: int(&subnet["PendingRootAlphaDivs"]),
                owner: int(&subnet["PendingOwnerCut"]),
            },
            ..basket_state::read_pool(subnet)
        };
        let globals = Globals {
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
            minted: int(&input["credit"]),
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
        network.emit(&BlockRules::WITH_BASKETS, &mut report);
        refunds += report.subnets.iter().filter(|s| s.tao_refunded > 0).count();
        json!({
            "TotalIssuance": text(network.globals.total_issuance),
            "TotalStake": text(network.globals.total_stake),
            "unspent_credit": text(report.unspent),
            "subnets": network.subnets().iter().map(subnet_text).collect::<Vec<_>>(),
        })
    });
    assert!(refunds > 0);
}

#[test]
fn schedules() {
    const NET: SafetyNet = SafetyNet::AfterTempo;
    each_case(475, "epoch_schedule", 300, |input| {
        let block: u64 = int(&input["block"]);
        let subnets = list(&input["subnets"]);
        let unique: Vec<bool> = subnets
            .iter()
            .map(|s| !flag(&s["keys_have_duplicate"]))
            .collect();
        let consensus = subnets.iter().map(|s| match flag(&s["null"]) {
            true => EpochConsensus::Null,
            false => EpochConsensus::Yuma,
        });
        let mut schedules: Vec<Schedule> = subnets
            .iter()
            .map(|s| Schedule {
                tempo: int(&s["Tempo"]),
                last_epoch_block: int(&s["LastEpochBlock"]),
                pending_epoch_at: int(&s["PendingEpochAt"]),
                blocks_since_last_step: int(&s["BlocksSinceLastStep"]),
                ..Schedule::default()
            })
            .collect();
        let due: Vec<bool> = schedules.iter().map(|s| s.is_due(NET, block)).collect();
        let most = int(&input["MaxEpochsPerBlock"]);
        let cap = epoch_cap(NET, schedules.iter().zip(consensus), block, most);
        let with_keys = schedules.iter().zip(unique.iter().copied());
        let deferred = deferred_for_reveal(NET, with_keys, block, cap);

        let mut free = u32::from(cap);
        let mut drained = Vec::new();
        for (i, schedule) in schedules.iter_mut().enumerate() {
            if schedule.step(NET, block, free, || unique[i]) == Slot::Run {
                free -= 1;
                let mut row = vec![subnets[i]["netuid"].clone()];
                row.extend_from_slice(list(&subnets[i]["pendings"]));
                drained.push(json!(row));
            }
        }
        let after = schedules.iter().map(|s| {
            json!({
                "LastEpochBlock": text(s.last_epoch_block),
                "PendingEpochAt": text(s.pending_epoch_at),
                "BlocksSinceLastStep": text(s.blocks_since_last_step),
                "SubnetEpochIndex": text(s.epoch_index),
            })
        });
        json!({
            "cap": cap,
            "due_before_increment": due,
            "deferred_for_reveal":
                deferred.iter().map(|&i| subnets[i]["netuid"].clone()).collect::<Vec<_>>(),
            "drained": drained,
            "after": after.collect::<Vec<_>>(),
        })
    });
}

#[test]
fn budgets() {
    each_case(475, "mechanism_split", 240, |input| {
        let consensus = match input["SubnetEpochConsensus"].as_str() {
            Some("Yuma") => EpochConsensus::Yuma,
            Some("Null") => EpochConsensus::Null,
            other => panic!("{other:?}"),
        };
        let pending = Pending {
            server: int(&input["PendingServerEmission"]),
            validator: int(&input["PendingValidatorEmission"]),
            root: int(&input["PendingRootAlphaDivs"]),
            owner: 0,
        };
        let split: Option<Vec<u16>> = (!input["MechanismEmissionSplit"].is_null()).then(|| {
            list(&input["MechanismEmissionSplit"])
                .iter()
                .map(int)
                .collect()
        });
        let count = int(&input["mechanism_count"]);
        let budgets = Budget::of_mechanisms(consensus, &pending, split.as_deref(), count);
        let mechanisms = list(&input["mechanism_terms"]);
        let outputs = mechanisms::outputs(mechanisms, budgets.iter().map(|b| b.emission));
        let all = combine_mechanisms(consensus, &outputs);
        let hotkeys = mechanisms::hotkeys(mechanisms);
        let column = |of: fn(&Budget) -> u64| texts(budgets.iter().map(of));
        json!({
            "split_server": column(|b| b.server),
            "split_validator": column(|b| b.validator),
            "split_root": column(|b| b.root),
            "mechanism_emission": column(|b| b.emission),
            "mining_budget": column(|b| b.server),
            "dividend_budget": column(Budget::dividends),
            "fallback_budget": column(Budget::without_validators),
            "aggregated": mechanisms::rows(&hotkeys, &all),
            "hotkey_emission": mechanisms::paid(&hotkeys, &all),
        })
    });
}

/// The file's cases are sequences on one pool of coldkeys 1 to 4.
#[test]
fn stake_pools() {
    const COLDKEYS: [Account; 4] = [Account(1), Account(2), Account(3), Account(4)];
    let document = vectors(475, "share_pool");
    let cases = list(&document["cases"]);
    assert_eq!(cases.len(), 300);
    let mut sole = BTreeSet::new();
    for (i, case) in cases.iter().enumerate() {
        assert!(case["in"]["initial"].is_null());
        let mut pool = SharePool::default();
        for (step, op) in list(&case["ops"]).iter().enumerate() {
            let amount = int(&op["amount"]);
            let coldkey = account(&op["coldkey"]);
            let (mut done, mut removed) = (None, None);
            match op["op"].as_str() {
                Some("increase_one") => pool.deposit(coldkey, amount),
                Some("decrease_one") => removed = Some(pool.withdraw(coldkey, amount)),
                Some("increase_all") => pool.increase_all(amount),
                Some("decrease_all") => pool.decrease_all(amount),
                Some("credit_sole") => done = Some(pool.credit_sole(coldkey, amount)),
                other => panic!("{other:?}"),
            }
            sole.extend(done);
            let float = |stored: Option<&Stored>| {
                float_text(stored.map_or(SafeFloat::ZERO, |stored| stored.value()))
            };
            let epoch = |coldkey| pool.share_epochs.get(&coldkey).copied().unwrap_or(0);
            let mut got = json!({
                "op": op["op"],
                "amount": op["amount"],
                "coldkey": op["coldkey"],
                "total": text(pool.total),
                "denominator_v2": float(pool.denominator.as_ref()),
                "shares_v2": COLDKEYS.map(|coldkey| float(pool.shares.get(&coldkey))),
                "pool_epoch": text(pool.epoch),
                "share_epochs": COLDKEYS.map(|coldkey| text(epoch(coldkey))),
                "values": COLDKEYS.map(|coldkey| text(pool.quote(coldkey))),
            });
            if let Some(done) = done {
                got["ok"] = json!(done);
            }
            if let Some(removed) = removed {
                got["removed"] = text(removed);
            }
            same(&format!("share_pool {i}, step {step}"), &got, op);
        }
    }
    assert_eq!(sole.len(), 2);
}

/// Collateral is settled, and what is captured staked, as a payout does it.
#[test]
fn collateral() {
    let document = vectors(475, "settle_collateral");
    let cases = list(&document["cases"]);
    assert_eq!(cases.len(), 300);
    let mut captures = 0;
    for (i, case) in cases.iter().enumerate() {
        let input = &case["in"];
        let netuid = int(&input["netuid"]);
        let (hotkey, owner) = (account(&input["hotkey"]), account(&input["owner"]));
        let extra = &input["state"]["extra"];
        let mut stakes = basket_state::read_stakes(&input["state"]["stakes"], extra);
        let mut root = Root {
            stakes: stakes.remove(&0).unwrap_or_default(),
            ..Root::default()
        };
        basket_state::read_root(&mut root, extra);
        let mut subnet = Subnet {
            netuid,
            stakes: stakes.remove(&netuid).unwrap_or_default(),
            collateral: basket_state::read_collateral(netuid, extra),
            ..Subnet::default()
        };
        for (step, expected) in list(&case["steps"]).iter().enumerate() {
            let captured = subnet.collateral.settle(
                hotkey,
                owner,
                int(&expected["emission"]),
                int(&expected["capturable"]),
            );
            if captured > 0 {
                let pool = subnet.stakes.entry(hotkey).or_default();
                pool.deposit(owner, captured);
                captures += 1;
            }
            let got = json!({
                "emission": expected["emission"],
                "capturable": expected["capturable"],
                "captured": text(captured),
                "stakes": state::stakes_text(&root, [&subnet]),
                "extra": extra_text(&root, [&subnet]),
            });
            same(
                &format!("settle_collateral {i}, step {step}"),
                &got,
                expected,
            );
        }
    }
    assert!(captures > 0);
}

fn distributions(file: &str, count: usize) {
    let notes = RefCell::new(BTreeSet::new());
    each_case(475, file, count, |input| {
        let state = &input["state"];
        let netuid = int(&input["netuid"]);
        let mut stakes = basket_state::read_stakes(&state["stakes"], state);
        let mut keys = state::read_keys(&state["globals"], &state["stakes"]);
        // The file's are those that the payout adds.
        keys.staking_hotkeys.clear();
        let mut subnet = Subnet {
            netuid,
            alpha_out: int(&state["SubnetAlphaOut"]),
            stakes: stakes.remove(&netuid).unwrap_or_default(),
            collateral: basket_state::read_collateral(netuid, state),
            ..Subnet::default()
        };
        state::read_distribution(&mut subnet, &state["subnet"], &state["globals"]);
        let mut root = Root {
            stakes: stakes.remove(&0).unwrap_or_default(),
            ..Root::default()
        };
        basket_state::read_root(&mut root, state);
        let pending = Pending {
            server: int(&input["pending_server"]),
            validator: int(&input["pending_validator"]),
            root: int(&input["pending_root"]),
            owner: int(&input["owner_cut"]),
        };
        let epochs = list(&input["epoch_outputs"]);
        assert_eq!(epochs.len(), 1);
        assert_eq!(epochs[0]["emission"], text(pending.for_epoch()));
        let emission: Vec<HotkeyEmission> = list(&epochs[0]["out"])
            .iter()
            .map(|row| HotkeyEmission {
                hotkey: account(&row[0]),
                server: int(&row[1]),
                validator: int(&row[2]),
            })
            .collect();
        let rules = PayoutRules::TO_BASKETS;
        let rates = Rates {
            dividends: rules.dividends,
            tao_weight: proportion_u64(int(&state["TaoWeight"])),
            childkey_burn: proportion_u64(int(&state["CKBurn"])),
            payout: rules.pays,
            shares: rules.shares,
        };
        let payout = distribute(
            &mut subnet,
            &mut root,
            &mut keys,
            &rates,
            &pending,
            &emission,
        );
        payout.check_alpha().expect("no alpha made or lost");
        notes.borrow_mut().extend([
            payout.root_recycled > 0,
            payout.alpha.iter().any(|dividend| dividend.captured > 0),
        ]);
        let extra = extra_text(&root, [&subnet]);
        let mut out = json!({
            "MinerBurned": text(subnet.miner_burned.to_bits()),
            "SubnetAlphaOut": text(subnet.alpha_out),
            "AlphaRecycled": text(subnet.alpha_recycled),
            "AlphaBurned": text(subnet.alpha_burned),
            "AlphaDividendsPerSubnet": rows(&subnet.alpha_dividends),
            "RootAlphaDividendsPerSubnet": rows(&subnet.root_dividends),
            "TotalHotkeyAlphaLastEpoch": rows(&subnet.alpha_last_epoch),
            "StakingHotkeys": keys
                .staking_hotkeys
                .iter()
                .map(|(&k, v)| json!([account_text(k), texts(v.iter().map(|h| h.0))]))
                .collect::<Vec<_>>(),
            "stakes": state::stakes_text(&root, [&subnet]),
        });
        for name in [
            "MinerCollateral",
            "ColdkeyMinerCollateral",
            "PendingBasketDeposits",
            "AlphaSharePoolEpoch",
            "AlphaShareEpoch",
        ] {
            out[name] = extra[name].clone();
        }
        out
    });
    assert_eq!(notes.into_inner().len(), 2);
}

#[test]
fn payouts() {
    distributions("distribute_emission", 300);
}

#[test]
fn payouts_at_the_edges() {
    distributions("distribute_emission_edges", 198);
}

/// Flushes one hotkey's deposits.
fn flush(input: &Value) -> Value {
    let extra = &input["extra"];
    let mut stakes = basket_state::read_stakes(&input["stakes"], extra);
    let mut root = Root {
        stakes: stakes.remove(&0).unwrap_or_default(),
        ..Root::default()
    };
    basket_state::read_root(&mut root, extra);
    basket_state::read_baskets(&mut root, &input["baskets"]);
    assert_eq!(account(&input["escrow"]), ESCROW);
    let subnets = list(&input["subnets"])
        .iter()
        .map(|value| {
            let mut subnet = basket_state::read_pool(value);
            subnet.stakes = stakes.remove(&subnet.netuid).unwrap_or_default();
            subnet
        })
        .collect();
    assert!(stakes.is_empty());
    let globals = Globals {
        basket_escrow: Some(ESCROW),
        basket_threshold: I96F32::saturating_from_int(int(&input["RootClaimableThreshold_root"])),
        ..Globals::default()
    };
    let mut network = Network::new(globals, root, Keys::default(), subnets).expect("valid");
    let hotkey = account(&input["hotkey"]);
    assert_eq!(
        network.root.registered.contains(&hotkey),
        flag(&input["on_root"])
    );
    let value = |network: &Network| {
        let value = network.basket_value(hotkey).expect("an escrow");
        value.map_or(Value::Null, text)
    };
    let nav_before = value(&network);
    network.flush_basket(hotkey).expect("an escrow");
    let column = |of: fn(&Subnet) -> u64| texts(network.subnets().iter().map(of));
    json!({
        "nav_before": nav_before,
        "nav_after": value(&network),
        "stakes": state::stakes_text(&network.root, network.subnets()),
        "extra": extra_text(&network.root, network.subnets()),
        "baskets": baskets_text(&network.root),
        "SubnetAlphaOut": column(|s| s.alpha_out),
        "AlphaRecycled": column(|s| s.alpha_recycled),
    })
}

#[test]
fn baskets() {
    each_case(475, "basket_flush", 300, flush);
}
