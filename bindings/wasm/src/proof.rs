//! What the module for state proofs exports.

use crate::exports::publish;
use crate::read_call;
use std::slice;
use wasm_bindgen::prelude::wasm_bindgen;
use yuma_wire::proof::{self, ProofAnswer};

/// Checks a proof; what is returned is as that of `epoch`.
///
/// # Safety
/// `call` came from `allocate` for at least `words` words.
#[wasm_bindgen]
pub unsafe fn proof(number: u32, call: *const u64, words: usize) -> *const u32 {
    // SAFETY: the host's promise; the host does not run while this does.
    let words = unsafe { slice::from_raw_parts(call, words) };
    let answer = match read_call(words) {
        Some((slots, columns)) => proof::call(number, slots, &columns),
        None => ProofAnswer::Failure("the call does not fit its own header".into()),
    };
    publish(answer, ProofAnswer::sections)
}
