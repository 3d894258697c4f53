//! What waits in a mailbox, and who gives way where it is too much.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use stomp::Text;

use super::{ENTRY_BYTES, Encoded, Letter, Pushed, Taken};
use crate::{Cursor, Delivery, Overflow};

/// How many entries an empty queue keeps memory for, so that idle sessions cost little.
const KEPT_ENTRIES: usize = 16;

/// What waits: a delivery that has not been taken, and shares what can be shared.
#[derive(Debug)]
pub(super) enum Waiting {
    Message {
        encoded: Arc<Encoded>,
        place: Option<u64>,
        tag: Option<u64>,
    },
    Parked(Text),
    Overrun(Text),
}

impl From<Waiting> for Delivery {
    fn from(waiting: Waiting) -> Self {
        match waiting {
            Waiting::Message {
                encoded,
                place,
                tag,
            } => Self::Message {
                subscription: encoded.subscription.clone(),
                place,
                message_id: encoded.message_id.clone(),
                tag,
                encoded: encoded.bytes.clone(),
            },
            Waiting::Parked(subscription) => Self::Parked { subscription },
            Waiting::Overrun(subscription) => Self::Overrun { subscription },
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) bytes: usize,
    /// Whether the session waits for nothing but this queue, and has lent its outlet. What waits
    /// then can be written as it is.
    pub(super) lent: bool,
    pub(super) parked: HashSet<Text>,
    /// Subscriptions that can be parked to make room for one that cannot, with how far those have
    /// come that follow a log.
    pub(super) parkable: HashMap<Text, Option<Cursor>>,
    /// A shared queue had something for us and found no room.
    pub(super) starved: bool,
    pub(super) over: bool,
}

impl Queue {
    pub(super) fn push(&mut self, letter: Letter<'_>, overflow: Overflow, limit: usize) -> Pushed {
        if self.over || self.parked.contains(&letter.encoded.subscription) {
            return Pushed::Dropped;
        }
        if overflow == Overflow::End && self.bytes + letter.cost() > limit {
            self.park_all();
        }
        if self.bytes + letter.cost() <= limit {
            return self.put(letter);
        }
        let subscription = letter.encoded.subscription.clone();
        match overflow {
            Overflow::Park => {
                self.park(subscription);
                Pushed::Parked
            }
            Overflow::End => {
                self.overrun(subscription);
                Pushed::Overrun
            }
        }
    }

    /// Adds a letter that fits. While the outlet is lent, what can be written is admitted here,
    /// and what cannot is for the session to see, and with it all that waits already.
    pub(super) fn put(&mut self, letter: Letter<'_>) -> Pushed {
        let admitted = match (letter.place, letter.cursor) {
            _ if !self.lent || !letter.direct => false,
            (None, _) => true,
            (Some(place), Some(cursor)) => cursor.admit(place),
            (Some(_), None) => false,
        };
        if !admitted {
            self.lent = false;
            self.add(letter, None);
            return Pushed::Queued;
        }
        let first = self.waiting.is_empty();
        let place = None;
        self.add(Letter { place, ..letter }, None);
        if first { Pushed::Ready } else { Pushed::Queued }
    }

    /// What waits, as long as it is messages.
    pub(super) fn encoded(&self) -> impl Iterator<Item = &Bytes> + Clone {
        self.waiting.iter().map_while(|delivery| match delivery {
            Waiting::Message { encoded, .. } => Some(&encoded.bytes),
            Waiting::Parked(_) | Waiting::Overrun(_) => None,
        })
    }

    /// The first so many are written.
    pub(super) fn gone(&mut self, count: usize) {
        for waiting in self.waiting.drain(..count) {
            if let Waiting::Message { encoded, .. } = waiting {
                self.bytes -= encoded.bytes.len() + ENTRY_BYTES;
            }
        }
        self.shrink();
    }

    /// Gives up the memory of a burst that is over.
    fn shrink(&mut self) {
        if self.waiting.is_empty() && self.waiting.capacity() > KEPT_ENTRIES {
            self.waiting = VecDeque::new();
        }
    }

    pub(super) fn overrun(&mut self, subscription: Text) {
        self.over = true;
        self.lent = false;
        self.waiting.clear();
        self.bytes = 0;
        self.waiting.push_back(Waiting::Overrun(subscription));
    }

    /// Ends the session, if it has any message waiting. Says whether it did.
    pub(super) fn end(&mut self) -> bool {
        let first = self.waiting.iter().find_map(|waiting| match waiting {
            Waiting::Message { encoded, .. } => Some(encoded.subscription.clone()),
            Waiting::Parked(_) | Waiting::Overrun(_) => None,
        });
        match first {
            Some(subscription) => {
                self.overrun(subscription);
                true
            }
            None => false,
        }
    }

    pub(super) fn park(&mut self, subscription: Text) {
        self.lent = false;
        let untold = self.forget(&subscription);
        // The session will read these from the log as well.
        if let Some(Some(cursor)) = self.parkable.get(&subscription) {
            cursor.rewind(untold);
        }
        self.parked.insert(subscription.clone());
        self.waiting.push_back(Waiting::Parked(subscription));
    }

    /// Makes room at the cost of those who can catch up: a session must not end because of what
    /// it could have read again. Says how many were parked.
    pub(super) fn park_all(&mut self) -> u64 {
        let mut crowding: Vec<Text> = Vec::new();
        for waiting in &self.waiting {
            if let Waiting::Message { encoded, .. } = waiting
                && self.parkable.contains_key(&encoded.subscription)
                && !crowding.contains(&encoded.subscription)
            {
                crowding.push(encoded.subscription.clone());
            }
        }
        let parked = crowding.len() as u64;
        for subscription in crowding {
            self.park(subscription);
        }
        parked
    }

    pub(super) fn offer(&mut self, letter: Letter<'_>, tag: u64, limit: usize) -> bool {
        if self.over {
            return false;
        }
        // One message larger than the whole inbox still passes when nothing else waits. It would
        // block its queue for ever otherwise.
        let fits = self.bytes + letter.cost() <= limit || self.bytes == 0;
        // Only the session can settle it, or ask for it again.
        self.lent = false;
        if fits {
            self.add(letter, Some(tag));
        }
        self.starved |= !fits;
        fits
    }

    pub(super) fn replay(&mut self, mut letters: Vec<Letter<'_>>, limit: usize) -> bool {
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
        self.lent = false;
        let beyond = letters.len() - fitting;
        for letter in letters.drain(beyond..) {
            self.add(letter, None);
        }
        beyond == 0
    }

    pub(super) fn add(&mut self, letter: Letter<'_>, tag: Option<u64>) {
        self.bytes += letter.cost();
        self.waiting.push_back(Waiting::Message {
            encoded: letter.encoded,
            place: letter.place,
            tag,
        });
    }

    /// Drops what waits for `subscription`. Says how many messages were without a place: such as
    /// were admitted already, where it follows a log.
    pub(super) fn forget(&mut self, subscription: &Text) -> usize {
        let bytes = &mut self.bytes;
        let mut without_place = 0;
        self.waiting.retain(|waiting| match waiting {
            Waiting::Message { encoded, place, .. } if encoded.subscription == *subscription => {
                *bytes -= encoded.bytes.len() + ENTRY_BYTES;
                without_place += usize::from(place.is_none());
                false
            }
            Waiting::Parked(of) => of != subscription,
            Waiting::Message { .. } | Waiting::Overrun(_) => true,
        });
        self.parked.remove(subscription);
        without_place
    }

    pub(super) fn take(&mut self) -> Taken {
        if self.waiting.is_empty() {
            return Taken::default();
        }
        self.lent = false;
        self.bytes = 0;
        let deliveries = self.waiting.drain(..).map(Delivery::from).collect();
        self.shrink();
        let starved = std::mem::take(&mut self.starved);
        Taken {
            deliveries,
            starved,
        }
    }
}
