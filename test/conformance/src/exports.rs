//! The same for WebAssembly: bytes of a request in, bytes of its answer out.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::slice;

fn layout(bytes: usize) -> Option<Layout> {
    Layout::array::<u8>(bytes).ok()
}

/// Memory for so many bytes (at least one); 0 where it does not grow that far.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(bytes: usize) -> *mut u8 {
    match layout(bytes) {
        // SAFETY: the layout is of at least one byte, as the host promises.
        Some(layout) => unsafe { alloc_zeroed(layout) },
        None => std::ptr::null_mut(),
    }
}

/// Gives back what [`allocate`] gave, or [`answer`].
///
/// # Safety
/// `place` and `bytes` are those of one of them, given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(place: *mut u8, bytes: usize) {
    if let Some(layout) = layout(bytes) {
        // SAFETY: the host's promise.
        unsafe { dealloc(place, layout) }
    }
}

/// Answers a request; the answer's place is the low half of what is returned, its length the high one.
///
/// # Safety
/// `request` came from [`allocate`] for `bytes` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn answer(request: *const u8, bytes: usize) -> u64 {
    // SAFETY: the host's promise; the host does not run while this does.
    let request = unsafe { slice::from_raw_parts(request, bytes) };
    let answer = Box::leak(crate::answer(request).into_boxed_slice());
    answer.as_ptr().addr() as u64 | (answer.len() as u64) << 32
}
