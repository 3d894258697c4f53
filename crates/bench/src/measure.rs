//! What is counted, and the line that says it.

mod latency;
mod meter;
mod process;
mod report;
mod sequence;

pub(crate) use self::latency::{Latency, LatencySummary};
pub(crate) use self::meter::Meter;
pub(crate) use self::process::Process;
pub use self::report::Outcome;
pub(crate) use self::report::{ServerUse, Tally, outcome, per_second, rounded};
pub(crate) use self::sequence::{Sequence, Take};
