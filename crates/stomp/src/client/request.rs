//! The frames that a client sends. Our own headers come first, so that one of the application's
//! under the same name cannot take their place.

use bytes::Bytes;

use super::ClientOptions;
use crate::{AckMode, Command, Frame, Headers, Text, Version};

/// A message to be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SendRequest {
    /// Where to.
    pub destination: Text,
    /// More headers, `content-type` or the application's own.
    pub headers: Headers,
    /// The message.
    pub body: Bytes,
    /// The id of the RECEIPT that is wanted, if one is.
    pub receipt: Option<Text>,
}

impl SendRequest {
    /// A message without further headers and without a receipt.
    #[must_use]
    pub fn new(destination: impl Into<Text>, body: impl Into<Bytes>) -> Self {
        Self {
            destination: destination.into(),
            body: body.into(),
            ..Self::default()
        }
    }

    pub(super) fn into_frame(self) -> Frame {
        let frame = Frame::new(Command::Send).header("destination", self.destination);
        finish(frame, self.receipt, self.headers).body(self.body)
    }
}

/// A subscription to be made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SubscribeRequest {
    /// Our name for it, unique among those of this session.
    pub id: Text,
    /// What to listen to.
    pub destination: Text,
    /// Who says when a message has been dealt with.
    pub ack: AckMode,
    /// More headers, the application's own.
    pub headers: Headers,
    /// The id of the RECEIPT that is wanted, if one is.
    pub receipt: Option<Text>,
}

impl SubscribeRequest {
    /// A subscription in mode `auto`, without further headers and without a receipt.
    #[must_use]
    pub fn new(id: impl Into<Text>, destination: impl Into<Text>) -> Self {
        Self {
            id: id.into(),
            destination: destination.into(),
            ..Self::default()
        }
    }

    pub(super) fn into_frame(self) -> Frame {
        let frame = Frame::new(Command::Subscribe)
            .header("id", self.id)
            .header("destination", self.destination)
            .header("ack", self.ack.as_str());
        finish(frame, self.receipt, self.headers)
    }
}

pub(super) fn connect(options: &ClientOptions) -> Frame {
    let (can, wants) = options.heartbeat;
    let mut frame = Frame::new(Command::Connect)
        .header("accept-version", Version::ACCEPTED)
        .header("heart-beat", format!("{can},{wants}"));
    if let Some(host) = &options.host {
        frame = frame.header("host", host.clone());
    }
    finish(frame, None, options.headers.clone())
}

pub(super) fn unsubscribe(id: Text, receipt: Option<Text>) -> Frame {
    finish(
        Frame::new(Command::Unsubscribe).header("id", id),
        receipt,
        Headers::new(),
    )
}

pub(super) fn disconnect(receipt: Option<Text>) -> Frame {
    finish(Frame::new(Command::Disconnect), receipt, Headers::new())
}

fn finish(mut frame: Frame, receipt: Option<Text>, headers: Headers) -> Frame {
    if let Some(receipt) = receipt {
        frame = frame.header("receipt", receipt);
    }
    frame.headers.extend(headers);
    frame
}
