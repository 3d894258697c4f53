//! Each limit at its edge: what is exactly at it passes, one more is refused.

mod frames;
#[path = "../support/mod.rs"]
mod support;
mod transactions;
