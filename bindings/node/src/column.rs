//! Typed arrays of JavaScript as borrowed columns.

use crate::typed_array::{TypedArray, bytes_of};
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};
use std::marker::PhantomData;
use std::ops::{Deref, Range};
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
        addresses(self.borrow()).len()
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

/// Where a column's values lie.
pub fn addresses(column: Column<'_>) -> Range<usize> {
    match column {
        Column::U64(values) => addresses_of(values),
        Column::U32(values) => addresses_of(values),
        Column::U16(values) => addresses_of(values),
        Column::U8(values) => addresses_of(values),
    }
}

/// Where values lie.
pub fn addresses_of<T>(values: &[T]) -> Range<usize> {
    let start = values.as_ptr().addr();
    start..start + size_of_val(values)
}

/// An unsigned integer, of which every bit pattern is one.
pub trait Element {}
impl Element for u64 {}
impl Element for u32 {}
impl Element for u16 {}
impl Element for u8 {}

/// The elements of a typed array, borrowed as [`JsColumn`] borrows them, for a function that knows their type: who calls it
/// has made sure of that.
///
/// Node asks for each type of array in turn when it is to tell one; of where the bytes lie it tells at once.
pub struct JsElements<T> {
    data: *const T,
    len: usize,
    not_send: PhantomData<*const ()>,
}

impl<T: Element> Deref for JsElements<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: Node gave pointer and length of memory that is alive while the call's arguments are; the pointer is
        // aligned, and every bit pattern is an element.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

impl<T> TypeName for JsElements<T> {
    fn type_name() -> &'static str {
        "TypedArray"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl<T> ValidateNapiValue for JsElements<T> {}

impl<T: Element> FromNapiValue for JsElements<T> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: `env` and `value` are Node's own, handed on by the caller.
        let (data, bytes) = unsafe { bytes_of(env, value) }?;
        let data = data.cast::<T>();
        if bytes % size_of::<T>() != 0 || !data.is_aligned() {
            let expected = format!("expected elements of {} bytes", size_of::<T>());
            return Err(Error::new(Status::InvalidArg, expected));
        }
        Ok(Self {
            data,
            len: bytes / size_of::<T>(),
            not_send: PhantomData,
        })
    }
}
