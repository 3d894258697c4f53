//! What must hold for any input. Each module has one `check`, which panics when it does not hold;
//! `fuzz_targets` feeds it what libFuzzer makes up, and `tests/fuzz_corpus.rs` of the crate what
//! libFuzzer has kept.
//!
//! All inputs are read from front to back with nothing at their end, so that they can be written
//! by hand and survive being mutated.

pub mod client;
pub mod decoder;
pub mod destination;
mod rules;
mod script;
pub mod server;
mod watch;
