//! Names people give: to a room, to themselves.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// Declares a string newtype whose only way in is `parse`, so that holding one is the proof.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Refusal;

            fn try_from(text: String) -> Result<Self, Refusal> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name! {
    /// The part of a room's address and destination that names it: `lobby` in
    /// `/topic/chat/room/lobby`.
    RoomId
}

impl RoomId {
    /// The longest room id, in characters. A UUID, the usual id of Spring's tutorials, has 36.
    pub const MAX_CHARS: usize = 64;

    /// The id of the room that is there from the first start.
    pub const LOBBY: &str = "lobby";

    /// Takes a room id: letters and digits of any script, and `-`, `_`, `.`, `~`.
    ///
    /// Those are what stands in a path segment unharmed; `/`, `*` and white space would have a
    /// meaning of their own in a destination.
    ///
    /// # Errors
    ///
    /// [`Refusal::RoomIdInvalid`] where it is empty, too long or has any other character.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let fits = (1..=Self::MAX_CHARS).contains(&text.chars().count());
        let plain = text
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.~".contains(c));
        // `.` and `..` are directions in a path, not names.
        let named = text.chars().any(|c| c != '.');
        if fits && plain && named {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::RoomIdInvalid)
        }
    }

    /// The room that is there from the first start.
    #[must_use]
    pub fn lobby() -> Self {
        Self(Self::LOBBY.to_owned())
    }
}

name! {
    /// What people call a room. Any script, one line.
    RoomName
}

impl RoomName {
    /// The longest name of a room, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Takes a room's name, without the white space around it.
    ///
    /// # Errors
    ///
    /// [`Refusal::RoomNameEmpty`], [`Refusal::RoomNameTooLong`] or
    /// [`Refusal::RoomNameControl`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        match one_line(text, Self::MAX_CHARS) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(Fault::Empty) => Err(Refusal::RoomNameEmpty),
            Err(Fault::TooLong) => Err(Refusal::RoomNameTooLong),
            Err(Fault::Control) => Err(Refusal::RoomNameControl),
        }
    }
}

impl From<&RoomId> for RoomName {
    /// A room that came into being by being entered is called by its id.
    fn from(id: &RoomId) -> Self {
        Self(id.0.clone())
    }
}

name! {
    /// Who speaks: the nickname that the original page keeps in localStorage as `wschat.sender`.
    Sender
}

impl Sender {
    /// The longest nickname, in characters.
    pub const MAX_CHARS: usize = 32;

    /// Takes a nickname, without the white space around it.
    ///
    /// # Errors
    ///
    /// [`Refusal::SenderEmpty`], [`Refusal::SenderTooLong`] or [`Refusal::SenderControl`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        match one_line(text, Self::MAX_CHARS) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(Fault::Empty) => Err(Refusal::SenderEmpty),
            Err(Fault::TooLong) => Err(Refusal::SenderTooLong),
            Err(Fault::Control) => Err(Refusal::SenderControl),
        }
    }
}

enum Fault {
    Empty,
    TooLong,
    Control,
}

fn one_line(text: &str, max_chars: usize) -> Result<(), Fault> {
    if text.chars().any(|c| c.is_control() || is_hidden(c)) {
        Err(Fault::Control)
    } else if text.is_empty() {
        Err(Fault::Empty)
    } else if text.chars().count() > max_chars {
        Err(Fault::TooLong)
    } else {
        Ok(())
    }
}

/// Line breaks of Unicode, and the marks that turn the direction of the text after them: in a
/// name they would let one person's line pose as another's.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_id_takes_uuid_words_and_hangul() {
        for id in [
            "lobby",
            "0192f0c1-7d1e-7cc3-98c4-dc0c0c07398f",
            "우리방",
            "a.b_c~d",
            "7",
        ] {
            assert_eq!(RoomId::parse(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn room_id_refuses_what_a_destination_could_misread() {
        for id in [
            "", "a/b", "*", "**", "a b", "a\n", ".", "..", "a?b", "a%2fb", "a\u{0}",
        ] {
            assert_eq!(RoomId::parse(id), Err(Refusal::RoomIdInvalid), "{id:?}");
        }
    }

    #[test]
    fn limits_count_characters_and_hold_at_their_edge() {
        let at = "가".repeat(RoomId::MAX_CHARS);
        assert!(RoomId::parse(&at).is_ok());
        assert_eq!(
            RoomId::parse(&format!("{at}가")),
            Err(Refusal::RoomIdInvalid)
        );

        let at = "방".repeat(RoomName::MAX_CHARS);
        assert!(RoomName::parse(&at).is_ok());
        assert_eq!(
            RoomName::parse(&format!("{at}방")),
            Err(Refusal::RoomNameTooLong)
        );

        let at = "나".repeat(Sender::MAX_CHARS);
        assert!(Sender::parse(&at).is_ok());
        assert_eq!(
            Sender::parse(&format!("{at}나")),
            Err(Refusal::SenderTooLong)
        );
    }

    #[test]
    fn names_are_trimmed_and_never_blank() {
        assert_eq!(Sender::parse("  철수 ").unwrap().as_str(), "철수");
        assert_eq!(Sender::parse("   "), Err(Refusal::SenderEmpty));
        assert_eq!(RoomName::parse("\u{3000}"), Err(Refusal::RoomNameEmpty));
    }

    #[test]
    fn names_cannot_hide_a_second_line() {
        for bad in ["a\nb", "a\u{7f}b", "a\u{2028}b", "\u{202e}evil"] {
            assert_eq!(Sender::parse(bad), Err(Refusal::SenderControl), "{bad:?}");
            assert_eq!(
                RoomName::parse(bad),
                Err(Refusal::RoomNameControl),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn deserialising_checks_like_parsing() {
        assert!(serde_json::from_str::<RoomId>("\"a/b\"").is_err());
        assert_eq!(
            serde_json::from_str::<Sender>("\" 영희 \"")
                .unwrap()
                .as_str(),
            "영희"
        );
    }
}
