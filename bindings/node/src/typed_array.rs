//! Where a typed array of JavaScript lies.

use napi::{Result, check_status, sys};
use std::ffi::c_void;
use std::ptr;

/// What Node says of a typed array.
pub struct TypedArray {
    /// Node's own tag of its elements' type.
    pub kind: sys::napi_typedarray_type,
    /// Its first element; of a detached array nothing is there.
    pub data: *mut c_void,
    /// Elements.
    pub len: usize,
}

impl TypedArray {
    /// Asks Node.
    ///
    /// # Errors
    /// A value of another type.
    ///
    /// # Safety
    /// `env` and `value` are Node's own.
    pub unsafe fn of(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut kind = 0;
        let mut len = 0;
        let mut data = ptr::null_mut();
        // SAFETY: the caller's promise; the outputs are live locals, and the last two may be null for what is not asked.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                &mut kind,
                &mut len,
                &mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        check_status!(status, "expected a typed array")?;
        Ok(Self { kind, data, len })
    }
}
