//! Memory of JavaScript's that an answer may be written into.

use crate::column::addresses;
use crate::typed_array::TypedArray;
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::slice;
use yuma_wire::Column;

/// A `Uint8Array` to be written, borrowed for the length of a synchronous call.
///
/// Nothing may read or run there while it is written, which a synchronous call ensures.
pub struct JsOutputBuffer {
    value: sys::napi_value,
    data: *mut u8,
    len: usize,
}

impl JsOutputBuffer {
    /// Whether values of the column are here: writing would change them under their owner.
    pub fn holds(&self, column: Column<'_>) -> bool {
        self.overlaps(&addresses(column))
    }

    /// Whether a byte at one of these addresses is here.
    pub fn overlaps(&self, other: &Range<usize>) -> bool {
        let start = self.data.addr();
        start < other.end && other.start < start + self.len
    }

    /// Writes the first `bytes` by `write` and gives the whole array back; nothing where it has fewer.
    pub fn fill(
        self,
        bytes: usize,
        write: impl FnOnce(&mut [MaybeUninit<u8>]),
    ) -> Option<sys::napi_value> {
        // A detached array has none.
        if bytes == 0 || self.len < bytes {
            return None;
        }
        // SAFETY: Node gave pointer and length; no JavaScript has run since, which alone could free or detach them, and
        // what was borrowed of the call's arguments is not read any more.
        write(unsafe { slice::from_raw_parts_mut(self.data.cast(), bytes) });
        Some(self.value)
    }
}

impl TypeName for JsOutputBuffer {
    fn type_name() -> &'static str {
        "Uint8Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for JsOutputBuffer {}

impl FromNapiValue for JsOutputBuffer {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: `env` and `value` are Node's own, handed on by the caller.
        let TypedArray { kind, data, len } = unsafe { TypedArray::of(env, value) }?;
        if kind != sys::TypedarrayType::uint8_array {
            return Err(Error::new(Status::InvalidArg, "expected a Uint8Array"));
        }
        Ok(Self {
            value,
            data: data.cast(),
            len,
        })
    }
}
