//! What the module exports. The host is the loader: it keeps the promises that the safety comments name.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::panic;
use std::{slice, str};

// The number is the version of the interface: a loader of another version does not link.
#[link(wasm_import_module = "yuma-emission-1")]
unsafe extern "C" {
    /// Takes a panic's message and throws it.
    safe fn panicked(message: *const u8, bytes: usize) -> !;
}

/// Bytes that a request and its answer take in memory, for each byte of the request's text.
const ROOM: usize = 24;

fn layout(bytes: usize) -> Option<Layout> {
    Layout::array::<u8>(bytes).ok()
}

/// To be called once, before anything else.
#[unsafe(no_mangle)]
pub extern "C" fn start() {
    panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        panicked(message.as_ptr(), message.len())
    }));
}

/// Room for so many bytes (at least one), zeroed; 0 where memory does not grow that far.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(bytes: usize) -> *mut u8 {
    match layout(bytes) {
        // SAFETY: the layout is of at least one byte, as the host promises.
        Some(layout) => unsafe { alloc_zeroed(layout) },
        None => std::ptr::null_mut(),
    }
}

/// Gives back what [`allocate`] gave.
///
/// # Safety
/// `place` and `bytes` are those of one `allocate`, given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(place: *mut u8, bytes: usize) {
    if let Some(layout) = layout(bytes) {
        // SAFETY: the host's promise.
        unsafe { dealloc(place, layout) }
    }
}

/// Makes memory grow once by what a request will need: growing in small steps, at each of which V8 may collect
/// garbage, takes a large request ten times as long.
fn make_room(bytes: usize) {
    let mut room: Vec<u8> = Vec::new();
    // Where there is not so much the request may do with less.
    let _ = room.try_reserve_exact(bytes.saturating_mul(ROOM));
    std::hint::black_box(&room);
}

/// Runs a call: of `bytes` bytes the first `name` are the function's name, the others its request. The answer's
/// place is the low half of what is returned, its length the high one; its bytes are the host's until
/// [`release_answer`].
///
/// # Safety
/// `call` came from [`allocate`] for at least `bytes` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn emission(call: *const u8, bytes: usize, name: usize) -> u64 {
    // SAFETY: the host's promise; the host does not run while this does.
    let call = unsafe { slice::from_raw_parts(call, bytes) };
    let (name, request) = call.split_at(name.min(bytes));
    make_room(request.len());
    let answer = match str::from_utf8(name) {
        Ok(name) => yuma_emission_wire::call(name, request),
        Err(_) => yuma_emission_wire::failure("the function's name is no UTF-8"),
    };
    let answer = Box::leak(answer.into_boxed_slice());
    answer.as_ptr().addr() as u64 | (answer.len() as u64) << 32
}

/// Gives back an answer.
///
/// # Safety
/// `answer` and `bytes` are those of one answer of [`emission`], given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release_answer(answer: *mut u8, bytes: usize) {
    // SAFETY: the host's promise.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(answer, bytes)) });
}
