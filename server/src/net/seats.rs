//! How many sessions there may be, whatever they come by.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The seats of the whole server; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Seats(Arc<Semaphore>);

/// One session's seat, given back when it is dropped.
pub(crate) type Seat = OwnedSemaphorePermit;

impl Seats {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    /// A seat; nothing where all are taken.
    pub(crate) fn take(&self) -> Option<Seat> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_once_it_is_dropped() {
        let seats = Seats::new(2);
        let first = seats.take().unwrap();
        let _second = seats.take().unwrap();
        assert!(seats.take().is_none());
        drop(first);
        assert!(seats.take().is_some());
    }

    #[test]
    fn a_server_without_a_limit_has_seats() {
        assert!(Seats::new(usize::MAX).take().is_some());
    }
}
