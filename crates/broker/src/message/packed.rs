//! A message in one piece of memory, for as long as it is only remembered.
//!
//! Most of what a destination remembers is never asked for. Published to thousands of destinations
//! in turn, each message takes the place of one that was in no cache any more, so what counts is how
//! much memory is touched: one piece, in place of a message with its headers and all that counts
//! who holds their texts.

use bytes::{Buf as _, BufMut as _, Bytes};
use stomp::{Headers, Text};

use super::Message;
use crate::Destination;

/// What keeping it costs beside its octets: the place in its ring, and the allocator's head.
const PACKED_BYTES: usize = 48;

/// The length of a text that is not there.
const NONE: u32 = u32::MAX;

/// What a message says but for where it goes, which whoever remembers it knows, and its place in
/// a log, which is remembered there.
///
/// `shown`, `message-id` and `content-type`, the number of headers, and their names and values,
/// each behind its length in four octets; what is left is the body.
#[derive(Debug)]
pub(crate) struct Packed(Box<[u8]>);

impl Packed {
    pub(crate) fn new(message: &Message) -> Self {
        let texts = message.texts().count() + 4;
        let mut octets = Vec::with_capacity(message.octets() + texts * size_of::<u32>());
        put(&mut octets, message.shown.as_ref());
        put(&mut octets, Some(&message.id));
        put(&mut octets, message.content_type.as_ref());
        octets.put_u32_ne(length(message.headers.len()));
        for (name, value) in message.headers.iter() {
            put(&mut octets, Some(name));
            put(&mut octets, Some(value));
        }
        octets.put_slice(&message.body);
        Self(octets.into())
    }

    /// The message that it was, in memory of its own.
    pub(crate) fn unpack(&self, destination: Destination) -> Message {
        let mut octets = Bytes::copy_from_slice(&self.0);
        let shown = take(&mut octets);
        let id = take(&mut octets).expect("every message has an id");
        let content_type = take(&mut octets);
        let count = octets.get_u32_ne();
        let mut headers = Headers::with_capacity(count as usize);
        for _ in 0..count {
            let name = take(&mut octets).expect("every header has a name");
            let value = take(&mut octets).expect("every header has a value");
            headers.push(name, value);
        }
        Message {
            destination,
            shown,
            id,
            seq: None,
            content_type,
            headers,
            body: octets,
        }
    }

    /// What keeping it costs, in bytes.
    pub(crate) fn cost(&self) -> usize {
        self.0.len() + PACKED_BYTES
    }
}

fn put(octets: &mut Vec<u8>, text: Option<&Text>) {
    let Some(text) = text else {
        octets.put_u32_ne(NONE);
        return;
    };
    octets.put_u32_ne(length(text.len()));
    octets.put_slice(text.as_bytes());
}

fn take(octets: &mut Bytes) -> Option<Text> {
    let length = octets.get_u32_ne();
    (length != NONE).then(|| {
        let text = octets.split_to(length as usize);
        Text::try_from(text).expect("a text is UTF-8")
    })
}

/// Frames are bounded far below this.
fn length(length: usize) -> u32 {
    u32::try_from(length)
        .ok()
        .filter(|length| *length != NONE)
        .expect("a frame is shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_is_the_same_message(
            shown in option::of(".*"),
            id in ".*",
            content_type in option::of(".*"),
            headers in vec((".*", ".*"), 0..5),
            body: Vec<u8>,
        ) {
            let destination = Destination::parse("/topic/a").unwrap();
            let mut message = Message::new(destination.clone(), Text::from(id)).body(body.into());
            message.shown = shown.map(Text::from);
            message.content_type = content_type.map(Text::from);
            for (name, value) in headers {
                message = message.header(Text::from(name), Text::from(value));
            }
            let packed = Packed::new(&message);
            prop_assert!(packed.cost() < message.cost());
            prop_assert_eq!(
                format!("{:?}", packed.unpack(destination)),
                format!("{:?}", message)
            );
        }
    }
}
