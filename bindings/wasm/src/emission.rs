//! What the module with emission exports beside its networks.

use crate::places::answered;
use wasm_bindgen::prelude::wasm_bindgen;
use yuma_wire::emission;

/// A function that needs no network; what is returned is as that of `epoch`.
///
/// # Safety
/// `call` came from `allocate` for at least `words` words.
#[wasm_bindgen]
pub unsafe fn emission_function(number: u32, call: *const u64, words: usize) -> *const u32 {
    // SAFETY: the host's promise.
    unsafe {
        answered(call, words, |slots, columns| {
            emission::call(number, slots, columns)
        })
    }
}
