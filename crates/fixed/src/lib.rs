//! The chain's fixed-point numbers, to the chain's last bit.
//!
//! The runtime computes consensus in the fixed-point types of `substrate-fixed` 0.6.0. This crate
//! has the five types its epoch and its emission use ([`I32F32`], [`I64F64`], [`I96F32`],
//! [`U64F64`], [`U96F32`]), the functions on them ([`transcendental`], [`flow`]), and the
//! big-integer power of its pools ([`pow`]). Every result equals the runtime's, bit for bit: its
//! rounding, its saturation and its quirks. Nothing here panics, whatever the operands.
//!
//! Follows `substrate-fixed` 0.6.0, `primitives/safe-math` and `safe-bigmath` 0.4.1 as subtensor
//! uses them at spec version 425.

mod fixed;
pub mod flow;
pub mod pow;
pub mod transcendental;
mod wide;

pub use fixed::{Fixed, FixedSigned, I32F32, I64F64, I96F32, U64F64, U96F32};
