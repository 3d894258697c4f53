//! A message on its way to subscribers.

use bytes::Bytes;
use stomp::{Command, Frame, Headers, Text, Version};

use crate::Destination;

/// What is published: a MESSAGE frame without its `subscription`, which differs by receiver.
#[derive(Clone, Debug)]
pub struct Message {
    destination: Destination,
    id: Text,
    seq: Option<u64>,
    content_type: Option<Text>,
    headers: Headers,
    body: Bytes,
}

impl Message {
    /// A message with the `message-id` that every receiver sees.
    #[must_use]
    pub fn new(destination: Destination, id: Text) -> Self {
        Self {
            destination,
            id,
            seq: None,
            content_type: None,
            headers: Headers::default(),
            body: Bytes::new(),
        }
    }

    /// Says at which place of a log this message stands, so that a receiver can tell a hole
    /// from the next in line.
    #[must_use]
    pub fn seq(mut self, seq: u64) -> Self {
        self.seq = Some(seq);
        self
    }

    /// Sets the `content-type`.
    #[must_use]
    pub fn content_type(mut self, content_type: Text) -> Self {
        self.content_type = Some(content_type);
        self
    }

    /// Adds a header after ours.
    #[must_use]
    pub fn header(mut self, name: Text, value: Text) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// Where it goes.
    #[must_use]
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// The frame for one subscription, encoded. `destination` first, then `content-type`,
    /// `subscription`, `message-id`: the order in which Spring writes them.
    #[must_use]
    pub fn encode(&self, subscription: &Text, version: Version) -> Bytes {
        let mut frame = Frame::new(Command::Message).header("destination", self.destination.text());
        if let Some(content_type) = &self.content_type {
            frame = frame.header("content-type", content_type.clone());
        }
        frame = frame
            .header("subscription", subscription.clone())
            .header("message-id", self.id.clone());
        for (name, value) in self.headers.iter() {
            frame.headers.push(name.clone(), value.clone());
        }
        stomp::encode(&frame.body(self.body.clone()), version)
    }

    pub(crate) fn place(&self) -> Option<u64> {
        self.seq
    }
}
