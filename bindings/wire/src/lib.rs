//! The byte layout in which columns cross into JavaScript, shared by the bindings.
//!
//! In go one array of 64-bit scalars and a list of typed columns ([`Column`]); out comes one buffer with a directory of
//! sections ([`Sections`]). Errors come out as bytes too, so that nothing is ever thrown across the boundary. Which
//! fields there are, and in which order, `npm run fields` writes into `generated` from the tables of
//! `crates/types/fields`, and for the other side into `ts/engine/generated`.

mod buffer;
mod call;
#[cfg(feature = "emission")]
pub mod emission;
mod encode;
mod generated {
    pub(crate) mod epoch;
}

pub use buffer::Sections;
pub use call::{Call, Column};
pub use encode::Answer;

pub use yuma_epoch::Platform;

/// One epoch by the fast engine.
pub fn epoch(platform: Platform, scalars: &[u64], columns: &[Column<'_>]) -> Answer {
    Answer::of(Call::decode(scalars, columns).and_then(|call| call.run(platform)))
}

/// One epoch by the plain, slow implementation.
#[cfg(feature = "reference")]
pub fn reference_epoch(scalars: &[u64], columns: &[Column<'_>]) -> Answer {
    Answer::of(Call::decode(scalars, columns).and_then(|call| call.run_reference()))
}
