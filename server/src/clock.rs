//! Time for machines that take it as an argument.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chat::Timestamp;

/// A steady clock that starts at zero when the server does.
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

    /// Resolves when this clock shows `at`; never where there is nothing to wait for.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub(crate) async fn until(self, at: Option<Duration>) {
        match at {
            Some(at) => tokio::time::sleep_until((self.0 + at).into()).await,
            None => std::future::pending().await,
        }
    }
}

/// What the calendar says.
pub(crate) fn today() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
