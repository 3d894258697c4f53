//! One destination: who listens, what it remembers, what waits in it.

use std::sync::Arc;

use crate::fanout::{FanOut, Key, Subscriber, Subscribers};
use crate::mailbox::{Encoded, Letter};
use crate::message::Packed;
use crate::queue::{Consumer, Outcome, Queue};
use crate::ring::{Replay, Ring, Turns};
use crate::table::Table;
use crate::waiting::counted;
use crate::{Destination, From, Message, PublishError, Published, Subscribed};

/// One destination. It is dropped as soon as it is empty, so that names that nobody uses cost
/// nothing.
#[derive(Debug)]
pub(crate) struct Channel {
    /// Its name, in memory that all share who remember it.
    name: Destination,
    subscribers: Subscribers,
    /// Of plain destinations: there since the first subscriber or the first message.
    ring: Option<Ring>,
    /// There while it has consumers or messages.
    queue: Option<Box<Queue>>,
}

impl Channel {
    /// An empty destination, with memory for its name that is not `name`'s.
    pub(crate) fn new(name: &Destination) -> Self {
        Self {
            name: name.detached(),
            subscribers: Subscribers::default(),
            ring: None,
            queue: None,
        }
    }

    pub(crate) fn name(&self) -> Destination {
        self.name.clone()
    }

    pub(crate) fn is_empty(&self) -> bool {
        let remembers = self.ring.as_ref().is_some_and(Ring::remembers);
        self.subscribers.is_empty() && !remembers && self.queue.is_none()
    }

    pub(crate) fn subscriptions(&self) -> usize {
        let consumers = self.queue.as_ref().map_or(0, |queue| queue.consumers());
        self.subscribers.len() + consumers
    }

    pub(crate) fn publish(
        &mut self,
        message: &Message,
        turns: &mut Turns,
        table: &Table,
    ) -> Result<Published, PublishError> {
        let (options, counters) = (&table.options, &table.counters);
        let declared = table.declared.covers(&self.name);
        let shared = declared || self.queue.is_some();
        // The queue comes first: where it refuses, nobody has seen the message, and sending it
        // again doubles nothing.
        if shared {
            Queue::admit(self.queue.as_deref(), message.cost(), options, counters)?;
        }
        let plain = message.is_plain() && !declared;
        let ring = self.ring_for(plain, table);
        let offset = ring.map(Ring::advance);

        let mut fan_out = FanOut::new(message, offset, table);
        for subscriber in self.subscribers.iter() {
            fan_out.hand_to(subscriber);
        }
        table
            .patterns
            .visit(&self.name, |subscriber| fan_out.hand_to(subscriber));
        let mut published = fan_out.finish();

        if let (Some(_), Some(ring)) = (offset, &mut self.ring) {
            let before = ring.cost();
            ring.keep(Packed::new(message), options);
            turns.renew(ring, &self.name, table.next_turn());
            counters.ring_bytes.add(ring.cost());
            counters.ring_bytes.sub(before);
        }
        if shared {
            let kept = Arc::new(message.detached());
            self.queue(table).push(kept, counters);
            published.queued = true;
        }
        Ok(published)
    }

    /// Adds a fan-out subscriber, with what it wants to hear of the past before anything new.
    pub(crate) fn subscribe(
        &mut self,
        key: Key,
        subscriber: Subscriber,
        from: &From,
        table: &Table,
    ) -> Subscribed {
        let plain = !self.name.is_private() && !table.declared.covers(&self.name);
        let name = self.name.clone();
        let ring = self.ring_for(plain, table);
        let subscribed = match ring {
            Some(ring) => join(ring, &name, &subscriber, from, table),
            None => nothing_remembered(from),
        };
        self.subscribers.insert(key, subscriber);
        subscribed
    }

    pub(crate) fn unsubscribe(&mut self, key: Key) {
        self.subscribers.remove(key);
    }

    pub(crate) fn consume(&mut self, key: Key, consumer: Consumer, table: &Table) {
        self.queue(table).join(key, consumer, &table.counters);
    }

    /// Answers how many messages were given up.
    pub(crate) fn stop_consuming(&mut self, key: Key, taken: u64, table: &Table) -> u64 {
        let Some(queue) = &mut self.queue else {
            return 0;
        };
        let dropped = queue.leave(key, taken, &table.options, &table.counters);
        self.drop_empty_queue(table);
        dropped
    }

    /// See [`Queue::settle`].
    pub(crate) fn settle(
        &mut self,
        key: Key,
        tag: u64,
        outcome: Outcome,
        table: &Table,
    ) -> Option<bool> {
        let queue = self.queue.as_mut()?;
        queue.settle(key, tag, outcome, &table.options, &table.counters)
    }

    pub(crate) fn wake(&mut self, key: Key, table: &Table) {
        if let Some(queue) = &mut self.queue {
            queue.wake(key, &table.counters);
        }
    }

    /// Forgets the messages that were published; those of the shared queue still wait.
    pub(crate) fn forget(&mut self, table: &Table) {
        if let Some(ring) = &mut self.ring {
            table.counters.ring_bytes.sub(ring.cost());
            ring.forget();
        }
    }

    /// The ring of a plain destination, made where there is none yet.
    fn ring_for(&mut self, plain: bool, table: &Table) -> Option<&mut Ring> {
        if !plain || !table.options.remembers() {
            return None;
        }
        let ring = || Ring::new(table.epochs.next(), &self.name);
        Some(self.ring.get_or_insert_with(ring))
    }

    fn queue(&mut self, table: &Table) -> &mut Queue {
        let queue = || Box::new(Queue::new(&table.counters));
        self.queue.get_or_insert_with(queue)
    }

    fn drop_empty_queue(&mut self, table: &Table) {
        if let Some(queue) = self.queue.take_if(|queue| queue.is_empty()) {
            queue.retire(&table.counters);
        }
    }
}

/// What a subscription without a ring is told.
pub(crate) fn nothing_remembered(from: &From) -> Subscribed {
    Subscribed {
        recovered: matches!(from, From::Since { .. }).then_some(false),
        ..Subscribed::default()
    }
}

/// Replays what `from` asks for. Nothing is published to the destination meanwhile.
fn join(
    ring: &Ring,
    name: &Destination,
    subscriber: &Subscriber,
    from: &From,
    table: &Table,
) -> Subscribed {
    let epoch = table.epochs.text(ring.epoch());
    let (replay, asks) = match from {
        From::Now => (ring.last(0), false),
        From::Last(count) => (ring.last(*count), false),
        From::Since { seq, epoch: known } => {
            let same = known.as_ref().map(|known| *known == epoch);
            (ring.since(*seq, same), true)
        }
    };
    let Replay { count, complete } = replay;
    let newest = ring.newest(count, name);
    let all = replay_into(subscriber, newest, table);
    Subscribed {
        epoch: Some(epoch),
        offset: ring.head(),
        recovered: asks.then_some(complete && all),
    }
}

/// Says whether the mailbox had room for all.
fn replay_into(
    subscriber: &Subscriber,
    messages: impl Iterator<Item = (u64, Message)>,
    table: &Table,
) -> bool {
    let shape = subscriber.shape();
    let letters: Vec<_> = messages
        .filter(|(_, message)| subscriber.mailbox.can_take(|| message.is_text()))
        .map(|(offset, message)| {
            let bytes = message.encode_as(&subscriber.id, shape, Some(offset));
            Letter::plain(Encoded {
                subscription: subscriber.id.clone(),
                message_id: message.id().clone(),
                bytes: counted(bytes, &table.counters),
            })
        })
        .collect();
    letters.is_empty() || subscriber.mailbox.replay(letters)
}
