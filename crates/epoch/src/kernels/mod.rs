//! The hot loops' platforms: one narrow vector interface, one file per instruction set, one choice.
//!
//! The algorithm is written once (`clean`) over [`simd::Simd`]. [`Platform`] names the instruction sets that this
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
#[cfg_attr(
    all(target_arch = "wasm32", target_feature = "simd128"),
    allow(
        dead_code,
        reason = "no platform of that build, where its doubles alone are used"
    )
)]
mod portable;
pub(crate) mod series;
pub(crate) mod simd;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
pub(crate) mod whole;

#[cfg(test)]
mod tests;

pub use platform::Platform;
pub(crate) use platform::{Job, run_on};
