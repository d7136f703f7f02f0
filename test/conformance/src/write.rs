//! Values as the JSON has them.

use serde_json::{Value, json};
use std::fmt::Display;
use yuma_emission::SafeFloat;

/// An integer as a decimal string.
pub fn text(value: impl Display) -> Value {
    Value::String(value.to_string())
}

/// A list of integers as decimal strings.
pub fn texts<T: Display>(values: impl IntoIterator<Item = T>) -> Value {
    values.into_iter().map(text).collect()
}

/// A value, or null.
pub fn maybe<T>(value: Option<T>, write: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, write)
}

/// `[mantissa, exponent]`, as the vectors have it.
pub fn float_pair(value: SafeFloat) -> Value {
    json!([text(value.mantissa()), text(value.exponent())])
}
