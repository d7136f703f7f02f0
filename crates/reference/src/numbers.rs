//! The chain's two number types as plain integers, and the few operations an epoch does with them.
//!
//! I32F32 is an `i64` that counts units of 2^-32; I64F64 is an `i128` that counts units of 2^-64. Every operation
//! works out the exact result in a wider integer and then says in one place how it is cut back: products are
//! floored, quotients are truncated toward zero, and what does not fit saturates, wraps or becomes zero.

use num_bigint::BigInt;

/// Raw I32F32 bits.
pub type Fixed = i64;

/// 1.0
pub const ONE: Fixed = 1 << 32;

/// An integer as I32F32.
pub fn integer(value: u16) -> Fixed {
    Fixed::from(value) << 32
}

/// A u16 proportion, where 65535 stands for 1.0.
pub fn proportion(value: u16) -> Fixed {
    div(integer(value), integer(u16::MAX))
}

/// The u16 proportion at or below `value`; below 0 it is 0, above 1 it is 65535.
pub fn to_u16_proportion(value: Fixed) -> u16 {
    let scaled = mul(value, integer(u16::MAX)) >> 32;
    scaled.clamp(0, i64::from(u16::MAX)) as u16
}

/// Cuts a result down to I32F32: what does not fit becomes the nearest value that does.
pub fn saturate(value: i128) -> Fixed {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

pub fn add(a: Fixed, b: Fixed) -> Fixed {
    saturate(i128::from(a) + i128::from(b))
}

pub fn sub(a: Fixed, b: Fixed) -> Fixed {
    saturate(i128::from(a) - i128::from(b))
}

/// The product before it is cut to 64 bits: floored, also below zero.
fn product(a: Fixed, b: Fixed) -> i128 {
    (i128::from(a) * i128::from(b)) >> 32
}

/// The product, saturated.
pub fn mul(a: Fixed, b: Fixed) -> Fixed {
    saturate(product(a, b))
}

/// The product, or 0 where it does not fit.
pub fn mul_or_zero(a: Fixed, b: Fixed) -> Fixed {
    Fixed::try_from(product(a, b)).unwrap_or(0)
}

/// The quotient truncated toward zero; 0 where the divisor is 0 and also where the quotient does not fit.
pub fn div(a: Fixed, b: Fixed) -> Fixed {
    let quotient = (i128::from(a) << 32).checked_div(i128::from(b));
    quotient.and_then(|q| q.try_into().ok()).unwrap_or(0)
}

/// The sum as the chain's release build takes it: it wraps.
pub fn sum(values: impl IntoIterator<Item = Fixed>) -> Fixed {
    values.into_iter().fold(0, Fixed::wrapping_add)
}

/// Divides each value by `total`; a total of 0 leaves them as they are.
pub fn divide_all(values: &[Fixed], total: Fixed) -> Vec<Fixed> {
    if total == 0 {
        return values.to_vec();
    }
    values.iter().map(|&value| div(value, total)).collect()
}

/// Divides each value by the sum of all.
pub fn normalize(values: &[Fixed]) -> Vec<Fixed> {
    divide_all(values, sum(values.iter().copied()))
}

/// e to the power `x`, with `x` first brought within -20..=20.
///
/// The power series of |x| up to the 31st power, each term made from the one before it; a negative `x` takes the
/// reciprocal. The library answers `x == 1` from a table, with 23 fraction bits, so that value stands out.
pub fn exp(x: Fixed) -> Fixed {
    // Nothing overflows: e^20 < 2^29, and no term nor a term times 20 passes 2^30.
    exp_or_zero(x.clamp(-20 * ONE, 20 * ONE))
}

/// e to the power `x` by the same series, or 0 where a value on the way does not fit.
pub fn exp_or_zero(x: Fixed) -> Fixed {
    const E_WITH_23_FRACTION_BITS: Fixed = 22_802_600 << 9;

    if x == ONE {
        return E_WITH_23_FRACTION_BITS;
    }
    let fits = |value: i128| Fixed::try_from(value).is_ok();
    let magnitude = i128::from(x).abs();
    let mut series = i128::from(ONE) + magnitude;
    let mut term = magnitude;
    for power in 2..=31 {
        let product = (term * magnitude) >> 32;
        term = product / power;
        series += term;
        if !fits(product) || !fits(series) {
            return 0;
        }
    }
    if x < 0 {
        return saturate((1 << 64) / series);
    }
    saturate(series)
}

/// The natural logarithm, or 0 where there is none: of numbers that are not positive, and of those whose reciprocal does
/// not fit. The library takes that to base 2, a bit at a time, and divides by log2(e), which it has with 23 fraction bits.
pub fn ln_or_zero(x: Fixed) -> Fixed {
    const LOG2_E_WITH_23_FRACTION_BITS: Fixed = 12_102_203 << 9;

    if x <= 0 {
        return 0;
    }
    let log2 = if x >= ONE {
        log2_from_one(x)
    } else {
        match div(ONE, x) {
            0 => return 0,
            inverse => -log2_from_one(inverse),
        }
    };
    div(log2, LOG2_E_WITH_23_FRACTION_BITS)
}

/// The logarithm to base 2 of at least one. A half is rounded up each time that the number is halved.
fn log2_from_one(mut x: Fixed) -> Fixed {
    let mut whole = 0;
    while x >= 2 * ONE {
        x = x / 2 + x % 2;
        whole += 1;
    }
    let mut log2 = whole * ONE;
    let mut bit = ONE / 2;
    // Of exactly one no bit follows.
    while bit > 0 && x != ONE {
        x = mul(x, x);
        if x >= 2 * ONE {
            x = x / 2 + x % 2;
            log2 += bit;
        }
        bit /= 2;
    }
    log2
}

/// Arithmetic on raw I64F64 bits.
pub mod wide {
    use super::{BigInt, Fixed, saturate};

    /// The sum; it wraps.
    pub fn sum(values: &[i128]) -> i128 {
        values.iter().copied().fold(0, i128::wrapping_add)
    }

    /// The quotient truncated toward zero; 0 where the divisor is 0 and also where the quotient does not fit.
    pub fn div(a: i128, b: i128) -> i128 {
        if b == 0 {
            return 0;
        }
        let quotient = (BigInt::from(a) << 64) / BigInt::from(b);
        i128::try_from(quotient).unwrap_or(0)
    }

    /// The whole part, 0 for negatives.
    pub fn to_u64(value: i128) -> u64 {
        (value >> 64).max(0) as u64
    }

    /// As I32F32: the lower 32 fraction bits are dropped, the rest saturates.
    pub fn to_fixed(value: i128) -> Fixed {
        saturate(value >> 32)
    }

    /// As I32F32: the lower 32 fraction bits are dropped, and so is what lies above.
    pub fn to_fixed_wrapping(value: i128) -> Fixed {
        (value >> 32) as Fixed
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::BufReader;
    use std::path::Path;

    use flate2::read::GzDecoder;
    use serde_json::Value;

    use super::*;

    #[test]
    fn products_floor_and_quotients_truncate() {
        assert_eq!(mul(-1, 1), -1);
        assert_eq!(mul(1, 1), 0);
        assert_eq!(div(-1, 2 * ONE), 0);
        assert_eq!(div(-3, 2 * ONE), -1);
        assert_eq!(wide::div(-3 << 64, 2 << 64), (-3 << 64) / 2);
    }

    #[test]
    fn what_does_not_fit() {
        assert_eq!(mul(i64::MAX, i64::MAX), i64::MAX);
        assert_eq!(mul(i64::MIN, i64::MAX), i64::MIN);
        assert_eq!(mul_or_zero(i64::MAX, i64::MAX), 0);
        assert_eq!(div(ONE, 0), 0);
        assert_eq!(div(i64::MAX, 1), 0);
        assert_eq!(div(i64::MIN, -ONE), 0);
        assert_eq!(sum([i64::MAX, 1]), i64::MIN);
        assert_eq!(wide::sum(&[i128::MAX, 1]), i128::MIN);
        assert_eq!(wide::div(i128::MIN, -1 << 64), 0);
        assert_eq!(wide::div(i128::MAX, 1), 0);
        assert_eq!(to_u16_proportion(-1), 0);
        assert_eq!(to_u16_proportion(2 * ONE), 65535);
        assert_eq!(wide::to_u64(-1), 0);
        assert_eq!(wide::to_fixed(i128::MAX), i64::MAX);
        assert_eq!(wide::to_fixed_wrapping(i128::MAX), -1);
    }

    #[test]
    fn exp_clamps_and_answers_one_from_a_table() {
        assert_eq!(exp(0), ONE);
        assert_eq!(exp(21 * ONE), exp(20 * ONE));
        assert_eq!(exp(i64::MIN), exp(-20 * ONE));
        // 23 fraction bits leave the last nine empty; the series next to it fills them.
        assert_eq!(exp(ONE) & 0x1ff, 0);
        assert_ne!(exp(ONE + 1) & 0x1ff, 0);
    }

    #[test]
    fn operations_are_those_of_the_chain() {
        let cases = cases("fixed_ops");
        let of_type = |name: &str| -> Vec<&Value> {
            let mut of_type = cases.iter().filter(|case| case["type"] == name).peekable();
            assert!(of_type.peek().is_some(), "no case of {name}");
            of_type.collect()
        };
        for case in of_type("I32F32") {
            let (a, b) = (fixed(&case["a"]), fixed(&case["b"]));
            assert_eq!(add(a, b), fixed(&case["sat_add"]), "{case}");
            assert_eq!(sub(a, b), fixed(&case["sat_sub"]), "{case}");
            assert_eq!(mul(a, b), fixed(&case["sat_mul"]), "{case}");
            let quotient = Some(&case["checked_div"]).filter(|q| !q.is_null());
            assert_eq!(div(a, b), quotient.map_or(0, fixed), "{case}");
        }
        for case in of_type("I64F64") {
            let (a, b) = (bits(&case["a"]), bits(&case["b"]));
            let quotient = Some(&case["checked_div"]).filter(|q| !q.is_null());
            assert_eq!(wide::div(a, b), quotient.map_or(0, bits), "{case}");
            assert_eq!(wide::to_fixed(a), fixed(&case["to_I32F32"]), "{case}");
            let whole = i128::from(wide::to_u64(a));
            assert_eq!(whole, bits(&case["a_to_u64"]), "{case}");
        }
    }

    #[test]
    fn exp_is_that_of_the_chain() {
        let mut compared = 0;
        for case in cases("transcendental") {
            let x = fixed(&case["in"]["y_I32F32"]);
            if x.clamp(-20 * ONE, 20 * ONE) == x {
                assert_eq!(exp(x), fixed(&case["out"]["exp_y"]), "{case}");
                compared += 1;
            }
        }
        assert!(compared > 50, "{compared} cases");
    }

    #[test]
    fn ln_is_that_of_the_chain() {
        let mut compared = 0;
        for case in cases("transcendental") {
            let expected = &case["out"]["ln_y"];
            if !expected.is_null() {
                let x = fixed(&case["in"]["y_I32F32"]);
                assert_eq!(ln_or_zero(x), fixed(expected), "{case}");
                compared += 1;
            }
        }
        assert!(compared > 50, "{compared} cases");
    }

    fn cases(name: &str) -> Vec<Value> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../test/vectors/dtao-spec425")
            .join(format!("{name}.json.gz"));
        let opened = File::open(&file).expect("the vectors' file");
        let document: Value =
            serde_json::from_reader(BufReader::new(GzDecoder::new(opened))).expect("JSON");
        document["cases"].as_array().expect("cases").clone()
    }

    fn bits(value: &Value) -> i128 {
        let text = value.as_str().expect("a decimal string");
        text.parse().expect("raw bits")
    }

    fn fixed(value: &Value) -> Fixed {
        bits(value).try_into().expect("raw I32F32 bits")
    }
}
