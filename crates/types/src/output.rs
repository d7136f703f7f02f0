//! What an epoch gives beside its columns.

use crate::generated::epoch::{MechanismOutput, Terms};
use std::fmt::Debug;

/// Bonds as stored: rows of `(uid, u16)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRows {
    /// `n + 1` offsets.
    pub start: Vec<u32>,
    /// Column of each entry.
    pub uid: Vec<u16>,
    /// Value of each entry, a u16 proportion.
    pub value: Vec<u16>,
}

impl Default for StoredRows {
    fn default() -> Self {
        Self {
            start: vec![0],
            uid: Vec::new(),
            value: Vec::new(),
        }
    }
}

/// What a subnet's epoch gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetOutput {
    /// The mechanisms' terms combined, as stored for the subnet; `None` for a sole mechanism, whose own they are.
    pub combined: Option<Terms>,
    /// Each mechanism's own, at least one.
    pub mechanisms: Vec<MechanismOutput>,
}

impl SubnetOutput {
    /// The terms stored for the subnet.
    pub fn terms(&self) -> &Terms {
        match &self.combined {
            Some(terms) => terms,
            None => &self.mechanisms[0].terms,
        }
    }
}

impl MechanismOutput {
    /// The name of the first field that differs from `other`'s in the order of the chain's steps, and its two values.
    /// A trace that either lacks is passed over.
    pub fn first_difference(&self, other: &Self) -> Option<String> {
        let traces = self.trace.as_deref().zip(other.trace.as_deref());
        traces
            .and_then(|(ours, theirs)| ours.first_difference(theirs))
            .or_else(|| self.raw.first_difference(&other.raw))
            .or_else(|| self.terms.first_difference(&other.terms))
            .or_else(|| difference("share", &self.share, &other.share))
            .or_else(|| difference("bonds", &self.bonds, &other.bonds))
    }
}

/// Gives a struct a comparison of its fields in their order.
macro_rules! first_difference {
    ($name:ident: $($field:ident),* $(,)?) => {
        impl $name {
            /// The name of the first field that differs from `other`'s, and its two values.
            pub fn first_difference(&self, other: &Self) -> Option<String> {
                None$(.or_else(|| {
                    $crate::output::difference(stringify!($field), &self.$field, &other.$field)
                }))*
            }
        }
    };
}
pub(crate) use first_difference;

/// A field's name and its two values, where they differ.
pub(crate) fn difference<T: PartialEq + Debug>(field: &str, ours: &T, other: &T) -> Option<String> {
    (ours != other).then(|| format!("{field}: {ours:?}, not {other:?}"))
}
