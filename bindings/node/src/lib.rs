//! The napi addon: convert, call, convert back. It knows no rule of the chain.

mod column;

use column::JsColumn;
use napi::bindgen_prelude::{BigUint64ArraySlice, Uint8Array};
use napi_derive::napi;
use std::panic::{AssertUnwindSafe, catch_unwind};
use yuma_wire::{Buffer, Column, Platform, encode_failure};

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
///
/// `kernel` indexes what [`kernels`] lists; one beyond it is the best.
#[napi]
pub fn epoch(kernel: u32, scalars: BigUint64ArraySlice, columns: Vec<JsColumn>) -> Uint8Array {
    let platform = Platform::available()
        .nth(kernel as usize)
        .unwrap_or_else(Platform::detect);
    guarded(|| yuma_wire::epoch(platform, &scalars, &borrow(&columns)))
}

/// The instruction sets that this machine has, the best last.
#[napi]
pub fn kernels() -> Vec<&'static str> {
    Platform::available().map(Platform::name).collect()
}

/// One epoch by the plain, slow implementation.
#[napi]
pub fn reference_epoch(scalars: BigUint64ArraySlice, columns: Vec<JsColumn>) -> Uint8Array {
    guarded(|| yuma_wire::reference_epoch(&scalars, &borrow(&columns)))
}

fn borrow(columns: &[JsColumn]) -> Vec<Column<'_>> {
    columns.iter().map(JsColumn::borrow).collect()
}
