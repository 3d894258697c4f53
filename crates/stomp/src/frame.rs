use bytes::Bytes;

use crate::{Command, Headers, Text};

/// One frame: a command, its headers, and a body that is empty for most commands.
///
/// ```
/// use stomp::{Command, Frame, Version, encode};
///
/// let frame = Frame::new(Command::Send).header("destination", "/topic/a").body("hi");
/// assert_eq!(
///     encode(&frame, Version::V1_2),
///     "SEND\ndestination:/topic/a\ncontent-length:2\n\nhi\0",
/// );
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// What the frame says.
    pub command: Command,
    /// About what it says it; unescaped.
    pub headers: Headers,
    /// The payload, any octets; empty unless [`Command::allows_body`].
    pub body: Bytes,
}

impl Frame {
    /// A frame without headers and body.
    #[must_use]
    pub const fn new(command: Command) -> Self {
        Self {
            command,
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    /// The frame with one more header at the end.
    #[must_use]
    pub fn header(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The frame with this body; its `content-length` is written by the encoder.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}
