use bytes::Bytes;

use crate::{Headers, Text, Version};

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
    /// A message for a destination.
    Send {
        /// Where to; not empty.
        destination: Text,
        /// All headers; the client's own ones go out with the MESSAGE.
        headers: Headers,
        /// The message.
        body: Bytes,
        /// The id to call [`Server::receipt`](crate::Server::receipt) with when it is done.
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
    /// It leaves. Its receipt, if it asked for one, has been transmitted already, and
    /// [`Closed::Clean`](crate::Closed::Clean) comes next.
    Disconnect,
}

/// The `ack` header of SUBSCRIBE (STOMP 1.2, SUBSCRIBE ack Header).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum AckMode {
    /// A message counts as dealt with once it is sent.
    #[default]
    Auto,
    /// An ACK stands for its message and all before it.
    Client,
    /// An ACK stands for its message alone.
    ClientIndividual,
}

impl AckMode {
    /// The mode as it stands in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Client => "client",
            Self::ClientIndividual => "client-individual",
        }
    }

    /// The mode that a header names, if it is one.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            "auto" => Some(Self::Auto),
            "client" => Some(Self::Client),
            "client-individual" => Some(Self::ClientIndividual),
            _ => None,
        }
    }
}
