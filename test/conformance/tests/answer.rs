//! That whatever comes in, an answer comes out.

use serde_json::{Value, json};
use yuma_conformance::answer;

fn fault(request: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(&answer(request)).expect("an answer is JSON");
    assert!(answer["error"]["field"].is_string(), "{answer}");
    assert!(answer["error"]["expected"].is_string(), "{answer}");
    answer["error"].clone()
}

fn call(function: &str, spec_version: u32, input: &Value) -> Value {
    let request = json!({ "function": function, "spec_version": spec_version, "in": input });
    fault(request.to_string().as_bytes())
}

const FUNCTIONS: [&str; 22] = [
    "fixed_ops",
    "transcendental",
    "pow_normalize",
    "pow_ratio_scaled",
    "block_emission",
    "root_proportion",
    "subnet_terms",
    "moving_price",
    "balancer",
    "swap",
    "emit_to_subnets",
    "epoch_schedule",
    "mechanism_split",
    "stake_weights",
    "share_pool",
    "safe_float",
    "root_claimable",
    "distribute_emission",
    "subnet_shares",
    "flow_shares",
    "dividend_distribution",
    "parent_child_dividends",
];

#[test]
fn an_answer() {
    let input = json!({ "issuance": "20999999999999999" });
    let request = json!({ "function": "block_emission", "spec_version": 425, "in": input });
    let answer: Value =
        serde_json::from_slice(&answer(request.to_string().as_bytes())).expect("JSON");
    assert!(answer["ok"].is_object(), "{answer}");
}

#[test]
fn requests_that_are_no_json() {
    let deep = "[".repeat(100_000);
    for request in ["", "{", "nul", "{\"a\":1}}", "\u{feff}{}", &deep] {
        assert_eq!(fault(request.as_bytes())["field"], "request");
    }
    assert_eq!(fault(&[0xff, 0xfe])["field"], "request");
}

#[test]
fn functions_that_are_none_or_not_of_the_version() {
    assert_eq!(call("nothing", 425, &json!({}))["field"], "function");
    assert_eq!(call("swap", 440, &json!({}))["field"], "function");
    assert_eq!(call("swap", 300, &json!({}))["field"], "function");
    assert_eq!(call("balancer", 475, &json!({}))["field"], "function");
    assert_eq!(call("basket_flush", 425, &json!({}))["field"], "function");
    assert_eq!(call("share_pool", 472, &json!({}))["field"], "function");
    assert_eq!(call("pending_split", 425, &json!({}))["field"], "function");
    let split = call("dividend_distribution", 441, &json!({}));
    assert_eq!(split["field"], "spec_version");
    let unknown = call("subnet_shares", 420, &json!({}));
    assert_eq!(unknown["field"], "spec_version");
}

const WITH_BASKETS: [&str; 15] = [
    "adjust_liquidity",
    "basket_flush",
    "distribute_emission",
    "dividend_distribution",
    "emit_to_subnets",
    "epoch_schedule",
    "mechanism_split",
    "moving_price",
    "root_proportion",
    "settle_collateral",
    "share_pool",
    "subnet_shares",
    "subnet_shares_sequence",
    "subnet_terms",
    "swap",
];

#[test]
fn every_function_refuses_an_empty_input() {
    let all = FUNCTIONS.map(|function| (function, 425));
    let later = WITH_BASKETS.map(|function| (function, 475));
    for (function, version) in all.into_iter().chain(later) {
        call(function, version, &json!({}));
        assert_eq!(
            call(function, version, &json!([]))["field"],
            "in",
            "{function}"
        );
    }
}

#[test]
fn rows_that_are_none_of_a_basket() {
    let input = json!({
        "hotkey": "1",
        "escrow": "18446744073709551615",
        "extra": {
            "on_root": ["4294967296"],
            "PendingBasketDeposits": [],
            "AlphaSharePoolEpoch": [],
            "AlphaShareEpoch": [],
        },
        "stakes": { "TotalHotkeyAlpha": [], "TotalHotkeySharesV2": [], "AlphaV2": [] },
    });
    assert_eq!(call("basket_flush", 475, &input)["field"], "on_root[0]");
}

#[test]
fn mechanisms_of_different_lengths() {
    let input = json!({
        "emission": "1",
        "mechanism_count": 2,
        "MechanismEmissionSplit": null,
        "mechanism_terms": [[], [{}]],
    });
    call("mechanism_split", 425, &input);
}
