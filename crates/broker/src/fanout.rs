//! Those who receive everything, and handing a message to them.

use std::sync::Arc;

use indexmap::IndexMap;
use stomp::{Text, Version};

use crate::courier::Couriers;
use crate::mailbox::{ENTRY_BYTES, Encoded, Letter, Mailbox, Pushed};
use crate::message::Shape;
use crate::stats::Counters;
use crate::table::Table;
use crate::waiting::counted;
use crate::{Cursor, Message, Overflow, Published};

/// A subscription's number, unique in its broker.
pub(crate) type Key = u64;

/// One fan-out subscription.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) id: Text,
    pub(crate) version: Version,
    pub(crate) ack: bool,
    /// Whether a message's place means something in this subscription. It does not under a
    /// pattern, where two logs may have the same place.
    pub(crate) placed: bool,
    pub(crate) overflow: Overflow,
    /// Whether its messages may be written without the session.
    pub(crate) direct: bool,
    /// How far it has come, where it follows a log.
    pub(crate) cursor: Option<Cursor>,
    pub(crate) mailbox: Arc<Mailbox>,
}

impl Subscriber {
    pub(crate) fn shape(&self) -> Shape {
        Shape {
            version: self.version,
            ack: self.ack,
            redelivered: false,
        }
    }
}

/// The fan-out subscribers of one destination or pattern, in no order: each has an inbox of its
/// own, so that the last one can take the place of one that leaves.
#[derive(Debug, Default)]
pub(crate) struct Subscribers(IndexMap<Key, Subscriber>);

impl Subscribers {
    pub(crate) fn insert(&mut self, key: Key, subscriber: Subscriber) {
        self.0.insert(key, subscriber);
    }

    /// Says whether there was one.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        let was = self.0.swap_remove(&key).is_some();
        // A crowd that has left shall not leave its memory behind.
        if self.0.len() < self.0.capacity() / 4 {
            self.0.shrink_to(self.0.len() * 2);
        }
        was
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Subscriber> {
        self.0.values()
    }
}

/// One message on its way to many: encoded once for all that see the same.
#[derive(Debug)]
pub(crate) struct FanOut<'a> {
    message: &'a Message,
    /// Whether it is text, once somebody had to know.
    is_text: Option<bool>,
    offset: Option<u64>,
    counters: &'a Arc<Counters>,
    couriers: &'a Couriers,
    /// Inboxes that a courier is to write out.
    ready: Vec<Arc<Mailbox>>,
    known: Vec<(Shape, Arc<Encoded>)>,
    published: Published,
}

/// Beyond a handful of distinct ids a search costs more than encoding again.
const KNOWN: usize = 16;

impl<'a> FanOut<'a> {
    pub(crate) fn new(message: &'a Message, offset: Option<u64>, table: &'a Table) -> Self {
        Self {
            message,
            is_text: None,
            offset,
            counters: &table.counters,
            couriers: &table.couriers,
            ready: Vec::new(),
            known: Vec::new(),
            published: Published::default(),
        }
    }

    pub(crate) fn hand_to(&mut self, subscriber: &Subscriber) {
        let message = self.message;
        let is_text = || *self.is_text.get_or_insert_with(|| message.is_text());
        if !subscriber.mailbox.can_take(is_text) {
            return;
        }
        let letter = Letter {
            encoded: self.encoded(subscriber),
            place: self.message.place().filter(|_| subscriber.placed),
            direct: subscriber.direct,
            cursor: subscriber.cursor.as_ref(),
        };
        match subscriber.mailbox.push(letter, subscriber.overflow) {
            Pushed::Queued => {
                self.published.delivered += 1;
                return;
            }
            Pushed::Ready => {
                self.ready.push(Arc::clone(&subscriber.mailbox));
                self.published.delivered += 1;
                return;
            }
            Pushed::Dropped => {}
            Pushed::Parked => self.counters.parked.add(1),
            Pushed::Overrun => self.counters.overrun.add(1),
        }
        self.published.dropped += 1;
    }

    /// Counts what was queued, once for all, and says what became of the message.
    pub(crate) fn finish(self) -> Published {
        let entries = self.published.delivered * ENTRY_BYTES;
        self.counters.waiting_bytes.add(entries);
        self.couriers.leave(self.ready);
        self.published
    }

    fn encoded(&mut self, subscriber: &Subscriber) -> Arc<Encoded> {
        let shape = subscriber.shape();
        let known = self
            .known
            .iter()
            .find(|(of, encoded)| *of == shape && encoded.subscription == subscriber.id);
        if let Some((_, encoded)) = known {
            return Arc::clone(encoded);
        }
        let bytes = self.message.encode_as(&subscriber.id, shape, self.offset);
        let encoded = Arc::new(Encoded {
            subscription: subscriber.id.clone(),
            message_id: self.message.id().clone(),
            bytes: counted(bytes, self.counters),
        });
        if self.known.len() < KNOWN {
            self.known.push((shape, Arc::clone(&encoded)));
        }
        encoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_has_left_leaves_no_memory_behind() {
        let mut subscribers = Subscribers::default();
        for key in 0..1_000 {
            let subscriber = Subscriber {
                id: Text::from("sub-0"),
                version: Version::V1_2,
                ack: false,
                placed: true,
                overflow: Overflow::End,
                direct: false,
                cursor: None,
                mailbox: Arc::new(Mailbox::new(0, Arc::default())),
            };
            subscribers.insert(key, subscriber);
        }
        for key in 0..999 {
            assert!(subscribers.remove(key));
            assert!(!subscribers.remove(key));
        }
        assert_eq!(subscribers.len(), 1);
        assert!(subscribers.0.capacity() < 16);
    }
}
