//! The end of a connection, so that the peer sees why.

use bytes::{BufMut, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::{Closed, session::Goodbye};

/// How a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Farewell {
    /// We leave: close, and wait for the peer's close.
    Leave(Goodbye),
    /// The peer leaves: answer its close with what it carried.
    Answer(Bytes),
    /// The peer did what it must not: close, and take in whatever else it sends.
    Refuse(Refused),
    /// There is nobody to talk to.
    Lost(Closed),
}

/// The close code and reason for a peer that did what it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: CloseCode,
    pub(super) reason: &'static str,
}

impl Farewell {
    /// What the session ends with.
    pub(super) fn closed(&self) -> Closed {
        match self {
            Self::Leave(_) => Closed::Ours,
            Self::Answer(_) => Closed::Peer,
            Self::Refuse(_) => Closed::Fault,
            Self::Lost(why) => *why,
        }
    }

    /// What our close frame carries; `None` where there is nobody to see it.
    pub(super) fn frame(&self) -> Option<Bytes> {
        match self {
            Self::Leave(goodbye) => {
                let code = CloseCode::from(goodbye.code);
                let code = if code.is_allowed() {
                    code
                } else {
                    CloseCode::Normal
                };
                Some(close(code.into(), &goodbye.reason))
            }
            Self::Answer(said) => Some(said.clone()),
            Self::Refuse(refused) => Some(close(refused.code.into(), refused.reason)),
            Self::Lost(_) => None,
        }
    }
}

fn close(code: u16, reason: &str) -> Bytes {
    let mut frame = BytesMut::with_capacity(2 + reason.len());
    frame.put_u16(code);
    frame.put_slice(reason.as_bytes());
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: u16) -> u16 {
        let frame = Farewell::Leave(Goodbye::new(code, "bye")).frame().unwrap();
        assert_eq!(&frame[2..], b"bye");
        u16::from_be_bytes([frame[0], frame[1]])
    }

    #[test]
    fn codes_that_must_not_be_sent_become_1000() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
            assert_eq!(said(code), 1000, "{code}");
        }
        for code in [
            1000, 1001, 1002, 1003, 1007, 1009, 1011, 1013, 3000, 4500, 4999,
        ] {
            assert_eq!(said(code), code);
        }
    }
}
