//! A message on its way to subscribers.

mod packed;

use bytes::{Bytes, BytesMut};
use stomp::{Command, Frame, Headers, Text, Version};

pub(crate) use self::packed::Packed;
use crate::Destination;

/// What is published: a MESSAGE frame without what differs by receiver.
#[derive(Clone, Debug)]
pub struct Message {
    destination: Destination,
    shown: Option<Text>,
    id: Text,
    seq: Option<u64>,
    content_type: Option<Text>,
    headers: Headers,
    body: Bytes,
}

/// How one receiver sees a message, beside its subscription's id. Receivers that agree in both
/// share one encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) version: Version,
    /// Whether the `ack` header is there.
    pub(crate) ack: bool,
    pub(crate) redelivered: bool,
}

/// What a kept message costs beside its texts and its body.
const MESSAGE_BYTES: usize = 256;

/// What a header costs beside its text.
const HEADER_BYTES: usize = size_of::<(Text, Text)>();

impl Message {
    /// A message with the `message-id` that every receiver sees, on every delivery.
    #[must_use]
    pub fn new(destination: Destination, id: Text) -> Self {
        Self {
            destination,
            shown: None,
            id,
            seq: None,
            content_type: None,
            headers: Headers::default(),
            body: Bytes::new(),
        }
    }

    /// The same message for another destination, so that all who go by one name see one
    /// `message-id`.
    #[must_use]
    pub fn to(mut self, destination: Destination) -> Self {
        self.destination = destination;
        self
    }

    /// Says what stands in the `destination` header in place of where the message goes, such
    /// as `/user/queue/x` for a private destination.
    #[must_use]
    pub fn shown_as(mut self, destination: Text) -> Self {
        self.shown = Some(destination);
        self
    }

    /// Says at which place of a log this message stands, so that a receiver can tell a hole
    /// from the next in line. The broker gives such a message no offset and does not remember
    /// it: the log does.
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

    /// Adds a header after ours. Of a name said twice the first counts (STOMP 1.2, Repeated
    /// Header Entries), so that no header given here hides one of ours.
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

    /// Its `message-id`.
    #[must_use]
    pub fn id(&self) -> &Text {
        &self.id
    }

    /// Its place in a log, where that was said.
    #[must_use]
    pub fn place(&self) -> Option<u64> {
        self.seq
    }

    /// Whether its frame is text, as its headers always are.
    pub(crate) fn is_text(&self) -> bool {
        str::from_utf8(&self.body).is_ok()
    }

    /// The frame for one subscription, encoded, as a live delivery would be. `destination`
    /// first, then `content-type`, `subscription`, `message-id`: the order in which Spring
    /// writes them; then, with `ack`, what an ACK or NACK of 1.2 repeats:
    /// `{subscription}/{message-id}`, so that one encoding serves all sessions here too.
    #[must_use]
    pub fn encode(&self, subscription: &Text, version: Version, ack: bool) -> Bytes {
        let shape = Shape {
            version,
            ack,
            redelivered: false,
        };
        self.encode_as(subscription, shape, None)
    }

    pub(crate) fn encode_as(
        &self,
        subscription: &Text,
        shape: Shape,
        offset: Option<u64>,
    ) -> Bytes {
        let mut headers = Headers::with_capacity(7 + self.headers.len());
        let shown = self.shown.clone();
        headers.push(
            "destination",
            shown.unwrap_or_else(|| self.destination.text()),
        );
        if let Some(content_type) = &self.content_type {
            headers.push("content-type", content_type.clone());
        }
        headers.push("subscription", subscription.clone());
        headers.push("message-id", self.id.clone());
        if shape.ack {
            headers.push("ack", format!("{subscription}/{}", self.id));
        }
        if let Some(offset) = offset {
            headers.push("x-offset", offset.to_string());
        }
        if shape.redelivered {
            headers.push("redelivered", "true");
        }
        for (name, value) in self.headers.iter() {
            headers.push(name.clone(), value.clone());
        }
        let mut frame = Frame::new(Command::Message).body(self.body.clone());
        frame.headers = headers;
        stomp::encode(&frame, shape.version)
    }

    /// Whether the broker counts and remembers it for its destination.
    pub(crate) fn is_plain(&self) -> bool {
        self.seq.is_none() && !self.destination.is_private()
    }

    /// What keeping it costs, in bytes.
    pub(crate) fn cost(&self) -> usize {
        MESSAGE_BYTES + self.headers.len() * HEADER_BYTES + self.octets()
    }

    fn octets(&self) -> usize {
        self.texts().map(|text| text.len()).sum::<usize>() + self.body.len()
    }

    /// The same message in one piece of memory of its own. What came from a client is a slice
    /// of all that was read with it, which keeping the slice would keep too.
    pub(crate) fn detached(&self) -> Self {
        let mut memory = BytesMut::with_capacity(self.octets());
        for text in self.texts() {
            memory.extend_from_slice(text.as_bytes());
        }
        memory.extend_from_slice(&self.body);
        let mut memory = memory.freeze();
        // In the order in which `texts` has just written them.
        let mut next = |text: &Text| {
            let cut = memory.split_to(text.len());
            Text::try_from(cut).expect("a text is UTF-8")
        };
        let destination = next(&self.destination.text());
        let shown = self.shown.as_ref().map(&mut next);
        let id = next(&self.id);
        let content_type = self.content_type.as_ref().map(&mut next);
        let mut headers = Headers::with_capacity(self.headers.len());
        for (name, value) in self.headers.iter() {
            headers.push(next(name), next(value));
        }
        Self {
            destination: self.destination.moved_to(destination),
            shown,
            id,
            seq: self.seq,
            content_type,
            headers,
            body: memory,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        [self.destination.as_str()]
            .into_iter()
            .chain(self.shown.as_deref())
            .chain([self.id.as_str()])
            .chain(self.content_type.as_deref())
            .chain(
                self.headers
                    .iter()
                    .flat_map(|(name, value)| [name.as_str(), value.as_str()]),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let destination = Destination::parse("/topic/a").unwrap();
        Message::new(destination, Text::from("m-1"))
            .content_type(Text::from("text/plain"))
            .header(Text::from("colour"), Text::from("green"))
            .body(Bytes::from_static(b"hi"))
    }

    fn text(encoded: &Bytes) -> &str {
        std::str::from_utf8(encoded).unwrap()
    }

    #[test]
    fn a_detached_copy_encodes_the_same_and_shares_no_memory() {
        let message = message().shown_as(Text::from("/user/queue/a"));
        let copy = message.detached();
        let id = Text::from("sub-0");
        assert_eq!(
            copy.encode(&id, Version::V1_2, true),
            message.encode(&id, Version::V1_2, true)
        );
        assert_ne!(copy.body.as_ptr(), message.body.as_ptr());
        assert_ne!(copy.id.as_ptr(), message.id.as_ptr());
        assert_eq!(copy.cost(), message.cost());
    }

    #[test]
    fn the_shown_destination_hides_the_true_one() {
        let private = Destination::user(7, "/queue/a").unwrap();
        let shown = Message::new(private, Text::from("m")).shown_as(Text::from("/user/queue/a"));
        let encoded = shown.encode(&Text::from("s"), Version::V1_2, false);
        assert!(text(&encoded).starts_with("MESSAGE\ndestination:/user/queue/a\nsubscription:s\n"));
        assert!(!text(&encoded).contains("00007"));
    }

    #[test]
    fn the_ack_header_names_subscription_and_message() {
        let id = Text::from("sub-0");
        let without = message().encode(&id, Version::V1_2, false);
        assert!(!text(&without).contains("\nack:"));
        let by_id = message().encode(&id, Version::V1_2, true);
        assert!(text(&by_id).contains("\nmessage-id:m-1\nack:sub-0/m-1\n"));
    }

    #[test]
    fn our_headers_stand_before_those_of_the_sender() {
        let forged = message().header(Text::from("x-offset"), Text::from("999"));
        let shape = Shape {
            version: Version::V1_2,
            ack: false,
            redelivered: true,
        };
        let encoded = forged.encode_as(&Text::from("s"), shape, Some(3));
        assert!(text(&encoded).contains(
            "\nmessage-id:m-1\nx-offset:3\nredelivered:true\ncolour:green\nx-offset:999\n"
        ));
    }
}
