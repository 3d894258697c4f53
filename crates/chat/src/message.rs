//! One line of a room: as a client sends it, and as everybody receives it.

use core::fmt;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Refusal, RoomId, Sender, Text};

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

/// When the server took a message: milliseconds since 1970, UTC. On the wire it is RFC 3339
/// with milliseconds, `2026-11-20T09:03:00.123Z`, which `new Date(…)` reads everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last millisecond of the year 9999, the last year that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The time so many milliseconds after the start of 1970; at most [`Timestamp::MAX`].
    #[must_use]
    pub fn from_millis(millis: u64) -> Self {
        Self(millis).min(Self::MAX)
    }

    /// Milliseconds since the start of 1970.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(self.0)).fmt(f)
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = humantime::TimestampError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let time = humantime::parse_rfc3339(&text)?;
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self::from_millis(
            u64::try_from(since.as_millis()).unwrap_or(Self::MAX.0),
        ))
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

/// The body of `SEND /app/chat/message`, checked.
///
/// Fields that we do not know (some pages send a `createdAt` of their own) are ignored: who
/// spoke is checked by the server, and when is said by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub room: RoomId,
    pub sender: Sender,
    pub content: Content,
}

/// What a draft wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Enter,
    Talk(Text),
    Leave,
    /// Gives the line at this place another text.
    Edit(Seq, Text),
    /// Erases the line at this place.
    Delete(Seq),
}

/// The body as it stands on the wire. Old pages send `null` where nobody chose a name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDraft {
    #[serde(rename = "type")]
    kind: Kind,
    room_id: String,
    sender: Option<String>,
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edits: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deletes: Option<Seq>,
}

impl Draft {
    /// Reads the body of a SEND.
    ///
    /// # Errors
    ///
    /// [`Refusal::DraftMalformed`] with what is wrong where it is not such JSON at all, else
    /// the refusal of the room, the sender or the text, in this order.
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        let wire: WireDraft = serde_json::from_slice(body)
            .map_err(|error| Refusal::DraftMalformed(error.to_string()))?;
        let text = || Text::parse(wire.message.as_deref().unwrap_or_default());
        let malformed = |why: &str| Err(Refusal::DraftMalformed(why.to_owned()));
        Ok(Self {
            room: RoomId::parse(&wire.room_id)?,
            sender: Sender::parse(wire.sender.as_deref().unwrap_or_default())?,
            content: match (wire.kind, wire.edits, wire.deletes) {
                (Kind::Enter, None, None) => Content::Enter,
                (Kind::Leave, None, None) => Content::Leave,
                (Kind::Talk, None, None) => Content::Talk(text()?),
                (Kind::Talk, Some(seq), None) => Content::Edit(seq, text()?),
                (Kind::Talk, None, Some(seq)) => Content::Delete(seq),
                (Kind::Talk, Some(_), Some(_)) => {
                    return malformed("give one of edits and deletes");
                }
                (Kind::Enter | Kind::Leave, _, _) => {
                    return malformed("edits and deletes go with the type TALK");
                }
            },
        })
    }

    /// The body of the SEND that says this, as the original page writes it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (kind, message) = match &self.content {
            Content::Enter => (Kind::Enter, ""),
            Content::Talk(text) => (Kind::Talk, text.as_str()),
            Content::Leave => (Kind::Leave, ""),
            Content::Edit(_, text) => (Kind::Talk, text.as_str()),
            Content::Delete(_) => (Kind::Talk, ""),
        };
        let (edits, deletes) = match self.content {
            Content::Edit(seq, _) => (Some(seq), None),
            Content::Delete(seq) => (None, Some(seq)),
            Content::Enter | Content::Talk(_) | Content::Leave => (None, None),
        };
        let wire = WireDraft {
            kind,
            room_id: self.room.to_string(),
            sender: Some(self.sender.to_string()),
            message: Some(message.to_owned()),
            edits,
            deletes,
        };
        serde_json::to_string(&wire).expect("strings always serialise")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(body: &str) -> Refusal {
        Draft::from_json(body.as_bytes()).unwrap_err()
    }

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

    #[test]
    fn a_change_names_one_line_and_is_talk() {
        let edit = r#"{"type":"TALK","roomId":"a","sender":"x","message":"b","edits":3}"#;
        let draft = Draft::from_json(edit.as_bytes()).unwrap();
        let text = Text::parse("b").unwrap();
        assert_eq!(draft.content, Content::Edit(Seq(3), text));
        assert_eq!(draft.to_json(), edit);
        let delete = r#"{"type":"TALK","roomId":"a","sender":"x","message":"","deletes":3}"#;
        let draft = Draft::from_json(delete.as_bytes()).unwrap();
        assert_eq!(draft.content, Content::Delete(Seq(3)));
        assert_eq!(draft.to_json(), delete);

        let blank = r#"{"type":"TALK","roomId":"a","sender":"x","message":" ","edits":3}"#;
        assert_eq!(refused(blank), Refusal::TextEmpty);
        for bad in [
            r#"{"type":"TALK","roomId":"a","sender":"x","edits":3,"deletes":3}"#,
            r#"{"type":"ENTER","roomId":"a","sender":"x","edits":3}"#,
            r#"{"type":"LEAVE","roomId":"a","sender":"x","deletes":3}"#,
            r#"{"type":"TALK","roomId":"a","sender":"x","deletes":-1}"#,
            r#"{"type":"TALK","roomId":"a","sender":"x","message":"b","edits":"3"}"#,
        ] {
            assert!(matches!(refused(bad), Refusal::DraftMalformed(_)), "{bad}");
        }
    }

    #[test]
    fn the_original_pages_bodies_are_understood() {
        let enter = r#"{"type":"ENTER","roomId":"lobby","sender":"철수","message":""}"#;
        let draft = Draft::from_json(enter.as_bytes()).unwrap();
        assert_eq!(
            (draft.content.clone(), draft.sender.as_str()),
            (Content::Enter, "철수")
        );

        let talk = r#"{"type":"TALK","roomId":"lobby","sender":"철수","message":"안녕","createdAt":"now"}"#;
        let draft = Draft::from_json(talk.as_bytes()).unwrap();
        assert_eq!(draft.content, Content::Talk(Text::parse("안녕").unwrap()));
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said() {
        assert!(matches!(refused("hello"), Refusal::DraftMalformed(_)));
        assert!(matches!(
            refused(r#"{"type":"SHOUT","roomId":"a"}"#),
            Refusal::DraftMalformed(_)
        ));
        assert_eq!(
            refused(r#"{"type":"TALK","roomId":"a b","sender":"x"}"#),
            Refusal::RoomIdInvalid
        );
        assert_eq!(
            refused(r#"{"type":"TALK","roomId":"a","sender":null}"#),
            Refusal::SenderEmpty
        );
        assert_eq!(
            refused(r#"{"type":"TALK","roomId":"a","sender":"x"}"#),
            Refusal::TextEmpty
        );
    }

    #[test]
    fn times_beyond_the_calendar_are_capped() {
        let last = Timestamp::from_millis(u64::MAX);
        assert_eq!(last.to_string(), "9999-12-31T23:59:59.999Z");
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_are_refused(body: Vec<u8>) {
            let _ = Draft::from_json(&body);
        }

        #[test]
        fn what_is_written_is_read_back(text in "\\PC{1,80}", sender in "[가-힣a-z]{1,20}") {
            prop_assume!(!text.trim().is_empty());
            let draft = Draft {
                room: RoomId::lobby(),
                sender: Sender::parse(&sender).unwrap(),
                content: Content::Talk(Text::parse(&text).unwrap()),
            };
            prop_assert_eq!(Draft::from_json(draft.to_json().as_bytes()), Ok(draft));
        }
    }
}
