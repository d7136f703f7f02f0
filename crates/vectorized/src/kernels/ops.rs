//! The macro by which the instruction sets' files spell an operation.

/// Defines methods of a [`super::simd::Simd`] whose body is an intrinsic or two.
macro_rules! intrinsics {
    ($($name:ident $(<const $flag:ident>)? ($($arg:ident: $type:ty),*) $(-> $result:ty)? = $body:expr;)*) => {$(
        #[inline(always)]
        #[allow(unused_unsafe, reason = "most of WebAssembly's intrinsics are safe")]
        fn $name $(<const $flag: bool>)? (self, $($arg: $type),*) $(-> $result)? {
            // SAFETY: a value of this type is only made where the machine has the instructions; loads and stores are
            // of whole vectors within the lanes that the reference is to, for `k` below the vectors of a tile.
            unsafe { $body }
        }
    )*};
}
pub(crate) use intrinsics;
