//! The chain's own answers: every case of the number vectors, every field.
//!
//! `vectors/pow_ratio_scaled_edges.json.gz` has more of them, of the same form, computed by
//! `safe-bigmath` 0.4.1: few bits of precision, series that do not converge, exponents about the
//! largest that takes a root, and arguments without an answer.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use num_bigint::BigInt;
use serde_json::Value;
use yuma_fixed::flow::{pow_normalize, safe_pow};
use yuma_fixed::pow::{pow_ratio_scaled, pow_ratio_scaled_exact};
use yuma_fixed::transcendental::{checked_sqrt, exp, ln, log2};
use yuma_fixed::{I32F32, I64F64, I96F32, U64F64, U96F32};

/// The vectors that every part of the project shares.
const SHARED: &str = "../../test/vectors/dtao-spec425";
/// This crate's own.
const OWN: &str = "tests/vectors";

/// Calls `check` with each case of a vector file, of which there must be some.
fn each_case(folder: &str, name: &str, check: impl Fn(&Value)) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name);
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let document: Value = serde_json::from_reader(GzDecoder::new(file)).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    assert!(!cases.is_empty(), "{name} has no case");
    for case in cases {
        check(case);
    }
    println!("{name}: {} cases", cases.len());
}

/// A decimal string as a number of any integer type.
fn integer<T>(value: &Value) -> T
where
    T: std::str::FromStr<Err: std::fmt::Debug>,
{
    value
        .as_str()
        .expect("a decimal string")
        .parse()
        .expect("an integer in range")
}

fn optional_integer<T>(value: &Value) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Debug>,
{
    (!value.is_null()).then(|| integer(value))
}

/// Fails where a case has a field that the test does not look at.
fn assert_fields(value: &Value, fields: &[&str]) {
    let found: BTreeSet<&str> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, fields.iter().copied().collect());
}

macro_rules! check_fixed_ops {
    (@converted $case:ident, $number:ident, $($Other:ident)*) => {$(
        let converted = $Other::from_bits(integer(&$case[concat!("to_", stringify!($Other))]));
        assert_eq!($Other::saturating_from($number), converted, "{}", $case);
    )*};
    ($case:expr, $Fixed:ident) => {{
        let case = $case;
        let a = $Fixed::from_bits(integer(&case["a"]));
        let b = $Fixed::from_bits(integer(&case["b"]));
        let u: u64 = integer(&case["u"]);
        let bits_of = |field: &str| $Fixed::from_bits(integer(&case[field]));
        assert_eq!(a.saturating_mul(b), bits_of("sat_mul"), "{case}");
        assert_eq!(a.saturating_add(b), bits_of("sat_add"), "{case}");
        assert_eq!(a.saturating_sub(b), bits_of("sat_sub"), "{case}");
        let quotient = optional_integer(&case["checked_div"]).map($Fixed::from_bits);
        assert_eq!(a.checked_div(b), quotient, "{case}");
        assert_eq!(a.floor(), bits_of("floor"), "{case}");
        assert_eq!(a.frac(), bits_of("frac"), "{case}");
        assert_eq!(
            a.saturating_to_u64(),
            integer::<u64>(&case["a_to_u64"]),
            "{case}"
        );
        assert_eq!(
            $Fixed::saturating_from_int(u.into()),
            bits_of("from_u64"),
            "{case}"
        );
        check_fixed_ops!(@converted case, a, I32F32 I64F64 I96F32 U64F64 U96F32);
    }};
}

#[test]
fn fixed_ops() {
    each_case(SHARED, "fixed_ops.json.gz", |case| {
        assert_fields(
            case,
            &[
                "type",
                "a",
                "b",
                "u",
                "sat_mul",
                "sat_add",
                "sat_sub",
                "checked_div",
                "floor",
                "frac",
                "a_to_u64",
                "from_u64",
                "to_I32F32",
                "to_I64F64",
                "to_I96F32",
                "to_U64F64",
                "to_U96F32",
            ],
        );
        match case["type"].as_str().expect("a type's name") {
            "I32F32" => check_fixed_ops!(case, I32F32),
            "I64F64" => check_fixed_ops!(case, I64F64),
            "I96F32" => check_fixed_ops!(case, I96F32),
            "U64F64" => check_fixed_ops!(case, U64F64),
            "U96F32" => check_fixed_ops!(case, U96F32),
            other => panic!("type {other}"),
        }
    });
}

#[test]
fn transcendental() {
    each_case(SHARED, "transcendental.json.gz", |case| {
        let (given, expected) = (&case["in"], &case["out"]);
        assert_fields(given, &["x_I96F32", "y_I32F32"]);
        assert_fields(expected, &["log2_x", "ln_y", "exp_y"]);
        let x = I96F32::from_bits(integer(&given["x_I96F32"]));
        let y = I32F32::from_bits(integer(&given["y_I32F32"]));
        assert_eq!(
            log2(x).map(I96F32::to_bits),
            optional_integer(&expected["log2_x"]),
            "{case}"
        );
        assert_eq!(
            ln(y).map(I32F32::to_bits),
            optional_integer(&expected["ln_y"]),
            "{case}"
        );
        assert_eq!(
            exp(y).map(I32F32::to_bits),
            optional_integer(&expected["exp_y"]),
            "{case}"
        );
    });
}

#[test]
fn normalised_powers() {
    each_case(SHARED, "pow_normalize.json.gz", |case| {
        let (given, expected) = (&case["in"], &case["out"]);
        assert_fields(given, &["flows", "p", "sqrt_in"]);
        assert_fields(
            expected,
            &["normalized", "safe_pow_of_first", "sqrt_eps_0.001"],
        );
        let numbers = |value: &Value| -> Vec<U64F64> {
            let values = value.as_array().expect("a list");
            values
                .iter()
                .map(|bits| U64F64::from_bits(integer(bits)))
                .collect()
        };
        let exponent = U64F64::from_bits(integer(&given["p"]));
        let mut flows = numbers(&given["flows"]);
        let first = safe_pow(flows[0], exponent);
        pow_normalize(&mut flows, exponent);
        assert_eq!(flows, numbers(&expected["normalized"]), "{case}");
        assert_eq!(
            first,
            U64F64::from_bits(integer(&expected["safe_pow_of_first"])),
            "{case}"
        );

        let epsilon = U64F64::ONE.safe_div(U64F64::saturating_from_int(1_000));
        let root = checked_sqrt(U64F64::from_bits(integer(&given["sqrt_in"])), epsilon);
        assert_eq!(
            root.map(U64F64::to_bits),
            optional_integer(&expected["sqrt_eps_0.001"]),
            "{case}"
        );
    });
}

fn check_powers(folder: &str, name: &str) {
    each_case(folder, name, |case| {
        let given = &case["in"];
        assert_fields(
            given,
            &[
                "base_num",
                "base_den",
                "exp_num",
                "exp_den",
                "precision",
                "scale",
            ],
        );
        let base = (integer(&given["base_num"]), integer(&given["base_den"]));
        let exponent = (integer(&given["exp_num"]), integer(&given["exp_den"]));
        let precision = given["precision"].as_u64().expect("a number of bits") as u32;
        let scale = integer(&given["scale"]);
        let expected: Option<BigInt> = optional_integer(&case["out"]);

        let exact =
            pow_ratio_scaled_exact(base.0, base.1, exponent.0, exponent.1, precision, scale);
        assert_eq!(exact, expected, "{case}");
        let saturated = expected.map(|power| {
            let natural = power.max(BigInt::ZERO);
            u128::try_from(natural).unwrap_or(u128::MAX)
        });
        let fast = pow_ratio_scaled(base.0, base.1, exponent.0, exponent.1, precision, scale);
        assert_eq!(fast, saturated, "{case}");
    });
}

#[test]
fn powers_of_ratios() {
    check_powers(SHARED, "pow_ratio_scaled.json.gz");
}

#[test]
fn powers_of_ratios_at_the_edges() {
    check_powers(OWN, "pow_ratio_scaled_edges.json.gz");
}
