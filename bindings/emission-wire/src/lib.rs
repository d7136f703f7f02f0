//! Emission as JSON in and JSON out: what the addon and the WebAssembly module hand on to JavaScript.
//!
//! Integers of more than 32 bits, and fixed-point values as their raw bits, are decimal strings both
//! ways. Accounts are numbers, in ascending order of their 32-byte keys, 0 for the key of zeros. An
//! answer is `{"ok": …}`; for input that no chain could hold `{"error": {"field", "netuid"?, "uid"?,
//! "expected"}}`; for a fault of this package `{"failure": "…"}`.

mod error;
mod network;
mod operations;
mod read;
mod report;
mod state;
mod vectors;
mod write;

use error::Fault;
use read::Field;
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// Answers a call: `request` is the UTF-8 text of a JSON object, as the answer is.
///
/// Never panics on purpose; the bindings say what does.
pub fn call(function: &str, request: &[u8]) -> Vec<u8> {
    let answer = match answer(function, request) {
        Ok(text) => format!(r#"{{"ok":{text}}}"#),
        Err(fault) => json!({ "error": fault.to_json() }).to_string(),
    };
    answer.into_bytes()
}

/// The answer that says that this package failed, not the input.
pub fn failure(reason: &str) -> Vec<u8> {
    json!({ "failure": reason }).to_string().into_bytes()
}

/// The result as the text of a JSON value.
fn answer(function: &str, request: &[u8]) -> Result<String, Fault> {
    let value: Value = serde_json::from_slice(request)
        .map_err(|error| Fault::new("request", format!("JSON: {error}")))?;
    let request = Field::root(&value);
    let result = match function {
        "known_spec_versions" => Ok(network::known_spec_versions()),
        "block_emission" => network::block_emission(request),
        "network_shares" => network::shares(request),
        "run_blocks" => return network::run_blocks(request),
        "distribute" => network::distribute(request),
        "swap" => network::swap(request),
        "quote" => network::quote(request),
        "stake_weights" => network::stake_weights(request),
        "schedule" => network::schedule(request),
        "split_emission" => network::split_emission(request),
        "vector" => vectors::run(request),
        other => Err(Fault::new(
            "function",
            format!("expected a function of this package, found {other:?}"),
        )),
    };
    result.map(|value| value.to_string())
}
