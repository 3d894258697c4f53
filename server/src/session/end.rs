//! How a session ends, for its peer and for operators.

use std::time::Duration;

use stomp::Closed;
use tokio::time::timeout;

use crate::net::Link;

/// How long a client that has said DISCONNECT is left to close the connection itself. Most do so at
/// once, and some take it for a fault if we are quicker: Spring's client over Tyrus then throws
/// from its `disconnect`. Spring's broker leaves it to them for ever.
const PARTING: Duration = Duration::from_secs(1);

/// Why a session ends, as a WebSocket close code (RFC 6455, section 7.4) with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl End {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// Whether the client has taken its leave.
    pub(super) fn is_parting(&self) -> bool {
        self.code == 1000
    }
}

/// Waits until the peer has closed, for [`PARTING`] at the most. What it still says is not heard:
/// nothing follows a DISCONNECT (STOMP 1.2, DISCONNECT).
pub(super) async fn part(link: &mut impl Link, stopping: impl Future<Output = ()>) {
    let closed = async { while link.recv().await.is_some() {} };
    tokio::select! {
        biased;
        () = stopping => {}
        _ = timeout(PARTING, closed) => {}
    }
}

/// The close code for how the STOMP machine ended. An ERROR frame has gone out before 1002.
pub(super) fn end_of(closed: &Closed) -> End {
    match closed {
        Closed::Clean => End::new(1000, "goodbye"),
        Closed::Error => End::new(1002, "refused, see the ERROR frame"),
        Closed::Fault(fault) => End::new(1002, fault.to_string()),
    }
}
