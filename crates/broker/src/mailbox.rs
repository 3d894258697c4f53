//! The bounded queue between publishers and one session.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use stomp::Text;
use tokio::sync::Notify;

use crate::{Delivery, Overflow};

/// What one queued delivery costs beside its encoded bytes, which subscribers may share.
const ENTRY_BYTES: usize = 144;

/// How many entries an empty queue keeps memory for. A burst hands its memory over with its
/// deliveries, so that idle sessions cost little.
const KEPT_ENTRIES: usize = 8;

/// A message for one subscription, still shared with others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter<'a> {
    pub(crate) subscription: &'a Text,
    pub(crate) place: Option<u64>,
    pub(crate) message_id: &'a Text,
    pub(crate) encoded: &'a Bytes,
}

impl Letter<'_> {
    fn cost(&self) -> usize {
        self.encoded.len() + ENTRY_BYTES
    }

    fn delivery(&self, tag: Option<u64>) -> Delivery {
        Delivery::Message {
            subscription: self.subscription.clone(),
            place: self.place,
            message_id: self.message_id.clone(),
            tag,
            encoded: self.encoded.clone(),
        }
    }
}

/// The queue itself, shared by the table of the broker and the inbox.
#[derive(Debug)]
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    arrived: Notify,
    limit: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Delivery>,
    bytes: usize,
    parked: HashSet<Text>,
    /// Subscriptions that can be parked to make room for one that cannot.
    parkable: HashSet<Text>,
    /// A shared queue had something for us and found no room.
    starved: bool,
    over: bool,
}

/// How a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Queued,
    /// It was dropped, as everything is for a session that is parked here or over.
    Dropped,
    /// It was dropped and the subscription parked for it.
    Parked,
    /// It was dropped and the session is over.
    Overrun,
}

/// What an inbox takes at once.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) deliveries: Vec<Delivery>,
    /// Whether shared queues are to be asked for more.
    pub(crate) starved: bool,
}

impl Mailbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            queue: Mutex::default(),
            arrived: Notify::new(),
            limit,
        }
    }

    /// Queues one message, or does what `overflow` says where it does not fit.
    pub(crate) fn push(&self, letter: Letter<'_>, overflow: Overflow) -> Pushed {
        self.change(|queue| queue.push(letter, overflow, self.limit))
    }

    /// Queues one message of a shared queue where it fits, and says whether it did.
    pub(crate) fn offer(&self, letter: Letter<'_>, tag: u64) -> bool {
        self.change(|queue| queue.offer(letter, tag, self.limit))
    }

    /// Queues as many of these as fit, the newest where not all do, and says whether all did.
    pub(crate) fn replay(&self, letters: &[Letter<'_>]) -> bool {
        self.change(|queue| queue.replay(letters, self.limit))
    }

    /// Says that `subscription` has [`Overflow::Park`], until it is forgotten.
    pub(crate) fn may_park(&self, subscription: &Text) {
        self.lock().parkable.insert(subscription.clone());
    }

    /// Drops what waits for `subscription`. Says whether shared queues are to be asked for more,
    /// now that there may be room.
    pub(crate) fn forget(&self, subscription: &Text) -> bool {
        let mut queue = self.lock();
        queue.forget(subscription);
        queue.parkable.remove(subscription);
        std::mem::take(&mut queue.starved)
    }

    /// Lets a parked subscription receive again.
    pub(crate) fn resume(&self, subscription: &Text) {
        self.lock().parked.remove(subscription);
    }

    /// All that waits, in order of arrival.
    pub(crate) fn take(&self) -> Taken {
        self.lock().take()
    }

    /// Waits until something may have arrived. Cancel safe.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Changes the queue, and wakes the session with the first thing that waits: who finds
    /// more than one waiting has been woken for the first and not come yet.
    fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = self.lock();
        let was_empty = queue.waiting.is_empty();
        let result = change(&mut queue);
        let wake = was_empty && !queue.waiting.is_empty();
        drop(queue);
        if wake {
            self.arrived.notify_one();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole after every statement, so that a panic elsewhere cannot spoil it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, letter: Letter<'_>, overflow: Overflow, limit: usize) -> Pushed {
        if self.over || self.parked.contains(letter.subscription) {
            return Pushed::Dropped;
        }
        if overflow == Overflow::End && self.bytes + letter.cost() > limit {
            self.park_all();
        }
        if self.bytes + letter.cost() <= limit {
            self.add(letter, None);
            return Pushed::Queued;
        }
        let subscription = letter.subscription.clone();
        match overflow {
            Overflow::Park => {
                self.park(subscription);
                Pushed::Parked
            }
            Overflow::End => {
                self.over = true;
                self.waiting.clear();
                self.bytes = 0;
                self.waiting.push_back(Delivery::Overrun { subscription });
                Pushed::Overrun
            }
        }
    }

    fn park(&mut self, subscription: Text) {
        self.forget(&subscription);
        self.parked.insert(subscription.clone());
        self.waiting.push_back(Delivery::Parked { subscription });
    }

    /// Makes room at the cost of those who can catch up: a session must not end because of what
    /// it could have read again.
    fn park_all(&mut self) {
        let mut crowding: Vec<Text> = Vec::new();
        for delivery in &self.waiting {
            if let Delivery::Message { subscription, .. } = delivery
                && self.parkable.contains(subscription)
                && !crowding.contains(subscription)
            {
                crowding.push(subscription.clone());
            }
        }
        for subscription in crowding {
            self.park(subscription);
        }
    }

    fn offer(&mut self, letter: Letter<'_>, tag: u64, limit: usize) -> bool {
        if self.over {
            return false;
        }
        // One message larger than the whole inbox still passes when nothing else waits. It would
        // block its queue for ever otherwise.
        let fits = self.bytes + letter.cost() <= limit || self.bytes == 0;
        if fits {
            self.add(letter, Some(tag));
        }
        self.starved |= !fits;
        fits
    }

    fn replay(&mut self, letters: &[Letter<'_>], limit: usize) -> bool {
        if self.over {
            return false;
        }
        let mut room = limit.saturating_sub(self.bytes);
        let fitting = letters
            .iter()
            .rev()
            .take_while(|letter| {
                let rest = room.checked_sub(letter.cost());
                room = rest.unwrap_or(room);
                rest.is_some()
            })
            .count();
        for letter in &letters[letters.len() - fitting..] {
            self.add(*letter, None);
        }
        fitting == letters.len()
    }

    fn add(&mut self, letter: Letter<'_>, tag: Option<u64>) {
        self.bytes += letter.cost();
        self.waiting.push_back(letter.delivery(tag));
    }

    /// Drops what waits for `subscription`.
    fn forget(&mut self, subscription: &Text) {
        let bytes = &mut self.bytes;
        self.waiting.retain(|delivery| match delivery {
            Delivery::Message {
                subscription: of,
                encoded,
                ..
            } if of == subscription => {
                *bytes -= encoded.len() + ENTRY_BYTES;
                false
            }
            Delivery::Parked { subscription: of } => of != subscription,
            Delivery::Message { .. } | Delivery::Overrun { .. } => true,
        });
        self.parked.remove(subscription);
    }

    fn take(&mut self) -> Taken {
        if self.waiting.is_empty() {
            return Taken::default();
        }
        self.bytes = 0;
        let deliveries = if self.waiting.capacity() > KEPT_ENTRIES {
            std::mem::take(&mut self.waiting).into()
        } else {
            self.waiting.drain(..).collect()
        };
        let starved = std::mem::take(&mut self.starved);
        Taken {
            deliveries,
            starved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: Bytes = Bytes::from_static(b"123456");
    const EACH: usize = 6 + ENTRY_BYTES;

    fn letter<'a>(subscription: &'a Text, place: u64) -> Letter<'a> {
        static ENCODED: Bytes = BODY;
        static ID: Text = Text::from_static("m");
        Letter {
            subscription,
            place: Some(place),
            message_id: &ID,
            encoded: &ENCODED,
        }
    }

    fn queue_with(count: u64, overflow: Overflow, limit: usize) -> Queue {
        let mut queue = Queue::default();
        for place in 1..=count {
            queue.push(letter(&Text::from("a"), place), overflow, limit);
        }
        queue
    }

    fn places(taken: &Taken) -> Vec<Option<u64>> {
        let place = |delivery: &Delivery| match delivery {
            Delivery::Message { place, .. } => *place,
            Delivery::Parked { .. } | Delivery::Overrun { .. } => None,
        };
        taken.deliveries.iter().map(place).collect()
    }

    #[test]
    fn an_entry_costs_at_least_what_it_takes() {
        assert!(size_of::<Delivery>() <= ENTRY_BYTES);
    }

    #[test]
    fn the_byte_limit_holds_at_its_edge() {
        let taken = queue_with(3, Overflow::Park, 3 * EACH).take();
        assert_eq!(taken.deliveries.len(), 3);
        let taken = queue_with(3, Overflow::Park, 3 * EACH - 1).take();
        assert!(
            matches!(&taken.deliveries[..], [Delivery::Parked { .. }]),
            "{taken:?}"
        );
    }

    #[test]
    fn a_parked_subscription_takes_nothing_until_resumed_and_harms_no_other() {
        let mut queue = Queue::default();
        let push = |queue: &mut Queue, id: &'static str, place| {
            queue.push(letter(&Text::from(id), place), Overflow::Park, 3 * EACH)
        };
        assert_eq!(push(&mut queue, "other", 1), Pushed::Queued);
        for place in 1..=2 {
            assert_eq!(push(&mut queue, "slow", place), Pushed::Queued);
        }
        assert_eq!(push(&mut queue, "slow", 3), Pushed::Parked);
        assert_eq!(push(&mut queue, "slow", 4), Pushed::Dropped);
        assert_eq!(push(&mut queue, "other", 2), Pushed::Queued);

        let taken = queue.take();
        let [
            Delivery::Message { place: Some(1), .. },
            Delivery::Parked { subscription },
            Delivery::Message { place: Some(2), .. },
        ] = &taken.deliveries[..]
        else {
            panic!("{taken:?}")
        };
        assert_eq!(&**subscription, "slow");

        queue.parked.remove("slow");
        assert_eq!(push(&mut queue, "slow", 5), Pushed::Queued);
    }

    #[test]
    fn those_that_can_be_parked_make_room_for_one_that_cannot() {
        let id = |id: &'static str| Text::from(id);
        let mut queue = Queue::default();
        queue.parkable.insert(id("room"));
        for place in 1..=2 {
            queue.push(letter(&id("room"), place), Overflow::Park, 3 * EACH);
        }
        let plain = |queue: &mut Queue, place| {
            queue.push(letter(&id("plain"), place), Overflow::End, 3 * EACH)
        };
        assert_eq!(plain(&mut queue, 1), Pushed::Queued);
        assert_eq!(plain(&mut queue, 2), Pushed::Queued);
        assert_eq!(plain(&mut queue, 3), Pushed::Queued);
        let room = queue.push(letter(&id("room"), 3), Overflow::Park, 3 * EACH);
        assert_eq!(room, Pushed::Dropped);
        // Now the plain one is too slow by itself.
        assert_eq!(plain(&mut queue, 4), Pushed::Overrun);
        let mut queue = Queue::default();
        queue.parkable.insert(id("room"));
        queue.push(letter(&id("room"), 1), Overflow::Park, EACH);
        assert_eq!(
            queue.push(letter(&id("plain"), 1), Overflow::End, EACH),
            Pushed::Queued
        );
        let taken = queue.take();
        let [Delivery::Parked { subscription }, Delivery::Message { .. }] = &taken.deliveries[..]
        else {
            panic!("{taken:?}")
        };
        assert_eq!(&**subscription, "room");
    }

    #[test]
    fn an_overrun_ends_the_session_and_holds_no_bytes() {
        let mut queue = queue_with(5, Overflow::End, 3 * EACH);
        assert_eq!(queue.bytes, 0);
        let taken = queue.take();
        assert!(
            matches!(&taken.deliveries[..], [Delivery::Overrun { .. }]),
            "{taken:?}"
        );
        assert!(!queue.offer(letter(&Text::from("a"), 1), 1, 3 * EACH));
        assert!(!queue.replay(&[letter(&Text::from("a"), 1)], 3 * EACH));
        assert!(queue.take().deliveries.is_empty());
    }

    #[test]
    fn unsubscribing_gives_the_bytes_back() {
        let mut queue = queue_with(3, Overflow::Park, 3 * EACH);
        queue.forget(&Text::from("a"));
        assert_eq!((queue.bytes, queue.waiting.len()), (0, 0));
    }

    #[test]
    fn an_offer_that_does_not_fit_changes_nothing_and_is_remembered_until_there_is_room() {
        let mut queue = queue_with(3, Overflow::End, 3 * EACH);
        assert!(!queue.offer(letter(&Text::from("q"), 4), 1, 3 * EACH));
        let taken = queue.take();
        assert_eq!(places(&taken), [Some(1), Some(2), Some(3)]);
        assert!(taken.starved);
        assert!(queue.offer(letter(&Text::from("q"), 4), 1, 3 * EACH));
        assert!(!queue.take().starved);
    }

    #[test]
    fn one_offer_larger_than_the_inbox_passes_alone() {
        let mut queue = Queue::default();
        assert!(queue.offer(letter(&Text::from("q"), 1), 1, EACH - 1));
        assert!(!queue.offer(letter(&Text::from("q"), 2), 2, EACH - 1));
    }

    #[test]
    fn a_replay_that_does_not_fit_keeps_its_newest_and_says_so() {
        let id = Text::from("a");
        let letters: Vec<_> = (1..=4).map(|place| letter(&id, place)).collect();
        let mut queue = Queue::default();
        assert!(queue.replay(&letters, 4 * EACH));
        assert!(!queue.replay(&letters, 7 * EACH));
        let expected = [1, 2, 3, 4, 2, 3, 4].map(Some);
        assert_eq!(places(&queue.take()), expected);
    }

    #[test]
    fn a_burst_leaves_no_memory_behind() {
        let mut queue = queue_with(1_000, Overflow::Park, 1_000 * EACH);
        assert_eq!(queue.take().deliveries.len(), 1_000);
        assert_eq!(queue.waiting.capacity(), 0);
    }
}
