//! Epochs side by side, whose answers are written while others are computed.

use crate::answer::JsAnswer;
use crate::caught;
use napi::bindgen_prelude::ToNapiValue;
use napi::{Env, Result, sys};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use yuma_wire::{Answer, Column};

/// The answers of all calls.
///
/// The thread of JavaScript, which alone makes answers' memory, takes part: it writes what the others have computed, and
/// computes where nothing is to be written. So an answer is in the cache still when it is written, and what the engine
/// had it in is given back before the next.
///
/// # Errors
/// What Node says where it has no memory.
pub fn answers(
    env: &Env,
    calls: &[Vec<Column<'_>>],
    run: impl Fn(&[Column<'_>]) -> Answer + Sync,
) -> Result<Vec<sys::napi_value>> {
    let batch = Batch {
        calls,
        next: AtomicUsize::new(0),
        run,
    };
    let (to_write, computed) = channel();
    let mut written = Written {
        env: env.raw(),
        values: vec![ptr::null_mut(); calls.len()],
    };
    let all = || {
        rayon::in_place_scope(|scope| {
            for _ in 1..rayon::current_num_threads().min(calls.len()) {
                let (batch, to_write) = (&batch, to_write.clone());
                scope.spawn(move |_| batch.compute(&to_write));
            }
            drop(to_write);
            batch.write(&computed, &mut written)
        })
    };
    // Beside the epochs the threads themselves may fail to start.
    match caught(|| Ok(all()), |reason| Err(reason.to_owned())) {
        Ok(result) => result?,
        Err(reason) => {
            for at in 0..calls.len() {
                written.write(at, Answer::Failure(reason.clone()))?;
            }
        }
    }
    Ok(written.values)
}

/// Calls, of which each thread takes the next.
struct Batch<'a, R> {
    calls: &'a [Vec<Column<'a>>],
    next: AtomicUsize,
    run: R,
}

impl<R: Fn(&[Column<'_>]) -> Answer + Sync> Batch<'_, R> {
    /// The next call's place, and its answer; `None` where none is left.
    fn answer_next(&self) -> Option<(usize, Answer)> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        let call = self.calls.get(at)?;
        Some((at, (self.run)(call)))
    }

    /// Computes until no call is left.
    fn compute(&self, to_write: &Sender<(usize, Answer)>) {
        while let Some(answer) = self.answer_next() {
            // Nobody waits for it where writing has failed.
            if to_write.send(answer).is_err() {
                return;
            }
        }
    }

    /// Writes what was computed, and computes where nothing was, until every answer is written.
    fn write(&self, computed: &Receiver<(usize, Answer)>, written: &mut Written) -> Result<()> {
        loop {
            while let Ok((at, answer)) = computed.try_recv() {
                written.write(at, answer)?;
            }
            let Some((at, answer)) = self.answer_next() else {
                break;
            };
            written.write(at, answer)?;
        }
        // It ends when the last thread has.
        for (at, answer) in computed {
            written.write(at, answer)?;
        }
        Ok(())
    }
}

/// Answers in JavaScript's memory, by the place of their call.
struct Written {
    env: sys::napi_env,
    values: Vec<sys::napi_value>,
}

impl Written {
    fn write(&mut self, at: usize, answer: Answer) -> Result<()> {
        // SAFETY: `env` is Node's own, and this its thread: `Written` is not sent.
        self.values[at] = unsafe { JsAnswer::to_napi_value(self.env, JsAnswer(answer)) }?;
        Ok(())
    }
}
