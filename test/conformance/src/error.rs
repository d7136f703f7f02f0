//! What is said of input that is not what it should be.

use serde_json::{Value, json};

/// Which field is not what it should be, and what was expected.
#[derive(Debug)]
pub struct Fault {
    field: String,
    expected: String,
}

impl Fault {
    pub fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
        }
    }

    pub fn to_json(&self) -> Value {
        json!({ "field": self.field, "expected": self.expected })
    }
}

impl From<yuma_emission::InputError> for Fault {
    fn from(error: yuma_emission::InputError) -> Self {
        Self {
            field: error.field.into(),
            expected: error.expected,
        }
    }
}
