//! The frames of SockJS, pure: text in, values out, and back.
//!
//! A server sends one of four frames; a client sends a JSON array of strings. Both sides need both
//! directions, so everything here builds for the browser too.
//!
//! | frame | means |
//! |---|---|
//! | `o` | the session is open; always the first frame |
//! | `h` | a heartbeat; the connection is not dead, there is just nothing to say |
//! | `a["one","two"]` | messages, in order |
//! | `c[3000,"Go away!"]` | the session is over, with a code and a reason |
//!
//! ```
//! use sockjs::frame::{self, Decoder, Frame};
//!
//! assert_eq!(frame::messages(["한\n"]), r#"a["한\n"]"#);
//! assert_eq!(Frame::parse(r#"c[3000,"Go away!"]"#)?, Frame::Close {
//!     code: 3000,
//!     reason: "Go away!".into(),
//! });
//! assert_eq!(Decoder::new().decode(r#"["a","b"]"#)?, ["a", "b"]);
//! # Ok::<(), frame::FrameError>(())
//! ```

mod json;

use std::fmt;

use json::Scanner;

/// The open frame.
pub const OPEN: &str = "o";

/// The heartbeat frame.
pub const HEARTBEAT: &str = "h";

/// Messages that one array may hold: 4096.
///
/// An array of 128 KiB could name forty thousand empty messages, each of which costs more memory
/// than its three bytes on the wire. A client that had to wait sends some hundreds at once.
pub const MAX_MESSAGES: usize = 4096;

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// `o`: the session is open.
    Open,
    /// `h`: nothing to say, but alive.
    Heartbeat,
    /// `a[…]`: messages, in order.
    Messages(Vec<String>),
    /// `c[code,"reason"]`: the session is over.
    Close {
        /// Why, as a WebSocket close code (RFC 6455 section 7.4); 3000–4999 are the application's.
        code: u16,
        /// Why, for people; often empty.
        reason: String,
    },
}

impl Frame {
    /// Reads a frame that a server sent.
    ///
    /// The old single-message frame `m"…"` is read as an array of one. A lone surrogate in a
    /// message becomes U+FFFD.
    ///
    /// # Errors
    /// [`FrameError::Broken`] for anything that is not a frame, [`FrameError::TooMany`] for more
    /// than [`MAX_MESSAGES`] messages. The connection is of no use then.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let mut characters = text.chars();
        let kind = characters.next().ok_or(FrameError::Broken)?;
        let body = characters.as_str();
        match kind {
            'o' if body.is_empty() => Ok(Self::Open),
            'h' if body.is_empty() => Ok(Self::Heartbeat),
            'a' if body.starts_with('[') => Decoder::new().decode_all(body).map(Self::Messages),
            'm' if body.starts_with('"') => Decoder::new().decode_all(body).map(Self::Messages),
            'c' => {
                let (code, reason) = Scanner::new(body).code_and_reason()?;
                Ok(Self::Close { code, reason })
            }
            _ => Err(FrameError::Broken),
        }
    }
}

impl fmt::Display for Frame {
    /// The frame as it goes over the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str(OPEN),
            Self::Heartbeat => f.write_str(HEARTBEAT),
            Self::Messages(texts) => f.write_str(&messages(texts.iter().map(String::as_str))),
            Self::Close { code, reason } => f.write_str(&close(*code, reason)),
        }
    }
}

/// `a[…]` with these messages.
pub fn messages<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    append_messages(texts, &mut out);
    out
}

/// Appends `a[…]` with these messages.
pub fn append_messages<'a>(texts: impl IntoIterator<Item = &'a str>, out: &mut String) {
    out.push('a');
    array(texts, out);
}

/// Appends a text as a JSON string with the escapes that SockJS asks for, which is also a string
/// of JavaScript: what the transports send that wrap a frame into a script.
pub fn append_quoted(text: &str, out: &mut String) {
    json::quote(text, out);
}

/// `c[code,"reason"]`.
pub fn close(code: u16, reason: &str) -> String {
    let mut out = format!("c[{code},");
    json::quote(reason, &mut out);
    out.push(']');
    out
}

/// What a client sends: `["one","two"]`, without a letter in front.
pub fn client_messages<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    array(texts, &mut out);
    out
}

fn array<'a>(texts: impl IntoIterator<Item = &'a str>, out: &mut String) {
    out.push('[');
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        json::quote(text, out);
    }
    out.push(']');
}

/// Reads what one client sends: JSON arrays of strings, or single strings.
///
/// It remembers one thing between calls. STOMP clients cut a long frame into messages every 16 Ki
/// UTF-16 units and may cut an emoji in half: `"…\ud83d"` and then `"\ude00…"`. The first half
/// waits here and comes out whole at the start of the next message. A half whose other half never
/// comes is replaced by U+FFFD.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    /// A high surrogate that ended the last string.
    carry: Option<u16>,
}

impl Decoder {
    /// A decoder for a new session.
    pub fn new() -> Self {
        Self::default()
    }

    /// The messages in `text`: none for an empty text or `[]`, which clients send and servers
    /// ignore.
    ///
    /// # Errors
    /// [`FrameError::Broken`] unless `text` is a string or an array of strings as JSON has them,
    /// [`FrameError::TooMany`] for more than [`MAX_MESSAGES`] of them.
    pub fn decode(&mut self, text: &str) -> Result<Vec<String>, FrameError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        Scanner::new(text).strings(&mut self.carry)
    }

    /// Like `decode`, for a text that nothing follows.
    fn decode_all(mut self, text: &str) -> Result<Vec<String>, FrameError> {
        let mut texts = self.decode(text)?;
        if self.carry.is_some()
            && let Some(last) = texts.last_mut()
        {
            last.push(char::REPLACEMENT_CHARACTER);
        }
        Ok(texts)
    }
}

/// Why a text is not what SockJS sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not JSON, not strings, or not a frame.
    #[error("broken JSON encoding")]
    Broken,
    /// More than [`MAX_MESSAGES`] in one array.
    #[error("more than {MAX_MESSAGES} messages in one array")]
    TooMany,
}

#[cfg(test)]
mod tests;
