//! What the server uses while something is measured.

use std::time::Duration;

use super::process::{Process, Sample};
use super::report::ServerUse;

/// A look at the server's process, where one was named, to compare a later one with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter(Option<(Process, Sample)>);

impl Meter {
    /// # Errors
    ///
    /// Where the process is gone.
    pub(crate) fn start(process: Option<Process>) -> anyhow::Result<Self> {
        let look = |process: Process| anyhow::Ok((process, process.sample()?));
        Ok(Self(process.map(look).transpose()?))
    }

    /// What was used since then, which is so long ago.
    ///
    /// # Errors
    ///
    /// Where the process is gone.
    pub(crate) fn read(self, elapsed: Duration) -> anyhow::Result<Option<ServerUse>> {
        let Self(Some((process, before))) = self else {
            return Ok(None);
        };
        let after = process.sample()?;
        Ok(Some(ServerUse::between(before, after, elapsed)))
    }
}
