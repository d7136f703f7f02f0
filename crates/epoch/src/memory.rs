//! What an epoch takes of memory beside its input, by the sizes of that: at most, and asked for before it is taken.
//!
//! The numbers are bytes, some more than were measured: `bindings/wire/tests/memory.rs` runs epochs with less.

use crate::{Mechanism, Subnet};
use yuma_types::memory::{Room, ensure};

/// Bytes for each of the neurons: of the columns of each mechanism, and of those of several mechanisms together.
const OF_COLUMNS: usize = 200;
/// The same of a trace.
const OF_TRACED_COLUMNS: usize = 120;

/// Bytes for each entry of the weights, and of the bonds.
struct ByEntry(usize, usize);

/// Bonds as they are given back.
const STORED: ByEntry = ByEntry(4, 4);
/// A trace as it is given back.
const TRACED: ByEntry = ByEntry(52, 22);
/// The memory of the fused steps.
const FUSED: ByEntry = ByEntry(6, 2);
/// What the steps one by one hold, their trace among it.
const STEPWISE: ByEntry = ByEntry(64, 32);

impl ByEntry {
    fn of(&self, mechanism: &Mechanism<'_>) -> usize {
        self.0 * mechanism.weights.uid.len() + self.1 * mechanism.bonds.uid.len()
    }
}

/// Returns where there is memory for an epoch's output, and for the fused steps of each mechanism in turn.
///
/// # Panics
/// Where there is not: see [`ensure`].
pub fn ensure_epoch(subnet: &Subnet<'_>, mechanisms: &[Mechanism<'_>], trace: bool) -> Room {
    let traced = |bytes| if trace { bytes } else { 0 };
    let kept = mechanisms
        .iter()
        .map(|mechanism| STORED.of(mechanism) + traced(TRACED.of(mechanism)));
    let columns = OF_COLUMNS + traced(OF_TRACED_COLUMNS);
    let most = mechanisms.iter().map(|mechanism| FUSED.of(mechanism)).max();
    // Several mechanisms' terms are combined into further ones.
    let outputs = mechanisms.len() + usize::from(mechanisms.len() > 1);
    ensure(kept.sum::<usize>() + most.unwrap_or(0) + usize::from(subnet.n) * columns * outputs)
}

/// Returns where there is memory for the steps of a mechanism one by one.
///
/// # Panics
/// Where there is not: see [`ensure`].
pub fn ensure_stepwise(subnet: &Subnet<'_>, mechanism: &Mechanism<'_>) -> Room {
    ensure(STEPWISE.of(mechanism) + usize::from(subnet.n) * (OF_COLUMNS + OF_TRACED_COLUMNS))
}
