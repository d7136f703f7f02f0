//! Keys of storage, and answers to them.

use crate::answer::JsStorageAnswer;
use crate::column::JsColumn;
use crate::{borrow, caught};
use napi::bindgen_prelude::BigUint64ArraySlice;
use napi_derive::napi;
use yuma_wire::storage::{self, StorageAnswer};

/// Makes keys or reads an answer, by the number that `yuma-wire` gives what is asked.
#[napi]
pub fn storage(
    number: u32,
    scalars: BigUint64ArraySlice,
    columns: Vec<JsColumn>,
) -> JsStorageAnswer {
    JsStorageAnswer(caught(
        || storage::call(number, &scalars, &borrow(&columns)),
        |reason| StorageAnswer::Failure(reason.into()),
    ))
}
