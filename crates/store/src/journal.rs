//! What was stored, as it is stored.

use std::sync::Arc;

use chat::RoomMessage;
use tokio::sync::mpsc;

/// Every message that the [`Store`](crate::Store) stores, after it is on disk, in the order of the
/// log: within a room by `seq`, without a hole and without a repeat. One per store.
///
/// It is bounded by [`Options::journal`](crate::Options::journal): while it is full the writer waits,
/// and with it every append. So receive until `None`, or drop it: the writer goes on without it.
#[derive(Debug)]
pub struct Journal {
    batches: mpsc::Receiver<Vec<Arc<RoomMessage>>>,
}

/// The writer's end.
pub(crate) type JournalSender = mpsc::Sender<Vec<Arc<RoomMessage>>>;

impl Journal {
    /// A journal of so many batches, at least one.
    pub(crate) fn new(capacity: usize) -> (JournalSender, Self) {
        let (sender, batches) = mpsc::channel(capacity.max(1));
        (sender, Self { batches })
    }

    /// The next batch, never empty; `None` once the store is closed and everything has been handed
    /// over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the next call returns what this one would have.
    pub async fn recv(&mut self) -> Option<Vec<Arc<RoomMessage>>> {
        self.batches.recv().await
    }
}
