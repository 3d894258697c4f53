//! What has been said in a room, as far as this page knows it.

use std::sync::Arc;

use chat::{Change, RoomMessage, Seq};

/// The messages of one room in the order of their [`Seq`], each once.
///
/// It takes messages from three sources that overlap (the page as it was served, the live link,
/// and what is read again after a hole), which is why nothing is believed about their order.
/// Whichever of a message and its edit comes first, the message shows the newest text.
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
        let target = message.change().map_or(seq, Change::target);
        let place = match self.messages.binary_search_by_key(&seq, |known| known.seq) {
            Ok(_) => return Applied::Known,
            Err(0) if self.messages.len() == Self::LIMIT => return Applied::Known,
            Err(place) => place,
        };
        self.messages.insert(place, Arc::new(message));
        self.rewrite(target);
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

    /// Learns that the room keeps nothing before `first`: what is missing there will not come.
    pub fn begins(&mut self, first: Seq) {
        if !self.messages.is_empty() && self.unbroken.next() < first {
            self.unbroken = Seq(first.0 - 1);
            self.advance();
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

    /// Does to the message at this place what the last line that changes it asks for, unless it
    /// came as it is after that.
    fn rewrite(&mut self, target: Seq) {
        let Ok(place) = self.messages.binary_search_by_key(&target, |line| line.seq) else {
            return;
        };
        let changes = |line: &&Arc<RoomMessage>| {
            !line.deleted
                && line
                    .change()
                    .is_some_and(|change| change.target() == target)
        };
        let Some(change) = self.messages[place + 1..].iter().rev().find(changes) else {
            return;
        };
        let change = Arc::clone(change);
        let line = &mut self.messages[place];
        if line.deleted || line.edited_at > Some(change.created_at) {
            return;
        }
        let line = Arc::make_mut(line);
        if change.deletes.is_some() {
            line.message.clear();
            line.edited_at = None;
            line.deleted = true;
        } else {
            line.message.clone_from(&change.message);
            line.edited_at = Some(change.created_at);
        }
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

    fn edit(seq: u64, target: u64) -> RoomMessage {
        RoomMessage {
            edits: Some(Seq(target)),
            ..talk(seq)
        }
    }

    fn shown(messages: Vec<RoomMessage>, seq: u64) -> (String, bool, bool) {
        let log = Log::starting_with(messages);
        let message = log.messages().iter().find(|m| m.seq == Seq(seq)).unwrap();
        (
            message.message.clone(),
            message.edited_at.is_some(),
            message.deleted,
        )
    }

    #[test]
    fn a_message_shows_its_newest_text_whatever_comes_first() {
        let edited = ("3".to_owned(), true, false);
        assert_eq!(shown(vec![talk(1), edit(2, 1), edit(3, 1)], 1), edited);
        assert_eq!(shown(vec![edit(3, 1), edit(2, 1), talk(1)], 1), edited);
        assert_eq!(shown(vec![edit(3, 1), talk(1), edit(2, 1)], 1), edited);
        // An edit whose text a later one replaced says nothing any more.
        let replaced = RoomMessage {
            message: String::new(),
            deleted: true,
            ..edit(2, 1)
        };
        assert_eq!(shown(vec![talk(1), edit(3, 1), replaced], 1), edited);
        // A message that was read after edits we have not heard of.
        let newer = RoomMessage {
            message: "new".to_owned(),
            edited_at: Some(talk(9).created_at),
            ..talk(1)
        };
        assert_eq!(
            shown(vec![newer, edit(3, 1)], 1),
            ("new".to_owned(), true, false)
        );
        assert_eq!(
            shown(vec![talk(2), edit(3, 1)], 2),
            ("2".to_owned(), false, false)
        );
    }

    #[test]
    fn a_deleted_message_stays_deleted() {
        let stone = (String::new(), false, true);
        let deletion = || RoomMessage {
            deletes: Some(Seq(1)),
            ..talk(3)
        };
        assert_eq!(shown(vec![talk(1), edit(2, 1), deletion()], 1), stone);
        assert_eq!(shown(vec![deletion(), edit(2, 1), talk(1)], 1), stone);
        let erased = RoomMessage {
            message: String::new(),
            deleted: true,
            ..talk(1)
        };
        assert_eq!(shown(vec![erased, edit(2, 1)], 1), stone);
    }

    #[test]
    fn what_the_room_let_go_is_not_waited_for() {
        let mut log = Log::starting_with(vec![talk(1), talk(2), talk(8), talk(9)]);
        log.begins(Seq(2));
        assert_eq!(log.since(), Some(Seq(2)));
        log.begins(Seq(8));
        assert_eq!(log.since(), Some(Seq(9)));
        let mut empty = Log::default();
        empty.begins(Seq(8));
        assert_eq!(empty.since(), None);
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
