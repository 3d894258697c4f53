use std::time::Duration;

use bytes::Bytes;

use crate::ProtocolError;

/// What a machine wants of its driver next. Poll until [`Output::Wait`] or [`Output::Closed`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output<E> {
    /// Write these bytes. They are exactly one whole frame or one heart-beat: old clients take a
    /// WebSocket message for a frame, so they must not be cut or joined there.
    Transmit(Bytes),
    /// Something happened that the application should know.
    Event(E),
    /// Nothing to do until there is input, a command, or this moment, given on the scale of
    /// `now`; at that moment call `handle_timeout`. `None`: no time limit runs.
    Wait(Option<Duration>),
    /// The session is over and everything has been transmitted: close the connection. Every
    /// later `poll` says the same.
    Closed(Closed),
}

/// How a session ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Closed {
    /// By DISCONNECT, in good order.
    Clean,
    /// By an ERROR frame that an application had sent: ours by `fail`, or the server's that a
    /// client received.
    Error,
    /// By a fault of the peer. A server has told it so in an ERROR frame.
    Fault(ProtocolError),
}
