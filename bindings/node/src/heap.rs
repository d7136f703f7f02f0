//! What JavaScript's memory comes from.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

/// The largest block whose size glibc takes for the program's own measure, less what it and the page add to it.
const LARGEST: Layout = match Layout::from_size_align((32 << 20) - (8 << 10), 16) {
    Ok(layout) => layout,
    Err(_) => panic!("a valid layout"),
};

/// Makes glibc keep what collections free.
///
/// V8's buffers come from `malloc`. A collection frees hundreds of answers at once, and glibc gives memory at the end
/// of the heap back to the system as soon as there is more than 128 KB of it: the next answers then take it again, a
/// fault for every page, which costs an ordinary epoch a third of its time. Where a program has freed a larger block,
/// glibc keeps twice that block's size instead. So this frees one, whose pages are never touched. Thresholds that the
/// user has set by environment stay as they are; other systems' allocators do not mind.
pub fn keep_freed_memory() {
    // SAFETY: the layout is of more than no bytes; the block is freed once, by the allocator and layout it came from.
    unsafe {
        // Seen by nobody, the pair would be optimised away.
        let block = black_box(System.alloc(LARGEST));
        if !block.is_null() {
            System.dealloc(block, LARGEST);
        }
    }
}
