//! What a plain destination remembers: its newest messages, by offset.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use stomp::Text;

use crate::message::Packed;
use crate::{Destination, Message, Options};

/// What a ring costs beside its messages: its destination's entry in the table, and its place in
/// the order of forgetting.
const RING_BYTES: usize = 512;

/// The offsets of one destination, and its newest messages.
///
/// The messages are those of the last offsets without a hole, so that offsets need not be
/// stored.
#[derive(Debug)]
pub(crate) struct Ring {
    epoch: Epoch,
    head: u64,
    kept: VecDeque<Packed>,
    bytes: usize,
    /// What it costs beside its messages.
    fixed: usize,
    /// Its place in the order of forgetting. `None` while there is nothing to forget, and it
    /// lives for its subscribers alone and at their cost.
    turn: Option<u64>,
}

/// What is replayed to a new subscription.
#[derive(Debug)]
pub(crate) struct Replay {
    /// How many of the newest messages.
    pub(crate) count: usize,
    /// Whether nothing else is missing.
    pub(crate) complete: bool,
}

impl Ring {
    pub(crate) fn new(epoch: Epoch, destination: &Destination) -> Self {
        Self {
            epoch,
            head: 0,
            kept: VecDeque::new(),
            bytes: 0,
            fixed: RING_BYTES + destination.as_str().len(),
            turn: None,
        }
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The newest offset; 0 before the first.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// What it costs now.
    pub(crate) fn cost(&self) -> usize {
        self.turn.map_or(0, |_| self.fixed + self.bytes)
    }

    /// Whether there is something to forget.
    pub(crate) fn remembers(&self) -> bool {
        self.turn.is_some()
    }

    /// Gives the next offset to a message that [`keep`](Self::keep) is told next.
    pub(crate) fn advance(&mut self) -> u64 {
        self.head += 1;
        self.head
    }

    /// Keeps a message, and as many before it as the bounds allow. One that is beyond them by
    /// itself is not kept, nor is what was before it.
    pub(crate) fn keep(&mut self, message: Packed, options: &Options) {
        self.bytes += message.cost();
        self.kept.push_back(message);
        while self.kept.len() > options.ring_messages || self.bytes > options.ring_bytes {
            let Some(oldest) = self.kept.pop_front() else {
                return;
            };
            self.bytes -= oldest.cost();
        }
    }

    /// Forgets all messages, but not the offset. The epoch stays true while the ring lives.
    pub(crate) fn forget(&mut self) {
        self.kept = VecDeque::new();
        self.bytes = 0;
        self.turn = None;
    }

    /// What was published after `seq`, or all there is where that means nothing here.
    pub(crate) fn since(&self, seq: u64, same_epoch: Option<bool>) -> Replay {
        let known = seq <= self.head;
        let ours = same_epoch.unwrap_or(known);
        let after = self.head.saturating_sub(seq);
        Replay {
            count: self.at_most(if ours { after } else { u64::MAX }),
            complete: ours && known && after <= self.kept.len() as u64,
        }
    }

    /// The last `count` messages, or as many as there are.
    pub(crate) fn last(&self, count: u64) -> Replay {
        Replay {
            count: self.at_most(count),
            complete: true,
        }
    }

    fn at_most(&self, count: u64) -> usize {
        let all = self.kept.len();
        usize::try_from(count).map_or(all, |count| count.min(all))
    }

    /// The newest `count` messages of `destination` with their offsets, oldest first.
    pub(crate) fn newest(
        &self,
        count: usize,
        destination: &Destination,
    ) -> impl Iterator<Item = (u64, Message)> {
        let offsets = self.head - count as u64 + 1..;
        let kept = self.kept.iter().skip(self.kept.len() - count);
        offsets.zip(kept.map(|kept| kept.unpack(destination.clone())))
    }
}

/// The rings of one shard that remember something, by when they were last published to.
#[derive(Debug, Default)]
pub(crate) struct Turns(BTreeMap<u64, Destination>);

impl Turns {
    /// [`first`](Self::first) where nothing is remembered: later than all others.
    pub(crate) const NONE: u64 = u64::MAX;

    /// The turn that is the first to be forgotten.
    pub(crate) fn first(&self) -> u64 {
        self.0
            .first_key_value()
            .map_or(Self::NONE, |(turn, _)| *turn)
    }

    /// Puts the ring of `destination` last in the order.
    pub(crate) fn renew(&mut self, ring: &mut Ring, destination: &Destination, turn: u64) {
        let name = ring.turn.and_then(|old| self.0.remove(&old));
        let name = name.unwrap_or_else(|| destination.clone());
        self.0.insert(turn, name);
        ring.turn = Some(turn);
    }

    /// Takes the first out of the order, which its ring must then [`forget`](Ring::forget).
    pub(crate) fn pop(&mut self) -> Option<Destination> {
        self.0.pop_first().map(|(_, destination)| destination)
    }
}

/// The number of one count of offsets in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

/// Makes epochs that no other process, and no other broker, makes again.
#[derive(Debug)]
pub(crate) struct Epochs {
    of_broker: u64,
    next: AtomicU64,
}

impl Epochs {
    pub(crate) fn new() -> Self {
        Self {
            // The keys of a `RandomState` are the operating system's randomness, and differ from
            // one to the next.
            of_broker: RandomState::new().hash_one("epoch"),
            next: AtomicU64::new(1),
        }
    }

    pub(crate) fn next(&self) -> Epoch {
        Epoch(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The epoch as peers see it, an opaque word.
    pub(crate) fn text(&self, epoch: Epoch) -> Text {
        Text::from(format!("{:016x}-{:x}", self.of_broker, epoch.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn destination() -> Destination {
        Destination::parse("/topic/a").unwrap()
    }

    fn ring(published: u64, options: &Options) -> Ring {
        let mut ring = Ring::new(Epochs::new().next(), &destination());
        for _ in 0..published {
            let offset = ring.advance();
            let message = Message::new(destination(), Text::from(offset.to_string()));
            ring.keep(Packed::new(&message), options);
        }
        ring
    }

    fn with(ring_messages: usize) -> Options {
        Options {
            ring_messages,
            ..Options::default()
        }
    }

    /// The offsets of a replay, checked against the messages that were given them.
    fn offsets(ring: &Ring, replay: &Replay) -> Vec<u64> {
        let check = |(offset, message): (u64, Message)| {
            assert_eq!(message.id().as_str(), offset.to_string());
            offset
        };
        ring.newest(replay.count, &destination())
            .map(check)
            .collect()
    }

    #[test]
    fn the_count_of_messages_holds_at_its_edge() {
        let full = ring(3, &with(3));
        assert_eq!(offsets(&full, &full.last(9)), [1, 2, 3]);
        let over = ring(4, &with(3));
        assert_eq!(offsets(&over, &over.last(9)), [2, 3, 4]);
        assert_eq!(offsets(&over, &over.last(2)), [3, 4]);
    }

    #[test]
    fn the_bytes_of_messages_hold_at_their_edge() {
        let each = Packed::new(&Message::new(destination(), Text::from("1"))).cost();
        let mut options = Options {
            ring_bytes: 3 * each,
            ..Options::default()
        };
        let full = ring(3, &options);
        assert_eq!((full.kept.len(), full.bytes), (3, 3 * each));
        options.ring_bytes -= 1;
        let over = ring(3, &options);
        assert_eq!((over.kept.len(), over.bytes), (2, 2 * each));
    }

    #[test]
    fn a_message_larger_than_the_ring_leaves_a_known_hole() {
        let options = Options {
            ring_bytes: 1_000,
            ..Options::default()
        };
        let mut ring = ring(2, &options);
        let large = Message::new(destination(), Text::from("3")).body(vec![0; 1_000].into());
        ring.advance();
        ring.keep(Packed::new(&large), &options);
        assert_eq!((ring.kept.len(), ring.bytes), (0, 0));
        assert!(!ring.since(2, Some(true)).complete);
        assert!(ring.since(3, Some(true)).complete);
    }

    #[test]
    fn an_offset_that_was_never_given_recovers_nothing_for_certain() {
        let ring = ring(3, &with(100));
        let ours = ring.since(4, Some(true));
        assert_eq!((ours.count, ours.complete), (0, false));
        let unknown = ring.since(u64::MAX, None);
        assert_eq!((unknown.count, unknown.complete), (3, false));
    }

    #[test]
    fn epochs_differ_within_a_broker_and_between_brokers() {
        let (one, other) = (Epochs::new(), Epochs::new());
        let texts = [
            one.text(one.next()),
            one.text(one.next()),
            other.text(other.next()),
        ];
        assert_ne!(texts[0], texts[1]);
        assert_ne!(texts[0], texts[2]);
    }

    proptest! {
        #[test]
        fn a_replay_agrees_with_a_plain_list(
            published in 0_u64..30,
            size in 1_usize..10,
            seq in prop_oneof![0_u64..40, any::<u64>()],
            same_epoch: Option<bool>,
        ) {
            let ring = ring(published, &with(size));
            let forgotten = published.saturating_sub(size as u64);
            let meant = same_epoch.unwrap_or(seq <= published);
            let expected: Vec<u64> = (forgotten + 1..=published)
                .filter(|offset| !meant || *offset > seq)
                .collect();
            let missed: Vec<u64> = (1..=published).filter(|offset| *offset > seq).collect();
            let replay = ring.since(seq, same_epoch);
            prop_assert_eq!(offsets(&ring, &replay), expected.clone());
            prop_assert_eq!(replay.complete, meant && seq <= published && expected == missed);
        }
    }
}
