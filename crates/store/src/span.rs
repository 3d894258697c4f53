//! What a room keeps, from where to where.

use chat::{RoomId, Seq, Timestamp};

/// The part of a room's log that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub room: RoomId,
    /// The place of the first message that is kept: 1 unless older ones were let go, and one beyond
    /// `head` where none is left.
    pub first: Seq,
    /// The place of the newest message; [`Seq::ZERO`] while nobody has said anything.
    pub head: Seq,
    /// When the first one was taken; `None` where there is none.
    pub since: Option<Timestamp>,
}

impl Span {
    /// That of a room of which nobody has heard.
    pub(crate) fn nothing(room: RoomId) -> Self {
        Self {
            room,
            first: Seq(1),
            head: Seq::ZERO,
            since: None,
        }
    }
}
