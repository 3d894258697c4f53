//! What a session finds in its inbox, and what becomes of it when it does not look.

use bytes::Bytes;
use stomp::Text;

/// What becomes of a subscription whose session reads too slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The subscription is parked: what waits for it is dropped, and so is what comes, until
    /// the session calls [`Inbox::resume`](crate::Inbox::resume). For destinations with a log to
    /// catch up from.
    Park,
    /// The session is told with [`Delivery::Overrun`] and receives nothing more. For
    /// destinations where a dropped message is gone. Before that those are parked that can be,
    /// where what waits for them takes the room.
    End,
}

/// One thing that waits in an [`Inbox`](crate::Inbox).
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A message, encoded for this subscription.
    Message {
        /// The subscription's id.
        subscription: Text,
        /// Its place in the log of its destination, where that has one; none under a pattern,
        /// which may stand for several logs.
        place: Option<u64>,
        /// Its `message-id`.
        message_id: Text,
        /// By what it is to be settled, where it comes from a shared queue. Tags of one
        /// subscription only ever rise.
        tag: Option<u64>,
        /// The MESSAGE frame.
        encoded: Bytes,
    },
    /// This subscription was parked; see [`Overflow::Park`].
    Parked {
        /// The subscription's id.
        subscription: Text,
    },
    /// The session was too slow for a destination without a log; see [`Overflow::End`].
    Overrun {
        /// The subscription's id.
        subscription: Text,
    },
}
