//! How the things that a client of a floor says are put into bytes.

use bytes::{BufMut as _, Bytes, BytesMut};

/// Whether messages keep their bounds by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// They do: one thing said is one message of a WebSocket.
    Messages,
    /// They do not: four octets before each say how many follow, the most significant first.
    Stream,
}

/// The octets with which a WebSocket server begins a message of 126 octets and more (RFC 6455,
/// section 5.2). Over TCP as many line ends follow a frame, which STOMP allows there, so that
/// both floors move as many octets as a STOMP server does over WebSocket.
const HEADER: &[u8] = b"\n\n\n\n";

pub(super) const LENGTH: usize = 4;
pub(super) const JOIN: u8 = b'+';
pub(super) const TELL: u8 = b'!';
pub(super) const ECHO: u8 = b'=';

impl Wire {
    /// Comes into a room. `answer` comes back once that is done.
    pub(crate) fn join(self, room: &str, answer: &[u8]) -> Bytes {
        self.say(JOIN, room, answer)
    }

    /// Sends `payload` to everybody in a room.
    pub(crate) fn tell(self, room: &str, payload: &[u8]) -> Bytes {
        self.say(TELL, room, payload)
    }

    /// Wants `payload` back.
    pub(crate) fn echo(self, payload: &[u8]) -> Bytes {
        self.say(ECHO, "", payload)
    }

    fn say(self, kind: u8, room: &str, payload: &[u8]) -> Bytes {
        let length = 1 + room.len() + 1 + payload.len();
        let mut out = BytesMut::with_capacity(LENGTH + length + HEADER.len());
        if self == Self::Stream {
            out.put_u32(u32::try_from(length + HEADER.len()).unwrap_or(u32::MAX));
        }
        out.put_u8(kind);
        out.put_slice(room.as_bytes());
        out.put_u8(b'\n');
        out.put_slice(payload);
        if self == Self::Stream {
            out.put_slice(HEADER);
        }
        out.freeze()
    }
}
