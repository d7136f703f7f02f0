//! Emission: functions, and networks that stay resident.

use crate::answer::JsEmissionAnswer;
use crate::column::JsColumn;
use crate::{borrow, caught};
use napi::bindgen_prelude::{BigUint64ArraySlice, ObjectFinalize};
use napi::{Env, Result};
use napi_derive::napi;
use yuma_wire::emission::{self, EmissionAnswer, Handle, method};

/// A function that needs no network, by the number that `yuma-wire` gives it.
#[napi]
pub fn emission_function(
    number: u32,
    scalars: BigUint64ArraySlice,
    columns: Vec<JsColumn>,
) -> JsEmissionAnswer {
    JsEmissionAnswer(caught(
        || emission::call(number, &scalars, &borrow(&columns)),
        |reason| EmissionAnswer::Failure(reason.into()),
    ))
}

/// A network that stays resident until it is closed or JavaScript forgets it.
#[napi(custom_finalize)]
#[derive(Default)]
pub struct EmissionNetwork {
    handle: Handle,
    /// Bytes that V8 counts as this object's, so that it collects what is forgotten in time.
    counted: i64,
}

#[napi]
impl EmissionNetwork {
    /// A place without a network.
    #[napi(constructor)]
    #[allow(
        clippy::new_without_default,
        reason = "there is a default: the macro hides it"
    )]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks something of the network, by the number that `yuma-wire` gives it. A panic lets the network go.
    #[napi]
    pub fn call(
        &mut self,
        env: Env,
        number: u32,
        scalars: BigUint64ArraySlice,
        columns: Vec<JsColumn>,
    ) -> Result<JsEmissionAnswer> {
        let handle = &mut self.handle;
        let answer = caught(
            || handle.call(number, &scalars, &borrow(&columns)),
            |reason| EmissionAnswer::Failure(reason.into()),
        );
        if matches!(answer, EmissionAnswer::Failure(_)) {
            self.handle.close();
        }
        match number {
            method::OPEN => self.count(env, columns.iter().map(JsColumn::bytes).sum())?,
            method::CLOSE => self.count(env, 0)?,
            _ => {}
        }
        Ok(JsEmissionAnswer(answer))
    }

    fn count(&mut self, env: Env, bytes: usize) -> Result<()> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let change = bytes - std::mem::replace(&mut self.counted, bytes);
        env.adjust_external_memory(change).map(drop)
    }
}

impl ObjectFinalize for EmissionNetwork {
    fn finalize(mut self, env: Env) -> Result<()> {
        self.count(env, 0)
    }
}
