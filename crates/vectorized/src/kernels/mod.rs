//! The hot loops' platforms: one vector interface, one file for each instruction set, one choice.
//!
//! The algorithm is written once (`vectorized`) over [`simd::Simd`]. [`Platform`] names the instruction sets that this
//! build knows; [`Platform::detect`] finds the best one that the machine has.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod floats;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod ops;
mod platform;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
pub(crate) mod rounding;
pub(crate) mod series;
#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
))]
mod shuffle;
pub(crate) mod sigmoid;
pub(crate) mod simd;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

#[cfg(test)]
mod tests;

/// Whether compilers make vectors of plain loops here. WebAssembly without SIMD has none: there a loop that may end
/// early, with a branch that is guessed, takes less than half of one that takes the least of all.
pub(crate) const LOOPS_BECOME_VECTORS: bool =
    cfg!(any(not(target_arch = "wasm32"), target_feature = "simd128"));

pub use platform::Platform;
pub(crate) use platform::{Job, run_on};
