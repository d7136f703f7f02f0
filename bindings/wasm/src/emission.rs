//! What the module with emission exports beside the epoch.

use crate::exports::publish;
use crate::read_call;
use std::cell::RefCell;
use std::slice;
use yuma_wire::emission::{self, EmissionAnswer, Handle};

thread_local! {
    /// The instance's networks by their number; none where one was let go.
    static NETWORKS: RefCell<Vec<Option<Handle>>> = const { RefCell::new(Vec::new()) };
}

/// Answers a call of so many words, or says that it does not fit its own header.
///
/// # Safety
/// `call` came from `allocate` for at least `words` words.
unsafe fn answered(
    call: *const u64,
    words: usize,
    answer: impl FnOnce(&[u64], &[yuma_wire::Column<'_>]) -> EmissionAnswer,
) -> *const u32 {
    // SAFETY: the caller's promise; the host does not run while this does.
    let words = unsafe { slice::from_raw_parts(call, words) };
    let answer = match read_call(words) {
        Some((slots, columns)) => answer(slots, &columns),
        None => EmissionAnswer::Failure("the call does not fit its own header".into()),
    };
    publish(answer, EmissionAnswer::sections)
}

/// A function that needs no network; what is returned is as that of `epoch`.
///
/// # Safety
/// `call` came from `allocate` for at least `words` words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn emission_function(
    number: u32,
    call: *const u64,
    words: usize,
) -> *const u32 {
    // SAFETY: the host's promise.
    unsafe {
        answered(call, words, |slots, columns| {
            emission::call(number, slots, columns)
        })
    }
}

/// A place for a network: its number.
#[unsafe(no_mangle)]
pub extern "C" fn network_place() -> u32 {
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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn network_call(
    place: u32,
    number: u32,
    call: *const u64,
    words: usize,
) -> *const u32 {
    let ask = |slots: &[u64], columns: &[yuma_wire::Column<'_>]| {
        NETWORKS.with_borrow_mut(|networks| {
            let network = networks.get_mut(place as usize).and_then(Option::as_mut);
            network.map_or_else(
                || EmissionAnswer::Failure("there is no such network".into()),
                |network| network.call(number, slots, columns),
            )
        })
    };
    // SAFETY: the host's promise.
    unsafe { answered(call, words, ask) }
}

/// Lets a network and its place go.
#[unsafe(no_mangle)]
pub extern "C" fn network_release(place: u32) {
    NETWORKS.with_borrow_mut(|networks| {
        if let Some(network) = networks.get_mut(place as usize) {
            *network = None;
        }
    });
}
