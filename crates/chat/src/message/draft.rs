//! What a client sends, checked.

use serde::{Deserialize, Serialize};

use super::{Kind, Seq};
use crate::{Refusal, RoomId, Sender, Text};

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
