//! What is said of input that no chain could hold.

use std::fmt;

/// Input that no chain could hold: which field, at which uid or row, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The field, in the spelling of the snapshot file.
    pub field: &'static str,
    /// The subnet, where the input is a network's.
    pub netuid: Option<u16>,
    /// The mechanism, where the field is a mechanism's.
    pub mechanism: Option<u8>,
    /// The uid, or row, where one is to blame.
    pub uid: Option<u32>,
    /// What was expected and what was there, in words.
    pub expected: String,
}

impl InputError {
    /// An error of the input as a whole: its field, and what was expected and found there.
    pub fn new(field: &'static str, expected: impl Into<String>) -> Self {
        Self {
            field,
            netuid: None,
            mechanism: None,
            uid: None,
            expected: expected.into(),
        }
    }

    /// The same error, of a subnet of the network where it names none yet.
    pub fn of_subnet(self, netuid: u16) -> Self {
        Self {
            netuid: self.netuid.or(Some(netuid)),
            ..self
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field)?;
        if let Some(netuid) = self.netuid {
            write!(f, " of subnet {netuid}")?;
        }
        if let Some(mechanism) = self.mechanism {
            write!(f, " of mechanism {mechanism}")?;
        }
        if let Some(uid) = self.uid {
            write!(f, " at uid {uid}")?;
        }
        write!(f, ": {}", self.expected)
    }
}

impl std::error::Error for InputError {}
