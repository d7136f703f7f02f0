//! Typed arrays of JavaScript as borrowed columns.

use crate::typed_array::TypedArray;
use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::ptr;
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
        // SAFETY: Node gave pointer and length of memory that is alive while the call's arguments are. It is aligned for as
        // many elements of this size: `borrow` chooses the type by Node's own tag, `JsElements` looks.
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

/// An element of a column, of which every bit pattern is one.
pub trait Element {
    /// Node's tag of an array of them.
    const KIND: sys::napi_typedarray_type;
}

impl Element for u64 {
    const KIND: sys::napi_typedarray_type = sys::TypedarrayType::biguint64_array;
}

impl Element for u32 {
    const KIND: sys::napi_typedarray_type = sys::TypedarrayType::uint32_array;
}

impl Element for u16 {
    const KIND: sys::napi_typedarray_type = sys::TypedarrayType::uint16_array;
}

impl Element for u8 {
    const KIND: sys::napi_typedarray_type = sys::TypedarrayType::uint8_array;
}

/// A column for a function that knows the type of its elements: who calls it has made sure of that.
///
/// Node asks for each type of array in turn when it is to tell one; of where the bytes lie it tells at once.
pub struct JsElements<T> {
    column: JsColumn,
    elements: PhantomData<T>,
}

impl<T: Element> Deref for JsElements<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.column.slice()
    }
}

impl<T: Element> FromNapiValue for JsElements<T> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: `env` and `value` are Node's own, handed on by the caller.
        let column = unsafe { column_of::<T>(env, value) }?;
        if column.kind != T::KIND || !column.data.cast::<T>().is_aligned() {
            return Err(unfit::<T>());
        }
        Ok(Self {
            column,
            elements: PhantomData,
        })
    }
}

/// A typed array of these elements. A runtime may say where bytes lie of a `Buffer` alone: the array is then looked at as
/// any other.
///
/// # Errors
/// Another value where the runtime looks. Node does not: it ends the process.
///
/// # Safety
/// `env` and `value` are Node's own.
unsafe fn column_of<T: Element>(env: sys::napi_env, value: sys::napi_value) -> Result<JsColumn> {
    let (mut data, mut bytes) = (ptr::null_mut(), 0);
    // SAFETY: the caller's promise; the outputs are live locals.
    let status = unsafe { sys::napi_get_buffer_info(env, value, &mut data, &mut bytes) };
    if status != sys::Status::napi_ok {
        // SAFETY: the caller's promise.
        return unsafe { JsColumn::from_napi_value(env, value) };
    }
    if bytes % size_of::<T>() != 0 {
        return Err(unfit::<T>());
    }
    Ok(JsColumn {
        kind: T::KIND,
        data: data.cast(),
        len: bytes / size_of::<T>(),
        not_send: PhantomData,
    })
}

#[cold]
fn unfit<T>() -> Error {
    let expected = format!("expected elements of {} bytes", size_of::<T>());
    Error::new(Status::InvalidArg, expected)
}
