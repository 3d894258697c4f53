//! The table of subscriptions, and the handle to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use stomp::{Text, Version};

use crate::mailbox::{Mailbox, Pushed};
use crate::{Destination, Inbox, Message, Overflow};

/// The bounds of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What may wait for one session, in bytes of encoded frames with a little for each entry.
    /// Default 512 KiB, as Spring's `sendBufferSizeLimit`.
    pub inbox_bytes: usize,
    /// Subscriptions that one session may hold. Default 100.
    pub subscriptions_per_session: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            inbox_bytes: 512 * 1024,
            subscriptions_per_session: 100,
        }
    }
}

/// A wish to subscribe.
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// The subscription's id, unique in its session.
    pub id: Text,
    pub destination: Destination,
    /// The STOMP version in which the session reads.
    pub version: Version,
    /// What to do when the session reads too slowly.
    pub overflow: Overflow,
}

/// Why a subscription was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The id is in use in this session. Unlike Spring, which drops the second silently.
    #[error("the subscription id {0:?} is already in use in this session")]
    IdInUse(String),
    /// The session holds as many subscriptions as it may.
    #[error("a session may have at most {0} subscriptions")]
    TooMany(usize),
}

/// What became of a published message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Subscriptions whose inbox took it.
    pub delivered: usize,
    /// Subscriptions that were too slow for it; see [`Overflow`].
    pub dropped: usize,
}

/// A handle to the table; clones share it.
#[derive(Clone, Debug)]
pub struct Broker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    next: AtomicU64,
    /// A std mutex: it is held for table work and for pushing into mailboxes, never over an
    /// await, and the queues' own locks are only ever taken inside it or alone.
    table: Mutex<Table>,
}

/// A session's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey(u64);

impl Broker {
    /// An empty broker.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let table = Mutex::default();
        Self {
            shared: Arc::new(Shared {
                options,
                next: AtomicU64::new(0),
                table,
            }),
        }
    }

    /// Opens the inbox of a new session.
    #[must_use]
    pub fn attach(&self) -> Inbox {
        let key = SessionKey(self.shared.next.fetch_add(1, Ordering::Relaxed));
        let mailbox = Arc::new(Mailbox::new(self.shared.options.inbox_bytes));
        Inbox::new(self.clone(), key, mailbox)
    }

    /// Hands a message to everyone who is subscribed to its destination now.
    ///
    /// It never waits. The message is encoded once per distinct subscription id and version,
    /// which is once for a room full of alike clients, and not at all for an empty one.
    pub fn publish(&self, message: &Message) -> Published {
        self.table().publish(message)
    }

    /// How many subscriptions `destination` has.
    #[must_use]
    pub fn subscribers(&self, destination: &Destination) -> usize {
        self.table()
            .subscribers
            .get(destination)
            .map_or(0, Vec::len)
    }

    pub(crate) fn subscribe(
        &self,
        key: SessionKey,
        mailbox: &Arc<Mailbox>,
        subscribe: Subscribe,
    ) -> Result<(), SubscribeError> {
        let limit = self.shared.options.subscriptions_per_session;
        self.table().subscribe(key, mailbox, subscribe, limit)
    }

    pub(crate) fn unsubscribe(&self, key: SessionKey, id: &Text) -> bool {
        self.table().unsubscribe(key, id)
    }

    pub(crate) fn detach(&self, key: SessionKey) {
        self.table().detach(key);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A panic under the lock would be a fault of ours in one call; the table is changed in
        // steps that each leave it usable, so that the others go on.
        self.shared
            .table
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Table {
    subscribers: HashMap<Destination, Vec<Subscriber>>,
    sessions: HashMap<SessionKey, HashMap<Text, Destination>>,
}

#[derive(Debug)]
struct Subscriber {
    key: SessionKey,
    id: Text,
    version: Version,
    overflow: Overflow,
    mailbox: Arc<Mailbox>,
}

impl Table {
    fn publish(&self, message: &Message) -> Published {
        let mut published = Published::default();
        let mut encodings: Vec<(&Text, Version, Bytes)> = Vec::new();
        for subscriber in self
            .subscribers
            .get(message.destination())
            .into_iter()
            .flatten()
        {
            let known = encodings
                .iter()
                .find(|(id, version, _)| *id == &subscriber.id && *version == subscriber.version);
            let encoded = match known {
                Some((_, _, encoded)) => encoded.clone(),
                None => {
                    let encoded = message.encode(&subscriber.id, subscriber.version);
                    // Beyond a handful of distinct ids a search costs more than encoding again.
                    if encodings.len() < 16 {
                        encodings.push((&subscriber.id, subscriber.version, encoded.clone()));
                    }
                    encoded
                }
            };
            let (mailbox, overflow) = (&subscriber.mailbox, subscriber.overflow);
            match mailbox.push(&subscriber.id, message.place(), &encoded, overflow) {
                Pushed::Queued => published.delivered += 1,
                Pushed::Dropped => published.dropped += 1,
            }
        }
        published
    }

    fn subscribe(
        &mut self,
        key: SessionKey,
        mailbox: &Arc<Mailbox>,
        subscribe: Subscribe,
        limit: usize,
    ) -> Result<(), SubscribeError> {
        let Subscribe {
            id,
            destination,
            version,
            overflow,
        } = subscribe;
        let held = self.sessions.entry(key).or_default();
        if held.contains_key(&id) {
            return Err(SubscribeError::IdInUse(id.to_string()));
        }
        if held.len() >= limit {
            return Err(SubscribeError::TooMany(limit));
        }
        held.insert(id.clone(), destination.clone());
        let mailbox = Arc::clone(mailbox);
        let subscriber = Subscriber {
            key,
            id,
            version,
            overflow,
            mailbox,
        };
        self.subscribers
            .entry(destination)
            .or_default()
            .push(subscriber);
        Ok(())
    }

    fn unsubscribe(&mut self, key: SessionKey, id: &Text) -> bool {
        let Some(destination) = self.sessions.get_mut(&key).and_then(|held| held.remove(id)) else {
            return false;
        };
        self.leave(&destination, |subscriber| {
            subscriber.key == key && subscriber.id == *id
        });
        true
    }

    fn detach(&mut self, key: SessionKey) {
        for destination in self.sessions.remove(&key).unwrap_or_default().into_values() {
            self.leave(&destination, |subscriber| subscriber.key == key);
        }
    }

    /// Takes matching subscribers off a destination, and the destination off the table with
    /// its last one, so that names that nobody listens to cost nothing.
    fn leave(&mut self, destination: &Destination, gone: impl Fn(&Subscriber) -> bool) {
        if let Some(subscribers) = self.subscribers.get_mut(destination) {
            subscribers.retain(|subscriber| !gone(subscriber));
            if subscribers.is_empty() {
                self.subscribers.remove(destination);
            }
        }
    }
}
