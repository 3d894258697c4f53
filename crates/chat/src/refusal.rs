//! Why something was turned away.

use crate::{Lang, RoomName, Sender, Text};

/// A reason to refuse what somebody sent, in a form that a program can tell apart
/// ([`code`](Self::code)) and a person can read ([`text`](Self::text)).
///
/// Over STOMP it is the `message` and the `x-code` of an ERROR frame; over HTTP it is a
/// [`Problem`](crate::Problem).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text(Lang::En))]
pub enum Refusal {
    /// The room id has a character that an address could not carry, or none, or too many.
    RoomIdInvalid,
    RoomNameEmpty,
    RoomNameTooLong,
    RoomNameControl,
    SenderEmpty,
    SenderTooLong,
    SenderControl,
    /// A STOMP session speaks with one name; this SEND claims another.
    SenderChanged,
    /// Somebody who is here holds the name with a passcode.
    SenderTaken,
    TextEmpty,
    TextTooLong,
    /// The `x-msg-id` header is not a UUID.
    MessageIdInvalid,
    /// The `x-msg-id` of a SEND named another message already. That one stands.
    MessageIdReused,
    /// The line to be edited or deleted is not in the room, or not any longer.
    MessageUnknown,
    /// It is not something that somebody said, or was deleted already.
    MessageFixed,
    /// It was said by somebody else.
    MessageForeign,
    /// The `x-author-key` header of CONNECT is none.
    AuthorKeyInvalid,
    /// The body of a SEND is not the JSON that a room understands; the parser's words inside.
    DraftMalformed(String),
    /// There is no such room, and the server does not make one by being entered.
    RoomUnknown,
    /// The server has as many rooms as it is configured to hold.
    RoomsFull,
    /// The log could not be written. Nothing was stored; sending again is safe.
    NotStored,
}

impl Refusal {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RoomIdInvalid => "room_id_invalid",
            Self::RoomNameEmpty => "room_name_empty",
            Self::RoomNameTooLong => "room_name_too_long",
            Self::RoomNameControl => "room_name_control",
            Self::SenderEmpty => "sender_empty",
            Self::SenderTooLong => "sender_too_long",
            Self::SenderControl => "sender_control",
            Self::SenderChanged => "sender_changed",
            Self::SenderTaken => "sender_taken",
            Self::TextEmpty => "text_empty",
            Self::TextTooLong => "text_too_long",
            Self::MessageIdInvalid => "message_id_invalid",
            Self::MessageIdReused => "message_id_reused",
            Self::MessageUnknown => "message_unknown",
            Self::MessageFixed => "message_fixed",
            Self::MessageForeign => "message_foreign",
            Self::AuthorKeyInvalid => "author_key_invalid",
            Self::DraftMalformed(_) => "draft_malformed",
            Self::RoomUnknown => "room_unknown",
            Self::RoomsFull => "rooms_full",
            Self::NotStored => "not_stored",
        }
    }

    /// The refusal that a peer's [`code`](Self::code) names, so that a client can say it in its
    /// reader's language whatever language the peer wrote.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::RoomIdInvalid,
            Self::RoomNameEmpty,
            Self::RoomNameTooLong,
            Self::RoomNameControl,
            Self::SenderEmpty,
            Self::SenderTooLong,
            Self::SenderControl,
            Self::SenderChanged,
            Self::SenderTaken,
            Self::TextEmpty,
            Self::TextTooLong,
            Self::MessageIdInvalid,
            Self::MessageIdReused,
            Self::MessageUnknown,
            Self::MessageFixed,
            Self::MessageForeign,
            Self::AuthorKeyInvalid,
            Self::DraftMalformed(String::new()),
            Self::RoomUnknown,
            Self::RoomsFull,
            Self::NotStored,
        ]
        .into_iter()
        .find(|refusal| refusal.code() == code)
    }

    /// One sentence that says what to do, for a reader of `lang`.
    // Inlined, each of its callers would carry all of the words.
    #[inline(never)]
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Ko => self.korean(),
            Lang::En => self.english(),
        }
    }

    fn korean(&self) -> String {
        match self {
            Self::RoomIdInvalid => {
                "방 주소에는 글자와 숫자, - _ . ~ 만 쓸 수 있으며 64자까지입니다.".to_owned()
            }
            Self::RoomNameEmpty => "방 이름을 입력하세요.".to_owned(),
            Self::RoomNameTooLong => {
                format!("방 이름은 {}자까지 쓸 수 있습니다.", RoomName::MAX_CHARS)
            }
            Self::RoomNameControl => {
                "방 이름에 줄바꿈이나 보이지 않는 문자를 쓸 수 없습니다.".to_owned()
            }
            Self::SenderEmpty => "대화명을 입력하세요.".to_owned(),
            Self::SenderTooLong => format!("대화명은 {}자까지 쓸 수 있습니다.", Sender::MAX_CHARS),
            Self::SenderControl => {
                "대화명에 줄바꿈이나 보이지 않는 문자를 쓸 수 없습니다.".to_owned()
            }
            Self::SenderChanged => {
                "한 번 연결한 동안에는 대화명을 바꿀 수 없습니다. 다시 연결하세요.".to_owned()
            }
            Self::SenderTaken => {
                "다른 사람이 쓰고 있는 대화명입니다. 다른 대화명을 고르세요.".to_owned()
            }
            Self::TextEmpty => "보낼 내용을 입력하세요.".to_owned(),
            Self::TextTooLong => format!("메시지는 {}자까지 보낼 수 있습니다.", Text::MAX_CHARS),
            Self::MessageIdInvalid => "x-msg-id 헤더는 UUID여야 합니다.".to_owned(),
            Self::MessageIdReused => {
                "같은 x-msg-id로 다른 메시지를 이미 보냈습니다. 새 id로 보내세요.".to_owned()
            }
            Self::MessageUnknown => "그 메시지는 이 방에 없습니다.".to_owned(),
            Self::MessageFixed => "그 메시지는 고치거나 삭제할 수 없습니다.".to_owned(),
            Self::MessageForeign => {
                "자신이 이 브라우저에서 보낸 메시지만 고치거나 삭제할 수 있습니다.".to_owned()
            }
            Self::AuthorKeyInvalid => {
                "x-author-key 헤더는 영문자, 숫자, - _ 16~64자여야 합니다.".to_owned()
            }
            Self::DraftMalformed(why) => format!("메시지를 읽을 수 없습니다: {why}"),
            Self::RoomUnknown => "그런 방이 없습니다. 먼저 방을 만드세요.".to_owned(),
            Self::RoomsFull => "방이 가득 차서 더 만들 수 없습니다.".to_owned(),
            Self::NotStored => "메시지를 저장하지 못했습니다. 잠시 뒤에 다시 보내세요.".to_owned(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::RoomIdInvalid => {
                "a room's address takes letters, digits and - _ . ~ and at most 64 of them"
                    .to_owned()
            }
            Self::RoomNameEmpty => "give the room a name".to_owned(),
            Self::RoomNameTooLong => {
                format!(
                    "a room's name has at most {} characters",
                    RoomName::MAX_CHARS
                )
            }
            Self::RoomNameControl => {
                "a room's name cannot have line breaks or invisible characters".to_owned()
            }
            Self::SenderEmpty => "choose a nickname first".to_owned(),
            Self::SenderTooLong => {
                format!("a nickname has at most {} characters", Sender::MAX_CHARS)
            }
            Self::SenderControl => {
                "a nickname cannot have line breaks or invisible characters".to_owned()
            }
            Self::SenderChanged => {
                "a session speaks with one nickname: connect again to change it".to_owned()
            }
            Self::SenderTaken => "somebody else holds this nickname: choose another one".to_owned(),
            Self::TextEmpty => "there is nothing to send yet".to_owned(),
            Self::TextTooLong => format!("a message has at most {} characters", Text::MAX_CHARS),
            Self::MessageIdInvalid => "the x-msg-id header must be a UUID".to_owned(),
            Self::MessageIdReused => {
                "another message was sent with this x-msg-id: send this one with a new id"
                    .to_owned()
            }
            Self::MessageUnknown => "that message is not in this room".to_owned(),
            Self::MessageFixed => "that message cannot be edited or deleted".to_owned(),
            Self::MessageForeign => {
                "only what you sent from this browser can be edited or deleted".to_owned()
            }
            Self::AuthorKeyInvalid => {
                "the x-author-key header must be 16 to 64 letters, digits, - or _".to_owned()
            }
            Self::DraftMalformed(why) => format!("the message cannot be read: {why}"),
            Self::RoomUnknown => "there is no such room: create it first".to_owned(),
            Self::RoomsFull => "the server holds no more rooms".to_owned(),
            Self::NotStored => {
                "the message could not be stored: send it again in a moment".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_leads_back_to_its_refusal() {
        for refusal in [
            Refusal::TextTooLong,
            Refusal::NotStored,
            Refusal::RoomNameControl,
        ] {
            assert_eq!(Refusal::from_code(refusal.code()), Some(refusal));
        }
        assert_eq!(Refusal::from_code("unheard_of"), None);
    }

    #[test]
    fn limits_are_named_in_the_sentence() {
        assert!(Refusal::TextTooLong.text(Lang::Ko).contains("4000자"));
        assert!(Refusal::TextTooLong.text(Lang::En).contains("4000"));
    }
}
