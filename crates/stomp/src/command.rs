use std::fmt;

/// The first line of a frame: all fifteen commands of STOMP 1.2.
///
/// They are case sensitive (STOMP 1.2, STOMP Frames).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Command {
    /// Client: opens the session.
    Connect,
    /// Client: the same as `CONNECT`, under a name that cannot be taken for HTTP.
    Stomp,
    /// Client: a message for a destination.
    Send,
    /// Client: listen to a destination.
    Subscribe,
    /// Client: listen no more.
    Unsubscribe,
    /// Client: a message has been dealt with.
    Ack,
    /// Client: a message could not be dealt with.
    Nack,
    /// Client: opens a transaction.
    Begin,
    /// Client: carries a transaction out.
    Commit,
    /// Client: drops a transaction.
    Abort,
    /// Client: leaves in good order.
    Disconnect,
    /// Server: the session is open.
    Connected,
    /// Server: a message of a subscription.
    Message,
    /// Server: a frame that asked for a receipt has been dealt with.
    Receipt,
    /// Server: something went wrong, and the connection ends.
    Error,
}

impl Command {
    /// Every command, client's first.
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::Stomp,
        Self::Send,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Ack,
        Self::Nack,
        Self::Begin,
        Self::Commit,
        Self::Abort,
        Self::Disconnect,
        Self::Connected,
        Self::Message,
        Self::Receipt,
        Self::Error,
    ];

    /// The command as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Stomp => "STOMP",
            Self::Send => "SEND",
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Ack => "ACK",
            Self::Nack => "NACK",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
            Self::Disconnect => "DISCONNECT",
            Self::Connected => "CONNECTED",
            Self::Message => "MESSAGE",
            Self::Receipt => "RECEIPT",
            Self::Error => "ERROR",
        }
    }

    /// The command that this line names, if it is one.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == line)
    }

    /// Whether a frame of this command may carry a body (STOMP 1.2, Body).
    #[must_use]
    pub const fn allows_body(self) -> bool {
        matches!(self, Self::Send | Self::Message | Self::Error)
    }

    /// Whether the headers of this command are escaped from version 1.1 on.
    ///
    /// `CONNECT` and `CONNECTED` are not, so that a 1.0 peer can read them (STOMP 1.2, Value
    /// Encoding); `STOMP` is to be handled like `CONNECT`, so it is not either.
    #[must_use]
    pub const fn escapes(self) -> bool {
        !matches!(self, Self::Connect | Self::Stomp | Self::Connected)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
