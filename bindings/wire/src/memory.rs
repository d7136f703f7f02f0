//! What a call takes of memory beside its columns, by their sizes: at most, and asked for before it is taken. Epochs by
//! the fast engine ask for theirs by themselves.
//!
//! The numbers are bytes, some more than were measured: `tests/memory.rs` makes calls with less.

use crate::Column;
#[cfg(feature = "emission")]
use crate::emission::fields::ReportOut;
pub use yuma_types::memory::{Room, ensure, is_there};
#[cfg(feature = "reference")]
use yuma_types::{Mechanism, Subnet};

/// Returns how many bytes the columns take.
pub fn bytes_of(columns: &[Column<'_>]) -> usize {
    let bytes = |column: &Column<'_>| match column {
        Column::U64(values) => size_of_val(*values),
        Column::U32(values) => size_of_val(*values),
        Column::U16(values) => size_of_val(*values),
        Column::U8(values) => size_of_val(*values),
    };
    columns.iter().map(bytes).sum()
}

/// Returns where there is memory for an epoch by the plain, slow implementation.
///
/// # Panics
/// Where there is not: see [`ensure`].
#[cfg(feature = "reference")]
pub(crate) fn ensure_reference(subnet: &Subnet<'_>, mechanisms: &[Mechanism<'_>]) -> Room {
    /// For each neuron: of the columns and the rows of each mechanism, and once.
    const OF_NEURON: usize = 1200;
    /// For each entry of weights and bonds: while a mechanism's epoch runs, and of what it leaves.
    const HELD: usize = 80;
    const LEFT: usize = 60;
    /// For the weight that a validator gives to a neuron, or might.
    const OF_VOTE: usize = 8;

    let n = usize::from(subnet.n);
    let voters = subnet.total_stake.iter().filter(|&&words| words != [0, 0]);
    let entries = mechanisms
        .iter()
        .map(|mechanism| mechanism.weights.uid.len() + mechanism.bonds.uid.len());
    ensure(
        LEFT * entries.clone().sum::<usize>()
            + HELD * entries.max().unwrap_or(0)
            + n * OF_NEURON * (mechanisms.len() + 1)
            + n * OF_VOTE * voters.count(),
    )
}

/// Returns where there is memory for a network of these columns.
///
/// # Panics
/// Where there is not: see [`ensure`].
#[cfg(feature = "emission")]
pub(crate) fn ensure_network(columns: &[Column<'_>]) -> Room {
    /// Of each byte: keys of maps lie there beside their values, and a map grows by doubling.
    const OPENED: usize = 6;
    ensure(OPENED * bytes_of(columns))
}

/// Returns where there is memory for what is asked of a network of so many bytes of columns.
///
/// # Panics
/// Where there is not: see [`ensure`].
#[cfg(feature = "emission")]
pub(crate) fn ensure_asked(network: usize, columns: &[Column<'_>]) -> Room {
    /// Of each byte: the state as columns, which grow by doubling.
    const ASKED: usize = 3;
    ensure(ASKED * (network + bytes_of(columns)))
}

/// Returns where reports of blocks can go on growing.
///
/// # Panics
/// Where they cannot: see [`ensure`].
#[cfg(feature = "emission")]
pub(crate) fn ensure_growth(reports: &ReportOut) -> Room {
    // A column that is full moves to one of twice its length. A module has no room for the code that asks for nothing.
    let bytes = if cfg!(target_arch = "wasm32") {
        0
    } else {
        reports.bytes()
    };
    ensure(2 * bytes)
}

/// Returns where there is memory for a function of these columns.
///
/// # Panics
/// Where there is not: see [`ensure`].
#[cfg(any(feature = "emission", feature = "proof", feature = "storage"))]
pub(crate) fn ensure_function(columns: &[Column<'_>]) -> Room {
    const OF_BYTE: usize = 8;
    ensure(OF_BYTE * bytes_of(columns))
}
