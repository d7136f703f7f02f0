//! What a request came to.

use crate::buffer::{STATUS_INPUT_ERROR, STATUS_OK, Sections};
use crate::columns::Tagged;
use crate::encode::output_sections;
use crate::generated::epoch::{self as fields, SCALARS};
use yuma_simulate::{Network, RecordedValues, Recording};
use yuma_types::{InputError, SubnetOutput};

/// Where something went wrong, each one more than it is and 0 for none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Number of the epoch.
    pub epoch: u32,
    /// Number of the agent.
    pub agent: u32,
    /// Number of the change.
    pub change: u32,
}

/// A subnet's state on its way out.
#[derive(Debug)]
pub struct StateOut {
    /// The scalars of a call.
    pub scalars: [u64; SCALARS],
    /// The parts of the emission, uid by uid and mechanism by mechanism.
    pub network: Network,
}

/// What a request came to, with the memory that its sections lie in.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "answers are made one at a time and lie on the heap as soon as they are kept"
)]
pub enum SimulateAnswer {
    /// Words.
    Words(Vec<u64>),
    /// The output of an epoch.
    Output(SubnetOutput),
    /// What was recorded.
    Recording(Recording),
    /// The state.
    State(Box<StateOut>),
    /// What is wrong with the input: the error and, one more than they are and 0 for none, mechanism, uid, epoch, agent
    /// and change.
    Fault(InputError, [u32; 5]),
    /// How the engine failed: a bug of ours, said instead of thrown.
    Failure(String),
}

impl SimulateAnswer {
    /// Nothing but that all went well.
    pub fn done() -> Self {
        Self::Words(Vec::new())
    }

    /// What is wrong with the input, and where.
    pub fn fault(error: InputError, place: Place) -> Self {
        let place = [
            error.mechanism.map_or(0, |id| u32::from(id) + 1),
            error.uid.map_or(0, |uid| uid.saturating_add(1)),
            place.epoch,
            place.agent,
            place.change,
        ];
        Self::Fault(error, place)
    }

    /// The sections, measured and ready to be written.
    pub fn sections(&self) -> Sections<'_> {
        let sections = self.all_sections();
        match u32::try_from(sections.bytes()) {
            Ok(_) => sections,
            Err(_) => Sections::failure("the result is larger than 4 GiB"),
        }
    }

    fn all_sections(&self) -> Sections<'_> {
        let mut sections = Sections::new(match self {
            Self::Fault(..) => STATUS_INPUT_ERROR,
            _ => STATUS_OK,
        });
        match self {
            Self::Words(words) => sections.add(0, 0, words),
            Self::Output(output) => return output_sections(output, u32::MAX),
            Self::Recording(recording) => recorded(&mut Tagged::new(&mut sections), recording),
            Self::State(state) => state_sections(&mut Tagged::new(&mut sections), state),
            Self::Fault(error, place) => {
                sections.add(0, 0, error.field.as_bytes());
                sections.add(1, 0, error.expected.as_bytes());
                sections.add(2, 0, place);
            }
            Self::Failure(message) => return Sections::failure(message),
        }
        sections
    }
}

/// Numbers and blocks of the epochs, where their uids begin, and the columns in the order in which they were asked for.
fn recorded<'a>(sections: &mut Tagged<'_, 'a>, recording: &'a Recording) {
    sections.add(&recording.epoch);
    sections.add(&recording.block);
    sections.add(&recording.start);
    for column in &recording.columns {
        match &column.values {
            RecordedValues::Flags(values) => sections.add(values),
            RecordedValues::U16(values) => sections.add(values),
            RecordedValues::U64(values) => sections.add(values),
            RecordedValues::Fixed(values) => sections.add(values),
            RecordedValues::Rows(rows) => {
                sections.add(&rows.start);
                sections.add(&rows.uid);
                sections.add(&rows.value);
            }
        }
    }
}

/// The scalars and columns of a call whose epoch is that of the state.
fn state_sections<'a>(sections: &mut Tagged<'_, 'a>, state: &'a StateOut) {
    sections.add(&state.scalars);
    let (subnet, values) = (state.network.subnet(), state.network.values());
    let request = super::session::request(values, state.network.split());
    fields::add_shared(sections, &request, &subnet);
    for mechanism in state.network.mechanisms() {
        fields::add_own(sections, &mechanism.borrow());
    }
}
