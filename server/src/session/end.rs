//! How a session ends, for its peer and for operators.

use stomp::{Closed, ProtocolError};

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
}

/// The close code for how the STOMP machine ended. An ERROR frame has gone out before 1002.
pub(super) fn end_of(closed: &Closed) -> End {
    match closed {
        Closed::Clean => End::new(1000, "goodbye"),
        Closed::Error => End::new(1002, "refused, see the ERROR frame"),
        Closed::Fault(fault) => End::new(1002, fault.to_string()),
    }
}

/// The word by which operators count what was wrong with a frame, or with none coming.
pub(super) fn code_of(fault: &ProtocolError) -> &'static str {
    match fault {
        ProtocolError::ConnectTimeout(_) => "connect_timeout",
        ProtocolError::HeartbeatLost(_) => "heartbeat_lost",
        _ => "frame_invalid",
    }
}
