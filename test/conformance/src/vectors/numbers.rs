use crate::Answer;
use crate::read::Field;
use crate::write::{maybe, text, texts};
use serde_json::json;
use yuma_fixed::flow::{pow_normalize as normalize, safe_pow};
use yuma_fixed::pow::{MAX_PRECISION, pow_ratio_scaled as power};
use yuma_fixed::transcendental::{checked_sqrt, exp, ln, log2};
use yuma_fixed::{I32F32, I64F64, I96F32, U64F64, U96F32};

/// Every operation on two numbers of a type.
pub fn fixed_ops(input: Field<'_>) -> Answer {
    macro_rules! operations {
        ($Fixed:ident) => {{
            let a = $Fixed::from_bits(input.get("a").int()?);
            let b = $Fixed::from_bits(input.get("b").int()?);
            let u: u64 = input.get("u").int()?;
            Ok(json!({
                "sat_mul": text(a.saturating_mul(b).to_bits()),
                "sat_add": text(a.saturating_add(b).to_bits()),
                "sat_sub": text(a.saturating_sub(b).to_bits()),
                "checked_div": maybe(a.checked_div(b), |value| text(value.to_bits())),
                "floor": text(a.floor().to_bits()),
                "frac": text(a.frac().to_bits()),
                "a_to_u64": text(a.saturating_to_u64()),
                "from_u64": text($Fixed::saturating_from_int(u.into()).to_bits()),
                "to_I32F32": text(I32F32::saturating_from(a).to_bits()),
                "to_I64F64": text(I64F64::saturating_from(a).to_bits()),
                "to_I96F32": text(I96F32::saturating_from(a).to_bits()),
                "to_U64F64": text(U64F64::saturating_from(a).to_bits()),
                "to_U96F32": text(U96F32::saturating_from(a).to_bits()),
            }))
        }};
    }
    match input.get("type").text()? {
        "I32F32" => operations!(I32F32),
        "I64F64" => operations!(I64F64),
        "I96F32" => operations!(I96F32),
        "U64F64" => operations!(U64F64),
        "U96F32" => operations!(U96F32),
        _ => Err(input
            .get("type")
            .fault("I32F32, I64F64, I96F32, U64F64 or U96F32")),
    }
}

pub fn transcendental(input: Field<'_>) -> Answer {
    let x = input.get("x_I96F32").i96f32()?;
    let y = I32F32::from_bits(input.get("y_I32F32").int()?);
    Ok(json!({
        "log2_x": maybe(log2(x), |value| text(value.to_bits())),
        "ln_y": maybe(ln(y), |value| text(value.to_bits())),
        "exp_y": maybe(exp(y), |value| text(value.to_bits())),
    }))
}

pub fn pow_normalize(input: Field<'_>) -> Answer {
    let exponent = input.get("p").u64f64()?;
    let mut flows = input.get("flows").each(Field::u64f64)?;
    let Some(&first) = flows.first() else {
        return Err(input.get("flows").fault("at least one flow"));
    };
    normalize(&mut flows, exponent);
    let epsilon = U64F64::ONE.safe_div(U64F64::saturating_from_int(1_000));
    let root = checked_sqrt(input.get("sqrt_in").u64f64()?, epsilon);
    Ok(json!({
        "normalized": texts(flows.iter().map(|flow| flow.to_bits())),
        "safe_pow_of_first": text(safe_pow(first, exponent).to_bits()),
        "sqrt_eps_0.001": maybe(root, |root| text(root.to_bits())),
    }))
}

/// The power, saturated to 128 bits as every caller in the chain does.
pub fn pow_ratio_scaled(input: Field<'_>) -> Answer {
    let precision: u32 = input.get("precision").int()?;
    if precision > MAX_PRECISION {
        return Err(input
            .get("precision")
            .fault(format!("at most {MAX_PRECISION} bits")));
    }
    let power = power(
        input.get("base_num").int()?,
        input.get("base_den").int()?,
        input.get("exp_num").int()?,
        input.get("exp_den").int()?,
        precision,
        input.get("scale").int()?,
    );
    Ok(maybe(power, text))
}
