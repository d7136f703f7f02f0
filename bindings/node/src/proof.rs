//! State proofs.

use crate::answer::JsProofAnswer;
use crate::column::JsColumn;
use crate::{borrow, caught};
use napi::bindgen_prelude::BigUint64ArraySlice;
use napi_derive::napi;
use yuma_wire::proof::{self, ProofAnswer};

/// Checks a proof, by the number that `yuma-wire` gives what is asked of it.
#[napi]
pub fn proof(number: u32, scalars: BigUint64ArraySlice, columns: Vec<JsColumn>) -> JsProofAnswer {
    JsProofAnswer(caught(
        || proof::call(number, &scalars, &borrow(&columns)),
        |reason| ProofAnswer::Failure(reason.into()),
    ))
}
