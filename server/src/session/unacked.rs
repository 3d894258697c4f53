//! What a client has been sent and not acknowledged yet (STOMP 1.2, SUBSCRIBE ack Header).

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher as _;

use stomp::{AckMode, Acknowledged, Text};

/// The subscriptions of one session that acknowledge. Each remembers at most so many messages;
/// what is beyond waits, or ends the session, see [`room`](Self::room).
#[derive(Debug)]
pub(super) struct Unacked {
    limit: usize,
    by_id: HashMap<Text, Subscription>,
    /// The subscriptions that ended of late, oldest first, as hashes of their ids, which may be
    /// long.
    ended: VecDeque<u64>,
    hasher: RandomState,
}

/// How many ended subscriptions are remembered: as many as a session may have by default.
const ENDED: usize = 100;

#[derive(Debug)]
struct Subscription {
    mode: AckMode,
    sent: VecDeque<Sent>,
}

/// One message that was sent and waits for its ACK or NACK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) message_id: Text,
    /// What a shared queue knows the delivery by.
    pub(super) tag: Option<u64>,
}

/// What an ACK or NACK settles.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) subscription: Text,
    /// Tags of a shared queue, oldest first.
    pub(super) tags: Vec<u64>,
}

/// Nothing of this name waits for an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownAck;

impl Unacked {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            by_id: HashMap::new(),
            ended: VecDeque::new(),
            hasher: RandomState::new(),
        }
    }

    /// A subscription begins. In `auto` mode there is nothing to remember of it.
    pub(super) fn start(&mut self, id: Text, mode: AckMode) {
        if mode != AckMode::Auto {
            let sent = VecDeque::new();
            self.by_id.insert(id, Subscription { mode, sent });
        }
    }

    pub(super) fn stop(&mut self, id: &Text) {
        self.by_id.remove(id);
        if self.ended.len() >= ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(self.hasher.hash_one(id.as_str()));
    }

    /// Whether this is about a message of a subscription that has ended, and so comes too late.
    /// That is no fault: the message was on its way when the client said UNSUBSCRIBE.
    pub(super) fn is_late(&self, named: &Acknowledged) -> bool {
        let ended = |id: &str| self.ended.contains(&self.hasher.hash_one(id));
        let of_ended = match named {
            Acknowledged::Id(token) => token.rsplit_once('/').is_some_and(|(id, _)| ended(id)),
            Acknowledged::Message {
                subscription: Some(id),
                ..
            } => ended(id),
            // 1.0 need not say which subscription: it may be any that has ended.
            Acknowledged::Message {
                subscription: None, ..
            } => !self.ended.is_empty(),
        };
        of_ended && !self.knows(named)
    }

    /// Whether the client acknowledges what this subscription brings.
    pub(super) fn acknowledges(&self, id: &Text) -> bool {
        self.by_id.contains_key(id)
    }

    /// How many more messages this subscription may be sent before it acknowledges some.
    pub(super) fn room(&self, id: &Text) -> usize {
        self.by_id.get(id).map_or(usize::MAX, |subscription| {
            self.limit.saturating_sub(subscription.sent.len())
        })
    }

    /// A message goes out.
    pub(super) fn sent(&mut self, id: &Text, sent: Sent) {
        if let Some(subscription) = self.by_id.get_mut(id) {
            subscription.sent.push_back(sent);
        }
    }

    /// Whether a message of this name waits.
    pub(super) fn knows(&self, named: &Acknowledged) -> bool {
        self.find(named).is_some()
    }

    /// An ACK, or a NACK: in `client` mode it stands for its message and all before it, in
    /// `client-individual` mode for its message alone.
    pub(super) fn settle(&mut self, named: &Acknowledged) -> Result<Settled, UnknownAck> {
        let (id, at) = self.find(named).ok_or(UnknownAck)?;
        let subscription = self.by_id.get_mut(&id).ok_or(UnknownAck)?;
        let first = match subscription.mode {
            AckMode::ClientIndividual => at,
            AckMode::Client | AckMode::Auto => 0,
        };
        let settled = subscription.sent.drain(first..=at);
        let tags = settled.filter_map(|sent| sent.tag).collect();
        Ok(Settled {
            subscription: id,
            tags,
        })
    }

    fn find(&self, named: &Acknowledged) -> Option<(Text, usize)> {
        match named {
            Acknowledged::Id(token) => {
                let (id, message_id) = token.rsplit_once('/')?;
                self.find_in(id, message_id)
            }
            Acknowledged::Message {
                message_id,
                subscription: Some(id),
            } => self.find_in(id, message_id),
            // 1.0 need not say which subscription: it is whichever was sent the message.
            Acknowledged::Message {
                message_id,
                subscription: None,
            } => self.by_id.iter().find_map(|(id, subscription)| {
                Some((id.clone(), subscription.position(message_id)?))
            }),
        }
    }

    fn find_in(&self, id: &str, message_id: &str) -> Option<(Text, usize)> {
        let (id, subscription) = self.by_id.get_key_value(id)?;
        Some((id.clone(), subscription.position(message_id)?))
    }
}

impl Subscription {
    fn position(&self, message_id: &str) -> Option<usize> {
        self.sent
            .iter()
            .position(|sent| sent.message_id == message_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(number: u64) -> Sent {
        Sent {
            message_id: format!("m-{number}").into(),
            tag: Some(number),
        }
    }

    fn unacked(mode: AckMode) -> Unacked {
        let mut unacked = Unacked::new(4);
        let id = Text::from("a/b");
        unacked.start(id.clone(), mode);
        for number in 1..=3 {
            unacked.sent(&id, sent(number));
        }
        unacked
    }

    fn by_id(token: &'static str) -> Acknowledged {
        Acknowledged::Id(Text::from_static(token))
    }

    fn by_message(message_id: &'static str, subscription: Option<&'static str>) -> Acknowledged {
        Acknowledged::Message {
            message_id: Text::from_static(message_id),
            subscription: subscription.map(Text::from_static),
        }
    }

    #[test]
    fn in_client_mode_an_ack_stands_for_all_before_it() {
        let mut unacked = unacked(AckMode::Client);
        let settled = unacked.settle(&by_id("a/b/m-2")).unwrap();
        assert_eq!(settled.tags, [1, 2]);
        assert_eq!(unacked.settle(&by_id("a/b/m-1")), Err(UnknownAck));
        assert_eq!(unacked.settle(&by_id("a/b/m-3")).unwrap().tags, [3]);
    }

    #[test]
    fn in_individual_mode_it_stands_for_its_message_alone() {
        let mut unacked = unacked(AckMode::ClientIndividual);
        assert_eq!(unacked.settle(&by_id("a/b/m-2")).unwrap().tags, [2]);
        assert_eq!(unacked.settle(&by_id("a/b/m-2")), Err(UnknownAck));
        assert_eq!(unacked.settle(&by_id("a/b/m-1")).unwrap().tags, [1]);
    }

    #[test]
    fn older_versions_name_the_message() {
        let mut unacked = unacked(AckMode::ClientIndividual);
        let with = by_message("m-1", Some("a/b"));
        assert_eq!(unacked.settle(&with).unwrap().tags, [1]);
        assert_eq!(
            unacked.settle(&by_message("m-2", Some("c"))),
            Err(UnknownAck)
        );
        assert_eq!(unacked.settle(&by_message("m-2", None)).unwrap().tags, [2]);
    }

    #[test]
    fn the_limit_is_counted_per_subscription() {
        let mut unacked = unacked(AckMode::Client);
        let id = Text::from("a/b");
        assert_eq!(unacked.room(&id), 1);
        unacked.sent(&id, sent(4));
        assert_eq!(unacked.room(&id), 0);
        assert_eq!(unacked.room(&Text::from("auto")), usize::MAX);
        unacked.settle(&by_id("a/b/m-4")).unwrap();
        assert_eq!(unacked.room(&id), 4);
    }

    #[test]
    fn what_is_acknowledged_after_the_end_of_its_subscription_is_late() {
        let mut unacked = unacked(AckMode::Client);
        assert!(!unacked.is_late(&by_id("a/b/m-1")));
        assert!(!unacked.is_late(&by_message("m-1", None)));
        unacked.stop(&Text::from("a/b"));
        assert!(unacked.is_late(&by_id("a/b/m-1")));
        assert!(unacked.is_late(&by_message("m-1", Some("a/b"))));
        assert!(unacked.is_late(&by_message("m-1", None)));
        for other in ["a/m-1", "m-1", "a/b"] {
            assert!(!unacked.is_late(&by_id(other)), "{other}");
        }
        // The same id again: what is known there is not late, and the rest is.
        unacked.start(Text::from("a/b"), AckMode::Client);
        unacked.sent(&Text::from("a/b"), sent(7));
        assert!(!unacked.is_late(&by_id("a/b/m-7")));
        assert!(unacked.is_late(&by_id("a/b/m-1")));
    }

    #[test]
    fn so_many_ended_subscriptions_are_remembered() {
        let mut unacked = Unacked::new(1);
        for number in 0..=ENDED {
            unacked.stop(&Text::from(number.to_string()));
        }
        assert!(!unacked.is_late(&by_id("0/m")));
        assert!(unacked.is_late(&by_id("1/m")));
        assert_eq!(unacked.ended.len(), ENDED);
    }

    #[test]
    fn nothing_is_remembered_in_auto_mode() {
        let mut unacked = Unacked::new(1);
        let id = Text::from("s");
        unacked.start(id.clone(), AckMode::Auto);
        unacked.sent(&id, sent(1));
        assert!(!unacked.acknowledges(&id));
        assert_eq!(unacked.settle(&by_id("s/m-1")), Err(UnknownAck));
    }
}
