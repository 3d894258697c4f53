//! What goes into the log, and how it is asked for.

use std::sync::Arc;

use chat::{Change, Kind, MessageId, RoomId, RoomMessage, Sender, Seq, Timestamp};

use crate::Author;

/// A line to append. The store gives it its `seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub room: RoomId,
    pub kind: Kind,
    pub sender: Sender,
    /// What the line says. The store takes it as it is: its length is the caller's to check.
    pub message: String,
    /// The same id by the same sender into the same room is one message, however often it comes.
    pub id: MessageId,
    /// Who says so: only the same author may change the line later. Nobody may where it is `None`.
    pub author: Option<Author>,
    /// The line that this one changes. It is rewritten in place in the same transaction, and the
    /// text of an edit that this one replaces is erased.
    pub change: Option<Change>,
    /// When the line was taken. Time never runs backwards within a room: a line that is given an
    /// earlier time than the one before it (a clock was set back) is stored with that one's.
    pub at: Timestamp,
    /// Whether to make the room, named after its id, where it is missing. If not, such an entry
    /// is [`WriteError::RoomUnknown`](crate::WriteError::RoomUnknown).
    pub create_room: bool,
}

/// What became of an [`Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The message as it stands in the log.
    pub message: Arc<RoomMessage>,
    /// `false` where this sender had already put this id into this room: `message` is the first
    /// one, whatever the second one said.
    pub fresh: bool,
}

/// A part of a room's log. Its length is the `limit` that goes with it, at most
/// [`Store::MAX_PAGE`](crate::Store::MAX_PAGE).
///
/// A place that does not exist is no error: nothing comes after the last message, and everything
/// comes before a place far beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// What follows this place, from the first one on.
    After(Seq),
    /// What comes just before this place.
    Before(Seq),
    /// This place in the middle: half of the page is older than it. Near an end of the log the
    /// page is moved so that it is as full as it can be.
    Around(Seq),
    /// The newest.
    Last,
}
