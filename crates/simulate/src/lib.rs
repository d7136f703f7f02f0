//! A subnet from epoch to epoch.
//!
//! A [`Network`] keeps what an epoch reads between epochs: [`Network::epoch`] runs one, [`Network::advance`] makes the
//! next one's input of it as the chain does, [`Network::change`] is what happens in between. [`Simulation`] lets
//! [`Agent`]s act before each epoch and records the columns that are asked for. [`Majority`] is the study of an honest
//! majority of the chain's `docs/consensus.md`.
//!
//! Whatever is drawn by chance is drawn in integers and fixed-point numbers from a seed: the same bits on every platform.

mod agents;
mod change;
mod majority;
mod make;
mod network;
mod quality;
mod random;
mod record;
mod registration;
mod rows;
mod simulation;
mod weights;

pub use agents::{Agent, Policy};
pub use change::Change;
pub use majority::{Majority, MajoritySetting, Sample, Shares, chain_bonds_penalty};
pub use make::{Making, make};
pub use network::{Growth, MechanismState, NO_COMMIT, Network, Values};
pub use quality::{Quality, QualityChange};
pub use random::Random;
pub use record::{Column, Recorded, RecordedValues, Recording};
pub use registration::Clears;
pub use simulation::{Simulation, SimulationError};
pub use weights::{proportional, upscaled};
