//! What a process has used, as its operating system tells.

use std::time::Duration;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

/// A process, threads included, children not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(u32);

/// One look at a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// User and system time since it began; Linux tells hundredths of a second.
    pub(crate) cpu: Duration,
    /// Memory that it occupies, in KiB.
    pub(crate) rss_kib: u64,
}

impl Process {
    /// # Errors
    ///
    /// Where there is no such process, or it cannot be looked at.
    pub(crate) fn open(pid: u32) -> anyhow::Result<Self> {
        let process = Self(pid);
        process.sample()?;
        Ok(process)
    }

    /// # Errors
    ///
    /// Where it is gone.
    pub(crate) fn sample(self) -> anyhow::Result<Sample> {
        system::sample(self.0)
    }
}

/// What this program itself has used, where that can be told.
pub(crate) fn own() -> Option<Sample> {
    system::sample(std::process::id()).ok()
}
