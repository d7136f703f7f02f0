//! The chain's vectors: reading them, and comparing whole outputs with no tolerance.

#[allow(dead_code, reason = "not every suite has baskets and collateral")]
pub mod basket_state;
#[allow(dead_code, reason = "not every suite has mechanisms")]
pub mod mechanisms;
#[allow(dead_code, reason = "not every suite has network state")]
pub mod state;

use flate2::read::GzDecoder;
use serde_json::Value;
use std::fmt::{Debug, Display};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

/// A file of the folder `dtao-spec*` of a version.
pub fn vectors(spec_version: u32, name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
        "../../test/vectors/dtao-spec{spec_version}/{name}.json.gz"
    ));
    let document = read_document(&path);
    assert_eq!(document["spec_version"], spec_version, "{name}");
    document
}

/// A gzip'd JSON document.
pub fn read_document(path: &Path) -> Value {
    let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// Runs every case of a file, `count` of them, and compares the whole output.
#[allow(dead_code, reason = "not every suite has cases of input and output")]
pub fn each_case(
    spec_version: u32,
    name: &str,
    count: usize,
    mut run: impl FnMut(&Value) -> Value,
) {
    let document = vectors(spec_version, name);
    let cases = list(&document["cases"]);
    assert_eq!(cases.len(), count, "cases of {name}");
    for (i, case) in cases.iter().enumerate() {
        let what = format!("spec {spec_version}, {name} {i}");
        same(&what, &run(&case["in"]), &case["out"]);
    }
}

/// Asserts equality, and names the first places that differ.
pub fn same(what: &str, got: &Value, expected: &Value) {
    if got == expected {
        return;
    }
    let mut differences = Vec::new();
    compare("", got, expected, &mut differences);
    differences.truncate(12);
    panic!("{what}:\n{}", differences.join("\n"));
}

fn compare(path: &str, got: &Value, expected: &Value, differences: &mut Vec<String>) {
    match (got, expected) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (a, b) = (&got[key], &expected[key]);
                compare(&format!("{path}.{key}"), a, b, differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), a, b, differences);
            }
        }
        _ if got != expected => differences.push(format!("{path}: {got}, expected {expected}")),
        _ => {}
    }
}

/// An integer, given as a decimal string or a number.
pub fn int<T: FromStr>(value: &Value) -> T
where
    T::Err: Debug,
{
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("an integer, not {other}"),
    };
    text.parse()
        .unwrap_or_else(|e| panic!("an integer, not {text}: {e:?}"))
}

/// An integer, or `None` for null.
pub fn maybe<T: FromStr>(value: &Value) -> Option<T>
where
    T::Err: Debug,
{
    (!value.is_null()).then(|| int(value))
}

pub fn flag(value: &Value) -> bool {
    value
        .as_bool()
        .unwrap_or_else(|| panic!("a boolean, not {value}"))
}

pub fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("a list, not {value}"))
}

/// An integer as the vectors write it.
pub fn text(value: impl Display) -> Value {
    Value::String(value.to_string())
}

/// A list of integers as the vectors write it.
#[allow(dead_code, reason = "not every suite writes lists")]
pub fn texts<T: Display>(values: impl IntoIterator<Item = T>) -> Value {
    values.into_iter().map(text).collect()
}
