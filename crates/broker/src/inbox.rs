//! The reading end of one session, and what it subscribes to.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use stomp::{Text, excerpt};

use crate::mailbox::{Mailbox, Taken};
use crate::table::{Held, Table};
use crate::waiting::counted;
use crate::{Delivery, Outcome, Outlet, Overflow, Subscribe, SubscribeError, Subscribed};

/// The reading end: what one session receives, and its subscriptions.
///
/// Dropping it ends every subscription; what it has not settled goes back to its queues.
#[derive(Debug)]
pub struct Inbox {
    table: Arc<Table>,
    mailbox: Arc<Mailbox>,
    session: u64,
    /// Boxed, since a table keeps places for three more, and most sessions have one.
    held: HashMap<Text, Box<Held>>,
}

impl Inbox {
    pub(crate) fn new(table: Arc<Table>, session: u64) -> Self {
        let counters = Arc::clone(&table.counters);
        let mailbox = Arc::new(Mailbox::new(table.options.inbox_bytes, counters));
        table.crowd.join(session, &mailbox);
        Self {
            table,
            mailbox,
            session,
            held: HashMap::new(),
        }
    }

    /// A number that no other inbox of this broker has, such as
    /// [`Destination::user`](crate::Destination::user) wants.
    #[must_use]
    pub fn session(&self) -> u64 {
        self.session
    }

    /// Adds a subscription. What it asks to hear of the past arrives here first, then what is
    /// published from now on, without a hole or a double between the two.
    ///
    /// What does not fit into the inbox of the past is left out, oldest first, and
    /// [`Subscribed::recovered`] says so. A session that makes several such subscriptions in a
    /// row does well to take what waits in between, with [`try_recv`](Self::try_recv).
    ///
    /// # Errors
    ///
    /// [`SubscribeError`]; nothing has changed then.
    pub fn subscribe(&mut self, subscribe: Subscribe) -> Result<Subscribed, SubscribeError> {
        self.may_subscribe(&subscribe.id, 0)?;
        let id = subscribe.id.detached();
        let subscribe = Subscribe {
            id: id.clone(),
            ..subscribe
        };
        let (held, subscribed) = self.table.subscribe(&self.mailbox, &subscribe)?;
        if subscribe.overflow == Overflow::Park {
            self.mailbox.may_park(&id, subscribe.cursor);
        }
        self.held.insert(id, Box::new(held));
        Ok(subscribed)
    }

    /// Whether this id is free, and the session may hold one subscription more beside so many that
    /// are `planned`.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::IdInUse`] or [`SubscribeError::TooMany`].
    pub fn may_subscribe(&self, id: &Text, planned: usize) -> Result<(), SubscribeError> {
        if self.held.contains_key(id) {
            return Err(SubscribeError::IdInUse(excerpt(id)));
        }
        let limit = self.table.options.subscriptions_per_session;
        if self.held.len() + planned >= limit {
            return Err(SubscribeError::TooMany(limit));
        }
        Ok(())
    }

    /// Ends a subscription; what waits for it is dropped, or goes back to its shared queue with
    /// what was not settled. Says whether there was one.
    pub fn unsubscribe(&mut self, id: &Text) -> bool {
        let Some(held) = self.held.remove(id) else {
            return false;
        };
        self.table.unsubscribe(&held);
        let starved = self.mailbox.forget(id);
        self.feed(starved);
        true
    }

    /// Whether there is a subscription of this id.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.held.contains_key(id)
    }

    /// Lets a parked subscription receive again.
    pub fn resume(&self, id: &Text) {
        self.mailbox.resume(id);
    }

    /// Says by which way this session's peer can be reached by others than the session. There is
    /// one at most: the first one counts. Nobody uses it before it is [lent](Self::lend).
    pub fn connect(&self, outlet: Arc<dyn Outlet>) {
        if self.table.couriers.any() {
            self.mailbox.connect(outlet);
        }
    }

    /// Says that this session's peer cannot be given what is not text. Messages whose bodies are
    /// not UTF-8 are then left out here, and a shared queue gives them to others or keeps them. To
    /// be called before the first subscription.
    pub fn take_text_only(&self) {
        self.mailbox.take_text_only();
    }

    /// Lends the outlet to whoever publishes, until [`take_back`](Self::take_back) or until
    /// something arrives here: messages of [direct](Subscribe::direct) subscriptions are then
    /// written to the peer as they are, and never seen here, if nothing else waits before them.
    ///
    /// For a session that has said all that it had to say and waits. It is woken when something
    /// arrives that only it can deal with, or when the peer takes no more.
    pub fn lend(&self) {
        self.mailbox.lend();
    }

    /// Ends what [`lend`](Self::lend) began: from now on nobody else writes. To be called before
    /// anything is said to the peer.
    pub fn take_back(&self) {
        self.mailbox.take_back();
    }

    /// Counts a frame for this session that was made elsewhere, such as one read from a log, among
    /// what waits for all sessions together, until the last copy of what is given back is dropped.
    #[must_use]
    pub fn count(&self, frame: Bytes) -> Bytes {
        counted(frame, &self.table.counters)
    }

    /// Whether so much waits for all sessions together, half of
    /// [`Options::waiting_bytes_total`](crate::Options::waiting_bytes_total), that nobody should
    /// take much at once.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.table.counters.waiting_bytes.get() > self.table.options.waiting_bytes_total / 2
    }

    /// Settles what a shared queue has delivered under `tag`. Says whether there was such a
    /// delivery, unsettled and already taken out of this inbox; nothing happens otherwise.
    pub fn settle(&mut self, subscription: &Text, tag: u64, outcome: Outcome) -> bool {
        let held = self.held.get(subscription);
        held.is_some_and(|held| self.table.settle(held, tag, outcome))
    }

    /// All that waits, in order of arrival; waits until there is something.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a dropped call has taken nothing.
    pub async fn recv(&mut self) -> Vec<Delivery> {
        loop {
            let taken = self.try_recv();
            if !taken.is_empty() {
                return taken;
            }
            self.mailbox.arrived().await;
        }
    }

    /// All that waits now, in order of arrival, which may be nothing.
    pub fn try_recv(&mut self) -> Vec<Delivery> {
        let Taken {
            deliveries,
            starved,
        } = self.mailbox.take();
        for delivery in &deliveries {
            if let Delivery::Message {
                subscription,
                tag: Some(tag),
                ..
            } = delivery
                && let Some(held) = self.held.get_mut(subscription)
            {
                held.taken = *tag;
            }
        }
        self.feed(starved);
        deliveries
    }

    /// Fetches what did not fit when it was offered.
    fn feed(&self, starved: bool) {
        if starved {
            for held in self.held.values() {
                self.table.wake(held);
            }
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.mailbox.take_back();
        self.table.crowd.leave(self.session);
        for held in self.held.values() {
            self.table.unsubscribe(held);
        }
    }
}
