//! How far a subscription has come in the log of its destination.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The place in its destination's log that a subscription is to be sent next; clones share it.
///
/// It is moved on by whoever sends: by the session, and while that [has lent](crate::Inbox::lend)
/// its outlet by the broker. The two take turns under the lock of the inbox, so that relaxed order
/// is enough.
#[derive(Clone, Debug)]
pub struct Cursor(Arc<AtomicU64>);

impl Cursor {
    /// A cursor at a place.
    #[must_use]
    pub fn new(next: u64) -> Self {
        Self(Arc::new(AtomicU64::new(next)))
    }

    /// The place that is to be sent next.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Goes on from another place.
    pub fn set(&self, next: u64) {
        self.0.store(next, Ordering::Relaxed);
    }

    /// Goes on by one if this is the place that is to be sent next, and says whether it was.
    #[must_use]
    pub fn admit(&self, place: u64) -> bool {
        let is_next = place == self.next();
        if is_next {
            self.set(place + 1);
        }
        is_next
    }

    /// Takes back the last so many.
    pub(crate) fn rewind(&self, count: usize) {
        self.set(self.next().saturating_sub(count as u64));
    }
}
