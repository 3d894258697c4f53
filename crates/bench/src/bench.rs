//! What every scenario is given.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::Common;
use crate::measure::Process;
use crate::peer::Target;
use crate::progress::Progress;
use crate::stamp::Run;

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) target: Arc<Target>,
    /// The server's process, where one was named.
    pub(crate) process: Option<Process>,
    /// What marks the messages of this run.
    pub(crate) run: Run,
    pub(crate) clock: Clock,
    pub(crate) patience: Duration,
    pub(crate) progress: Progress,
    /// What is to be said of the run.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Bench {
    pub(crate) async fn prepare(common: &Common) -> anyhow::Result<Self> {
        let patience = Duration::from_secs(common.patience);
        Ok(Self {
            target: Arc::new(Target::resolve(&common.peer, patience).await?),
            process: common.pid.map(Process::open).transpose()?,
            run: Run::new(),
            clock: Clock::start(),
            patience,
            progress: Progress::default(),
            tags: common.tags.iter().cloned().collect(),
        })
    }
}

/// A steady clock that all clients of a run share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    /// Nanoseconds since the start.
    pub(crate) fn nanos(self) -> u64 {
        nanos(self.now())
    }

    /// The moment that this clock shows `at`.
    pub(crate) fn moment(self, at: Duration) -> tokio::time::Instant {
        (self.0 + at).into()
    }
}

/// A duration in nanoseconds, which 64 bits hold for 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
