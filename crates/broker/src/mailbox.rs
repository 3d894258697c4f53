//! The bounded queue between publishers and one session.

mod queue;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::sync::atomic::{AtomicBool, Ordering as Memory};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use stomp::Text;
use tokio::sync::Notify;

use self::queue::Queue;
use crate::courier::Parcel;
use crate::outlet::{Outlet, Written};
use crate::stats::Counters;
use crate::{Cursor, Delivery, Overflow};

/// What one queued delivery costs beside its encoded bytes, which subscribers may share.
pub(crate) const ENTRY_BYTES: usize = 144;

/// A message as it is encoded for one subscription id: all subscriptions that see the same share it.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) subscription: Text,
    pub(crate) message_id: Text,
    pub(crate) bytes: Bytes,
}

/// A message for one subscription.
#[derive(Clone, Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) encoded: Arc<Encoded>,
    pub(crate) place: Option<u64>,
    /// Whether it may be written to the peer without the session.
    pub(crate) direct: bool,
    /// Of a subscription that follows a log, how far it has come.
    pub(crate) cursor: Option<&'a Cursor>,
}

impl Letter<'_> {
    /// One that is not of the present: a replay, or of a shared queue.
    pub(crate) fn plain(encoded: Encoded) -> Self {
        Self {
            encoded: Arc::new(encoded),
            place: None,
            direct: false,
            cursor: None,
        }
    }

    fn cost(&self) -> usize {
        self.encoded.bytes.len() + ENTRY_BYTES
    }
}

/// The queue itself, shared by the table of the broker and the inbox.
#[derive(Debug)]
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    arrived: Notify,
    /// The way to the peer, where there is one that others than the session can go.
    outlet: OnceLock<Arc<dyn Outlet>>,
    /// Whether the peer cannot be given a body that is not UTF-8.
    text_only: AtomicBool,
    limit: usize,
    counters: Arc<Counters>,
}

/// How a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Queued,
    /// It was queued, and a courier is to write it.
    Ready,
    /// It was dropped, as everything is for a session that is parked here or over.
    Dropped,
    /// It was dropped and the subscription parked for it.
    Parked,
    /// It was dropped and the session is over.
    Overrun,
}

/// What an inbox takes at once.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) deliveries: Vec<Delivery>,
    /// Whether shared queues are to be asked for more.
    pub(crate) starved: bool,
}

impl Mailbox {
    pub(crate) fn new(limit: usize, counters: Arc<Counters>) -> Self {
        Self {
            queue: Mutex::default(),
            arrived: Notify::new(),
            outlet: OnceLock::new(),
            text_only: AtomicBool::new(false),
            limit,
            counters,
        }
    }

    /// Queues one message, or does what `overflow` says where it does not fit. Whoever publishes
    /// counts the entries that were queued, once for all.
    pub(crate) fn push(&self, letter: Letter<'_>, overflow: Overflow) -> Pushed {
        self.change(
            |queue| queue.push(letter, overflow, self.limit),
            |pushed| usize::from(matches!(pushed, Pushed::Queued | Pushed::Ready)),
        )
    }

    /// Says by which way the peer can be reached. The first one counts.
    pub(crate) fn connect(&self, outlet: Arc<dyn Outlet>) {
        let _ = self.outlet.set(outlet);
    }

    /// Says that the peer takes text only.
    pub(crate) fn take_text_only(&self) {
        self.text_only.store(true, Memory::Relaxed);
    }

    /// Whether the peer can be given a message.
    pub(crate) fn can_take(&self, is_text: impl FnOnce() -> bool) -> bool {
        !self.text_only.load(Memory::Relaxed) || is_text()
    }

    /// From now on what arrives may be written as it is, if nothing waits and there is a way.
    pub(crate) fn lend(&self) {
        if self.outlet.get().is_some() {
            let mut queue = self.lock();
            queue.lent = queue.waiting.is_empty() && !queue.over;
        }
    }

    /// From now on the session takes everything itself, what waits included.
    pub(crate) fn take_back(&self) {
        let mut queue = self.lock();
        let was_lent = std::mem::take(&mut queue.lent);
        let waits = !queue.waiting.is_empty();
        drop(queue);
        if was_lent && waits {
            self.arrived.notify_one();
        }
    }

    /// Nobody comes for what waits: it is the session's turn.
    pub(crate) fn give_back(&self) {
        let mut queue = self.lock();
        let waits = queue.lent && !queue.waiting.is_empty();
        if waits {
            queue.lent = false;
            drop(queue);
            self.arrived.notify_one();
        }
    }

    /// Writes what waits, if the outlet is lent, and says how many messages that was.
    pub(crate) fn write_out(&self, parcel: &mut Parcel) -> usize {
        let Some(outlet) = self.outlet.get() else {
            return 0;
        };
        let mut sent = 0;
        let mut queue = self.lock();
        while queue.lent && !queue.waiting.is_empty() {
            let (count, written) = parcel.write(&**outlet, queue.encoded(), &self.counters);
            if written != Written::None {
                queue.gone(count);
                sent += count;
            }
            if written != Written::All || count == 0 {
                queue.lent = false;
                self.arrived.notify_one();
            }
        }
        drop(queue);
        self.counters.waiting_bytes.sub(sent * ENTRY_BYTES);
        sent
    }

    /// Queues one message of a shared queue where it fits, and says whether it did.
    pub(crate) fn offer(&self, letter: Letter<'_>, tag: u64) -> bool {
        self.change(|queue| queue.offer(letter, tag, self.limit), |_| 0)
    }

    /// Queues as many of these as fit, the newest where not all do, and says whether all did.
    pub(crate) fn replay(&self, letters: Vec<Letter<'_>>) -> bool {
        self.change(|queue| queue.replay(letters, self.limit), |_| 0)
    }

    /// What waits here, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Parks all subscriptions that can be and for which something waits, and says how many.
    pub(crate) fn park_all(&self) -> u64 {
        self.change(Queue::park_all, |_| 0)
    }

    /// Ends the session if it has any message waiting, and says whether it did.
    pub(crate) fn end(&self) -> bool {
        self.change(Queue::end, |_| 0)
    }

    /// Says that `subscription` has [`Overflow::Park`], until it is forgotten.
    pub(crate) fn may_park(&self, subscription: &Text, cursor: Option<Cursor>) {
        self.lock().parkable.insert(subscription.clone(), cursor);
    }

    /// Drops what waits for `subscription`. Says whether shared queues are to be asked for more,
    /// now that there may be room.
    pub(crate) fn forget(&self, subscription: &Text) -> bool {
        self.change(
            |queue| {
                queue.forget(subscription);
                queue.parkable.remove(subscription);
                std::mem::take(&mut queue.starved)
            },
            |_| 0,
        )
    }

    /// Lets a parked subscription receive again.
    pub(crate) fn resume(&self, subscription: &Text) {
        self.lock().parked.remove(subscription);
    }

    /// All that waits, in order of arrival.
    pub(crate) fn take(&self) -> Taken {
        self.change(Queue::take, |_| 0)
    }

    /// Waits until something may have arrived. Cancel safe.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Changes the queue, and wakes the session with the first thing that waits for it: who finds
    /// more than one waiting has been woken for the first and not come yet. Entries count among
    /// what waits for all, but for those that are `counted_elsewhere`.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Queue) -> T,
        counted_elsewhere: impl FnOnce(&T) -> usize,
    ) -> T {
        let mut queue = self.lock();
        let before = queue.waiting.len();
        let was_lent = queue.lent;
        let result = change(&mut queue);
        let after = queue.waiting.len();
        // While the outlet is lent there is nobody to be woken: a courier comes.
        let wake = !queue.lent && after > 0 && (before == 0 || was_lent);
        drop(queue);
        let counted = before + counted_elsewhere(&result);
        match after.cmp(&counted) {
            Ordering::Less => {
                let bytes = (counted - after) * ENTRY_BYTES;
                self.counters.waiting_bytes.sub(bytes);
            }
            Ordering::Equal => {}
            Ordering::Greater => {
                let bytes = (after - counted) * ENTRY_BYTES;
                self.counters.waiting_bytes.add(bytes);
            }
        }
        if wake {
            self.arrived.notify_one();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole after every statement, so that a panic elsewhere cannot spoil it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let entries = self.lock().waiting.len();
        self.counters.waiting_bytes.sub(entries * ENTRY_BYTES);
    }
}
