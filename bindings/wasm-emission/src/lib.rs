//! The module for emission in browsers, workers and edge runtimes: it hands bytes on, and knows no rule of the chain.
//!
//! Apart from the epoch's module, which most pages need alone and which has a budget of its own. The interface is the
//! same raw one: bytes of a function's name and of its JSON request in, bytes of its JSON answer out.
//!
//! A panic hands its message to the import `panicked`, which throws it. The instance must not be used after that, nor
//! after a trap.

#[cfg(target_arch = "wasm32")]
mod exports;
