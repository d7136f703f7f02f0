//! Whether there is memory for what is about to be taken.

use std::sync::atomic::{AtomicUsize, Ordering};

/// So many bytes are not asked for: an ordinary epoch takes less, and where they cannot be had nothing else can.
const SMALL: usize = 1 << 20;

/// What is promised to work that goes on, on all threads.
static PROMISED: AtomicUsize = AtomicUsize::new(0);

/// Memory that is promised to work for as long as this is kept.
#[must_use = "the memory is promised for as long as this is kept"]
#[derive(Debug)]
pub struct Room(usize);

impl Drop for Room {
    fn drop(&mut self) {
        if self.0 > 0 {
            PROMISED.fetch_sub(self.0, Ordering::Relaxed);
        }
    }
}

/// Returns where so many bytes can be had at once, beside all that is in use and that is promised to others.
///
/// An allocation that fails ends the process: no allocator may unwind. So whoever takes memory by the size of its input
/// asks for as much before it begins; nothing is written to it. In WebAssembly nothing is asked: a module that runs out
/// of memory traps, which its host survives.
///
/// # Panics
/// Where they cannot be had it unwinds with a text, past the panic hook: nothing is broken.
#[inline]
pub fn ensure(bytes: usize) -> Room {
    if cfg!(target_arch = "wasm32") || bytes <= SMALL {
        return Room(0);
    }
    let promised = PROMISED.fetch_add(bytes, Ordering::Relaxed);
    let room = Room(bytes);
    if !is_there(promised.saturating_add(bytes)) {
        let megabytes = bytes.div_ceil(1 << 20);
        let text = format!("not enough memory: this takes up to {megabytes} MB");
        drop(room);
        std::panic::resume_unwind(Box::new(text));
    }
    room
}

/// Appends values to what grows for as long as its caller goes on.
///
/// # Panics
/// As [`ensure`] does, where there is no memory for more.
pub fn append<T: Copy>(kept: &mut Vec<T>, values: &[T]) {
    if kept.try_reserve(values.len()).is_err() {
        let megabytes = size_of_val(kept.as_slice()).div_ceil(1 << 20);
        let text = format!("not enough memory: this takes {megabytes} MB already");
        std::panic::resume_unwind(Box::new(text));
    }
    kept.extend_from_slice(values);
}

/// Returns whether so many bytes can be had at once, beside all that is in use; of a few it is taken for granted.
pub fn is_there(bytes: usize) -> bool {
    bytes <= SMALL || Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}
