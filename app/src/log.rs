//! What has been said in a room, as far as this page knows it.

use std::sync::Arc;

use chat::{RoomMessage, Seq};

/// The messages of one room in the order of their [`Seq`], each once.
///
/// It takes messages from three sources that overlap (the page as it was served, the live link,
/// and what is read again after a hole), which is why nothing is believed about their order.
#[derive(Clone, Debug, Default)]
pub struct Log {
    messages: Vec<Arc<RoomMessage>>,
    /// Everything up to here was received or lies before what we asked for.
    unbroken: Seq,
}

/// What became of a message that was offered to a [`Log`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is new, and nothing before it is missing.
    Added,
    /// It is new, but what follows `after` has not been received.
    Hole { after: Seq },
    /// It was here already, or is older than all that is kept.
    Known,
}

impl Log {
    /// How many messages a page keeps; the oldest go first. Each is a row of the document, and a
    /// phone is still smooth with so many.
    pub const LIMIT: usize = 2_000;

    /// A log that starts with the newest messages of a room, wherever those begin.
    #[must_use]
    pub fn starting_with(messages: Vec<RoomMessage>) -> Self {
        let mut log = Self::default();
        for message in messages {
            log.apply(message);
        }
        log
    }

    /// Takes a message to its place.
    pub fn apply(&mut self, message: RoomMessage) -> Applied {
        let seq = message.seq;
        let place = match self.messages.binary_search_by_key(&seq, |known| known.seq) {
            Ok(_) => return Applied::Known,
            Err(0) if self.messages.len() == Self::LIMIT => return Applied::Known,
            Err(place) => place,
        };
        self.messages.insert(place, Arc::new(message));
        if self.messages.len() == 1 {
            self.unbroken = seq;
        }
        self.advance();
        if self.messages.len() > Self::LIMIT {
            self.messages.remove(0);
        }
        if seq > self.unbroken {
            Applied::Hole {
                after: self.unbroken,
            }
        } else {
            Applied::Added
        }
    }

    /// The newest message before which nothing is missing, and so the place from which a new
    /// subscription has to continue; `None` while nothing is known of the room.
    #[must_use]
    pub fn since(&self) -> Option<Seq> {
        (!self.messages.is_empty()).then_some(self.unbroken)
    }

    /// The oldest message that is known.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.messages.first().map_or(Seq::ZERO, |m| m.seq)
    }

    /// The place after which something is missing, if something is.
    #[must_use]
    pub fn hole(&self) -> Option<Seq> {
        let last = self.messages.last()?;
        (last.seq > self.unbroken).then_some(self.unbroken)
    }

    /// Nothing was kept between these two: what follows `after` begins with `next`.
    pub fn close(&mut self, after: Seq, next: Seq) {
        if self.unbroken == after && next > after {
            self.unbroken = next;
            self.advance();
        }
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> &[Arc<RoomMessage>] {
        &self.messages
    }

    fn advance(&mut self) {
        let from = self
            .messages
            .partition_point(|message| message.seq <= self.unbroken);
        for message in &self.messages[from..] {
            if message.seq != self.unbroken.next() {
                break;
            }
            self.unbroken = message.seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::talk;

    fn seqs(log: &Log) -> Vec<u64> {
        log.messages().iter().map(|m| m.seq.0).collect()
    }

    #[test]
    fn messages_stand_in_order_and_once() {
        let mut log = Log::default();
        assert_eq!(log.apply(talk(7)), Applied::Added);
        assert_eq!(log.apply(talk(8)), Applied::Added);
        assert_eq!(log.apply(talk(7)), Applied::Known);
        assert_eq!(log.apply(talk(6)), Applied::Added);
        assert_eq!(seqs(&log), [6, 7, 8]);
        assert_eq!(log.since(), Some(Seq(8)));
    }

    #[test]
    fn an_empty_log_knows_no_place() {
        assert_eq!(Log::default().since(), None);
    }

    #[test]
    fn a_hole_is_reported_until_it_is_filled() {
        let mut log = Log::starting_with(vec![talk(1), talk(2)]);
        assert_eq!(log.apply(talk(5)), Applied::Hole { after: Seq(2) });
        assert_eq!(log.apply(talk(6)), Applied::Hole { after: Seq(2) });
        assert_eq!(log.since(), Some(Seq(2)));

        assert_eq!(log.apply(talk(4)), Applied::Hole { after: Seq(2) });
        assert_eq!(log.apply(talk(3)), Applied::Added);
        assert_eq!(log.since(), Some(Seq(6)));
        assert_eq!(seqs(&log), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_hole_in_which_nothing_was_kept_is_closed() {
        let mut log = Log::starting_with(vec![talk(1), talk(5), talk(6), talk(9)]);
        assert_eq!(log.hole(), Some(Seq(1)));
        log.close(Seq(2), Seq(5));
        assert_eq!(log.hole(), Some(Seq(1)));
        log.close(Seq(1), Seq(5));
        assert_eq!(log.hole(), Some(Seq(6)));
        log.close(Seq(6), Seq(9));
        assert_eq!(log.hole(), None);
        assert_eq!(log.since(), Some(Seq(9)));
    }

    #[test]
    fn the_oldest_make_room_and_do_not_come_back() {
        let mut log = Log::default();
        let limit = Log::LIMIT as u64;
        for seq in 1..=limit + 3 {
            assert_eq!(log.apply(talk(seq)), Applied::Added);
        }
        assert_eq!(log.messages().len(), Log::LIMIT);
        assert_eq!(log.messages()[0].seq, Seq(4));
        assert_eq!(log.apply(talk(2)), Applied::Known);
        assert_eq!(log.since(), Some(Seq(limit + 3)));
    }
}
