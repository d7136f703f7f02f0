//! That whatever comes in, an answer comes out.

use serde_json::{Value, json};
use yuma_emission_wire::call;

fn answer(function: &str, request: &[u8]) -> Value {
    serde_json::from_slice(&call(function, request)).expect("an answer is JSON")
}

fn fault(function: &str, request: &[u8]) -> Value {
    let answer = answer(function, request);
    assert!(answer["error"]["field"].is_string(), "{answer}");
    assert!(answer["error"]["expected"].is_string(), "{answer}");
    answer["error"].clone()
}

#[test]
fn an_answer() {
    let request = json!({ "issuance": "20999999999999999" }).to_string();
    let answer = answer("block_emission", request.as_bytes());
    assert!(answer["ok"]["emission"].is_string(), "{answer}");
}

#[test]
fn requests_that_are_no_json() {
    let deep = "[".repeat(100_000);
    for request in ["", "{", "nul", "{\"a\":1}}", "\u{feff}{}", &deep] {
        assert_eq!(fault("run_blocks", request.as_bytes())["field"], "request");
    }
    assert_eq!(fault("run_blocks", &[0xff, 0xfe])["field"], "request");
}

#[test]
fn functions_that_are_none() {
    for function in ["", "nothing", "\u{0}", "vector "] {
        assert_eq!(fault(function, b"{}")["field"], "function");
    }
}

#[test]
fn every_function_refuses_what_has_nothing() {
    let functions = [
        "block_emission",
        "network_shares",
        "run_blocks",
        "distribute",
        "swap",
        "quote",
        "stake_weights",
        "schedule",
        "split_emission",
        "vector",
    ];
    for function in functions {
        for request in ["{}", "null", "[]", "3", "\"text\""] {
            fault(function, request.as_bytes());
        }
    }
}
