//! A network that stays resident, as the hosts hold it.

use super::answer::EmissionAnswer;
use super::session::Session;
use crate::Column;
use crate::memory::{ensure_asked, ensure_network};
use yuma_emission::InputError;

/// Numbers of what is asked of a network.
pub mod method {
    /// Opens it: spec version, whether epochs are the plain implementation's, the globals; the tables of the state.
    pub const OPEN: u32 = 0;
    /// Lets it go.
    pub const CLOSE: u32 = 1;
    /// Runs blocks: how many, whether all are reported; what they have beside.
    pub const RUN: u32 = 2;
    /// What the last block did.
    pub const REPORT: u32 = 3;
    /// The state, as columns.
    pub const COLUMNS: u32 = 4;
    /// Applies operations between two blocks.
    pub const APPLY: u32 = 5;
    /// What is each subnet's due of the next block: the rao that it mints.
    pub const SHARES: u32 = 6;
    /// Hands out what is pending for one subnet.
    pub const DISTRIBUTE: u32 = 7;
    /// The own part of the next block.
    pub const COINBASE: u32 = 8;
    /// Stake by uid: netuid.
    pub const STAKE_WEIGHTS: u32 = 9;
}

/// A place for a network: empty before it is opened and after it is closed.
#[derive(Default)]
pub struct Handle(Option<Session>);

impl Handle {
    /// Asks something of the network.
    pub fn call(&mut self, number: u32, slots: &[u64], columns: &[Column<'_>]) -> EmissionAnswer {
        match self.answer(number, slots, columns) {
            Ok(answer) => answer,
            Err(error) => error.into(),
        }
    }

    fn answer(
        &mut self,
        number: u32,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<EmissionAnswer, InputError> {
        if number == method::OPEN {
            let _room = ensure_network(columns);
            self.0 = Some(Session::open(slots, columns)?);
            return Ok(EmissionAnswer::done());
        }
        let Some(session) = &mut self.0 else {
            return Ok(EmissionAnswer::Failure(
                "the network is closed, or failed before".into(),
            ));
        };
        let _room = ensure_asked(session.bytes(), columns);
        match number {
            method::RUN => session.run(slots, columns),
            method::REPORT => session.report(),
            method::COLUMNS => session.columns(),
            method::APPLY => session.apply(columns),
            method::SHARES => session.shares(slots),
            method::DISTRIBUTE => session.distribute(slots, columns),
            method::COINBASE => session.coinbase(),
            method::STAKE_WEIGHTS => session.stake_weights(slots),
            method::CLOSE => {
                self.close();
                Ok(EmissionAnswer::done())
            }
            other => Err(InputError::new(
                "method",
                format!("expected a method of this package, found {other}"),
            )),
        }
    }

    /// Lets the network go.
    pub fn close(&mut self) {
        self.0 = None;
    }
}
