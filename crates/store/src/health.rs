//! How the writer does, for everybody to see.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the writer has done since the log was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Batches that were committed, each with one disk sync.
    pub commits: u64,
    /// Messages that were stored in them.
    pub messages: u64,
    /// Batches that were refused, and attempts to find out whether the next one would be.
    pub failures: u64,
}

/// Kept by the writer, read by everybody.
#[derive(Debug, Default)]
pub(crate) struct Health {
    commits: AtomicU64,
    messages: AtomicU64,
    failures: AtomicU64,
    /// Why the last attempt to write failed, if it did.
    failing: Mutex<Option<String>>,
}

impl Health {
    /// A batch is on disk.
    pub(crate) fn committed(&self, messages: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.messages.fetch_add(messages as u64, Ordering::Relaxed);
    }

    /// The last attempt failed.
    pub(crate) fn failed(&self, why: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        *self.lock() = Some(why);
    }

    /// The last attempt was a success.
    pub(crate) fn recovered(&self) {
        *self.lock() = None;
    }

    pub(crate) fn failing(&self) -> Option<String> {
        self.lock().clone()
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            commits: self.commits.load(Ordering::Relaxed),
            messages: self.messages.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
