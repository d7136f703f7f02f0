//! Outputs and errors as sections.

use crate::buffer::{STATUS_ENGINE_ERROR, STATUS_INPUT_ERROR, STATUS_OK, Sections};
use yuma_epoch::{FixedRows, InputError, MechanismOutput, SubnetOutput, Terms, Trace};

/// Section tags. A tag's element type is fixed; rows take three tags in turn: starts, uids, values.
mod tag {
    pub const STAKE_WEIGHT: u16 = 0;
    pub const CONSENSUS: u16 = 1;
    pub const INCENTIVE: u16 = 2;
    pub const DIVIDENDS: u16 = 3;
    pub const VALIDATOR_TRUST: u16 = 4;
    pub const ACTIVE: u16 = 5;
    pub const VALIDATOR_PERMIT: u16 = 6;
    pub const SERVER_EMISSION: u16 = 7;
    pub const VALIDATOR_EMISSION: u16 = 8;
    pub const EMISSION: u16 = 9;
    pub const STAKE: u16 = 10;
    pub const SHARE: u16 = 11;
    pub const BONDS: u16 = 12;
    pub const RAW_STAKE: u16 = 15;
    pub const RAW_ACTIVE_STAKE: u16 = 16;
    pub const RAW_CONSENSUS: u16 = 17;
    pub const RAW_INCENTIVE: u16 = 18;
    pub const RAW_DIVIDENDS: u16 = 19;
    pub const RAW_VALIDATOR_TRUST: u16 = 20;
    pub const TRACE_VALIDATOR_PERMIT_BEFORE: u16 = 32;
    pub const TRACE_WEIGHTS: u16 = 33;
    pub const TRACE_CLIPPED_WEIGHTS: u16 = 36;
    pub const TRACE_RANKS: u16 = 39;
    pub const TRACE_WEIGHTS_FOR_BONDS: u16 = 40;
    pub const TRACE_BONDS_BEFORE: u16 = 43;
    pub const TRACE_BONDS_DELTA: u16 = 46;
    pub const TRACE_ALPHAS: u16 = 49;
    pub const TRACE_EMA_BONDS: u16 = 52;
    pub const TRACE_DIVIDENDS: u16 = 55;
    pub const TRACE_SERVER: u16 = 56;
    pub const TRACE_VALIDATOR: u16 = 57;
    pub const TRACE_EMISSION: u16 = 58;
    pub const ERROR_FIELD: u16 = 64;
    pub const ERROR_EXPECTED: u16 = 65;
    pub const ERROR_PLACE: u16 = 66;
}

/// The mechanism number under which the combination of several stands.
const COMBINED: u16 = 0xff;

/// What a call came to, with the memory that its sections lie in.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every answer is the large one"
)]
pub enum Answer {
    /// An epoch's output.
    Output(SubnetOutput),
    /// What is wrong with the input: the error and, one more than they are and 0 for none, mechanism and uid.
    Fault(InputError, [u32; 2]),
    /// How the engine failed: a bug of ours, said instead of thrown.
    Failure(String),
}

impl Answer {
    /// An epoch's output, or what is wrong with the input.
    pub fn of(result: Result<SubnetOutput, InputError>) -> Self {
        result.map_or_else(Self::fault, Self::Output)
    }

    fn fault(error: InputError) -> Self {
        let place = [
            error.mechanism.map_or(0, |m| u32::from(m) + 1),
            error.uid.map_or(0, |uid| uid + 1),
        ];
        Self::Fault(error, place)
    }

    /// The sections, measured and ready to be laid down.
    pub fn sections(&self) -> Sections<'_> {
        let sections = match self {
            Self::Output(output) => output_sections(output),
            Self::Fault(error, place) => fault_sections(error, place),
            Self::Failure(message) => failure_sections(message),
        };
        match u32::try_from(sections.bytes()) {
            Ok(_) => sections,
            Err(_) => failure_sections("the result is larger than 4 GiB"),
        }
    }
}

/// The combined terms of a single mechanism are its own, and are not repeated.
fn output_sections(output: &SubnetOutput) -> Sections<'_> {
    let mut sections = Sections::new(STATUS_OK);
    if output.mechanisms.len() > 1 {
        add_terms(&mut sections, COMBINED, &output.terms);
    }
    for (id, mechanism) in output.mechanisms.iter().enumerate() {
        add_mechanism(&mut sections, id as u16, mechanism);
    }
    sections
}

fn add_terms<'a>(sections: &mut Sections<'a>, id: u16, terms: &'a Terms) {
    sections.add(tag::STAKE_WEIGHT, id, &terms.stake_weight);
    sections.add(tag::CONSENSUS, id, &terms.consensus);
    sections.add(tag::INCENTIVE, id, &terms.incentive);
    sections.add(tag::DIVIDENDS, id, &terms.dividends);
    sections.add(tag::VALIDATOR_TRUST, id, &terms.validator_trust);
    sections.add(tag::ACTIVE, id, &terms.active);
    sections.add(tag::VALIDATOR_PERMIT, id, &terms.validator_permit);
    sections.add(tag::SERVER_EMISSION, id, &terms.server_emission);
    sections.add(tag::VALIDATOR_EMISSION, id, &terms.validator_emission);
    sections.add(tag::EMISSION, id, &terms.emission);
    sections.add(tag::STAKE, id, &terms.stake);
}

fn add_mechanism<'a>(sections: &mut Sections<'a>, id: u16, output: &'a MechanismOutput) {
    add_terms(sections, id, &output.terms);
    sections.add(tag::SHARE, id, std::slice::from_ref(&output.share));
    sections.add(tag::BONDS, id, &output.bonds.start);
    sections.add(tag::BONDS + 1, id, &output.bonds.uid);
    sections.add(tag::BONDS + 2, id, &output.bonds.value);
    sections.add(tag::RAW_STAKE, id, &output.raw.stake);
    sections.add(tag::RAW_ACTIVE_STAKE, id, &output.raw.active_stake);
    sections.add(tag::RAW_CONSENSUS, id, &output.raw.consensus);
    sections.add(tag::RAW_INCENTIVE, id, &output.raw.incentive);
    sections.add(tag::RAW_DIVIDENDS, id, &output.raw.dividends);
    sections.add(tag::RAW_VALIDATOR_TRUST, id, &output.raw.validator_trust);
    if let Some(trace) = &output.trace {
        add_trace(sections, id, trace);
    }
}

fn add_rows<'a>(sections: &mut Sections<'a>, tag: u16, id: u16, rows: &'a FixedRows) {
    sections.add(tag, id, &rows.start);
    sections.add(tag + 1, id, &rows.uid);
    sections.add(tag + 2, id, &rows.value);
}

fn add_trace<'a>(sections: &mut Sections<'a>, id: u16, trace: &'a Trace) {
    sections.add(
        tag::TRACE_VALIDATOR_PERMIT_BEFORE,
        id,
        &trace.validator_permit_before,
    );
    add_rows(sections, tag::TRACE_WEIGHTS, id, &trace.weights);
    add_rows(
        sections,
        tag::TRACE_CLIPPED_WEIGHTS,
        id,
        &trace.clipped_weights,
    );
    sections.add(tag::TRACE_RANKS, id, &trace.ranks);
    add_rows(
        sections,
        tag::TRACE_WEIGHTS_FOR_BONDS,
        id,
        &trace.weights_for_bonds,
    );
    add_rows(sections, tag::TRACE_BONDS_BEFORE, id, &trace.bonds_before);
    add_rows(sections, tag::TRACE_BONDS_DELTA, id, &trace.bonds_delta);
    add_rows(sections, tag::TRACE_ALPHAS, id, &trace.alphas);
    add_rows(sections, tag::TRACE_EMA_BONDS, id, &trace.ema_bonds);
    sections.add(tag::TRACE_DIVIDENDS, id, &trace.dividends_before_normalize);
    sections.add(tag::TRACE_SERVER, id, &trace.normalized_server_emission);
    sections.add(
        tag::TRACE_VALIDATOR,
        id,
        &trace.normalized_validator_emission,
    );
    sections.add(tag::TRACE_EMISSION, id, &trace.normalized_emission);
}

fn fault_sections<'a>(error: &'a InputError, place: &'a [u32; 2]) -> Sections<'a> {
    let mut sections = Sections::new(STATUS_INPUT_ERROR);
    sections.add(tag::ERROR_FIELD, 0, error.field.as_bytes());
    sections.add(tag::ERROR_EXPECTED, 0, error.expected.as_bytes());
    sections.add(tag::ERROR_PLACE, 0, place);
    sections
}

fn failure_sections(message: &str) -> Sections<'_> {
    let mut sections = Sections::new(STATUS_ENGINE_ERROR);
    sections.add(tag::ERROR_EXPECTED, 0, message.as_bytes());
    sections
}
