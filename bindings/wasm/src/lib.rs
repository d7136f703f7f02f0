//! The module for browsers, workers and edge runtimes: convert, call, convert back. It knows no rule of the chain.
//!
//! wasm-pack builds it, and wasm-bindgen carries the exports. They take and give numbers and places in memory alone: what
//! crosses is one block of bytes each way in the layout of `yuma-wire`, of which generated glue would make a copy more.
//! That glue has one instance for good; the loader (`ts/runtime/instance.ts`) has several, makes one anew after a panic,
//! and runs wherever `WebAssembly` is.
//! Built twice from this source, with and without simd128: WebAssembly cannot choose at run time, so the loader does.
//!
//! A call in memory is one block of 64-bit words, as `yuma_wire::read_call` reads it.
//!
//! An answer stays where the engine left it, until the next one: the host is told of each section where it lies, and
//! copies it once, to where it will stay.
//!
//! With the feature `emission` the module runs blocks instead: its networks stay in the instance, and are told apart by
//! a number.
//!
//! With the feature `proof` it checks state proofs instead, with `simulate` it keeps subnets from epoch to epoch, as
//! emission's networks are kept.
//!
//! A panic is thrown with its message by wasm-bindgen's `throw_str`, the only import. The instance must not be used after
//! that, nor after a trap.

#[cfg(all(target_arch = "wasm32", feature = "emission"))]
mod emission;
#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(all(
    target_arch = "wasm32",
    any(feature = "emission", feature = "simulate")
))]
mod places;
#[cfg(all(target_arch = "wasm32", feature = "proof"))]
mod proof;

use yuma_epoch::Platform;
use yuma_wire::Answer;
#[cfg(any(feature = "emission", feature = "proof", feature = "simulate"))]
pub(crate) use yuma_wire::read_call;

/// One epoch from a call's words.
pub fn epoch(words: &[u64]) -> Answer {
    yuma_wire::epoch_laid_out(Platform::detect(), words)
}
