//! Any typed array of JavaScript as a borrowed column.

use crate::typed_array::TypedArray;
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};
use std::marker::PhantomData;
use std::ops::Range;
use yuma_wire::Column;

/// A typed array, borrowed for the length of a synchronous call.
///
/// The values are JavaScript's own: nothing may run there while this is read, which a synchronous call ensures but
/// for shared memory, whose writers the caller must hold back.
pub struct JsColumn {
    kind: i32,
    data: *const u8,
    len: usize,
    not_send: PhantomData<*const ()>,
}

impl JsColumn {
    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        self.addresses().len()
    }

    /// Where they lie.
    pub fn addresses(&self) -> Range<usize> {
        let bytes = match self.kind {
            sys::TypedarrayType::biguint64_array => 8,
            sys::TypedarrayType::uint32_array => 4,
            sys::TypedarrayType::uint16_array => 2,
            _ => 1,
        };
        let start = self.data.addr();
        start..start + bytes * self.len
    }

    /// The values.
    pub fn borrow(&self) -> Column<'_> {
        match self.kind {
            sys::TypedarrayType::biguint64_array => Column::U64(self.slice()),
            sys::TypedarrayType::uint32_array => Column::U32(self.slice()),
            sys::TypedarrayType::uint16_array => Column::U16(self.slice()),
            _ => Column::U8(self.slice()),
        }
    }

    fn slice<T>(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: Node gave pointer and length for a typed array of elements of this size (`borrow` chooses the type
        // by Node's own tag), aligned as typed arrays are, and alive while the call's arguments are.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }
}

impl TypeName for JsColumn {
    fn type_name() -> &'static str {
        "TypedArray"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for JsColumn {}

impl FromNapiValue for JsColumn {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: `env` and `value` are Node's own, handed on by the caller.
        let TypedArray { kind, data, len } = unsafe { TypedArray::of(env, value) }?;
        let known = [
            sys::TypedarrayType::biguint64_array,
            sys::TypedarrayType::uint32_array,
            sys::TypedarrayType::uint16_array,
            sys::TypedarrayType::uint8_array,
        ];
        if !known.contains(&kind) {
            return Err(Error::new(
                Status::InvalidArg,
                "expected a BigUint64Array, Uint32Array, Uint16Array or Uint8Array",
            ));
        }
        Ok(Self {
            kind,
            data: data.cast(),
            len,
            not_send: PhantomData,
        })
    }
}
