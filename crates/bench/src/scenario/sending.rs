//! How long is sent, what, and where to.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::places::{PlaceArgs, Places};
use crate::stamp::Run;

/// What the flags of several kinds of load say of it.
#[derive(Args, Clone, Debug, Serialize)]
pub(super) struct Sending {
    /// Seconds of sending that are measured
    #[arg(long, value_name = "SECONDS", default_value_t = 5,
          value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,

    /// Seconds of sending before them that are not
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    warmup: u64,

    /// Bytes of a body; in a chat room, of its text
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    size: usize,

    #[command(flatten)]
    #[serde(flatten)]
    place: PlaceArgs,
}

impl Sending {
    /// The places of a run.
    pub(super) fn places(&self, run: Run) -> anyhow::Result<Places> {
        Places::new(&self.place, self.size, run)
    }

    /// For how long it is measured.
    pub(super) fn measured(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// For how long it is not, before that.
    pub(super) fn warmup(&self) -> Duration {
        Duration::from_secs(self.warmup)
    }
}
