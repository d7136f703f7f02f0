//! What a call of emission came to.

use super::fields::{CoinbaseOut, NetworkOut, ReportOut};
use crate::buffer::{STATUS_INPUT_ERROR, STATUS_OK, Sections};
use std::rc::Rc;
use yuma_emission::InputError;

/// What a call of emission came to, with the memory that its sections lie in.
#[derive(Debug)]
pub enum EmissionAnswer {
    /// The state of a network.
    Network(Box<NetworkOut>),
    /// What blocks or epochs did.
    Report(Rc<ReportOut>),
    /// The own part of a block.
    Coinbase(Box<CoinbaseOut>),
    /// Columns of words, as many as the function says.
    Words(Vec<Vec<u64>>),
    /// What is wrong with the input: the error and, one more than they are and 0 for none, netuid, mechanism and row.
    Fault(InputError, [u32; 3]),
    /// How the engine failed: a bug of ours, said instead of thrown.
    Failure(String),
}

impl From<InputError> for EmissionAnswer {
    fn from(error: InputError) -> Self {
        let place = [
            error.netuid.map_or(0, |netuid| u32::from(netuid) + 1),
            error.mechanism.map_or(0, |id| u32::from(id) + 1),
            error.uid.map_or(0, |row| row.saturating_add(1)),
        ];
        Self::Fault(error, place)
    }
}

impl<T: Into<EmissionAnswer>> From<Result<T, InputError>> for EmissionAnswer {
    fn from(result: Result<T, InputError>) -> Self {
        result.map_or_else(Self::from, T::into)
    }
}

impl From<NetworkOut> for EmissionAnswer {
    fn from(network: NetworkOut) -> Self {
        Self::Network(Box::new(network))
    }
}

impl From<ReportOut> for EmissionAnswer {
    fn from(report: ReportOut) -> Self {
        Self::Report(Rc::new(report))
    }
}

impl From<CoinbaseOut> for EmissionAnswer {
    fn from(coinbase: CoinbaseOut) -> Self {
        Self::Coinbase(Box::new(coinbase))
    }
}

impl From<Vec<Vec<u64>>> for EmissionAnswer {
    fn from(columns: Vec<Vec<u64>>) -> Self {
        Self::Words(columns)
    }
}

impl EmissionAnswer {
    /// Nothing but that all went well.
    pub fn done() -> Self {
        Self::Words(Vec::new())
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
            Self::Network(network) => network.sections(&mut sections),
            Self::Report(report) => report.sections(&mut sections),
            Self::Coinbase(coinbase) => coinbase.sections(&mut sections),
            Self::Words(columns) => {
                for (tag, words) in (0u16..).zip(columns) {
                    sections.add(tag, 0, words);
                }
            }
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
