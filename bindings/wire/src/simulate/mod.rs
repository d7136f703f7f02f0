//! A subnet from epoch to epoch, as columns: its state in and out, changes and agents in, what is recorded out.
//!
//! A subnet is opened with the scalars and columns of an epoch's call; the order of all other columns stands with what
//! reads them. `ts/simulate` is the other side.

mod agents;
mod answer;
mod changes;
mod handle;
mod majority;
mod numbers;
mod session;

pub use answer::SimulateAnswer;
pub use handle::{Handle, method};
