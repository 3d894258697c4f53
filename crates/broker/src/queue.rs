//! A shared queue: each message goes to one of its consumers, and is theirs until settled.

mod ready;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stomp::{Text, Version};

use self::ready::Ready;
use crate::fanout::Key;
use crate::mailbox::{Encoded, Letter, Mailbox};
use crate::message::Shape;
use crate::stats::Counters;
use crate::waiting::counted;
use crate::{Message, Options, PublishError};

/// What a queue costs beside its messages.
const QUEUE_BYTES: usize = 512;

/// What became of a message that a consumer was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done with, and forgotten.
    Done,
    /// It goes back to where it stood in the queue, and to whoever is next. This counts as an
    /// attempt; after [`Options::max_deliveries`] of them it is given up.
    Requeue,
}

#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: Text,
    pub(crate) version: Version,
    pub(crate) ack: bool,
    pub(crate) prefetch: usize,
    pub(crate) mailbox: Arc<Mailbox>,
}

/// Waiting messages by their position, which they keep through every redelivery, and consumers
/// that take turns.
///
/// A consumer that takes text only is passed over by what is none, and such a message is passed by
/// those behind it where no other consumer has room.
///
/// The bytes of a message are charged from its arrival until it is settled, so that putting one
/// back always finds room.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// What is text, which everybody can take.
    texts: BTreeMap<u64, Entry>,
    /// All other messages.
    binaries: BTreeMap<u64, Entry>,
    next_position: u64,
    next_tag: u64,
    consumers: HashMap<Key, State>,
    ready: Ready,
    bytes: usize,
    idle: bool,
}

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    is_text: bool,
    cost: usize,
    /// How often it has left a mailbox.
    deliveries: u32,
}

#[derive(Debug)]
struct State {
    consumer: Consumer,
    /// By tag; each with its position in the queue.
    unsettled: BTreeMap<u64, (u64, Entry)>,
    /// Its place in `ready`. A consumer without one has no room, and comes back when it settles
    /// something or its mailbox is emptied.
    turn: Option<u64>,
}

impl Queue {
    /// Whether a message of this cost may come in, charging what all queues hold together. With
    /// `None` for a queue that would have to be made for it.
    pub(crate) fn admit(
        queue: Option<&Self>,
        cost: usize,
        options: &Options,
        counters: &Arc<Counters>,
    ) -> Result<(), PublishError> {
        let limit = options.queue_bytes;
        if cost > limit {
            return Err(PublishError::TooLarge { limit });
        }
        if queue.map_or(0, |queue| queue.bytes) + cost > limit {
            return Err(PublishError::QueueFull { limit });
        }
        let limit = options.idle_queues;
        if queue.is_none() && counters.idle_queues.get() >= limit {
            return Err(PublishError::TooManyQueues { limit });
        }
        let limit = options.queues_bytes_total;
        if !counters.queued_bytes.add_within(cost, limit) {
            return Err(PublishError::QueuesFull { limit });
        }
        Ok(())
    }

    pub(crate) fn new(counters: &Arc<Counters>) -> Self {
        counters.queues.add(1);
        counters.idle_queues.add(1);
        counters.queued_bytes.add(QUEUE_BYTES);
        Self {
            idle: true,
            ..Self::default()
        }
    }

    /// Whether nothing is lost by dropping it; [`retire`](Self::retire) does.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.binaries.is_empty() && self.consumers.is_empty()
    }

    pub(crate) fn retire(self, counters: &Arc<Counters>) {
        counters.queues.sub(1);
        counters.queued_bytes.sub(QUEUE_BYTES);
        if self.idle {
            counters.idle_queues.sub(1);
        }
    }

    pub(crate) fn consumers(&self) -> usize {
        self.consumers.len()
    }

    /// Takes in a message that was admitted.
    pub(crate) fn push(&mut self, message: Arc<Message>, counters: &Arc<Counters>) {
        let cost = message.cost();
        self.bytes += cost;
        let entry = Entry {
            is_text: message.is_text(),
            message,
            cost,
            deliveries: 0,
        };
        self.wait(self.next_position, entry);
        self.next_position += 1;
        self.pump(counters);
    }

    pub(crate) fn join(&mut self, key: Key, consumer: Consumer, counters: &Arc<Counters>) {
        let state = State {
            consumer,
            unsettled: BTreeMap::new(),
            turn: None,
        };
        self.consumers.insert(key, state);
        self.count_idle(counters);
        self.wake(key, counters);
    }

    /// Takes a consumer away. What it has not settled goes back; what it was given up to the tag
    /// `taken` counts as an attempt. Answers how many messages were given up.
    pub(crate) fn leave(
        &mut self,
        key: Key,
        taken: u64,
        options: &Options,
        counters: &Arc<Counters>,
    ) -> u64 {
        let Some(state) = self.consumers.remove(&key) else {
            return 0;
        };
        if let Some(turn) = state.turn {
            self.ready.remove(turn);
        }
        self.count_idle(counters);
        let mut dropped = 0;
        for (tag, (position, entry)) in state.unsettled {
            dropped += u64::from(!self.put_back(position, entry, tag <= taken, options, counters));
        }
        self.pump(counters);
        dropped
    }

    /// Settles one delivery; `None` where the consumer has none of this tag. Answers whether the
    /// message lives on or is done with as wished, and not given up.
    pub(crate) fn settle(
        &mut self,
        key: Key,
        tag: u64,
        outcome: Outcome,
        options: &Options,
        counters: &Arc<Counters>,
    ) -> Option<bool> {
        let state = self.consumers.get_mut(&key)?;
        let (position, entry) = state.unsettled.remove(&tag)?;
        let kept = match outcome {
            Outcome::Done => {
                self.discharge(&entry, counters);
                true
            }
            Outcome::Requeue => self.put_back(position, entry, true, options, counters),
        };
        self.wake(key, counters);
        Some(kept)
    }

    /// Gives a consumer a turn again, which may have room again.
    pub(crate) fn wake(&mut self, key: Key, counters: &Arc<Counters>) {
        if let Some(state) = self.consumers.get_mut(&key) {
            state.line_up(key, &mut self.ready);
        }
        self.pump(counters);
    }

    fn wait(&mut self, position: u64, entry: Entry) {
        let waiting = if entry.is_text {
            &mut self.texts
        } else {
            &mut self.binaries
        };
        waiting.insert(position, entry);
    }

    /// Puts a message back, unless it has been tried too often. Says whether it did.
    fn put_back(
        &mut self,
        position: u64,
        mut entry: Entry,
        tried: bool,
        options: &Options,
        counters: &Arc<Counters>,
    ) -> bool {
        entry.deliveries += u32::from(tried);
        if entry.deliveries >= options.max_deliveries {
            self.discharge(&entry, counters);
            counters.dropped.add(1);
            return false;
        }
        self.wait(position, entry);
        true
    }

    fn discharge(&mut self, entry: &Entry, counters: &Arc<Counters>) {
        self.bytes -= entry.cost;
        counters.queued_bytes.sub(entry.cost);
    }

    fn count_idle(&mut self, counters: &Arc<Counters>) {
        let idle = self.consumers.is_empty();
        match (self.idle, idle) {
            (false, true) => counters.idle_queues.add(1),
            (true, false) => counters.idle_queues.sub(1),
            (true, true) | (false, false) => {}
        }
        self.idle = idle;
    }

    /// Hands out what waits, in turn, while there is a consumer with room that can take it.
    fn pump(&mut self, counters: &Arc<Counters>) {
        while let Some((key, first)) = self.ready.next(&mut self.texts, &mut self.binaries) {
            let Some(state) = self.consumers.get_mut(&key) else {
                continue;
            };
            state.turn = None;
            let tag = self.next_tag + 1;
            if state.offer(tag, first.get(), counters) {
                self.next_tag = tag;
                counters
                    .redelivered
                    .add(u64::from(first.get().deliveries > 0));
                state.unsettled.insert(tag, first.remove_entry());
                state.line_up(key, &mut self.ready);
            }
        }
    }
}

impl State {
    /// Gets a turn after all others, where the prefetch allows another message.
    fn line_up(&mut self, key: Key, ready: &mut Ready) {
        if self.turn.is_none() && self.unsettled.len() < self.consumer.prefetch {
            let text_only = !self.consumer.mailbox.can_take(|| false);
            self.turn = Some(ready.push(key, text_only));
        }
    }

    fn offer(&self, tag: u64, entry: &Entry, counters: &Arc<Counters>) -> bool {
        let consumer = &self.consumer;
        let shape = Shape {
            version: consumer.version,
            ack: consumer.ack,
            redelivered: entry.deliveries > 0,
        };
        let bytes = entry.message.encode_as(&consumer.id, shape, None);
        let letter = Letter {
            place: entry.message.place(),
            ..Letter::plain(Encoded {
                subscription: consumer.id.clone(),
                message_id: entry.message.id().clone(),
                bytes: counted(bytes, counters),
            })
        };
        consumer.mailbox.offer(letter, tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumers_that_come_and_go_leave_nothing_behind() {
        let (options, counters) = (Options::default(), Arc::<Counters>::default());
        let mut queue = Queue::new(&counters);
        for key in 0..100 {
            let consumer = Consumer {
                id: Text::from("sub-0"),
                version: Version::V1_2,
                ack: false,
                prefetch: 1,
                mailbox: Arc::new(Mailbox::new(0, Arc::default())),
            };
            queue.join(key, consumer, &counters);
            assert_eq!(
                (queue.ready.for_all.len(), counters.idle_queues.get()),
                (1, 0)
            );
            queue.leave(key, 0, &options, &counters);
            assert_eq!(
                (queue.ready.for_all.len(), counters.idle_queues.get()),
                (0, 1)
            );
        }
        assert!(queue.is_empty());
        queue.retire(&counters);
        assert_eq!(counters.snapshot(), crate::Stats::default());
    }
}
