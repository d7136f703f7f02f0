//! The napi addon: convert, call, convert back. It knows no rule of the chain.

mod column;

use column::JsColumn;
use napi::bindgen_prelude::{BigUint64ArraySlice, Uint8Array};
use napi_derive::napi;
use std::panic::{AssertUnwindSafe, catch_unwind};
use yuma_wire::{Buffer, Column, encode_failure};

/// Runs `call`, and says a panic instead of letting it cross the boundary.
fn guarded(call: impl FnOnce() -> Buffer) -> Uint8Array {
    let answer = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        encode_failure(reason.unwrap_or("the engine failed without a reason"))
    });
    Uint8Array::new(answer.into_bytes())
}

/// One epoch. Columns are borrowed, not copied; the answer is the layout of `yuma-wire`.
#[napi]
pub fn epoch(scalars: BigUint64ArraySlice, columns: Vec<JsColumn>) -> Uint8Array {
    guarded(|| yuma_wire::epoch(&scalars, &borrow(&columns)))
}

fn borrow(columns: &[JsColumn]) -> Vec<Column<'_>> {
    columns.iter().map(JsColumn::borrow).collect()
}
