//! Properties of whole sessions: whatever one side does, the other keeps its rules.

mod client;
mod server;
#[path = "../support/mod.rs"]
mod support;
