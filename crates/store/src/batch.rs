//! What one batch does, decided before anything is written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chat::{Change, MessageId, Room, RoomId, RoomMessage, RoomName, Sender, Seq, Timestamp};

use crate::change::{Rewrite, Targets};
use crate::heads::{Head, Heads};
use crate::{Appended, Author, Entry, WriteError};

/// A room that somebody asks for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewRoom {
    pub(crate) id: RoomId,
    pub(crate) name: RoomName,
    pub(crate) at: Timestamp,
}

/// What makes a message the same message: its room, its sender and its id.
pub(crate) type Mark = (i64, Sender, MessageId);

/// A message to look for in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) key: i64,
    pub(crate) room: &'a RoomId,
    pub(crate) sender: &'a Sender,
    pub(crate) id: MessageId,
}

/// A message and the key of its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) room: i64,
    pub(crate) message: Arc<RoomMessage>,
    pub(crate) author: Option<Author>,
}

/// A batch as it grows: every call answers one request as if all before it were stored.
#[derive(Debug)]
pub(crate) struct Batch<'h> {
    heads: &'h mut Heads,
    /// What is stored already, of what the batch asks for; grows with what the batch stores.
    stored: HashMap<Mark, Arc<RoomMessage>>,
    /// The lines that it may change.
    targets: Targets,
    max_rooms: u64,
    made: Vec<Head>,
    moved: HashSet<RoomId>,
    lines: Vec<Line>,
}

/// What to write, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Writes {
    /// Rooms to add, as they were before their first message.
    pub(crate) made: Vec<Head>,
    /// Messages to add.
    pub(crate) lines: Vec<Line>,
    /// What to write over, once those are there.
    pub(crate) rewrites: Vec<Rewrite>,
    /// Rooms whose newest message is another now.
    pub(crate) moved: Vec<Head>,
}

impl<'h> Batch<'h> {
    /// A batch over `heads`, which know every room it names that exists, and over the messages it
    /// names that are `stored` already, or are `targets` of what changes them.
    pub(crate) fn new(
        heads: &'h mut Heads,
        stored: HashMap<Mark, Arc<RoomMessage>>,
        targets: Targets,
        max_rooms: u64,
    ) -> Self {
        Self {
            heads,
            stored,
            targets,
            max_rooms,
            made: Vec::new(),
            moved: HashSet::new(),
            lines: Vec::new(),
        }
    }

    /// Answers a request for a room.
    pub(crate) fn create(&mut self, new: NewRoom) -> Result<(Room, bool), WriteError> {
        if let Some(head) = self.heads.of(&new.id) {
            return Ok((head.room.clone(), false));
        }
        self.make(new).map(|room| (room, true))
    }

    /// Answers a request to append lines that stand or fall together.
    pub(crate) fn append_all(&mut self, entries: Vec<Entry>) -> Result<Vec<Appended>, WriteError> {
        self.check(&entries)?;
        entries
            .into_iter()
            .map(|entry| self.append(entry))
            .collect()
    }

    /// Whether all of `entries` find or may make their rooms, are who they say, and may change what
    /// they change, so that none fails after another was taken.
    fn check(&self, entries: &[Entry]) -> Result<(), WriteError> {
        self.check_rooms(entries)?;
        let mut said: HashMap<_, &Entry> = HashMap::new();
        let mut erased = HashSet::new();
        for entry in entries {
            // A room that is yet to be made has no key.
            let key = self.heads.of(&entry.room).map(|head| head.key);
            let stored = key.and_then(|key| {
                let mark = (key, entry.sender.clone(), entry.id);
                self.stored.get(&mark)
            });
            if let Some(first) = stored {
                if !repeats(entry, first) {
                    return Err(WriteError::IdReused);
                }
                continue;
            }
            let mark = (&entry.room, &entry.sender, entry.id);
            if let Some(first) = said.insert(mark, entry) {
                let same = (first.kind, first.change, &first.message)
                    == (entry.kind, entry.change, &entry.message);
                if !same {
                    return Err(WriteError::IdReused);
                }
                continue;
            }
            if let Some(change) = entry.change {
                let key = key.ok_or(WriteError::MessageUnknown)?;
                let place = (key, change.target());
                self.targets.check(place, entry.author)?;
                if erased.contains(&place) {
                    return Err(WriteError::MessageFixed);
                }
                if matches!(change, Change::Deletes(_)) {
                    erased.insert(place);
                }
            }
        }
        Ok(())
    }

    fn check_rooms(&self, entries: &[Entry]) -> Result<(), WriteError> {
        let mut made = HashSet::new();
        for entry in entries {
            if self.heads.knows(&entry.room) || made.contains(&entry.room) {
                continue;
            }
            if !entry.create_room {
                return Err(WriteError::RoomUnknown);
            }
            if self.heads.count() + made.len() as u64 >= self.max_rooms {
                return Err(WriteError::RoomsFull);
            }
            made.insert(&entry.room);
        }
        Ok(())
    }

    /// Appends what was checked.
    fn append(&mut self, entry: Entry) -> Result<Appended, WriteError> {
        if !self.heads.knows(&entry.room) {
            if !entry.create_room {
                return Err(WriteError::RoomUnknown);
            }
            self.make(NewRoom {
                name: RoomName::from(&entry.room),
                id: entry.room.clone(),
                at: entry.at,
            })?;
        }
        let head = self
            .heads
            .of_mut(&entry.room)
            .ok_or(WriteError::RoomUnknown)?;
        let mark = (head.key, entry.sender.clone(), entry.id);
        if let Some(message) = self.stored.get(&mark) {
            return Ok(Appended {
                message: message.clone(),
                fresh: false,
            });
        }

        head.room.last_seq = head.room.last_seq.next();
        head.last_at = head.last_at.max(entry.at);
        self.moved.insert(entry.room.clone());
        let message = Arc::new(RoomMessage {
            kind: entry.kind,
            room_id: entry.room,
            sender: entry.sender,
            message: entry.message,
            created_at: head.last_at,
            id: entry.id,
            seq: head.room.last_seq,
            edits: entry.change.and_then(|change| match change {
                Change::Edits(seq) => Some(seq),
                Change::Deletes(_) => None,
            }),
            deletes: entry.change.and_then(|change| match change {
                Change::Deletes(seq) => Some(seq),
                Change::Edits(_) => None,
            }),
            edited_at: None,
            deleted: false,
        });
        self.targets.take(head.key, &message, entry.author);
        self.lines.push(Line {
            room: head.key,
            message: message.clone(),
            author: entry.author,
        });
        self.stored.insert(mark, message.clone());
        Ok(Appended {
            message,
            fresh: true,
        })
    }

    /// What all of that comes to.
    pub(crate) fn finish(self) -> Writes {
        let moved = self.moved.iter().filter_map(|id| self.heads.of(id));
        Writes {
            moved: moved.cloned().collect(),
            made: self.made,
            lines: self.lines,
            rewrites: self.targets.finish(),
        }
    }

    fn make(&mut self, new: NewRoom) -> Result<Room, WriteError> {
        if self.heads.count() >= self.max_rooms {
            return Err(WriteError::RoomsFull);
        }
        let head = self.heads.make(Room {
            room_id: new.id,
            name: new.name,
            created_at: new.at,
            last_seq: Seq::ZERO,
        });
        let room = head.room.clone();
        self.made.push(head);
        Ok(room)
    }
}

impl Writes {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.made.is_empty() && self.lines.is_empty()
    }
}

/// Whether an entry says what the message of its id says. What was rewritten since cannot tell, and
/// a repeat must not be refused for what somebody did to the first one.
fn repeats(entry: &Entry, first: &RoomMessage) -> bool {
    let rewritten = first.edited_at.is_some() || first.deleted;
    first.kind == entry.kind
        && first.change() == entry.change
        && (rewritten || first.message == entry.message)
}

#[cfg(test)]
mod tests {
    use chat::Kind;
    use uuid::Uuid;

    use super::*;
    use crate::heads::Totals;

    fn heads() -> Heads {
        let mut heads = Heads::new(Totals {
            rooms: 1,
            last_key: 1,
        });
        heads.learn(Head {
            key: 1,
            room: Room {
                room_id: RoomId::lobby(),
                name: RoomName::from(&RoomId::lobby()),
                created_at: Timestamp::from_millis(0),
                last_seq: Seq(41),
            },
            last_at: Timestamp::from_millis(100),
        });
        heads
    }

    fn entry(room: &str, id: u128) -> Entry {
        Entry {
            room: RoomId::parse(room).unwrap(),
            kind: Kind::Talk,
            sender: Sender::parse("철수").unwrap(),
            message: "안녕".to_owned(),
            id: MessageId(Uuid::from_u128(id)),
            author: None,
            change: None,
            at: Timestamp::from_millis(90),
            create_room: true,
        }
    }

    fn new_room(id: &str) -> NewRoom {
        NewRoom {
            id: RoomId::parse(id).unwrap(),
            name: RoomName::parse("이름").unwrap(),
            at: Timestamp::from_millis(5),
        }
    }

    #[test]
    fn a_repeat_within_the_batch_is_the_first_one() {
        let mut heads = heads();
        let mut batch = Batch::new(&mut heads, HashMap::new(), Targets::default(), 10);
        let first = batch.append(entry("lobby", 1)).unwrap();
        let again = batch.append(entry("lobby", 1)).unwrap();
        let mut other = entry("lobby", 1);
        other.message = "다른 말".to_owned();
        assert_eq!(batch.append_all(vec![other]), Err(WriteError::IdReused));
        let next = batch.append(entry("lobby", 2)).unwrap();
        assert!(first.fresh && !again.fresh && next.fresh);
        assert_eq!(again.message, first.message);
        assert_eq!((first.message.seq, next.message.seq), (Seq(42), Seq(43)));

        let writes = batch.finish();
        assert_eq!(writes.lines.len(), 2);
        assert_eq!(writes.made, []);
        assert_eq!(writes.moved.len(), 1);
        assert_eq!(writes.moved[0].room.last_seq, Seq(43));
        assert_eq!(writes.moved[0].last_at, Timestamp::from_millis(100));
    }

    #[test]
    fn a_repeat_of_what_is_stored_takes_no_place() {
        let mut heads = heads();
        let mut stored = HashMap::new();
        let message = Batch::new(&mut heads, HashMap::new(), Targets::default(), 10)
            .append(entry("lobby", 1))
            .unwrap()
            .message;
        stored.insert((1, message.sender.clone(), message.id), message.clone());
        let mut batch = Batch::new(&mut heads, stored, Targets::default(), 10);
        let again = batch.append(entry("lobby", 1)).unwrap();
        assert_eq!((again.message, again.fresh), (message, false));
        assert!(batch.finish().is_empty());
    }

    #[test]
    fn lines_that_belong_together_are_all_taken_or_none() {
        let mut heads = heads();
        let mut batch = Batch::new(&mut heads, HashMap::new(), Targets::default(), 2);
        let too_many = vec![entry("lobby", 1), entry("a", 2), entry("b", 3)];
        assert_eq!(batch.append_all(too_many), Err(WriteError::RoomsFull));
        let mut nowhere = entry("c", 4);
        nowhere.create_room = false;
        let unknown = batch.append_all(vec![entry("lobby", 5), nowhere]);
        assert_eq!(unknown, Err(WriteError::RoomUnknown));

        let fits = vec![entry("a", 2), entry("lobby", 1), entry("a", 3)];
        let seqs = batch.append_all(fits).unwrap();
        let seqs: Vec<_> = seqs.iter().map(|line| line.message.seq).collect();
        assert_eq!(seqs, [Seq(1), Seq(42), Seq(2)]);
        assert_eq!(batch.finish().lines.len(), 3);
    }

    #[test]
    fn a_room_made_in_the_batch_serves_the_rest_of_it() {
        let mut heads = heads();
        let mut batch = Batch::new(&mut heads, HashMap::new(), Targets::default(), 3);
        let (room, newly) = batch.create(new_room("a")).unwrap();
        assert!(newly && room.last_seq == Seq::ZERO);
        assert_eq!(batch.append(entry("a", 1)).unwrap().message.seq, Seq(1));
        let (room, newly) = batch.create(new_room("a")).unwrap();
        assert!(!newly && room.last_seq == Seq(1));
        assert_eq!(batch.append(entry("b", 1)).unwrap().message.seq, Seq(1));
        // The lobby, a and b: that is the limit.
        assert_eq!(batch.append(entry("c", 1)), Err(WriteError::RoomsFull));
        assert_eq!(batch.create(new_room("c")), Err(WriteError::RoomsFull));

        let writes = batch.finish();
        let made: Vec<_> = writes.made.iter().map(|head| head.key).collect();
        assert_eq!(made, [2, 3]);
        assert_eq!(writes.moved.len(), 2);
    }
}
