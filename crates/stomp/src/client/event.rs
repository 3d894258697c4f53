use bytes::Bytes;

use crate::{Headers, Text, Version};

/// What a server tells. `headers` are all headers of its frame, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClientEvent {
    /// The session is open, and commands may be given.
    Connected {
        /// The version that is spoken.
        version: Version,
        /// All headers: `session`, `user-name`, `server` where given.
        headers: Headers,
    },
    /// A message of one of our subscriptions.
    Message {
        /// The id of the subscription; from a 1.0 server that names none, the destination.
        subscription: Text,
        /// Where it was sent to.
        destination: Text,
        /// The server's name for it.
        message_id: Text,
        /// All headers: an [`AckRequest`](crate::AckRequest) takes them as they are. In 1.2 there
        /// is an `ack` among them exactly if the message waits for an answer.
        headers: Headers,
        /// The message.
        body: Bytes,
    },
    /// A frame of ours that had this `receipt` has been dealt with.
    Receipt {
        /// The id that we gave.
        id: Text,
        /// All headers: servers say more in some of them than STOMP asks for.
        headers: Headers,
    },
    /// The server refuses to go on; [`Closed::Error`](crate::Closed::Error) comes next.
    Error {
        /// Its line for people; empty if it gave none.
        message: Text,
        /// All headers; `receipt-id` tells which frame it is about.
        headers: Headers,
        /// The long story.
        body: Bytes,
    },
}
