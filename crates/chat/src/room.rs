//! Rooms, and the bodies of the JSON interface that lists, makes and reads them.

use serde::{Deserialize, Serialize};

use crate::{Lang, Refusal, RoomId, RoomMessage, RoomName, Seq, Timestamp};

/// One room, as `GET /api/rooms` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    pub room_id: RoomId,
    pub name: RoomName,
    pub created_at: Timestamp,
    /// The place of the newest message; 0 while nobody has said anything.
    pub last_seq: Seq,
}

/// The body of `POST /api/rooms`. The name is checked when it is used, so that the refusal can
/// be said in the visitor's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRoom {
    pub name: String,
}

/// The answer of `GET /api/rooms/{id}/messages`: ascending by `seq`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    pub messages: Vec<RoomMessage>,
    /// The place of the first message that the room still keeps: 1 unless older ones were let go.
    /// It is one beyond the newest where none is left.
    #[serde(default)]
    pub first: Seq,
}

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people, in the language they asked for.
    pub message: String,
}

impl Problem {
    /// What to tell a reader of `lang` about this refusal.
    #[must_use]
    pub fn new(refusal: &Refusal, lang: Lang) -> Self {
        Self {
            code: refusal.code().to_owned(),
            message: refusal.text(lang),
        }
    }
}
