use bytes::Bytes;

use crate::{AckMode, Acknowledged, Headers, Text, Version};

/// What a client asks for. `headers` are all headers of its frame, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServerEvent {
    /// It wants to come in. Answer with [`Server::accept`](crate::Server::accept) or
    /// [`Server::fail`](crate::Server::fail); until then nothing more of it is read.
    Connect {
        /// The version that will be spoken.
        version: Version,
        /// The virtual host it wants; stompjs and stomp-websocket often name none.
        host: Option<Text>,
        /// Who it says it is.
        login: Option<Text>,
        /// How it proves that.
        passcode: Option<Text>,
        /// All headers, tokens of the application's own among them.
        headers: Headers,
    },
    /// A SEND, ACK or NACK outside a transaction.
    Action {
        /// What is to be done.
        action: Action,
        /// The id to call [`Server::receipt`](crate::Server::receipt) with when it is done.
        receipt: Option<Text>,
    },
    /// A transaction is carried out: all of it or, with [`Server::fail`](crate::Server::fail),
    /// nothing. It is closed already, so its name may be used again.
    Commit {
        /// Its name.
        transaction: Text,
        /// What it held, in the order of arrival; possibly nothing. Receipts that these frames
        /// asked for have been given when they arrived.
        actions: Vec<Action>,
        /// The id to call [`Server::receipt`](crate::Server::receipt) with when all is done.
        receipt: Option<Text>,
    },
    /// It wants the messages of a destination from here on.
    Subscribe {
        /// Its name for the subscription; from a 1.0 client that gives none, the destination.
        id: Text,
        /// What to listen to; not empty.
        destination: Text,
        /// Who says when a message has been dealt with.
        ack: AckMode,
        /// All headers.
        headers: Headers,
        /// The id to call [`Server::receipt`](crate::Server::receipt) with when it is done.
        receipt: Option<Text>,
    },
    /// It wants them no more.
    Unsubscribe {
        /// The name that the subscription was made under.
        id: Text,
        /// The id to call [`Server::receipt`](crate::Server::receipt) with when it is done.
        receipt: Option<Text>,
    },
    /// It leaves. Its receipt, if it asked for one, has been transmitted already, transactions
    /// that it left open are aborted, and [`Closed::Clean`](crate::Closed::Clean) comes next.
    Disconnect,
}

/// What may stand in a transaction (STOMP 1.2, BEGIN).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// A message for a destination.
    Send {
        /// Where to; not empty.
        destination: Text,
        /// All headers, `receipt` and `transaction` included; the client's own ones go out with
        /// the MESSAGE.
        headers: Headers,
        /// The message.
        body: Bytes,
    },
    /// A message has been dealt with.
    Ack(Acknowledged),
    /// A message could not be dealt with.
    Nack(Acknowledged),
}
