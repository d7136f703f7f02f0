//! The five types as wide integers, to compute with no rounding, no limit and none of the crate's code.

use num_bigint::BigInt;
use proptest::prelude::*;
use yuma_fixed::{Fixed, I32F32, I64F64, I96F32, U64F64, U96F32};

/// A fixed-point type seen from outside: its raw bits as a wide integer.
pub trait Wide: Fixed {
    /// Raw bits.
    fn to_wide(self) -> BigInt;
    /// The number of these raw bits, which must fit.
    fn from_wide(bits: &BigInt) -> Self;
    /// Any number, the corners of the type far more often than by chance.
    fn any() -> BoxedStrategy<Self>;
}

macro_rules! wide {
    ($($Fixed:ident: $Bits:ident),*) => {$(
        impl Wide for $Fixed {
            fn to_wide(self) -> BigInt {
                self.to_bits().into()
            }

            fn from_wide(bits: &BigInt) -> Self {
                Self::from_bits(bits.try_into().expect("bits that fit"))
            }

            fn any() -> BoxedStrategy<Self> {
                let one = Self::ONE.to_bits();
                let near = |center: $Bits| {
                    (-3i128..=3).prop_map(move |offset| center.wrapping_add(offset as $Bits))
                };
                let bits = prop_oneof![
                    any::<$Bits>(),
                    (any::<$Bits>(), 0..$Bits::BITS).prop_map(|(bits, shift)| bits >> shift),
                    (0..$Bits::BITS).prop_flat_map(move |power| near(1 << power)),
                    (0..$Bits::BITS).prop_flat_map(move |power| near((1 as $Bits).wrapping_neg() << power)),
                    near($Bits::MAX),
                    near($Bits::MIN),
                    (-1000i128..1000).prop_map(move |integer| one.wrapping_mul(integer as $Bits)),
                    (-1000i128..1000).prop_map(move |halves| (one >> 1).wrapping_mul(halves as $Bits)),
                    (any::<$Bits>()).prop_map(move |bits| bits & (one - 1)),
                ];
                bits.prop_map(Self::from_bits).boxed()
            }
        }
    )*};
}
wide!(I32F32: i64, I64F64: i128, I96F32: i128, U64F64: u128, U96F32: u128);

/// Whether the type has the number of these raw bits.
pub fn fits<F: Wide>(bits: &BigInt) -> bool {
    F::MIN.to_wide() <= *bits && *bits <= F::MAX.to_wide()
}

/// The number of these raw bits, if the type has it.
pub fn checked<F: Wide>(bits: &BigInt) -> Option<F> {
    fits::<F>(bits).then(|| F::from_wide(bits))
}
