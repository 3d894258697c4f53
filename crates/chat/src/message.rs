//! One line of a room: as a client sends it, and as everybody receives it.

mod draft;
mod time;

use core::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::draft::{Content, Draft};
pub use self::time::Timestamp;
use crate::{Refusal, RoomId, Sender};

/// What kind of line it is; `type` on the wire, as in the original's `ChatMessage.MessageType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// Somebody came in. The server writes the message.
    Enter,
    /// Somebody said something.
    Talk,
    /// Somebody left. The server writes the message.
    Leave,
}

impl Kind {
    /// The word on the wire and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "ENTER",
            Self::Talk => "TALK",
            Self::Leave => "LEAVE",
        }
    }

    /// The kind that this word names, if any.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Enter, Self::Talk, Self::Leave]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A message's place in its room: 1, 2, 3… without a hole.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first message.
    pub const ZERO: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message's name for ever: a UUID, version 7 where we make it.
///
/// The sender makes it where it can, so that a SEND repeated after a broken connection is
/// recognised and stored once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub Uuid);

impl MessageId {
    /// Reads the `x-msg-id` header.
    ///
    /// # Errors
    ///
    /// [`Refusal::MessageIdInvalid`] where it is not a UUID.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| Refusal::MessageIdInvalid)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// What a line does to an earlier one of its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It gives it another text.
    Edits(Seq),
    /// It erases its text.
    Deletes(Seq),
}

impl Change {
    /// The place of the line that is changed.
    #[must_use]
    pub const fn target(self) -> Seq {
        match self {
            Self::Edits(seq) | Self::Deletes(seq) => seq,
        }
    }
}

/// One line of a room, the one JSON shape for every client.
///
/// The first four fields are the original's; the rest are ours, and old clients ignore them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomMessage {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub room_id: RoomId,
    pub sender: Sender,
    pub message: String,
    pub created_at: Timestamp,
    pub id: MessageId,
    pub seq: Seq,
    /// The place of the line that this one rewrites; then `message` is its new text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<Seq>,
    /// The place of the line that this one erases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletes: Option<Seq>,
    /// When the text was last rewritten, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The text was erased, and only the place is left: that of a message which was deleted, or of
    /// an edit whose text a later line replaced.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub deleted: bool,
}

impl RoomMessage {
    /// The name before the colon: the original page writes `[알림]` before an announcement.
    pub const NOTICE: &str = "[알림]";

    /// Whether the server wrote this line about somebody, rather than somebody saying it.
    #[must_use]
    pub fn is_notice(&self) -> bool {
        self.kind != Kind::Talk
    }

    /// What this line does to an earlier one, if it does.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        let edits = self.edits.map(Change::Edits);
        edits.or_else(|| self.deletes.map(Change::Deletes))
    }

    /// What old clients are told when `sender` deletes a message.
    #[must_use]
    pub fn deleted_by(sender: &Sender) -> String {
        format!("{sender}님이 메시지를 삭제했습니다.")
    }

    /// What the room is told when `sender` comes in: the original's words.
    #[must_use]
    pub fn entered(sender: &Sender) -> String {
        format!("{sender}님이 입장했습니다.")
    }

    /// What the room is told when `sender` leaves.
    #[must_use]
    pub fn left(sender: &Sender) -> String {
        format!("{sender}님이 퇴장했습니다.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_on_the_wire_is_the_contract() {
        let message = RoomMessage {
            kind: Kind::Talk,
            room_id: RoomId::lobby(),
            sender: Sender::parse("철수").unwrap(),
            message: "안녕".to_owned(),
            created_at: Timestamp::from_millis(1_795_165_380_123),
            id: MessageId::parse("01920000-0000-7000-8000-000000000001").unwrap(),
            seq: Seq(42),
            edits: None,
            deletes: None,
            edited_at: None,
            deleted: false,
        };
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(
            json,
            "{\"type\":\"TALK\",\"roomId\":\"lobby\",\"sender\":\"철수\",\"message\":\"안녕\",\
             \"createdAt\":\"2026-11-20T09:03:00.123Z\",\
             \"id\":\"01920000-0000-7000-8000-000000000001\",\"seq\":42}"
        );
        assert_eq!(serde_json::from_str::<RoomMessage>(&json).unwrap(), message);

        let changed = RoomMessage {
            edits: Some(Seq(7)),
            edited_at: Some(message.created_at),
            deleted: true,
            ..message
        };
        let json = serde_json::to_string(&changed).unwrap();
        let more = ",\"edits\":7,\"editedAt\":\"2026-11-20T09:03:00.123Z\",\"deleted\":true}";
        assert!(json.ends_with(more), "{json}");
        assert_eq!(serde_json::from_str::<RoomMessage>(&json).unwrap(), changed);
        assert_eq!(changed.change(), Some(Change::Edits(Seq(7))));
    }
}
