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
pub mod memory;
#[cfg(feature = "proof")]
pub mod proof;

pub use buffer::Sections;
pub use call::{Call, Column};
pub use encode::Answer;

pub use yuma_epoch::Platform;

use yuma_types::{Evidence, Rules};

/// The spec versions whose rules are known, ascending. Of each range the first and the last, and the version whose text
/// is the same, 0 where vectors prove the range itself; and 1 where a subnet can be under Null consensus.
pub static RULES: [[u32; 4]; Rules::ranges().len()] = rules();

const fn rules() -> [[u32; 4]; Rules::ranges().len()] {
    let mut words = [[0; 4]; Rules::ranges().len()];
    let mut at = 0;
    while at < words.len() {
        let range = &Rules::ranges()[at];
        let same_as = match range.evidence {
            Evidence::Proved => 0,
            Evidence::SameText(spec_version) => spec_version,
        };
        words[at] = [
            *range.specs.start(),
            *range.specs.end(),
            same_as,
            range.has_null_consensus() as u32,
        ];
        at += 1;
    }
    words
}

/// One epoch by the fast engine.
///
/// Not inlined: a browser's module is built for size up to here, and for speed beyond.
#[inline(never)]
pub fn epoch(platform: Platform, scalars: &[u64], columns: &[Column<'_>]) -> Answer {
    Answer::of(Call::decode(scalars, columns).and_then(|call| call.run(platform)))
}

/// One epoch by the plain, slow implementation.
#[cfg(feature = "reference")]
pub fn reference_epoch(scalars: &[u64], columns: &[Column<'_>]) -> Answer {
    Answer::of(Call::decode(scalars, columns).and_then(|call| call.run_reference()))
}
