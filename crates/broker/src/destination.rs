//! A destination that a broker serves, parsed.

use core::fmt;

use stomp::Text;

/// A name under `/topic/` or `/queue/`, such as `/topic/chat/room/lobby`.
///
/// As with Spring's simple broker both kinds fan out: every subscriber of `/queue/x` receives
/// every message, unless it asks for something else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination(Text);

/// Why a text is not a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// It does not start with a prefix that the broker serves.
    #[error("unknown destination: it must start with /topic/ or /queue/")]
    UnknownPrefix,
    /// Nothing stands after the prefix, or between two slashes.
    #[error("the destination has an empty part")]
    EmptyPart,
    /// `*` and `**` are patterns; they name no destination.
    #[error("the destination has a wildcard, which is not allowed here")]
    Wildcard,
    /// It is longer than [`Destination::MAX_BYTES`].
    #[error("the destination is longer than {} bytes", Destination::MAX_BYTES)]
    TooLong,
    /// It has a control character.
    #[error("the destination has a control character")]
    Control,
}

impl Destination {
    /// The longest destination, in bytes of UTF-8. The longest room's topic, 64 characters of
    /// four bytes each, fits with room to spare.
    pub const MAX_BYTES: usize = 512;

    const PREFIXES: [&str; 2] = ["/topic/", "/queue/"];

    /// Takes a destination's name.
    ///
    /// # Errors
    ///
    /// [`DestinationError`] says what is wrong with it.
    pub fn parse(name: impl Into<Text>) -> Result<Self, DestinationError> {
        let name = name.into();
        if name.len() > Self::MAX_BYTES {
            return Err(DestinationError::TooLong);
        }
        let Some(path) = Self::PREFIXES
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
        else {
            return Err(DestinationError::UnknownPrefix);
        };
        if path.split('/').any(str::is_empty) {
            Err(DestinationError::EmptyPart)
        } else if path.split('/').any(|part| part == "*" || part == "**") {
            Err(DestinationError::Wildcard)
        } else if path.chars().any(char::is_control) {
            Err(DestinationError::Control)
        } else {
            Ok(Self(name))
        }
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as a header value, sharing its bytes.
    #[must_use]
    pub fn text(&self) -> Text {
        self.0.clone()
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(name: &str) -> DestinationError {
        Destination::parse(name.to_owned()).unwrap_err()
    }

    #[test]
    fn topics_and_queues_are_destinations() {
        for name in [
            "/topic/a",
            "/queue/a/b",
            "/topic/chat/room/우리방",
            "/topic/a.b-c",
        ] {
            assert_eq!(Destination::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(refused(""), DestinationError::UnknownPrefix);
        assert_eq!(refused("topic/a"), DestinationError::UnknownPrefix);
        assert_eq!(refused("/other/a"), DestinationError::UnknownPrefix);
        assert_eq!(refused("/topic/"), DestinationError::EmptyPart);
        assert_eq!(refused("/topic/a//b"), DestinationError::EmptyPart);
        assert_eq!(refused("/topic/a/"), DestinationError::EmptyPart);
        assert_eq!(refused("/topic/*"), DestinationError::Wildcard);
        assert_eq!(refused("/topic/a/**"), DestinationError::Wildcard);
        assert_eq!(refused("/topic/a\nb"), DestinationError::Control);
    }

    #[test]
    fn the_length_limit_holds_at_its_edge() {
        let at = format!("/topic/{}", "x".repeat(Destination::MAX_BYTES - 7));
        assert!(Destination::parse(at.clone()).is_ok());
        assert_eq!(refused(&format!("{at}x")), DestinationError::TooLong);
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(name in ".{0,600}") {
            if let Ok(destination) = Destination::parse(name.clone()) {
                prop_assert_eq!(destination.as_str(), name);
            }
        }
    }
}
