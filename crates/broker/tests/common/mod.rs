//! What the tests of the broker share.

#![allow(dead_code, reason = "each test uses some of it")]

use broker::{Broker, Delivery, Destination, Inbox, Message, Options, Subscribe, Target};
use stomp::{Text, Version};

pub(crate) fn broker() -> Broker {
    Broker::new(Options::default()).unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::from(text.to_owned())
}

pub(crate) fn destination(name: &str) -> Destination {
    Destination::parse(name.to_owned()).unwrap()
}

/// A wish to hear everything that is published to `name`, which may be a pattern.
pub(crate) fn wish(id: &str, name: &str) -> Subscribe {
    let target = Target::parse(name.to_owned()).unwrap();
    Subscribe::new(text(id), target, Version::V1_2)
}

/// A message whose id is `m-{number}` and whose body is the number.
pub(crate) fn numbered(name: &str, number: u64) -> Message {
    Message::new(destination(name), text(&format!("m-{number}"))).body(number.to_string().into())
}

pub(crate) fn wire(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Message { encoded, .. } => String::from_utf8(encoded.to_vec()).unwrap(),
        other => panic!("no message: {other:?}"),
    }
}

/// The value of a header of an encoded frame.
pub(crate) fn header(delivery: &Delivery, name: &str) -> Option<String> {
    let wire = wire(delivery);
    let (head, _) = wire.split_once("\n\n").unwrap();
    let lines = head.lines().skip(1);
    let values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    values.map(str::to_owned).next()
}

/// The number that [`numbered`] gave a message.
pub(crate) fn number(delivery: &Delivery) -> u64 {
    match delivery {
        Delivery::Message { message_id, .. } => message_id[2..].parse().unwrap(),
        other => panic!("no message: {other:?}"),
    }
}

pub(crate) fn tag(delivery: &Delivery) -> u64 {
    match delivery {
        Delivery::Message { tag, .. } => tag.unwrap(),
        other => panic!("no message: {other:?}"),
    }
}

/// The numbers of all that waits now.
pub(crate) fn numbers(inbox: &mut Inbox) -> Vec<u64> {
    inbox.try_recv().iter().map(number).collect()
}
