//! How outputs of the core and messages of a WebSocket turn into each other: with SockJS frames,
//! or raw.

use std::str;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{
    farewell::{Farewell, Refused},
    head::Opcode,
};
use crate::{
    Transport,
    frame::{self, Decoder, FrameError},
    session::Output,
};

#[derive(Debug)]
pub(super) enum Wire {
    SockJs(Decoder),
    Raw,
}

impl Wire {
    pub(super) fn new(transport: Transport) -> Self {
        if transport == Transport::RawWebSocket {
            Self::Raw
        } else {
            Self::SockJs(Decoder::new())
        }
    }

    /// What goes over the wire for this output; a raw WebSocket says nothing for most.
    pub(super) fn encode(&self, output: Output) -> Option<(Opcode, Bytes)> {
        match self {
            Self::SockJs(_) => {
                let frame = match output {
                    Output::Open => Bytes::from_static(frame::OPEN.as_bytes()),
                    Output::Heartbeat => Bytes::from_static(frame::HEARTBEAT.as_bytes()),
                    // A message that is no text was refused when it was sent.
                    Output::Message(message) => frame::messages(str::from_utf8(&message)).into(),
                    Output::Goodbye(goodbye) => frame::close(goodbye.code, &goodbye.reason).into(),
                    Output::Idle | Output::Done(_) => return None,
                };
                Some((Opcode::Text, frame))
            }
            Self::Raw => match output {
                Output::Message(message) => Some((opcode_of(&message), message)),
                Output::Open
                | Output::Heartbeat
                | Output::Goodbye(_)
                | Output::Idle
                | Output::Done(_) => None,
            },
        }
    }

    /// Hands over the messages in what the peer sent as one text, which is UTF-8.
    pub(super) fn decode_text(
        &mut self,
        text: Bytes,
        mut take: impl FnMut(Bytes),
    ) -> Result<(), Farewell> {
        match self {
            Self::SockJs(decoder) => {
                let text = str::from_utf8(&text).map_err(|_| NOT_UTF8)?;
                let messages = decoder.decode(text).map_err(|error| match error {
                    FrameError::Broken => BROKEN_JSON,
                    FrameError::TooMany => TOO_MANY,
                })?;
                messages.into_iter().map(Bytes::from).for_each(take);
            }
            Self::Raw => take(text),
        }
        Ok(())
    }

    /// Hands over the message in what the peer sent as bytes.
    pub(super) fn decode_binary(
        &self,
        bytes: Bytes,
        take: impl FnOnce(Bytes),
    ) -> Result<(), Farewell> {
        match self {
            Self::SockJs(_) => Err(NOT_TEXT),
            Self::Raw => {
                take(bytes);
                Ok(())
            }
        }
    }
}

/// A raw WebSocket carries what is UTF-8 as text, and anything else as it is.
pub(super) fn opcode_of(message: &[u8]) -> Opcode {
    match str::from_utf8(message) {
        Ok(_) => Opcode::Text,
        Err(_) => Opcode::Binary,
    }
}

pub(super) const NOT_UTF8: Farewell = refused(CloseCode::Invalid, "Text is not UTF-8.");
pub(super) const TOO_BIG: Farewell = refused(CloseCode::Size, "Message too big.");
pub(super) const BROKEN_PROTOCOL: Farewell =
    refused(CloseCode::Protocol, "WebSocket protocol error.");
const NOT_TEXT: Farewell = refused(
    CloseCode::Unsupported,
    "SockJS takes text messages only. For binary use the raw WebSocket.",
);
const BROKEN_JSON: Farewell = refused(CloseCode::Invalid, "Broken JSON encoding.");
const TOO_MANY: Farewell = refused(CloseCode::Size, "Too many messages in one array.");

const fn refused(code: CloseCode, reason: &'static str) -> Farewell {
    Farewell::Refuse(Refused { code, reason })
}
