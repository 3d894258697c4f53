//! A wish to subscribe, and its answer.

use stomp::{Text, Version};

use crate::{Cursor, Overflow, Target};

/// A wish to subscribe.
///
/// ```
/// use broker::{Destination, From, Subscribe};
/// use stomp::{Text, Version};
///
/// let news = Destination::parse("/topic/news").unwrap();
/// let wish = Subscribe {
///     from: From::Last(10),
///     ..Subscribe::new(Text::from("sub-0"), news, Version::V1_2)
/// };
/// assert!(!wish.ack);
/// ```
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// The subscription's id, unique in its session. The broker keeps a copy of its own.
    pub id: Text,
    /// To what.
    pub target: Target,
    /// The STOMP version in which the session reads.
    pub version: Version,
    /// What to do when the session reads too slowly. A consumer of a shared queue has no use for
    /// it: what does not fit waits in the queue.
    pub overflow: Overflow,
    /// Whether its messages carry an `ack` header. That is all it does: what is not acknowledged
    /// yet is the session's matter, or a shared queue's.
    pub ack: bool,
    /// Everybody each, or everybody together.
    pub mode: Mode,
    /// From where on.
    pub from: From,
    /// Whether its messages may be written to the peer without the session, while that has
    /// [lent](crate::Inbox::lend) its outlet. Messages with a place in a log need a
    /// [`cursor`](Self::cursor) as well.
    pub direct: bool,
    /// For a subscription that follows a log, how far it has come. Only the next message in line
    /// is written without the session.
    pub cursor: Option<Cursor>,
}

impl Subscribe {
    /// A subscription to what is published from now on, ended when the session is too slow.
    #[must_use]
    pub fn new(id: Text, target: impl Into<Target>, version: Version) -> Self {
        Self {
            id,
            target: target.into(),
            version,
            overflow: Overflow::End,
            ack: false,
            mode: Mode::FanOut,
            from: From::Now,
            direct: false,
            cursor: None,
        }
    }
}

/// How the subscribers of one destination share what is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Each receives every message.
    #[default]
    FanOut,
    /// All with this mode compete: each message goes to one of them, in turn, and is theirs
    /// until they settle it. See [`Inbox::settle`](crate::Inbox::settle).
    Shared {
        /// How many messages may be unsettled at a time: from 1 to [`Mode::MAX_PREFETCH`].
        prefetch: usize,
    },
}

impl Mode {
    /// The prefetch where nobody asks for another.
    pub const DEFAULT_PREFETCH: usize = 100;

    /// The highest prefetch.
    pub const MAX_PREFETCH: usize = 1_000;

    /// [`Mode::Shared`] with the default prefetch.
    #[must_use]
    pub const fn shared() -> Self {
        Self::Shared {
            prefetch: Self::DEFAULT_PREFETCH,
        }
    }
}

/// From where a subscription wants to hear.
///
/// What was published before is remembered for plain destinations only, and within bounds; see
/// [`Options::ring_messages`](crate::Options::ring_messages).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// What is published from now on.
    #[default]
    Now,
    /// Everything after an offset, and then on.
    Since {
        /// The last `x-offset` that was received.
        seq: u64,
        /// The epoch that was told when subscribing. Offsets of another epoch mean nothing.
        epoch: Option<Text>,
    },
    /// The last so many messages, and then on.
    Last(u64),
}

/// A subscription was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscribed {
    /// Of which count the offsets are. It changes when the destination has been forgotten
    /// meanwhile, with a restart for instance. `None` where there are no offsets: for patterns,
    /// shared queues, private destinations, and where remembering is switched off.
    pub epoch: Option<Text>,
    /// The offset of the newest message that was published before the subscription began; what
    /// comes live is after it.
    pub offset: u64,
    /// For [`From::Since`], whether nothing is missing: `Some(false)` when something may be.
    /// `None` for the others, which ask for nothing certain.
    pub recovered: Option<bool>,
}

/// Why a subscription was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The id, which begins like this, is in use in this session. Unlike Spring, which drops the second silently.
    #[error("the subscription id {0:?} is already in use in this session")]
    IdInUse(String),
    /// The session holds as many subscriptions as it may.
    #[error("a session may have at most {0} subscriptions")]
    TooMany(usize),
    /// The prefetch is not in its bounds.
    #[error("a prefetch of {0} is not possible: it must be from 1 to {max}", max = Mode::MAX_PREFETCH)]
    Prefetch(usize),
    /// A pattern cannot be consumed together: it is no queue, but many.
    #[error("a destination with wildcards cannot be shared: subscribe to one queue")]
    SharedPattern,
}
