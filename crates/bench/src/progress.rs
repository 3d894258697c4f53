//! A bar on a terminal, and nothing elsewhere.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// How often a bar is moved.
const STEP: Duration = Duration::from_millis(200);

/// One bar at a time, on stderr. indicatif draws none where that is no terminal.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Option<ProgressBar>>);

impl Progress {
    /// A new bar in place of the one before.
    pub(crate) fn begin(&self, what: &str, length: u64) -> ProgressBar {
        let style = ProgressStyle::with_template("{prefix:>12} {wide_bar} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(length)
            .with_style(style)
            .with_prefix(what.to_owned());
        let before = self.replace(Some(bar.clone()));
        if let Some(before) = before {
            before.finish_and_clear();
        }
        bar
    }

    /// Moves a bar of seconds until `duration` has passed.
    pub(crate) async fn wait(&self, what: &str, duration: Duration) {
        let bar = self.begin(what, duration.as_secs());
        let start = Instant::now();
        let end = start + duration;
        while Instant::now() < end {
            bar.set_position(start.elapsed().as_secs());
            tokio::time::sleep_until(end.min(Instant::now() + STEP)).await;
        }
    }

    fn replace(&self, bar: Option<ProgressBar>) -> Option<ProgressBar> {
        let mut slot = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::replace(&mut slot, bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.replace(None) {
            bar.finish_and_clear();
        }
    }
}
