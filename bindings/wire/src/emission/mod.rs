//! Emission as columns: the state of a network in and out, reports out, and networks that stay resident.
//!
//! The tables are those of `crates/types/fields/emission.json`, whose columns cross one after the other: a call's
//! scalars are slots of 64 bits, its columns those of the tables in their order; an answer's sections likewise.
//! `ts/emission/columns.ts` is the other side.

mod answer;
mod coinbase;
pub mod columns;
mod explain;
pub mod fields;
mod functions;
mod handle;
mod report;
mod session;
mod state;
mod steps;

pub use answer::EmissionAnswer;
pub use functions::{call, function};
pub use handle::{Handle, method};
pub use state::columns as network_columns;
