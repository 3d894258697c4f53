//! The bounded queue between publishers and one session.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use stomp::Text;
use tokio::sync::Notify;

use crate::broker::{Broker, SessionKey};
use crate::{Subscribe, SubscribeError};

/// What becomes of a subscription whose session reads too slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The subscription is parked: what waits for it is dropped, and so is what comes, until
    /// the session calls [`Inbox::resume`]. For destinations with a log to catch up from.
    Park,
    /// The session is told with [`Delivery::Overrun`] and receives nothing more. For
    /// destinations where a dropped message is gone.
    End,
}

/// One thing that waits in an [`Inbox`].
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A message, encoded for this subscription.
    Message {
        subscription: Text,
        /// Its place in the log of its destination, where that has one.
        seq: Option<u64>,
        encoded: Bytes,
    },
    /// This subscription was parked; see [`Overflow::Park`].
    Parked { subscription: Text },
    /// The session was too slow for a destination without a log; see [`Overflow::End`].
    Overrun { subscription: Text },
}

/// What one queued delivery costs beside its encoded bytes, which subscribers may share.
const ENTRY_BYTES: usize = 64;

/// The queue itself, shared by the table of the broker and the [`Inbox`].
#[derive(Debug)]
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    arrived: Notify,
    limit: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Delivery>,
    bytes: usize,
    parked: HashSet<Text>,
    over: bool,
}

/// How a push ended, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Queued,
    Dropped,
}

impl Mailbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            queue: Mutex::default(),
            arrived: Notify::new(),
            limit,
        }
    }

    /// Queues one message, or does what `overflow` says where it does not fit.
    pub(crate) fn push(
        &self,
        subscription: &Text,
        seq: Option<u64>,
        encoded: &Bytes,
        overflow: Overflow,
    ) -> Pushed {
        let pushed = self
            .lock()
            .push(subscription, seq, encoded, overflow, self.limit);
        self.arrived.notify_one();
        pushed
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole after every statement, so that a panic elsewhere cannot spoil it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(
        &mut self,
        subscription: &Text,
        seq: Option<u64>,
        encoded: &Bytes,
        overflow: Overflow,
        limit: usize,
    ) -> Pushed {
        if self.over || self.parked.contains(subscription) {
            return Pushed::Dropped;
        }
        let cost = encoded.len() + ENTRY_BYTES;
        if self.bytes + cost <= limit {
            self.bytes += cost;
            let (subscription, encoded) = (subscription.clone(), encoded.clone());
            self.waiting.push_back(Delivery::Message {
                subscription,
                seq,
                encoded,
            });
            return Pushed::Queued;
        }
        match overflow {
            Overflow::Park => {
                self.forget(subscription);
                self.parked.insert(subscription.clone());
                self.waiting.push_back(Delivery::Parked {
                    subscription: subscription.clone(),
                });
            }
            Overflow::End => {
                self.over = true;
                self.waiting.clear();
                self.bytes = 0;
                self.waiting.push_back(Delivery::Overrun {
                    subscription: subscription.clone(),
                });
            }
        }
        Pushed::Dropped
    }

    /// Drops what waits for `subscription`.
    fn forget(&mut self, subscription: &Text) {
        let bytes = &mut self.bytes;
        self.waiting.retain(|delivery| match delivery {
            Delivery::Message {
                subscription: of,
                encoded,
                ..
            } if of == subscription => {
                *bytes -= encoded.len() + ENTRY_BYTES;
                false
            }
            Delivery::Parked { subscription: of } => of != subscription,
            Delivery::Message { .. } | Delivery::Overrun { .. } => true,
        });
        self.parked.remove(subscription);
    }

    fn take(&mut self) -> Vec<Delivery> {
        self.bytes = 0;
        self.waiting.drain(..).collect()
    }
}

/// The reading end: what one session receives, and its subscriptions.
///
/// Dropping it ends every subscription.
#[derive(Debug)]
pub struct Inbox {
    broker: Broker,
    key: SessionKey,
    mailbox: Arc<Mailbox>,
}

impl Inbox {
    pub(crate) fn new(broker: Broker, key: SessionKey, mailbox: Arc<Mailbox>) -> Self {
        Self {
            broker,
            key,
            mailbox,
        }
    }

    /// Adds a subscription. What is published from now on arrives here.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] where the session has this id already, or as many as it may have.
    pub fn subscribe(&self, subscribe: Subscribe) -> Result<(), SubscribeError> {
        self.broker.subscribe(self.key, &self.mailbox, subscribe)
    }

    /// Ends a subscription; what waits for it is dropped. Says whether there was one.
    pub fn unsubscribe(&self, id: &Text) -> bool {
        let was = self.broker.unsubscribe(self.key, id);
        self.mailbox.lock().forget(id);
        was
    }

    /// Lets a parked subscription receive again.
    pub fn resume(&self, id: &Text) {
        self.mailbox.lock().parked.remove(id);
    }

    /// All that waits, in order of arrival; waits until there is something.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped call has taken nothing.
    pub async fn recv(&mut self) -> Vec<Delivery> {
        loop {
            let taken = self.mailbox.lock().take();
            if !taken.is_empty() {
                return taken;
            }
            self.mailbox.arrived.notified().await;
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.broker.detach(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue_with(count: usize, overflow: Overflow, limit: usize) -> Queue {
        let mut queue = Queue::default();
        for seq in 1..=count {
            let seq = Some(u64::try_from(seq).unwrap());
            queue.push(
                &Text::from("a"),
                seq,
                &Bytes::from_static(b"123456"),
                overflow,
                limit,
            );
        }
        queue
    }

    const EACH: usize = 6 + ENTRY_BYTES;

    #[test]
    fn the_byte_limit_holds_at_its_edge() {
        assert_eq!(queue_with(3, Overflow::Park, 3 * EACH).take().len(), 3);
        let taken = queue_with(3, Overflow::Park, 3 * EACH - 1).take();
        assert!(matches!(&taken[..], [Delivery::Parked { .. }]), "{taken:?}");
    }

    #[test]
    fn a_parked_subscription_takes_nothing_until_resumed_and_harms_no_other() {
        let mut queue = Queue::default();
        let push = |queue: &mut Queue, id, seq| {
            let body = Bytes::from_static(b"123456");
            queue.push(&Text::from(id), Some(seq), &body, Overflow::Park, 3 * EACH)
        };
        assert_eq!(push(&mut queue, "other", 1), Pushed::Queued);
        for seq in 1..=2 {
            assert_eq!(push(&mut queue, "slow", seq), Pushed::Queued);
        }
        assert_eq!(push(&mut queue, "slow", 3), Pushed::Dropped);
        assert_eq!(push(&mut queue, "slow", 4), Pushed::Dropped);
        assert_eq!(push(&mut queue, "other", 2), Pushed::Queued);

        let taken = queue.take();
        let [
            Delivery::Message { seq: Some(1), .. },
            Delivery::Parked { subscription },
            Delivery::Message { seq: Some(2), .. },
        ] = &taken[..]
        else {
            panic!("{taken:?}")
        };
        assert_eq!(&**subscription, "slow");

        queue.parked.remove(&Text::from("slow"));
        assert_eq!(push(&mut queue, "slow", 5), Pushed::Queued);
    }

    #[test]
    fn an_overrun_ends_the_session_and_holds_no_bytes() {
        let mut queue = queue_with(5, Overflow::End, 3 * EACH);
        assert_eq!(queue.bytes, 0);
        let taken = queue.take();
        assert!(
            matches!(&taken[..], [Delivery::Overrun { .. }]),
            "{taken:?}"
        );
    }

    #[test]
    fn unsubscribing_gives_the_bytes_back() {
        let mut queue = queue_with(3, Overflow::Park, 3 * EACH);
        queue.forget(&Text::from("a"));
        assert_eq!((queue.bytes, queue.waiting.len()), (0, 0));
    }
}
