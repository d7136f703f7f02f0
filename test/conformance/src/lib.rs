//! The functions of the vectors, in the shapes that `test/vectors/README.md` describes. No part of the product.
//!
//! A request is `{function, spec_version, in}`, an answer `{"ok": …}`, or `{"error": …}` for what the crates refuse or
//! the vectors could not hold. Integers of more than 32 bits, and fixed-point values as their raw bits, are decimal
//! strings both ways.

mod error;
#[cfg(target_arch = "wasm32")]
mod exports;
mod read;
mod vectors;
mod write;

use error::Fault;
use read::Field;
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// Answers a request, the UTF-8 text of a JSON object, in the same way.
pub fn answer(request: &[u8]) -> Vec<u8> {
    let answer = match parsed(request).and_then(|value| vectors::run(Field::root(&value))) {
        Ok(out) => json!({ "ok": out }),
        Err(fault) => json!({ "error": fault.to_json() }),
    };
    answer.to_string().into_bytes()
}

fn parsed(request: &[u8]) -> Answer {
    serde_json::from_slice(request).map_err(|error| Fault::new("request", format!("JSON: {error}")))
}
