//! What somebody said.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// The text of a message, kept letter for letter: not empty, not blank, not too long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

impl Text {
    /// The longest message, in characters. In Korean that is 12 KB, well inside the 64 KiB
    /// that a STOMP frame may have by default.
    pub const MAX_CHARS: usize = 4_000;

    /// Takes a message's text.
    ///
    /// # Errors
    ///
    /// [`Refusal::TextEmpty`] where there is nothing but white space,
    /// [`Refusal::TextTooLong`] past [`Text::MAX_CHARS`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.trim().is_empty() {
            Err(Refusal::TextEmpty)
        } else if text.chars().count() > Self::MAX_CHARS {
            Err(Refusal::TextTooLong)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Text {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        Self::parse(&text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_letter_for_letter() {
        assert_eq!(Text::parse(" 안녕\n🙂 ").unwrap().as_str(), " 안녕\n🙂 ");
    }

    #[test]
    fn blank_text_is_refused() {
        for blank in ["", " ", "\n\t", "\u{3000}"] {
            assert_eq!(Text::parse(blank), Err(Refusal::TextEmpty));
        }
    }

    #[test]
    fn the_limit_holds_at_its_edge() {
        let at = "말".repeat(Text::MAX_CHARS);
        assert!(Text::parse(&at).is_ok());
        assert_eq!(Text::parse(&format!("{at}!")), Err(Refusal::TextTooLong));
    }
}
