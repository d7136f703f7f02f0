//! What is said of input that no chain could hold.

use std::fmt;

/// Input that no chain could hold: which field, of which subnet, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The field, in the spelling of the snapshot file.
    pub field: &'static str,
    /// The subnet, where the field is a subnet's.
    pub netuid: Option<u16>,
    /// The uid, where the field is a neuron's.
    pub uid: Option<u32>,
    /// What was expected and what was there, in words.
    pub expected: String,
}

impl InputError {
    /// An error of the network, not of one subnet.
    pub(crate) fn new(field: &'static str, expected: impl Into<String>) -> Self {
        Self {
            field,
            netuid: None,
            uid: None,
            expected: expected.into(),
        }
    }

    /// An error of one subnet.
    pub(crate) fn of_subnet(netuid: u16, field: &'static str, expected: impl Into<String>) -> Self {
        Self {
            netuid: Some(netuid),
            ..Self::new(field, expected)
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field)?;
        if let Some(netuid) = self.netuid {
            write!(f, " of subnet {netuid}")?;
        }
        if let Some(uid) = self.uid {
            write!(f, " at uid {uid}")?;
        }
        write!(f, ": {}", self.expected)
    }
}

impl std::error::Error for InputError {}
