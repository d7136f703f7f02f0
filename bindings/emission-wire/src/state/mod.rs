//! The state of the network, both ways. Names are those of `ts/emission/types.ts` in snake case.

mod read;
mod write;

pub use read::{keys, part, parts_of_one, pending, pool, read_network, root, schedule, subnet};
pub use write::{keys_json, network_json, pending_json, pool_json, subnet_json};
