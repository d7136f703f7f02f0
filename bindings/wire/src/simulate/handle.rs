//! A subnet or a map behind a handle, as a host keeps it.

use super::answer::{Place, SimulateAnswer};
use super::majority::MajoritySession;
use super::session::Session;
use crate::Column;
use yuma_types::InputError;

/// Numbers of what is asked of a subnet.
pub mod method {
    /// Opens it: scalars and columns of an epoch's call.
    pub const OPEN: u32 = 0;
    /// Lets it go.
    pub const CLOSE: u32 = 1;
    /// Changes what the next epoch reads: the columns of changes. How many were made.
    pub const CHANGE: u32 = 2;
    /// Sets who acts: the seed, tempos from commit to reveal, 1 where stake grows by what is paid; the columns of agents.
    pub const AGENTS: u32 = 3;
    /// Begins a recording: every so many epochs; a column of the numbers of columns. Bytes that an epoch takes as it is.
    pub const RECORD: u32 = 4;
    /// Runs epochs: how many; the columns of changes, if there are any. How many epochs have run since the start, the block
    /// of the next one, and how many neurons there are.
    pub const RUN: u32 = 5;
    /// Hands out what is recorded, and goes on recording the same.
    pub const TAKE: u32 = 6;
    /// The state that the next epoch reads.
    pub const STATE: u32 = 7;
    /// The next epoch's output, of which the subnet stays before: 1 to keep the intermediates.
    pub const EPOCH: u32 = 8;
    /// Takes an epoch that was computed elsewhere, and goes on to the state after it: 1 where stake grows; columns of
    /// permits, miners' and validators' emission, and of each mechanism the rows of bonds and the consensus.
    pub const ADVANCE: u32 = 9;
    /// Opens one made from a seed: neurons, validators, mechanisms, seed, stake, deviations of stake, quality and weights,
    /// and the scalars of a call.
    pub const MAKE: u32 = 10;
    /// Opens a map of the honest majority: spec version, neurons, validators, kappa, bonds penalty, seed, deviations of
    /// stake and weights, the honest stake, steps; parts of 1 as bits of doubles. How many points it has.
    pub const MAJORITY: u32 = 11;
    /// Points of the map: the first, and the one after the last. Of each three words, the bits of the honest side's parts
    /// of emission, incentive and dividends.
    pub const POINTS: u32 = 12;
    /// The output of the last epoch that ran, but for its bonds, which are those before it; no words where none has.
    pub const LAST: u32 = 13;
}

/// What a handle holds.
enum Held {
    Subnet(Box<Session>),
    Map(Box<MajoritySession>),
}

/// A place for a subnet or a map; empty before it is opened, and once it is let go.
#[derive(Default)]
pub struct Handle(Option<Held>);

/// What is wrong, and where.
pub(super) type Fault = (InputError, Place);

impl Handle {
    /// Asks something of what is held.
    pub fn call(&mut self, number: u32, slots: &[u64], columns: &[Column<'_>]) -> SimulateAnswer {
        match self.answer(number, slots, columns) {
            Ok(answer) => answer,
            Err((error, place)) => SimulateAnswer::fault(error, place),
        }
    }

    fn answer(
        &mut self,
        number: u32,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<SimulateAnswer, Fault> {
        let plain = |error: InputError| (error, Place::default());
        match (number, &mut self.0) {
            (method::OPEN, held) => {
                let session = Session::open(slots, columns).map_err(plain)?;
                *held = Some(Held::Subnet(Box::new(session)));
                Ok(SimulateAnswer::done())
            }
            (method::MAKE, held) => {
                let session = Session::make(slots).map_err(plain)?;
                *held = Some(Held::Subnet(Box::new(session)));
                Ok(SimulateAnswer::done())
            }
            (method::MAJORITY, held) => {
                let session = MajoritySession::open(slots).map_err(plain)?;
                let points = session.points();
                *held = Some(Held::Map(Box::new(session)));
                Ok(SimulateAnswer::Words(vec![points]))
            }
            (method::CLOSE, _) => {
                self.close();
                Ok(SimulateAnswer::done())
            }
            (method::POINTS, Some(Held::Map(map))) => map.between(slots).map_err(plain),
            (_, Some(Held::Subnet(subnet))) => subnet.answer(number, slots, columns),
            _ => Ok(SimulateAnswer::Failure(
                "the subnet is closed, or failed before".into(),
            )),
        }
    }

    /// Lets go of what is held.
    pub fn close(&mut self) {
        self.0 = None;
    }
}
