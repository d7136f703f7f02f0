//! Simulation: subnets that stay resident from epoch to epoch, and maps of the honest majority.

use crate::answer::JsSimulateAnswer;
use crate::column::JsColumn;
use crate::{borrow, caught};
use napi::bindgen_prelude::{BigUint64ArraySlice, ObjectFinalize};
use napi::{Env, Result};
use napi_derive::napi;
use yuma_wire::simulate::{Handle, SimulateAnswer, method};

/// A subnet or a map that stays resident until it is closed or JavaScript forgets it.
#[napi(custom_finalize)]
#[derive(Default)]
pub struct SimulatedSubnet {
    handle: Handle,
    /// Bytes that V8 counts as this object's, so that it collects what is forgotten in time.
    counted: i64,
}

#[napi]
impl SimulatedSubnet {
    /// A place without a subnet.
    #[napi(constructor)]
    #[allow(
        clippy::new_without_default,
        reason = "there is a default: the macro hides it"
    )]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks something of it, by the number that `yuma-wire` gives it. A panic lets it go.
    #[napi]
    pub fn call(
        &mut self,
        env: Env,
        number: u32,
        scalars: BigUint64ArraySlice,
        columns: Vec<JsColumn>,
    ) -> Result<JsSimulateAnswer> {
        let handle = &mut self.handle;
        let answer = caught(
            || handle.call(number, &scalars, &borrow(&columns)),
            |reason| SimulateAnswer::Failure(reason.into()),
        );
        if matches!(answer, SimulateAnswer::Failure(_)) {
            self.handle.close();
        }
        match number {
            method::OPEN => self.count(env, columns.iter().map(JsColumn::bytes).sum())?,
            method::CLOSE => self.count(env, 0)?,
            _ => {}
        }
        Ok(JsSimulateAnswer(answer))
    }

    fn count(&mut self, env: Env, bytes: usize) -> Result<()> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let change = bytes - std::mem::replace(&mut self.counted, bytes);
        env.adjust_external_memory(change).map(drop)
    }
}

impl ObjectFinalize for SimulatedSubnet {
    fn finalize(mut self, env: Env) -> Result<()> {
        self.count(env, 0)
    }
}
