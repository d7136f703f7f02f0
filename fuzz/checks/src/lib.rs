//! What the fuzz targets do with a fuzzer's bytes.
//!
//! Each module has a `check`, which reads its input from the bytes, whatever they are, and panics where what is checked
//! does not hold. `fuzz/fuzz_targets` gives them the bytes of a coverage-guided fuzzer, `tests/corpora.rs` those of the
//! corpora.

pub mod emission;
pub mod epoch;
pub mod fixed;
pub mod proof;
pub mod wire;

mod generated {
    pub mod call;
}
mod network;
mod subnet;
mod values;
