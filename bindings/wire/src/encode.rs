//! Outputs and errors as sections.

use crate::buffer::{STATUS_INPUT_ERROR, Sections};
use crate::generated::epoch::{ERROR_EXPECTED, ERROR_FIELD, ERROR_PLACE, add_mechanism, add_terms};
use yuma_types::{InputError, SubnetOutput};

/// The mechanism number under which the combination of several stands.
const COMBINED: u16 = 0xff;

/// What a call came to, with the memory that its sections lie in.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every answer is the large one"
)]
pub enum Answer {
    /// An epoch's output, and the sections of it that are asked for: a bit for each, by its tag.
    Output(SubnetOutput, u32),
    /// What is wrong with the input: the error and, one more than they are and 0 for none, mechanism and uid.
    Fault(InputError, [u32; 2]),
    /// How the engine failed: a bug of ours, said instead of thrown.
    Failure(String),
}

impl Answer {
    /// An epoch's output, of which these sections are asked for, or what is wrong with the input.
    pub(crate) fn of(result: Result<SubnetOutput, InputError>, asked: u32) -> Self {
        match result {
            Ok(output) => Self::Output(output, asked),
            Err(error) => Self::fault(error),
        }
    }

    fn fault(error: InputError) -> Self {
        let place = [
            error.mechanism.map_or(0, |m| u32::from(m) + 1),
            error.uid.map_or(0, |uid| uid + 1),
        ];
        Self::Fault(error, place)
    }

    /// The sections, measured and ready to be written.
    pub fn sections(&self) -> Sections<'_> {
        let sections = match self {
            Self::Output(output, asked) => output_sections(output, *asked),
            Self::Fault(error, place) => fault_sections(error, place),
            Self::Failure(message) => Sections::failure(message),
        };
        match u32::try_from(sections.bytes()) {
            Ok(_) => sections,
            Err(_) => Sections::failure("the result is larger than 4 GiB"),
        }
    }
}

/// The combined terms of a single mechanism are its own, and are not repeated.
pub(crate) fn output_sections(output: &SubnetOutput, asked: u32) -> Sections<'_> {
    let mut sections = Sections::of_those_asked(asked);
    if output.mechanisms.len() > 1 {
        add_terms(&mut sections, COMBINED, output.terms());
    }
    for (id, mechanism) in output.mechanisms.iter().enumerate() {
        add_mechanism(&mut sections, id as u16, mechanism);
    }
    sections
}

fn fault_sections<'a>(error: &'a InputError, place: &'a [u32; 2]) -> Sections<'a> {
    let mut sections = Sections::new(STATUS_INPUT_ERROR);
    sections.add(ERROR_FIELD, 0, error.field.as_bytes());
    sections.add(ERROR_EXPECTED, 0, error.expected.as_bytes());
    sections.add(ERROR_PLACE, 0, place);
    sections
}
