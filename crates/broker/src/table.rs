//! The table of a broker: all destinations in shards, and what they share.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::warn;

use crate::channel::{Channel, nothing_remembered};
use crate::courier::Couriers;
use crate::declared::Declared;
use crate::fanout::{Key, Subscriber};
use crate::mailbox::Mailbox;
use crate::patterns::Patterns;
use crate::queue::{Consumer, Outcome};
use crate::ring::{Epochs, Turns};
use crate::shard::Shard;
use crate::stats::Counters;
use crate::waiting::Crowd;
use crate::{
    Destination, Message, Mode, Options, Pattern, PublishError, Published, Subscribe,
    SubscribeError, Subscribed, Target,
};

/// How many parts the table has, so that publishers of different destinations seldom meet.
const SHARDS: usize = 64;

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) options: Options,
    pub(crate) counters: Arc<Counters>,
    pub(crate) crowd: Crowd,
    pub(crate) couriers: Couriers,
    pub(crate) declared: Declared,
    pub(crate) patterns: Patterns,
    pub(crate) epochs: Epochs,
    hasher: RandomState,
    shards: Box<[Shard]>,
    turns: AtomicU64,
    keys: AtomicU64,
}

/// Where a subscription stands, as its inbox remembers it.
#[derive(Debug)]
pub(crate) struct Held {
    key: Key,
    place: Place,
    /// The newest tag that has left the mailbox.
    pub(crate) taken: u64,
}

#[derive(Debug)]
enum Place {
    FanOut(Destination),
    Shared(Destination),
    Pattern(Pattern),
}

impl Table {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            couriers: Couriers::new(options.couriers),
            options,
            counters: Arc::default(),
            crowd: Crowd::default(),
            declared: Declared::default(),
            patterns: Patterns::default(),
            epochs: Epochs::new(),
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            turns: AtomicU64::new(0),
            keys: AtomicU64::new(0),
        }
    }

    pub(crate) fn publish(&self, message: &Message) -> Result<Published, PublishError> {
        let published = self.shard(message.destination()).publish(message, self);
        self.forget_beyond_the_total();
        self.crowd.make_room(&self.options, &self.counters);
        published
    }

    pub(crate) fn subscriptions(&self, destination: &Destination) -> usize {
        let channels = self.shard(destination).lock();
        let channel = channels.get(destination);
        channel.map_or(0, |channel| channel.subscriptions())
    }

    /// Makes a subscription, whose id has memory of its own.
    pub(crate) fn subscribe(
        &self,
        mailbox: &Arc<Mailbox>,
        subscribe: &Subscribe,
    ) -> Result<(Held, Subscribed), SubscribeError> {
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let mut subscribed = nothing_remembered(&subscribe.from);
        let place = match (&subscribe.target, subscribe.mode) {
            (Target::Pattern(_), Mode::Shared { .. }) => {
                return Err(SubscribeError::SharedPattern);
            }
            (_, Mode::Shared { prefetch }) if !(1..=Mode::MAX_PREFETCH).contains(&prefetch) => {
                return Err(SubscribeError::Prefetch(prefetch));
            }
            (Target::Pattern(pattern), Mode::FanOut) => {
                let subscriber = subscriber(mailbox, subscribe, false);
                self.patterns.insert(pattern, key, subscriber);
                Place::Pattern(pattern.detached())
            }
            (Target::Destination(destination), Mode::FanOut) => {
                let subscriber = subscriber(mailbox, subscribe, true);
                self.change(destination, |channel| {
                    subscribed = channel.subscribe(key, subscriber, &subscribe.from, self);
                    Place::FanOut(channel.name())
                })
            }
            (Target::Destination(destination), Mode::Shared { prefetch }) => {
                let consumer = consumer(mailbox, subscribe, prefetch);
                self.change(destination, |channel| {
                    channel.consume(key, consumer, self);
                    Place::Shared(channel.name())
                })
            }
        };
        // What it wants to hear of the past waits now.
        self.crowd.make_room(&self.options, &self.counters);
        self.counters.subscriptions.add(1);
        let taken = 0;
        Ok((Held { key, place, taken }, subscribed))
    }

    pub(crate) fn unsubscribe(&self, held: &Held) {
        let Held { key, place, taken } = held;
        match place {
            Place::Pattern(pattern) => self.patterns.remove(pattern, *key),
            Place::FanOut(destination) => {
                self.change(destination, |channel| channel.unsubscribe(*key));
            }
            Place::Shared(destination) => {
                let dropped = self.change(destination, |channel| {
                    channel.stop_consuming(*key, *taken, self)
                });
                self.warn_of(dropped, destination);
            }
        }
        self.counters.subscriptions.sub(1);
    }

    /// Settles a delivery of a shared queue. Says whether there was one to settle.
    pub(crate) fn settle(&self, held: &Held, tag: u64, outcome: Outcome) -> bool {
        let Place::Shared(destination) = &held.place else {
            return false;
        };
        if tag > held.taken {
            return false;
        }
        let settled = self.change(destination, |channel| {
            channel.settle(held.key, tag, outcome, self)
        });
        if settled == Some(false) {
            self.warn_of(1, destination);
        }
        settled.is_some()
    }

    /// Asks a shared queue for more, after its mailbox has been emptied.
    pub(crate) fn wake(&self, held: &Held) {
        if let Place::Shared(destination) = &held.place {
            self.change(destination, |channel| channel.wake(held.key, self));
        }
    }

    pub(crate) fn next_turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    fn change<T>(&self, destination: &Destination, by: impl FnOnce(&mut Channel) -> T) -> T {
        self.shard(destination).lock().change(destination, self, by)
    }

    fn shard(&self, destination: &Destination) -> &Shard {
        let hash = self.hasher.hash_one(destination);
        &self.shards[hash as usize % SHARDS]
    }

    /// Forgets rings, the one that was published to longest ago first, until all together are
    /// within their bound. One shard is locked at a time, so that others may publish meanwhile,
    /// and each of those looks after the bound as well.
    fn forget_beyond_the_total(&self) {
        while self.counters.ring_bytes.get() > self.options.rings_bytes_total {
            let first = self.shards.iter().min_by_key(|shard| shard.first());
            match first {
                Some(shard) if shard.first() != Turns::NONE => {
                    shard.forget_first(self);
                }
                Some(_) | None => return,
            }
        }
    }

    fn warn_of(&self, dropped: u64, destination: &Destination) {
        if dropped > 0 {
            warn!(
                %destination,
                dropped,
                deliveries = self.options.max_deliveries,
                "messages of a shared queue were given up after their last delivery",
            );
        }
    }
}

fn subscriber(mailbox: &Arc<Mailbox>, subscribe: &Subscribe, placed: bool) -> Subscriber {
    Subscriber {
        id: subscribe.id.clone(),
        version: subscribe.version,
        ack: subscribe.ack,
        placed,
        overflow: subscribe.overflow,
        direct: subscribe.direct,
        cursor: subscribe.cursor.clone(),
        mailbox: Arc::clone(mailbox),
    }
}

fn consumer(mailbox: &Arc<Mailbox>, subscribe: &Subscribe, prefetch: usize) -> Consumer {
    Consumer {
        id: subscribe.id.clone(),
        version: subscribe.version,
        ack: subscribe.ack,
        prefetch,
        mailbox: Arc::clone(mailbox),
    }
}
