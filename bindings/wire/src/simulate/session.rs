//! A subnet that stays resident, and what is asked of it.

use super::agents::AgentsIn;
use super::answer::{Place, SimulateAnswer, StateOut};
use super::changes::{ChangeIn, Changes, kind};
use super::handle::{Fault, method};
use super::numbers::fixed;
use crate::call::{Call, Column, u8s, u16s, u32s, u64s};
use crate::columns::{Slots, some};
use crate::generated::epoch::{self as fields, SCALARS, SHARED_COLUMNS};
use yuma_epoch::Settings;
use yuma_simulate::{
    Change, Column as Recorded, Growth, Making, Network, Recording, Simulation, SimulationError,
    Values, make,
};
use yuma_types::{InputError, MechanismOutput, Rules, StoredRows, Subnet, SubnetOutput, Terms};

/// Epochs that one call runs at most.
const MAX_EPOCHS: u32 = 1_000_000;

/// A subnet between two epochs, who acts in it, and what is recorded.
pub struct Session {
    simulation: Simulation,
    /// The columns that are recorded, and of which epochs.
    record: (Vec<Recorded>, u32),
    recording: Option<Recording>,
}

impl Session {
    /// The subnet of a call.
    ///
    /// # Errors
    /// The same as those of an epoch.
    pub fn open(slots: &[u64], columns: &[Column<'_>]) -> Result<Self, InputError> {
        let call = Call::decode(slots, columns)?;
        let shared = shared_of(columns)?;
        let values = values_of(scalars_of(slots)?, shared)?;
        let network = Network::new(values, &call.subnet, &call.mechanisms, call.split)?;
        Ok(Self::of(network))
    }

    /// A subnet made from a seed.
    ///
    /// # Errors
    /// What cannot be made, and scalars that no chain could hold.
    pub fn make(slots: &[u64]) -> Result<Self, InputError> {
        let mut slots = Slots::new(slots);
        let n = slots.narrow("n");
        let validators = slots.narrow("validators");
        let mechanisms = slots.narrow("mechanisms");
        let seed = slots.narrow("seed");
        let stake = slots.narrow("stake");
        let stake_deviation = slots.narrow("stake_deviation");
        let quality_deviation = slots.narrow("quality_deviation");
        let weight_deviation = slots.narrow("weight_deviation");
        slots.so_far()?;
        let making = Making {
            n,
            validators,
            mechanisms,
            seed,
            stake,
            stake_deviation: fixed(stake_deviation, "stake_deviation")?,
            quality_deviation: fixed(quality_deviation, "quality_deviation")?,
            weight_deviation: fixed(weight_deviation, "weight_deviation")?,
        };
        let values = values_of(scalars_of(slots.rest())?, &NO_COLUMNS)?;
        Ok(Self::of(make(&making, values)?))
    }

    fn of(network: Network) -> Self {
        Self {
            simulation: Simulation::new(network),
            record: (Vec::new(), 1),
            recording: None,
        }
    }

    /// Answers what is asked of the subnet.
    pub(super) fn answer(
        &mut self,
        number: u32,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<SimulateAnswer, Fault> {
        let plain = |error: InputError| (error, Place::default());
        match number {
            method::CHANGE => self.change(columns),
            method::AGENTS => self.agents(slots, columns),
            method::RECORD => self.record(slots, columns).map_err(plain),
            method::RUN => self.run(slots, columns),
            method::TAKE => Ok(self.take()),
            method::STATE => Ok(SimulateAnswer::State(Box::new(self.state()))),
            method::EPOCH => self.epoch(slots).map_err(plain),
            method::ADVANCE => self.advance(slots, columns).map_err(plain),
            method::LAST => Ok(self.last()),
            other => Err(plain(InputError::new(
                "method",
                format!("expected a method of this package, found {other}"),
            ))),
        }
    }

    fn change(&mut self, columns: &[Column<'_>]) -> Result<SimulateAnswer, Fault> {
        let changes = Changes::read(columns).map_err(|error| (error, Place::default()))?;
        for at in 0..changes.len() {
            self.apply(&changes, at)?;
        }
        Ok(SimulateAnswer::Words(vec![changes.len() as u64]))
    }

    fn apply(&mut self, changes: &Changes<'_>, at: usize) -> Result<(), Fault> {
        let place = Place {
            epoch: self.simulation.epoch_number().saturating_add(1),
            change: (at as u32).saturating_add(1),
            ..Place::default()
        };
        self.apply_one(&changes.get(at))
            .map_err(|error| (error, place))
    }

    fn apply_one(&mut self, change: &ChangeIn<'_>) -> Result<(), InputError> {
        let &ChangeIn {
            mechanism,
            uid,
            to,
            value,
            words: [low, high],
            uids,
            values,
            ..
        } = change;
        let change = match change.kind {
            kind::WEIGHT => Change::Weight {
                mechanism,
                from: uid,
                to,
                value,
            },
            kind::ROW => Change::Row {
                mechanism,
                uid,
                uids,
                values,
            },
            kind::BONDS => Change::Bonds {
                mechanism,
                uid,
                uids,
                values,
            },
            kind::LAST_UPDATE => Change::LastUpdate {
                mechanism,
                uid,
                block: low,
            },
            kind::COMMIT => Change::Commit {
                mechanism,
                uid,
                block: some(low),
            },
            kind::STAKE => Change::Stake { uid, rao: low },
            kind::ADD_STAKE => Change::AddStake {
                uid,
                rao: low as i64,
            },
            kind::STAKE_BITS => Change::StakeBits {
                uid,
                bits: [low, high],
            },
            kind::PERMIT => Change::Permit {
                uid,
                permit: value != 0,
            },
            kind::REGISTERED => Change::Registered { uid, block: low },
            kind::REPLACE => Change::Replace {
                uid,
                block: self.registration_block(low),
                stake: high,
            },
            kind::APPEND => Change::Append {
                block: self.registration_block(low),
                stake: high,
            },
            kind::SPLIT => Change::Split((value != 0).then_some(values)),
            kind::SET => return self.set(to.into(), [low, high]),
            kind::SUBMIT => return self.simulation.submit(mechanism, uid, uids, values),
            other => {
                let expected = format!("expected a kind of change, found {other}");
                return Err(InputError::new("kind", expected));
            }
        };
        self.simulation.change(&change)
    }

    /// The block of a registration: the first one after the last epoch where none is given.
    fn registration_block(&self, given: u64) -> u64 {
        let subnet = &self.simulation.network().values().subnet;
        some(given).unwrap_or_else(|| subnet.block.saturating_sub(subnet.tempo))
    }

    /// Sets a single value: the words of its slots.
    fn set(&mut self, slot: usize, words: [u64; 2]) -> Result<(), InputError> {
        let network = self.simulation.network();
        let values = network.values();
        let mut scalars = fields::scalars(&request(values, network.split()), &values.subnet);
        let width = if fields::has_two_slots(slot) { 2 } else { 1 };
        let Some(slots) = scalars.get_mut(slot..slot + width) else {
            return Err(InputError::new("field", "expected a field of a snapshot"));
        };
        slots.copy_from_slice(&words[..width]);
        self.simulation
            .set_values(values_of(&scalars, &NO_COLUMNS)?)
    }

    fn agents(&mut self, slots: &[u64], columns: &[Column<'_>]) -> Result<SimulateAnswer, Fault> {
        let plain = |error: InputError| (error, Place::default());
        let mut slots = Slots::new(slots);
        let seed = slots.narrow("seed");
        let interval = slots.narrow("interval");
        let grows = slots.flag("grow");
        slots.end().map_err(plain)?;
        let read = AgentsIn::read(columns).map_err(plain)?;
        let agents = read.agents().map_err(|(agent, error)| {
            let place = Place {
                agent: agent.map_or(0, |agent| agent.saturating_add(1)),
                ..Place::default()
            };
            (error, place)
        })?;
        let qualities = read.qualities().map_err(plain)?;
        self.simulation
            .set_reveal_interval(interval)
            .map_err(plain)?;
        self.simulation.set_growth(growth(grows));
        self.simulation
            .set_agents(agents, qualities, seed)
            .map_err(|error| placed(error, false))?;
        Ok(SimulateAnswer::done())
    }

    fn record(
        &mut self,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<SimulateAnswer, InputError> {
        let mut slots = Slots::new(slots);
        let every: u32 = slots.narrow("every");
        slots.end()?;
        let numbers = u8s(columns, 0, "record")?;
        let chosen = numbers.iter().map(|&number| {
            let found = Recorded::ALL.get(usize::from(number)).copied();
            found.ok_or_else(|| InputError::new("record", "expected columns of an epoch"))
        });
        let chosen = chosen.collect::<Result<Vec<_>, _>>()?;
        let network = self.simulation.network();
        let mechanisms = network.mechanisms();
        let entries = mechanisms
            .iter()
            .map(|state| state.weights.uid.len().max(state.bonds.uid.len()));
        let bytes = Recording::bytes(&chosen, network.n(), entries.sum(), mechanisms.len());
        self.record = (chosen, every);
        self.recording = Some(self.new_recording());
        Ok(SimulateAnswer::Words(vec![bytes]))
    }

    fn new_recording(&self) -> Recording {
        let (columns, every) = &self.record;
        let mechanisms = self.simulation.network().mechanisms().len();
        Recording::new(columns, *every, mechanisms as u8)
    }

    fn take(&mut self) -> SimulateAnswer {
        let next = self.new_recording();
        let taken = self.recording.replace(next);
        SimulateAnswer::Recording(taken.unwrap_or_else(|| self.new_recording()))
    }

    fn run(&mut self, slots: &[u64], columns: &[Column<'_>]) -> Result<SimulateAnswer, Fault> {
        let plain = |error: InputError| (error, Place::default());
        let mut slots = Slots::new(slots);
        let epochs: u32 = slots.narrow("epochs");
        slots.end().map_err(plain)?;
        if epochs > MAX_EPOCHS {
            let expected =
                format!("expected at most {MAX_EPOCHS} epochs in one call, found {epochs}");
            return Err(plain(InputError::new("epochs", expected)));
        }
        let changes = match columns {
            [] => None,
            columns => Some(Changes::read(columns).map_err(plain)?),
        };
        let mut next = 0;
        for epoch in 0..epochs {
            if let Some(changes) = &changes {
                let due = changes.before(epoch, next);
                next = due.end;
                for at in due {
                    self.apply(changes, at)?;
                }
            }
            let recording = self.recording.as_mut();
            self.simulation
                .step(Settings::default(), recording)
                .map_err(|error| placed(error, true))?;
        }
        let network = self.simulation.network();
        Ok(SimulateAnswer::Words(vec![
            self.simulation.epoch_number().into(),
            network.block(),
            network.n().into(),
        ]))
    }

    fn state(&self) -> StateOut {
        let network = self.simulation.network();
        let values = network.values();
        StateOut {
            scalars: fields::scalars(&request(values, network.split()), &values.subnet),
            network: network.without_output(),
        }
    }

    fn epoch(&mut self, slots: &[u64]) -> Result<SimulateAnswer, InputError> {
        let mut slots = Slots::new(slots);
        let trace = slots.flag("trace");
        slots.end()?;
        let settings = Settings {
            trace,
            ..Settings::default()
        };
        let output = self.simulation.network_mut().epoch(settings)?;
        Ok(SimulateAnswer::Output(output.clone()))
    }

    fn last(&self) -> SimulateAnswer {
        let output = self.simulation.network().output().cloned();
        output.map_or_else(SimulateAnswer::done, SimulateAnswer::Output)
    }

    fn advance(
        &mut self,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<SimulateAnswer, InputError> {
        let mut slots = Slots::new(slots);
        let grows = slots.flag("grow");
        slots.end()?;
        let network = self.simulation.network_mut();
        let output = given_output(columns, network.mechanisms().len())?;
        network.adopt(output)?;
        network.advance(growth(grows))?;
        Ok(SimulateAnswer::done())
    }
}

fn growth(grows: bool) -> Growth {
    if grows { Growth::Payout } else { Growth::None }
}

/// What of an output the next state is made of.
fn given_output(columns: &[Column<'_>], mechanisms: usize) -> Result<SubnetOutput, InputError> {
    const SHARED: usize = 3;
    const OWN: usize = 4;
    let permits = u8s(columns, 0, "validator_permit")?;
    let terms = Terms {
        validator_permit: permits.iter().map(|&permit| permit != 0).collect(),
        server_emission: u64s(columns, 1, "server_emission")?.to_vec(),
        validator_emission: u64s(columns, 2, "validator_emission")?.to_vec(),
        ..Terms::default()
    };
    let of_mechanism = |id: usize| -> Result<MechanismOutput, InputError> {
        let at = SHARED + OWN * id;
        Ok(MechanismOutput {
            bonds: StoredRows {
                start: u32s(columns, at, "bonds")?.to_vec(),
                uid: u16s(columns, at + 1, "bonds")?.to_vec(),
                value: u16s(columns, at + 2, "bonds")?.to_vec(),
            },
            terms: Terms {
                consensus: u16s(columns, at + 3, "consensus")?.to_vec(),
                ..Terms::default()
            },
            ..MechanismOutput::default()
        })
    };
    Ok(SubnetOutput {
        combined: Some(terms),
        mechanisms: (0..mechanisms)
            .map(of_mechanism)
            .collect::<Result<_, _>>()?,
    })
}

/// Where a fault of a simulation is; the epoch only of one that runs.
fn placed(error: SimulationError, runs: bool) -> Fault {
    let place = Place {
        epoch: if runs {
            error.epoch.saturating_add(1)
        } else {
            0
        },
        agent: error.agent.map_or(0, |agent| agent.saturating_add(1)),
        change: 0,
    };
    (error.error, place)
}

/// Columns where only single values are read.
const NO_COLUMNS: [Column<'static>; SHARED_COLUMNS] = [
    Column::U64(&[]),
    Column::U64(&[]),
    Column::U8(&[]),
    Column::U16(&[]),
];

fn scalars_of(slots: &[u64]) -> Result<&[u64; SCALARS], InputError> {
    let expected = "expected one for each single value";
    slots
        .try_into()
        .map_err(|_| InputError::new("scalars", expected))
}

fn shared_of<'c, 'a>(
    columns: &'c [Column<'a>],
) -> Result<&'c [Column<'a>; SHARED_COLUMNS], InputError> {
    let expected = "expected those of the subnet";
    columns
        .first_chunk()
        .ok_or_else(|| InputError::new("columns", expected))
}

/// The single values of a call.
fn values_of(
    scalars: &[u64; SCALARS],
    columns: &[Column<'_>; SHARED_COLUMNS],
) -> Result<Values, InputError> {
    let request = fields::request(scalars, columns)?;
    let subnet = fields::subnet(scalars, columns)?;
    Ok(Values {
        rules: Rules::for_spec(request.spec_version)?,
        subnet: Subnet {
            block_at_registration: &[],
            total_stake: &[],
            validator_permit: &[],
            ..subnet
        },
        emission: request.emission,
        pending: [
            request.pending_server_emission,
            request.pending_validator_emission,
            request.pending_root_alpha_divs,
        ],
    })
}

/// The reverse of [`values_of`].
pub(super) fn request<'a>(values: &Values, split: Option<&'a [u16]>) -> fields::Request<'a> {
    let [server, validator, root] = values.pending;
    fields::Request {
        spec_version: values.rules.spec_version,
        emission: values.emission,
        pending_server_emission: server,
        pending_validator_emission: validator,
        pending_root_alpha_divs: root,
        mechanism_emission_split: split,
        trace: false,
        fields: u32::MAX,
    }
}
