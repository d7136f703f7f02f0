//! The chain's functions at spec 425, case by case.

mod common;

use common::state::pool;
use common::{each_case, flag, int, list, maybe, text, texts};
use serde_json::{Value, json};
use yuma_emission::{
    Flow, FlowSettings, Pool, SafetyNet, Schedule, Side, Slot, Smoothing, Terms, block_emission,
    deferred_for_reveal, price_for_shares, proportion_u64, root_proportion, weighted_root_tao,
};
use yuma_fixed::{I64F64, I96F32, U64F64, U96F32};

#[test]
fn issuance() {
    each_case(425, "block_emission", 900, |input| {
        let emission = block_emission(int(&input["issuance"]));
        json!({
            "emission": text(emission.unwrap_or(0)),
            "BlockEmission_after": text(emission.unwrap_or(1_000_000_000)),
        })
    });
}

#[test]
fn shares_by_flow() {
    each_case(425, "flow_shares", 300, |input| {
        let settings = FlowSettings {
            cutoff: I64F64::from_bits(int(&input["TaoFlowCutoff"])),
            exponent: U64F64::from_bits(int(&input["FlowNormExponent"])),
            smoothing_factor: int(&input["FlowEmaSmoothingFactor"]),
            net: flag(&input["NetTaoFlowEnabled"]),
        };
        let block = int(&input["block"]);
        let flow = |since: &Value, average: &Value| Flow {
            since: int(since),
            average: (!average.is_null())
                .then(|| (int(&average[0]), I64F64::from_bits(int(&average[1])))),
        };
        let mut after = Vec::new();
        let mut averages = Vec::new();
        for subnet in list(&input["subnets"]) {
            let mut user = flow(&subnet["SubnetTaoFlow"], &subnet["SubnetEmaTaoFlow"]);
            let mut protocol = flow(
                &subnet["SubnetProtocolFlow"],
                &subnet["SubnetEmaProtocolFlow"],
            );
            let smoothing = settings.smoothing();
            averages.push((
                user.advance(block, smoothing),
                protocol.advance(block, smoothing),
            ));
            let stored = [user, protocol].map(|flow| flow.average.expect("advanced"));
            after.push(json!(
                stored
                    .iter()
                    .flat_map(|(block, average)| [text(block), text(average.to_bits())])
                    .collect::<Vec<_>>()
            ));
        }
        json!({
            "shares": texts(settings.shares(&averages).iter().map(|s| s.to_bits())),
            "emas_after": after,
        })
    });
}

#[test]
fn moving_prices() {
    each_case(425, "moving_price", 400, |input| {
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
        json!({
            "spot_price": text(price.to_bits()),
            "SubnetMovingPrice": text(new.to_bits()),
        })
    });
}

fn alpha_issuance(subnet: &Value) -> u64 {
    int::<u64>(&subnet["SubnetAlphaIn"]).saturating_add(int(&subnet["SubnetAlphaOut"]))
}

fn root_proportion_of(network: &Value, subnet: &Value) -> U96F32 {
    let tao_weight = proportion_u64(int(&network["TaoWeight"]));
    root_proportion(
        weighted_root_tao(int(&network["root_SubnetTAO"]), tao_weight),
        alpha_issuance(subnet),
    )
}

#[test]
fn root_proportions() {
    each_case(425, "root_proportion", 400, |input| {
        json!({
            "tao_weight": text(proportion_u64(int(&input["TaoWeight"])).to_bits()),
            "root_proportion": text(root_proportion_of(input, input).to_bits()),
        })
    });
}

#[test]
fn terms() {
    each_case(425, "subnet_terms", 300, |input| {
        let mut stored_emission = 1_000_000_000;
        let terms: Vec<Terms> = list(&input["subnets"])
            .iter()
            .map(|subnet| {
                let price = pool(subnet).spot_price();
                assert_eq!(text(price.to_bits()), subnet["spot_price"]);
                let emission = block_emission(alpha_issuance(subnet));
                stored_emission = emission.unwrap_or(stored_emission);
                Terms::new(
                    U96F32::from_bits(int(&subnet["emission"])),
                    emission.unwrap_or(0),
                    price,
                    root_proportion_of(input, subnet),
                )
            })
            .collect();
        let column = |of: fn(&Terms) -> U96F32| texts(terms.iter().map(|t| of(t).to_bits()));
        json!({
            "tao_in": column(|t| t.tao_in),
            "alpha_in": column(|t| t.alpha_in),
            "alpha_out": column(|t| t.alpha_out),
            "excess_tao": column(|t| t.excess_tao),
            "BlockEmission_after": text(stored_emission),
        })
    });
}

#[test]
fn pool_maths() {
    each_case(425, "balancer", 300, |input| {
        let (tao, alpha) = (int(&input["tao_reserve"]), int(&input["alpha_reserve"]));
        let (tao_delta, alpha_delta) = (int(&input["tao_delta"]), int(&input["alpha_delta"]));
        let pool = Pool {
            mechanism: 1,
            tao,
            alpha,
            quote_weight: int(&input["quote_weight"]),
            ..Pool::default()
        };
        let price = pool.price_at(alpha, tao);
        let target = U64F64::from_bits(int(&input["target_price"]));
        let ratio = |side, amount| text(pool.reserve_ratio(side, amount).to_bits());
        let amount = |side| text(pool.amount_to_price(side, price, target));
        let new_weight = pool.weight_after_adding(tao_delta, alpha_delta);
        json!({
            "price": text(price.to_bits()),
            "exp_base_quote": ratio(Side::SellAlpha, alpha_delta),
            "exp_quote_base": ratio(Side::BuyAlpha, tao_delta),
            "base_delta_in": amount(Side::SellAlpha),
            "quote_delta_in": amount(Side::BuyAlpha),
            "base_needed_for_quote": text(pool.alpha_needed_for_tao(int(&input["tao_wanted"]))),
            "update_weights_ok": new_weight.is_some(),
            "new_quote_weight": text(new_weight.unwrap_or(pool.quote_weight)),
        })
    });
}

#[test]
fn schedules() {
    const NET: SafetyNet = SafetyNet::AfterMaxTempo;
    each_case(425, "epoch_schedule", 300, |input| {
        let block: u64 = int(&input["block"]);
        let cap: u8 = int(&input["MaxEpochsPerBlock"]);
        let subnets = list(&input["subnets"]);
        let unique: Vec<bool> = subnets
            .iter()
            .map(|s| !flag(&s["keys_have_duplicate"]))
            .collect();
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
        let deferred = deferred_for_reveal(
            NET,
            schedules.iter().zip(unique.iter().copied()),
            block,
            cap,
        );

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
            "due_before_increment": due,
            "deferred_for_reveal":
                deferred.iter().map(|&i| subnets[i]["netuid"].clone()).collect::<Vec<_>>(),
            "drained": drained,
            "after": after.collect::<Vec<_>>(),
        })
    });
}
