//! What both machines must keep to, seen from outside.

use std::fmt::Debug;

use stomp::{Closed, Decoder, Frame, Item, Output, Version};

use crate::script::NO_LIMITS;

/// Looks at each output of a machine and complains of what no machine may do.
pub(crate) struct Watch {
    /// How the machine's frames are to be read.
    pub(crate) version: Version,
    pub(crate) closed: Option<Closed>,
    /// How many transmissions and events may still come. Input gives reasons for some even when it
    /// is read much later, after `accept`.
    allowed: usize,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self {
            version: Version::V1_0,
            closed: None,
            // CONNECT, which a client sends by itself.
            allowed: 1,
        }
    }

    /// Something happened to the machine that may lead to so many outputs.
    pub(crate) fn expect(&mut self, outputs: usize) {
        self.allowed += outputs;
    }

    /// One output; what is transmitted comes back as what it is on the wire.
    pub(crate) fn see<E: Debug>(&mut self, output: &Output<E>) -> Option<Item> {
        match (output, &self.closed) {
            (Output::Closed(closed), None) => self.closed = Some(closed.clone()),
            (Output::Closed(closed), Some(before)) => assert_eq!(closed, before),
            (_, Some(_)) => panic!("after the end came {output:?}"),
            (_, None) => {}
        }
        match output {
            Output::Wait(_) | Output::Closed(_) => None,
            Output::Transmit(_) | Output::Event(_) if self.allowed == 0 => {
                panic!("there is no end to polling: {output:?}")
            }
            Output::Transmit(octets) => {
                self.allowed -= 1;
                Some(only_item(octets, self.version))
            }
            Output::Event(_) => {
                self.allowed -= 1;
                None
            }
        }
    }
}

/// What these octets are, which must be exactly one item: old clients take a WebSocket message
/// for a frame.
fn only_item(octets: &[u8], version: Version) -> Item {
    let mut decoder = Decoder::new(NO_LIMITS);
    decoder.set_version(version);
    decoder.push(octets);
    let item = decoder.next().expect("what we send is well formed");
    assert_eq!(decoder.next(), Ok(None), "more than one item in {octets:?}");
    assert_eq!(
        decoder.buffered(),
        0,
        "something after the item in {octets:?}"
    );
    item.expect("what we send is whole")
}

/// Whether the header is there and not empty.
pub(crate) fn says(frame: &Frame, header: &str) -> bool {
    frame
        .headers
        .get(header)
        .is_some_and(|value| !value.is_empty())
}
