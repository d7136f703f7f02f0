//! The byte layout in which columns cross into JavaScript, shared by the bindings.
//!
//! In go one array of 64-bit scalars and a list of typed columns ([`Column`]); out comes one buffer with a directory of
//! sections ([`Sections`]). Errors come out as bytes too, so that nothing is ever thrown across the boundary. Which
//! fields there are, and in which order, `npm run fields` writes into `generated` from the tables of
//! `crates/types/fields`, and for the other side into `ts/engine/generated`.

mod buffer;
mod call;
#[cfg(any(feature = "emission", feature = "simulate"))]
pub mod columns;
#[cfg(feature = "emission")]
pub mod emission;
mod encode;
mod laid_out;
mod generated {
    pub(crate) mod epoch;
}
pub mod memory;
#[cfg(feature = "proof")]
pub mod proof;
#[cfg(feature = "simulate")]
pub mod simulate;
#[cfg(feature = "storage")]
pub mod storage;

pub use buffer::Sections;
pub use call::{Call, Column};
pub use encode::Answer;
pub use laid_out::read_call;

pub use yuma_epoch::Platform;

use yuma_types::{Evidence, InputError, Rules, SubnetOutput};

/// The spec versions whose rules are known, ascending. Of each range the first and the last, and the version whose text
/// is the same, 0 where vectors prove the range itself; and the sum of 1 where a subnet can be under Null consensus and 2
/// where the numbers are of a branch that the chain's main one did not come from.
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
            range.has_null_consensus() as u32 | (range.is_of_a_branch() as u32) << 1,
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
    let call = Call::decode(scalars, columns);
    answer(call, |call| call.run(platform))
}

/// One epoch by the fast engine, from a call that is laid out in words: see [`read_call`].
pub fn epoch_laid_out(platform: Platform, words: &[u64]) -> Answer {
    match read_call(words) {
        Some((scalars, columns)) => epoch(platform, scalars, &columns),
        None => Answer::Failure("the call does not fit its own header".into()),
    }
}

/// One epoch by the plain, slow implementation.
#[cfg(feature = "reference")]
pub fn reference_epoch(scalars: &[u64], columns: &[Column<'_>]) -> Answer {
    let call = Call::decode(scalars, columns);
    answer(call, |call| call.run_reference())
}

/// What a call's epoch came to, of it what the call asks for.
fn answer(
    call: Result<Call<'_>, InputError>,
    run: impl FnOnce(&Call<'_>) -> Result<SubnetOutput, InputError>,
) -> Answer {
    match call {
        Ok(call) => Answer::of(run(&call), call.fields),
        Err(error) => Answer::of(Err(error), 0),
    }
}
