//! What the module exports. The host is the loader: it keeps the promises that the safety comments name.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::any::Any;
use std::cell::RefCell;
use std::panic;
#[cfg(not(any(feature = "emission", feature = "proof", feature = "simulate")))]
use std::slice;
use wasm_bindgen::prelude::wasm_bindgen;
use yuma_epoch::Platform;
#[cfg(not(any(feature = "emission", feature = "proof", feature = "simulate")))]
use yuma_wire::Answer;
use yuma_wire::Sections;

/// The version of what crosses: of these exports, and of the layout of calls and answers.
const LAYOUT: u32 = 5;

/// A place and a length in one value: the place is the low half.
fn packed(bytes: &[u8]) -> u64 {
    bytes.as_ptr().addr() as u64 | (bytes.len() as u64) << 32
}

fn call_layout(words: usize) -> Option<Layout> {
    Layout::array::<u64>(words).ok()
}

/// The version of what crosses: a loader of another version takes nothing else of the module.
#[wasm_bindgen]
pub fn layout() -> u32 {
    LAYOUT
}

/// To be called once, before anything else.
#[wasm_bindgen]
pub fn start() {
    panic::set_hook(Box::new(|info| wasm_bindgen::throw_str(&info.to_string())));
}

/// Memory for a call of so many words (at least one), zeroed; 0 where memory does not grow that far.
#[wasm_bindgen]
pub fn allocate(words: usize) -> *mut u64 {
    match call_layout(words) {
        // SAFETY: the layout is of at least one word, as the host promises.
        Some(layout) => unsafe { alloc_zeroed(layout) }.cast(),
        None => std::ptr::null_mut(),
    }
}

/// Gives back what [`allocate`] gave.
///
/// # Safety
/// `call` and `words` are those of one `allocate`, given back once.
#[wasm_bindgen]
pub unsafe fn release(call: *mut u64, words: usize) {
    if let Some(layout) = call_layout(words) {
        // SAFETY: the host's promise.
        unsafe { dealloc(call.cast(), layout) }
    }
}

/// An answer that the host is copying.
struct CurrentAnswer {
    /// Owner of its sections: boxed, since an error's words are in itself.
    _answer: Box<dyn Any>,
    /// Words that the host reads of it.
    table: Vec<u32>,
}

thread_local! {
    static CURRENT: RefCell<Option<CurrentAnswer>> = const { RefCell::new(None) };
}

/// How many bytes the answer takes, the words that it begins with, and of each section the place.
fn table(sections: &Sections<'_>) -> Vec<u32> {
    let mut table = vec![sections.bytes() as u32];
    table.extend_from_slice(&sections.directory());
    table.extend(sections.data().map(|data| data.as_ptr().addr() as u32));
    table
}

/// Runs a call; what is returned is the place of the answer's table, which is the host's, with the sections that it
/// points to, until [`release_answer`].
///
/// # Safety
/// `call` came from [`allocate`] for at least `words` words.
#[cfg(not(any(feature = "emission", feature = "proof", feature = "simulate")))]
#[wasm_bindgen]
pub unsafe fn epoch(call: *const u64, words: usize) -> *const u32 {
    // SAFETY: the host's promise; the host does not run while this does.
    let words = unsafe { slice::from_raw_parts(call, words) };
    publish(crate::epoch(words), Answer::sections)
}

/// Keeps an answer for the host to copy, and returns the address of its table.
pub fn publish<A: 'static>(answer: A, sections: impl Fn(&A) -> Sections<'_>) -> *const u32 {
    let answer = Box::new(answer);
    let current = CurrentAnswer {
        table: table(&sections(&answer)),
        _answer: answer,
    };
    let place = current.table.as_ptr();
    CURRENT.set(Some(current));
    place
}

/// Gives back the last answer.
#[wasm_bindgen]
pub fn release_answer() {
    CURRENT.set(None);
}

/// The spec versions whose rules are known, as `yuma-wire` has them: four numbers each.
#[wasm_bindgen]
pub fn rules() -> u64 {
    let words = yuma_wire::RULES.as_flattened();
    words.as_ptr().addr() as u64 | (size_of_val(words) as u64) << 32
}

/// The name of the instruction set in use.
#[wasm_bindgen]
pub fn kernel() -> u64 {
    packed(Platform::detect().name().as_bytes())
}
