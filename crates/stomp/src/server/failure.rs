use bytes::Bytes;

use crate::{Command, Frame, Headers, ProtocolError, Text, Version};

/// Why the application ends a session: the content of its ERROR frame.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Failure {
    /// One line for people, in `message`.
    pub message: Text,
    /// The `receipt` of the frame that this is about, if it had one.
    pub receipt_id: Option<Text>,
    /// More headers, such as `x-code` for programs.
    pub headers: Headers,
    /// The long story; `text/plain` unless `headers` has a `content-type`.
    pub body: Bytes,
}

impl Failure {
    /// A failure with nothing but its line for people.
    #[must_use]
    pub fn new(message: impl Into<Text>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// The peer is at fault: what was wrong, and what to do.
    pub(super) fn of(error: &ProtocolError, receipt_id: Option<Text>) -> Self {
        let mut failure = Self::new(error.to_string());
        failure.receipt_id = receipt_id;
        failure.body = Bytes::from_static(error.advice().as_bytes());
        failure.headers.push("x-code", error.code());
        if *error == ProtocolError::NoCommonVersion {
            failure.headers.push("version", Version::SUPPORTED);
        }
        failure
    }

    pub(super) fn into_frame(self) -> Frame {
        let mut frame = Frame::new(Command::Error).header("message", self.message);
        if let Some(receipt) = self.receipt_id {
            frame = frame.header("receipt-id", receipt);
        }
        if !self.body.is_empty() && !self.headers.contains("content-type") {
            frame = frame.header("content-type", "text/plain");
        }
        frame.headers.extend(self.headers);
        frame.body(self.body)
    }
}
