use std::time::Duration;

use thiserror::Error;

use crate::{Command, Version};

/// Why bytes are not a frame. The stream cannot be picked up again after any of these.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// The first line is no command of STOMP; its first characters are given.
    #[error("unknown command {0:?}")]
    UnknownCommand(String),
    /// A header line has no colon; its first characters are given.
    #[error("header line {0:?} has no colon: a header must be of the form name:value")]
    HeaderWithoutColon(String),
    /// A header line begins with its colon.
    #[error("a header has no name before its colon")]
    HeaderWithoutName,
    /// A backslash is followed by a character that this version gives no meaning, or by nothing.
    #[error("undefined escape in a header: backslash followed by {}", escaped(.0))]
    UndefinedEscape(Option<char>),
    /// The head of a frame is not UTF-8.
    #[error("the headers are not valid UTF-8")]
    NotUtf8,
    /// NUL before the blank line. The grammar would let it into a header, but no client sends
    /// it there: what it means in practice is that the blank line was forgotten.
    #[error("the frame ended within its headers: a blank line must come before the body")]
    NulInHead,
    /// `content-length` is not a number; its first characters are given.
    #[error("content-length {0:?} is not a number of octets")]
    BadContentLength(String),
    /// The octet after a body of `content-length` octets is not NUL.
    #[error("the body does not end in NUL after the {0} octets that content-length names")]
    JunkAfterBody(usize),
    /// A body on a frame that may have none.
    #[error("{0} must not have a body")]
    UnexpectedBody(Command),
    /// The frame is, or announces itself, larger than [`Limits::frame`](crate::Limits::frame).
    #[error("the frame is larger than the limit of {0} octets")]
    FrameTooLarge(usize),
    /// More headers than [`Limits::headers`](crate::Limits::headers).
    #[error("the frame has more than {0} headers")]
    TooManyHeaders(usize),
    /// A line longer than [`Limits::header_line`](crate::Limits::header_line).
    #[error("a header line is longer than {0} octets")]
    HeaderTooLong(usize),
}

/// What the peer did against the protocol. It comes out of `poll` and has ended the connection.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ProtocolError {
    /// What came is not a frame.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A frame before the session was opened.
    #[error("{0} came before the session was opened")]
    NotConnected(Command),
    /// `CONNECT` or `STOMP` on a session that is open already.
    #[error("the session is open already: CONNECT must be sent once")]
    AlreadyConnected,
    /// A command that only our own side may send.
    #[error("{0} must not be sent by this side")]
    WrongDirection(Command),
    /// A header that the command needs is missing or empty.
    #[error("{command} needs the header {header}")]
    MissingHeader {
        /// The command of the frame.
        command: Command,
        /// The name of what it lacks.
        header: &'static str,
    },
    /// A header says something that it cannot mean.
    #[error("{command} has a header {header} that cannot be understood: {value:?}")]
    BadHeader {
        /// The command of the frame.
        command: Command,
        /// The name of the header.
        header: &'static str,
        /// The beginning of what it said.
        value: String,
    },
    /// Client and server share no version.
    #[error(
        "no common version: supported protocol versions are {}",
        Version::SUPPORTED
    )]
    NoCommonVersion,
    /// A command that the version agreed on does not have.
    #[error("there is no {command} in STOMP {version}")]
    NotInVersion {
        /// The command of the frame.
        command: Command,
        /// The version that is spoken.
        version: Version,
    },
    /// `BEGIN` of a transaction that is open; its name begins like this.
    #[error("the transaction {0:?} is open already")]
    TransactionOpen(String),
    /// A frame names a transaction that is not open.
    #[error("{command} names the transaction {transaction:?}, which is not open")]
    UnknownTransaction {
        /// The command of the frame.
        command: Command,
        /// The beginning of the name.
        transaction: String,
    },
    /// More open transactions than [`Limits::transactions`](crate::Limits::transactions).
    #[error("more than {0} transactions at a time")]
    TooManyTransactions(usize),
    /// More frames in a transaction than
    /// [`Limits::transaction_frames`](crate::Limits::transaction_frames).
    #[error("the transaction has more than {0} frames")]
    TransactionTooLong(usize),
    /// More in all open transactions than
    /// [`Limits::transaction_bytes`](crate::Limits::transaction_bytes).
    #[error("the open transactions hold more than the limit of {0} octets")]
    TransactionsTooLarge(usize),
    /// The peer did not open, or confirm, the session in this time.
    #[error("the session was not opened within {} ms", .0.as_millis())]
    ConnectTimeout(Duration),
    /// The peer promised heart-beats and has been silent for this long.
    #[error("heart-beat lost: nothing was received for {} ms", .0.as_millis())]
    HeartbeatLost(Duration),
}

impl ProtocolError {
    /// A stable word for programs, the `x-code` of the ERROR frame: `connect_timeout`,
    /// `heartbeat_lost`, or `frame_invalid` for all that is wrong with a frame.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConnectTimeout(_) => "connect_timeout",
            Self::HeartbeatLost(_) => "heartbeat_lost",
            _ => "frame_invalid",
        }
    }

    /// What whoever wrote the peer should do about it: the body of the ERROR frame.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.advice(),
            Self::NotConnected(_) => "Send CONNECT and wait for CONNECTED before any other frame.",
            Self::AlreadyConnected => "Open another connection for another session.",
            Self::WrongDirection(_) => {
                "MESSAGE, RECEIPT, ERROR and CONNECTED are the server's, all others the client's."
            }
            Self::MissingHeader { .. } => "Add the header and connect again.",
            Self::BadHeader { .. } => "Correct the value of the header and connect again.",
            Self::NoCommonVersion => "Supported protocol versions are 1.0 1.1 1.2",
            Self::NotInVersion { .. } => "Offer 1.1 or 1.2 in accept-version to use it.",
            Self::TransactionOpen(_) => "Name each transaction differently, or end it first.",
            Self::UnknownTransaction { .. } => {
                "Send BEGIN first, and nothing for a transaction after its COMMIT or ABORT."
            }
            Self::TooManyTransactions(_) => "Send COMMIT or ABORT before the next BEGIN.",
            Self::TransactionTooLong(_) | Self::TransactionsTooLarge(_) => {
                "Send COMMIT earlier, and put less into one transaction."
            }
            Self::ConnectTimeout(_) => "Send CONNECT as soon as the connection is open.",
            Self::HeartbeatLost(_) => {
                "Send a frame or a lone line feed as often as the heart-beat header of CONNECT promises, \
                 or promise none with heart-beat:0,n."
            }
        }
    }
}

impl DecodeError {
    fn advice(&self) -> &'static str {
        match self {
            Self::UnknownCommand(_) => {
                "Commands are written in capitals, one per frame, on a line of their own."
            }
            Self::HeaderWithoutColon(_) | Self::HeaderWithoutName => {
                "Write each header as name:value on a line of its own."
            }
            Self::UndefinedEscape(_) => {
                "In headers write \\\\ for a backslash, \\n for a line feed, \\c for a colon, and from 1.2 on \\r for a \
                 carriage return. Nothing else may follow a backslash."
            }
            Self::NotUtf8 => "Commands and headers are UTF-8; only a body may hold other octets.",
            Self::NulInHead => {
                "Put a blank line after the last header, also when there is no body."
            }
            Self::BadContentLength(_) => {
                "Write content-length as the decimal number of octets of the body, or leave it out."
            }
            Self::JunkAfterBody(_) => {
                "Count content-length in octets of the encoded body, not in characters."
            }
            Self::UnexpectedBody(_) => "Only SEND, MESSAGE and ERROR may have a body.",
            Self::FrameTooLarge(_) | Self::TooManyHeaders(_) | Self::HeaderTooLong(_) => {
                "Send less in one frame."
            }
        }
    }
}

/// What our own side did wrong: returned at the call, and the connection goes on as if the call
/// had not been made.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum UsageError {
    /// The command needs an open session.
    #[error("the session is not open")]
    NotConnected,
    /// There is no `Connect` event waiting for an answer.
    #[error("there is no CONNECT to accept")]
    NothingToAccept,
    /// The message has no `ack` header (before 1.2, no `message-id`): its subscription is in mode
    /// `auto`, or these are not the headers of a message.
    #[error("the message asks for no ACK or NACK")]
    NothingToAck,
    /// The version agreed on does not have this command.
    #[error("there is no {command} in STOMP {version}")]
    NotInVersion {
        /// The command.
        command: Command,
        /// The version that is spoken.
        version: Version,
    },
}

/// The beginning of what the peer sent, short enough for a message and a log line: 40 characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const LENGTH: usize = 40;
    text.chars().take(LENGTH).collect()
}

fn escaped(character: &Option<char>) -> String {
    character.map_or_else(
        || "the end of the line".to_owned(),
        |character| format!("{character:?}"),
    )
}
