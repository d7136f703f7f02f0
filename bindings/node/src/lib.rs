//! The napi addon: convert, call, convert back. It knows no rule of the chain.

mod answer;
mod batch;
mod column;
pub mod emission;
mod heap;
mod output_buffer;
pub mod proof;
pub mod simulate;
pub mod storage;
mod typed_array;

use answer::JsAnswerInto;
use column::{JsColumn, JsElements, addresses_of};
use napi::bindgen_prelude::BigUint64ArraySlice;
use napi::{Env, Result, sys};
use napi_derive::napi;
use output_buffer::JsOutputBuffer;
use std::panic::{AssertUnwindSafe, catch_unwind};
use yuma_wire::{Answer, Column, Platform};

/// What an epoch gives is built here before it is written into JavaScript's memory: this allocator gives the same pages
/// to the next epoch while they are still in the cache, on every thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs once, when the addon is loaded.
#[napi_derive::module_init]
fn init() {
    heap::keep_freed_memory();
}

/// Runs `call`, and says a panic instead of letting it cross the boundary.
fn guarded(call: impl FnOnce() -> Answer) -> Answer {
    caught(call, |reason| Answer::Failure(reason.into()))
}

/// What `call` gives, or what `failure` makes of its panic's reason.
pub(crate) fn caught<T>(call: impl FnOnce() -> T, failure: impl FnOnce(&str) -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        failure(reason.unwrap_or("the engine failed without a reason"))
    })
}

fn platform(kernel: u32) -> Platform {
    Platform::available()
        .nth(kernel as usize)
        .unwrap_or_else(Platform::detect)
}

/// One epoch. Columns are borrowed, not copied; the answer is the layout of `yuma-wire`.
///
/// `kernel` indexes what [`kernels`] lists; one beyond it is the best. The answer is written into `output`
/// where it fits and no column is.
#[napi]
pub fn epoch(
    kernel: u32,
    scalars: BigUint64ArraySlice,
    columns: Vec<JsColumn>,
    output: Option<JsOutputBuffer>,
) -> JsAnswerInto {
    epoch_of(kernel, &scalars, &borrow(&columns), output)
}

fn epoch_of(
    kernel: u32,
    scalars: &[u64],
    columns: &[Column<'_>],
    output: Option<JsOutputBuffer>,
) -> JsAnswerInto {
    let answer = guarded(|| yuma_wire::epoch(platform(kernel), scalars, columns));
    into(answer, output, columns)
}

/// The same of a subnet with one mechanism, as most are: its columns as arguments, since an element of an array crosses
/// far more slowly than an argument. Their types are those of a snapshot's members.
#[napi]
#[allow(
    clippy::too_many_arguments,
    reason = "this is what the function is for"
)]
pub fn epoch_of_one(
    kernel: u32,
    scalars: JsElements<u64>,
    output: Option<JsOutputBuffer>,
    block_at_registration: JsElements<u64>,
    total_stake: JsElements<u64>,
    validator_permit: JsElements<u8>,
    mechanism_emission_split: JsElements<u16>,
    last_update: JsElements<u64>,
    weight_starts: JsElements<u32>,
    weight_uids: JsElements<u16>,
    weight_values: JsElements<u16>,
    bond_starts: JsElements<u32>,
    bond_uids: JsElements<u16>,
    bond_values: JsElements<u16>,
    commit_blocks: JsElements<u64>,
    consensus_by_mechanism: JsElements<u16>,
) -> JsAnswerInto {
    let columns = [
        Column::U64(&block_at_registration),
        Column::U64(&total_stake),
        Column::U8(&validator_permit),
        Column::U16(&mechanism_emission_split),
        Column::U64(&last_update),
        Column::U32(&weight_starts),
        Column::U16(&weight_uids),
        Column::U16(&weight_values),
        Column::U32(&bond_starts),
        Column::U16(&bond_uids),
        Column::U16(&bond_values),
        Column::U64(&commit_blocks),
        Column::U16(&consensus_by_mechanism),
    ];
    epoch_of(kernel, &scalars, &columns, output)
}

/// One epoch of a call that is laid out in words. The answer is written into `output` where it fits, and the call is
/// not there.
#[napi]
pub fn epoch_laid_out(
    kernel: u32,
    words: BigUint64ArraySlice,
    output: Option<JsOutputBuffer>,
) -> JsAnswerInto {
    let answer = guarded(|| yuma_wire::epoch_laid_out(platform(kernel), &words));
    let output = output.filter(|output| !output.overlaps(&addresses_of(&words)));
    JsAnswerInto { answer, output }
}

/// Epochs side by side on all cores; of each call the first column holds the scalars. Answers in their order.
#[napi]
pub fn epochs(env: Env, kernel: u32, calls: Vec<Vec<JsColumn>>) -> Result<Vec<sys::napi_value>> {
    let platform = platform(kernel);
    let calls = calls
        .iter()
        .map(|columns| borrow(columns))
        .collect::<Vec<_>>();
    batch::answers(&env, &calls, |call| guarded(|| run_call(platform, call)))
}

fn run_call(platform: Platform, call: &[Column<'_>]) -> Answer {
    match call.split_first() {
        Some((Column::U64(scalars), columns)) => yuma_wire::epoch(platform, scalars, columns),
        _ => Answer::Failure("a call without scalars".into()),
    }
}

/// The instruction sets that this machine has, the best last.
#[napi]
pub fn kernels() -> Vec<&'static str> {
    Platform::available().map(Platform::name).collect()
}

/// The spec versions whose rules are known, as `yuma-wire` has them: four numbers each.
#[napi]
pub fn rules() -> Vec<u32> {
    yuma_wire::RULES.concat()
}

/// One epoch by the plain, slow implementation. The answer is written into `output`
/// where it fits and no column is.
#[napi]
pub fn reference_epoch(
    scalars: BigUint64ArraySlice,
    columns: Vec<JsColumn>,
    output: Option<JsOutputBuffer>,
) -> JsAnswerInto {
    let columns = borrow(&columns);
    let answer = guarded(|| yuma_wire::reference_epoch(&scalars, &columns));
    into(answer, output, &columns)
}

/// An output buffer that holds what the call reads is not written: the caller's snapshot must not change.
fn into(answer: Answer, output: Option<JsOutputBuffer>, columns: &[Column<'_>]) -> JsAnswerInto {
    let output = output.filter(|output| !columns.iter().any(|&column| output.holds(column)));
    JsAnswerInto { answer, output }
}

pub(crate) fn borrow(columns: &[JsColumn]) -> Vec<Column<'_>> {
    columns.iter().map(JsColumn::borrow).collect()
}
