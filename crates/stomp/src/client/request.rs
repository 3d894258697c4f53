//! The frames that a client sends. Our own headers come first, so that one of the application's
//! under the same name cannot take their place.

use bytes::Bytes;

use super::ClientOptions;
use crate::{AckMode, Command, Frame, Headers, Text, UsageError, Version};

/// A message to be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SendRequest {
    /// Where to.
    pub destination: Text,
    /// More headers, `content-type` or the application's own.
    pub headers: Headers,
    /// The message.
    pub body: Bytes,
    /// The open transaction that it is to stand in, if any.
    pub transaction: Option<Text>,
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
        let frame = optional(frame, "transaction", self.transaction);
        finish(frame, self.receipt, self.headers).body(self.body)
    }
}

/// An ACK or NACK to be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AckRequest {
    /// All headers of the MESSAGE that it is about.
    pub message: Headers,
    /// The open transaction that it is to stand in, if any.
    pub transaction: Option<Text>,
    /// The id of the RECEIPT that is wanted, if one is.
    pub receipt: Option<Text>,
    /// More headers, the application's own.
    pub headers: Headers,
}

impl AckRequest {
    /// An answer to the MESSAGE of these headers, outside of transactions and without a receipt.
    #[must_use]
    pub fn new(message: Headers) -> Self {
        Self {
            message,
            ..Self::default()
        }
    }

    /// The form of the version: 1.2 repeats the `ack` of the MESSAGE as `id`; before that its
    /// `message-id` and, where it has one, its `subscription` are repeated.
    pub(super) fn into_frame(
        self,
        command: Command,
        version: Version,
    ) -> Result<Frame, UsageError> {
        if command == Command::Nack && version == Version::V1_0 {
            return Err(UsageError::NotInVersion { command, version });
        }
        let told = |name| self.message.text(name).cloned();
        let frame = Frame::new(command);
        let frame = if version == Version::V1_2 {
            let id = told("ack").ok_or(UsageError::NothingToAck)?;
            frame.header("id", id)
        } else {
            let id = told("message-id").ok_or(UsageError::NothingToAck)?;
            let frame = frame.header("message-id", id);
            optional(frame, "subscription", told("subscription"))
        };
        let frame = optional(frame, "transaction", self.transaction);
        Ok(finish(frame, self.receipt, self.headers))
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
    let frame = Frame::new(Command::Connect)
        .header("accept-version", Version::ACCEPTED)
        .header("heart-beat", format!("{can},{wants}"));
    let frame = optional(frame, "host", options.host.clone());
    finish(frame, None, options.headers.clone())
}

pub(super) fn unsubscribe(id: Text, receipt: Option<Text>) -> Frame {
    finish(
        Frame::new(Command::Unsubscribe).header("id", id),
        receipt,
        Headers::new(),
    )
}

/// BEGIN, COMMIT or ABORT.
pub(super) fn transaction(command: Command, name: Text, receipt: Option<Text>) -> Frame {
    finish(
        Frame::new(command).header("transaction", name),
        receipt,
        Headers::new(),
    )
}

pub(super) fn disconnect(receipt: Option<Text>) -> Frame {
    finish(Frame::new(Command::Disconnect), receipt, Headers::new())
}

fn optional(frame: Frame, name: &'static str, value: Option<Text>) -> Frame {
    match value {
        Some(value) => frame.header(name, value),
        None => frame,
    }
}

fn finish(frame: Frame, receipt: Option<Text>, headers: Headers) -> Frame {
    let mut frame = optional(frame, "receipt", receipt);
    frame.headers.extend(headers);
    frame
}
