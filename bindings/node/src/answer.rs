//! Answers on their way into JavaScript's own memory.
//!
//! The memory is V8's: a collection frees it, also in the middle of a loop. Memory of ours would need a finalizer, and
//! Node runs those from the event loop only: a loop that awaits nothing but microtasks would never free an answer.

use crate::output_buffer::JsOutputBuffer;
use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, check_status, sys};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;
use yuma_wire::emission::EmissionAnswer;
use yuma_wire::proof::ProofAnswer;
use yuma_wire::simulate::SimulateAnswer;
use yuma_wire::storage::StorageAnswer;
use yuma_wire::{Answer, Sections};

/// What is said where there is no memory for an answer.
const NO_MEMORY: &str = "not enough memory for the answer";

/// What an epoch came to; JavaScript gets it as the bytes of `yuma-wire`, in an array buffer of their own, or as a `Buffer`
/// where they are many.
pub struct JsAnswer(pub Answer);

impl ToNapiValue for JsAnswer {
    unsafe fn to_napi_value(env: sys::napi_env, answer: Self) -> Result<sys::napi_value> {
        let into = JsAnswerInto {
            answer: answer.0,
            output: None,
        };
        // SAFETY: `env` is Node's own, from the caller.
        unsafe { JsAnswerInto::to_napi_value(env, into) }
    }
}

/// The same, written into an output buffer of JavaScript's where it fits there. JavaScript then gets that buffer back,
/// and what is behind the answer is left as it was. Errors always get an array buffer of their own: who is told of one
/// keeps what the output buffer held.
pub struct JsAnswerInto {
    /// What the epoch came to.
    pub answer: Answer,
    /// Memory that it may be written into.
    pub output: Option<JsOutputBuffer>,
}

impl ToNapiValue for JsAnswerInto {
    unsafe fn to_napi_value(
        env: sys::napi_env,
        Self { answer, output }: Self,
    ) -> Result<sys::napi_value> {
        let sections = answer.sections();
        let write = |bytes: &mut [MaybeUninit<u8>]| sections.write(bytes);
        let output = output.filter(|_| sections.are_output());
        if let Some(value) = output.and_then(|output| output.fill(sections.bytes(), write)) {
            return Ok(value);
        }
        // SAFETY: `env` is Node's own, from the caller.
        unsafe { epoch_answer(env, &sections) }
    }
}

/// What a call of emission came to; JavaScript gets it as the bytes of `yuma-wire`, in an array buffer of their own.
pub struct JsEmissionAnswer(pub EmissionAnswer);

impl ToNapiValue for JsEmissionAnswer {
    unsafe fn to_napi_value(env: sys::napi_env, answer: Self) -> Result<sys::napi_value> {
        // SAFETY: `env` is Node's own, from the caller.
        unsafe { buffer(env, &answer.0.sections()) }
    }
}

/// What the check of a proof came to; JavaScript gets it as the bytes of `yuma-wire`, in an array buffer of their own.
pub struct JsProofAnswer(pub ProofAnswer);

impl ToNapiValue for JsProofAnswer {
    unsafe fn to_napi_value(env: sys::napi_env, answer: Self) -> Result<sys::napi_value> {
        // SAFETY: `env` is Node's own, from the caller.
        unsafe { buffer(env, &answer.0.sections()) }
    }
}

/// What a request of a simulation came to; JavaScript gets it as the bytes of `yuma-wire`, in an array buffer of their own.
pub struct JsSimulateAnswer(pub SimulateAnswer);

impl ToNapiValue for JsSimulateAnswer {
    unsafe fn to_napi_value(env: sys::napi_env, answer: Self) -> Result<sys::napi_value> {
        // SAFETY: `env` is Node's own, from the caller.
        unsafe { buffer(env, &answer.0.sections()) }
    }
}

/// Keys, or the values of an answer; JavaScript gets them as the bytes of `yuma-wire`, in an array buffer of their own.
pub struct JsStorageAnswer(pub StorageAnswer);

impl ToNapiValue for JsStorageAnswer {
    unsafe fn to_napi_value(env: sys::napi_env, answer: Self) -> Result<sys::napi_value> {
        // SAFETY: `env` is Node's own, from the caller.
        unsafe { buffer(env, &answer.0.sections()) }
    }
}

/// Buffers of so many bytes are not asked for.
const SMALL: usize = 1 << 20;

/// Whether V8 can have a buffer of so many bytes: it ends the process where it cannot. Its memory is the system's; our own
/// allocator would keep for itself what it is asked for to see.
fn has_room(bytes: usize) -> bool {
    let Ok(layout) = Layout::array::<u8>(bytes) else {
        return false;
    };
    if bytes <= SMALL {
        return true;
    }
    // SAFETY: the layout is not of zero bytes.
    let block = black_box(unsafe { System.alloc(layout) });
    if block.is_null() {
        return false;
    }
    // SAFETY: the block is of this allocator and this layout, and nobody else has it.
    unsafe { System.dealloc(block, layout) };
    true
}

/// The most bytes into which Node writes zeros in less time than it takes to make a `Buffer` of an `ArrayBuffer`.
const MOST_ZEROED: usize = 1 << 16;

/// An `ArrayBuffer` that holds sections, or a `Buffer` where they are many.
///
/// # Safety
/// `env` is Node's own, on its thread.
unsafe fn epoch_answer(env: sys::napi_env, sections: &Sections<'_>) -> Result<sys::napi_value> {
    let bytes = sections.bytes();
    if bytes > MOST_ZEROED {
        // SAFETY: the caller's promise for `env`.
        return unsafe { buffer(env, sections) };
    }
    // SAFETY: the caller's promise for `env`; Node gives as many bytes as are asked for.
    unsafe {
        filled(sections, |data, value| {
            sys::napi_create_arraybuffer(env, bytes, data, value)
        })
    }
}

/// A `Buffer` that holds sections; where there is no memory for them, one that says so: Node does not write zeros into it
/// first, as it does into an `ArrayBuffer`.
///
/// # Safety
/// `env` is Node's own, on its thread.
unsafe fn buffer(env: sys::napi_env, sections: &Sections<'_>) -> Result<sys::napi_value> {
    let bytes = sections.bytes();
    if !has_room(bytes) {
        // SAFETY: the caller's promise for `env`.
        return unsafe { buffer(env, &Sections::failure(NO_MEMORY)) };
    }
    // SAFETY: the caller's promise for `env`; Node gives as many bytes as are asked for.
    unsafe {
        filled(sections, |data, value| {
            sys::napi_create_buffer(env, bytes, data, value)
        })
    }
}

/// What `create` makes, with sections written to its memory.
///
/// # Safety
/// Where `create` succeeds its memory has as many bytes as the sections, and is nobody else's until this returns.
unsafe fn filled(
    sections: &Sections<'_>,
    create: impl FnOnce(&mut *mut c_void, &mut sys::napi_value) -> sys::napi_status,
) -> Result<sys::napi_value> {
    let (mut data, mut value) = (ptr::null_mut(), ptr::null_mut());
    check_status!(create(&mut data, &mut value), "{NO_MEMORY}")?;
    let bytes = sections.bytes();
    if bytes > 0 {
        // SAFETY: the caller's promise; sections write all of the bytes that they measure.
        sections.write(unsafe { slice::from_raw_parts_mut(data.cast(), bytes) });
    }
    Ok(value)
}
