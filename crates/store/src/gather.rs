//! How a thread waits for several others, and is woken once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};

/// Nobody waits.
const NOTHING: usize = usize::MAX;

/// How much has to be there for the one thread that waits to be woken. Woken by each of those that
/// it waits for, it would run once for all of them but the last in vain.
#[derive(Debug)]
pub(crate) struct Gather {
    wanted: AtomicUsize,
    waiter: OnceLock<Thread>,
}

impl Default for Gather {
    fn default() -> Self {
        Self {
            wanted: AtomicUsize::new(NOTHING),
            waiter: OnceLock::new(),
        }
    }
}

impl Gather {
    /// Has this thread, which is always the same one, unparked once so much is there. To be said
    /// before looking how much there is: what comes in between is then either seen or unparks.
    pub(crate) fn want(&self, wanted: usize) {
        self.waiter.get_or_init(thread::current);
        self.wanted.store(wanted, Ordering::SeqCst);
    }

    /// It goes on, and is not to be unparked any more.
    pub(crate) fn want_nothing(&self) {
        self.wanted.store(NOTHING, Ordering::SeqCst);
    }

    /// So much is there now.
    pub(crate) fn see(&self, there: usize) {
        if there >= self.wanted.load(Ordering::SeqCst)
            // One of those who come at the same time is enough.
            && self.wanted.swap(NOTHING, Ordering::SeqCst) != NOTHING
            && let Some(waiter) = self.waiter.get()
        {
            waiter.unpark();
        }
    }
}
