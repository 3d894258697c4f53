//! What the writer remembers of the rooms it has written to.

use std::collections::HashMap;

use chat::{Room, RoomId, Timestamp};

/// One room as the writer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// What the engine calls the room.
    pub(crate) key: i64,
    pub(crate) room: Room,
    /// When the newest message was taken: the next one is not earlier.
    pub(crate) last_at: Timestamp,
}

/// How many rooms there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) rooms: u64,
    pub(crate) last_key: i64,
}

/// The rooms of late, so that a batch need not ask the database where each of them stands.
///
/// It holds what is committed plus what the batch at hand adds; should that batch fail, it is
/// thrown away as a whole.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    known: HashMap<RoomId, Head>,
    totals: Totals,
}

impl Heads {
    /// The most rooms to remember from one batch to the next: about 5 MB. Beyond it everything is
    /// forgotten and asked for again, which costs a batch one look for each of its rooms.
    const MAX_KNOWN: usize = 16_384;

    pub(crate) fn new(totals: Totals) -> Self {
        Self {
            known: HashMap::new(),
            totals,
        }
    }

    /// Makes place for a batch.
    pub(crate) fn trim(&mut self) {
        if self.known.len() > Self::MAX_KNOWN {
            self.known.clear();
        }
    }

    pub(crate) fn knows(&self, id: &RoomId) -> bool {
        self.known.contains_key(id)
    }

    pub(crate) fn of(&self, id: &RoomId) -> Option<&Head> {
        self.known.get(id)
    }

    pub(crate) fn of_mut(&mut self, id: &RoomId) -> Option<&mut Head> {
        self.known.get_mut(id)
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// How many rooms there are, known or not.
    pub(crate) fn count(&self) -> u64 {
        self.totals.rooms
    }

    /// Remembers a room that is in the database.
    pub(crate) fn learn(&mut self, head: Head) {
        self.known.insert(head.room.room_id.clone(), head);
    }

    /// Adds a room that is not, and gives it its key.
    pub(crate) fn make(&mut self, room: Room) -> Head {
        self.totals.rooms += 1;
        self.totals.last_key += 1;
        let head = Head {
            key: self.totals.last_key,
            last_at: Timestamp::from_millis(0),
            room,
        };
        self.learn(head.clone());
        head
    }
}
