//! What is said of input that is not what it should be.

use serde_json::{Map, Value};

/// Which field is not what it should be, and what was expected.
#[derive(Debug)]
pub struct Fault {
    field: String,
    netuid: Option<u16>,
    uid: Option<u32>,
    expected: String,
}

impl Fault {
    pub fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            netuid: None,
            uid: None,
            expected: expected.into(),
        }
    }

    pub fn of_subnet(self, netuid: Option<u16>) -> Self {
        Self {
            netuid: self.netuid.or(netuid),
            ..self
        }
    }

    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("field".into(), self.field.as_str().into());
        if let Some(netuid) = self.netuid {
            json.insert("netuid".into(), netuid.into());
        }
        if let Some(uid) = self.uid {
            json.insert("uid".into(), uid.into());
        }
        json.insert("expected".into(), self.expected.as_str().into());
        Value::Object(json)
    }
}

impl From<yuma_emission::InputError> for Fault {
    fn from(error: yuma_emission::InputError) -> Self {
        Self {
            field: error.field.into(),
            netuid: error.netuid,
            uid: error.uid,
            expected: error.expected,
        }
    }
}
