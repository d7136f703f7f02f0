//! Rows of weights as the chain stores them.

use yuma_fixed::I32F32;

/// The largest stored weight.
const MOST: I32F32 = I32F32::from_bits((u16::MAX as i64) << 32);
/// Above this largest value the chain divides first.
const DIVIDES_FIRST_ABOVE: u16 = 32768;

/// Returns the weights of a row as the chain stores those that a validator sets: scaled so that the largest is 65535,
/// rounded.
///
/// Follows `vec_u16_max_upscale_to_u16` of `pallets/subtensor/src/epoch/math.rs`, spec 425, which `set_weights` calls.
pub fn upscaled(values: &[u16]) -> Vec<u16> {
    let largest = values.iter().copied().max().unwrap_or(0);
    if largest == 0 {
        return values.to_vec();
    }
    let divisor = I32F32::saturating_from_int(largest.into());
    let factor = MOST.safe_div(divisor);
    let scaled = |&value: &u16| {
        let value = I32F32::saturating_from_int(value.into());
        let scaled = if largest > DIVIDES_FIRST_ABOVE {
            value.saturating_mul(factor)
        } else {
            value.saturating_mul(MOST).safe_div(divisor)
        };
        scaled.round().saturating_to_u16()
    };
    values.iter().map(scaled).collect()
}

/// Writes the row of weights in proportion to `parts`, the largest 65535, floored; parts that come to 0 have no entry.
/// Negative parts count as 0. Of such a row [`upscaled`] is the row itself.
pub fn proportional(parts: &[I32F32], uids: &mut Vec<u16>, values: &mut Vec<u16>) {
    uids.clear();
    values.clear();
    let largest = parts.iter().map(|part| part.to_bits()).max().unwrap_or(0);
    if largest <= 0 {
        return;
    }
    for (uid, part) in (0u16..).zip(parts) {
        let bits = part.to_bits().max(0);
        let value = i128::from(bits) * i128::from(u16::MAX) / i128::from(largest);
        if value > 0 {
            uids.push(uid);
            values.push(value as u16);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_weight_is_scaled_to_the_most() {
        assert_eq!(upscaled(&[]), Vec::<u16>::new());
        assert_eq!(upscaled(&[0, 0]), [0, 0]);
        assert_eq!(upscaled(&[1, 2, 4]), [16384, 32768, 65535]);
        // 3 / 40000 of the most is 4.915, to the nearest 5; half a unit is rounded up.
        assert_eq!(upscaled(&[3, 40000]), [5, 65535]);
        assert_eq!(upscaled(&[65535, 7]), [65535, 7]);
    }

    #[test]
    fn a_proportional_row_stays_as_it_is_when_it_is_set() {
        let parts = [3, 0, -2, 100, 1].map(I32F32::saturating_from_int);
        let (mut uids, mut values) = (Vec::new(), Vec::new());
        proportional(&parts, &mut uids, &mut values);
        assert_eq!(uids, [0, 3, 4]);
        assert_eq!(values, [1966, 65535, 655]);
        assert_eq!(upscaled(&values), values);
        proportional(&[I32F32::ZERO; 3], &mut uids, &mut values);
        assert!(uids.is_empty() && values.is_empty());
    }
}
