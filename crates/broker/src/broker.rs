//! The handle to a broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::table::Table;
use crate::{Courier, Destination, Inbox, Message, Options, OptionsError, Stats, Target};

/// What became of a published message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Fan-out subscriptions whose inbox took it; those that take text only count neither here nor
    /// below where it is none.
    pub delivered: usize,
    /// Fan-out subscriptions that were too slow for it; see [`Overflow`](crate::Overflow).
    pub dropped: usize,
    /// Whether a shared queue took it, for a consumer or to wait.
    pub queued: bool,
}

/// Why a message was not published, to nobody: sending it again doubles nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// It would not fit into an empty queue. See [`Options::queue_bytes`].
    #[error("the message is too large for a queue, which holds at most {limit} bytes")]
    TooLarge {
        /// What one queue may hold.
        limit: usize,
    },
    /// See [`Options::queue_bytes`].
    #[error(
        "the queue is full: it holds at most {limit} bytes; send again once its consumers have \
         caught up"
    )]
    QueueFull {
        /// What one queue may hold.
        limit: usize,
    },
    /// See [`Options::queues_bytes_total`].
    #[error(
        "the queues are full: they hold at most {limit} bytes together; send again once consumers \
         have caught up"
    )]
    QueuesFull {
        /// What all queues may hold.
        limit: usize,
    },
    /// See [`Options::idle_queues`].
    #[error(
        "too many queues wait for a consumer: at most {limit} may; subscribe to this one first"
    )]
    TooManyQueues {
        /// How many may wait.
        limit: usize,
    },
}

/// A handle to a broker; clones share it.
#[derive(Clone, Debug)]
pub struct Broker {
    table: Arc<Table>,
    sessions: Arc<AtomicU64>,
}

impl Broker {
    /// An empty broker.
    ///
    /// # Errors
    ///
    /// [`OptionsError`] where the options do not fit together.
    pub fn new(options: Options) -> Result<Self, OptionsError> {
        options.check()?;
        Ok(Self {
            table: Arc::new(Table::new(options)),
            sessions: Arc::default(),
        })
    }

    /// Opens the inbox of a new session.
    #[must_use]
    pub fn attach(&self) -> Inbox {
        let session = self.sessions.fetch_add(1, Ordering::Relaxed);
        Inbox::new(Arc::clone(&self.table), session)
    }

    /// Those who write to the peers of sessions that have lent their outlets,
    /// [`Options::couriers`] of them. Each is to be run in a task of its own; what is published on
    /// a thread whose courier does not run wakes the sessions that it is for.
    pub fn couriers(&self) -> impl Iterator<Item = Courier> {
        self.table.couriers.all()
    }

    /// Hands a message to everyone who is subscribed to its destination now, and to one of those
    /// who share it.
    ///
    /// It never waits. The message is encoded once per distinct subscription id, version and
    /// acknowledging, which is once for a room full of alike clients, and not at all for an
    /// empty one. Messages of one destination reach each inbox in the order in which they were
    /// published; which inbox is first is not promised.
    ///
    /// # Errors
    ///
    /// [`PublishError`] where a shared queue cannot take it. Nobody has received it then.
    pub fn publish(&self, message: &Message) -> Result<Published, PublishError> {
        self.table.publish(message)
    }

    /// Declares that a destination, or all that match a pattern, are shared queues: what is
    /// published there waits for a consumer even while there is none, within
    /// [`Options::queue_bytes`] and [`Options::idle_queues`]. Such destinations have no offsets
    /// and remember nothing for fan-out subscribers.
    ///
    /// A declaration is never taken back, so it is one for the operator's settings to make, and
    /// not for what a client names.
    pub fn declare_shared(&self, target: impl Into<Target>) {
        self.table.declared.add(target.into());
    }

    /// Whether [`declare_shared`](Self::declare_shared) has been told of this destination.
    #[must_use]
    pub fn is_shared(&self, destination: &Destination) -> bool {
        self.table.declared.covers(destination)
    }

    /// How many subscriptions `destination` has, those to patterns aside.
    #[must_use]
    pub fn subscribers(&self, destination: &Destination) -> usize {
        self.table.subscriptions(destination)
    }

    /// What the broker holds, and what has happened in it.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.table.counters.snapshot()
    }
}
