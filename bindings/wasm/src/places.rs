//! What a module with networks exports beside the rest: places for them in the instance.

use crate::exports::publish;
use crate::read_call;
use std::cell::RefCell;
use std::slice;
use wasm_bindgen::prelude::wasm_bindgen;
use yuma_wire::Column;
#[cfg(feature = "emission")]
use yuma_wire::emission::{EmissionAnswer as NetworkAnswer, Handle};
#[cfg(feature = "simulate")]
use yuma_wire::simulate::{Handle, SimulateAnswer as NetworkAnswer};

thread_local! {
    /// The instance's networks by their number; none where one was let go.
    static NETWORKS: RefCell<Vec<Option<Handle>>> = const { RefCell::new(Vec::new()) };
}

/// Answers a call of so many words, or says that it does not fit its own header.
///
/// # Safety
/// `call` came from `allocate` for at least `words` words.
pub unsafe fn answered(
    call: *const u64,
    words: usize,
    answer: impl FnOnce(&[u64], &[Column<'_>]) -> NetworkAnswer,
) -> *const u32 {
    // SAFETY: the caller's promise; the host does not run while this does.
    let words = unsafe { slice::from_raw_parts(call, words) };
    let answer = match read_call(words) {
        Some((slots, columns)) => answer(slots, &columns),
        None => NetworkAnswer::Failure("the call does not fit its own header".into()),
    };
    publish(answer, NetworkAnswer::sections)
}

/// A place for a network: its number.
#[wasm_bindgen]
pub fn network_place() -> u32 {
    NETWORKS.with_borrow_mut(|networks| {
        let free = networks.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            networks.push(None);
            networks.len() - 1
        });
        networks[place] = Some(Handle::default());
        place as u32
    })
}

/// Asks something of a network; what is returned is as that of `epoch`.
///
/// # Safety
/// `call` came from `allocate` for at least `words` words.
#[wasm_bindgen]
pub unsafe fn network_call(place: u32, number: u32, call: *const u64, words: usize) -> *const u32 {
    let ask = |slots: &[u64], columns: &[Column<'_>]| {
        NETWORKS.with_borrow_mut(|networks| {
            let network = networks.get_mut(place as usize).and_then(Option::as_mut);
            network.map_or_else(
                || NetworkAnswer::Failure("there is no such network".into()),
                |network| network.call(number, slots, columns),
            )
        })
    };
    // SAFETY: the host's promise.
    unsafe { answered(call, words, ask) }
}

/// Lets a network and its place go.
#[wasm_bindgen]
pub fn network_release(place: u32) {
    NETWORKS.with_borrow_mut(|networks| {
        if let Some(network) = networks.get_mut(place as usize) {
            *network = None;
        }
    });
}
