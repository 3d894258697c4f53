//! How outputs of the core and messages of a WebSocket turn into each other: with SockJS frames,
//! or raw.

use std::str;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes, protocol::frame::coding::CloseCode};

use super::farewell::{Farewell, Refused};
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
    pub(super) fn encode(&self, output: &Output) -> Option<Message> {
        match self {
            Self::SockJs(_) => {
                let frame = match output {
                    Output::Open => frame::OPEN.into(),
                    Output::Heartbeat => frame::HEARTBEAT.into(),
                    // A message that is no text was refused when it was sent.
                    Output::Message(message) => frame::messages(str::from_utf8(message)).into(),
                    Output::Goodbye(goodbye) => frame::close(goodbye.code, &goodbye.reason).into(),
                    Output::Idle | Output::Done(_) => return None,
                };
                Some(Message::Text(frame))
            }
            Self::Raw => match output {
                Output::Message(message) => Some(match Utf8Bytes::try_from(message.clone()) {
                    Ok(text) => Message::Text(text),
                    Err(_) => Message::Binary(message.clone()),
                }),
                Output::Open
                | Output::Heartbeat
                | Output::Goodbye(_)
                | Output::Idle
                | Output::Done(_) => None,
            },
        }
    }

    /// The messages in what the peer sent as one text.
    pub(super) fn decode_text(&mut self, text: Utf8Bytes) -> Result<Vec<Bytes>, Farewell> {
        match self {
            Self::SockJs(decoder) => {
                let messages = decoder.decode(&text).map_err(|error| match error {
                    FrameError::Broken => BROKEN_JSON,
                    FrameError::TooMany => TOO_MANY,
                })?;
                Ok(messages.into_iter().map(Bytes::from).collect())
            }
            Self::Raw => Ok(vec![text.into()]),
        }
    }

    /// The message in what the peer sent as bytes.
    pub(super) fn decode_binary(&self, bytes: Bytes) -> Result<Vec<Bytes>, Farewell> {
        match self {
            Self::SockJs(_) => Err(NOT_TEXT),
            Self::Raw => Ok(vec![bytes]),
        }
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
