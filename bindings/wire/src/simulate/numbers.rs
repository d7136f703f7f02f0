//! Numbers that cross as the bits of a double: shares, deviations, qualities.

use yuma_fixed::I32F32;
use yuma_types::InputError;

/// The fixed-point number nearest to a double.
///
/// # Errors
/// What is no number, or is beyond the range.
pub fn fixed(bits: u64, field: &'static str) -> Result<I32F32, InputError> {
    let value = f64::from_bits(bits);
    if value.is_finite() && value.abs() < 2_147_483_648.0 {
        return Ok(I32F32::saturating_from_f64(value));
    }
    let expected = format!("expected a number between -2^31 and 2^31, found {value}");
    Err(InputError::new(field, expected))
}

/// The same where the chain's code has a number of 32 bits.
///
/// # Errors
/// The same as those of [`fixed`].
pub fn fixed_of_f32(bits: u64, field: &'static str) -> Result<I32F32, InputError> {
    let value = f64::from_bits(bits) as f32;
    fixed(f64::from(value).to_bits(), field)
}
