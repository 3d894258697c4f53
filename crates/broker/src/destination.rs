//! A destination that a broker serves, parsed.

use core::fmt;

use stomp::Text;

/// A name under `/topic/` or `/queue/`, such as `/topic/chat/room/lobby`, or a *private* one,
/// which only the server can make: one session's queue or a place for replies.
///
/// As with Spring's simple broker both kinds fan out: every subscriber of `/queue/x` receives
/// every message, unless it asks for something else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination(Text);

/// Why a text is not a destination, or not a pattern.
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
    /// Something stands after `**`.
    #[error("the wildcard ** stands for all that follows: nothing may stand after it")]
    AfterRest,
    /// It is a pattern of more than [`Pattern::MAX_PARTS`](crate::Pattern::MAX_PARTS).
    #[error(
        "a destination with wildcards may have at most {} parts",
        crate::Pattern::MAX_PARTS
    )]
    TooManyParts,
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
        if path_of(&name)?.split('/').any(is_wildcard) {
            return Err(DestinationError::Wildcard);
        }
        Ok(Self(name))
    }

    /// The private destination of one session, such as `/queue/errors` of `session`. What the
    /// number counts is the server's matter; [`Inbox::session`](crate::Inbox::session) is one.
    ///
    /// It has no leading slash, which is how no text of a client can ever mean it.
    ///
    /// # Errors
    ///
    /// [`DestinationError`], where [`parse`](Self::parse) would not take `name` either.
    pub fn user(session: u64, name: &str) -> Result<Self, DestinationError> {
        let name = Self::parse(name.to_owned())?;
        Ok(Self(Text::from(format!("user/{session:016x}{name}"))))
    }

    /// The private destination where answers are awaited under `token`, which should be hard
    /// to guess: who knows it can answer.
    ///
    /// # Errors
    ///
    /// [`DestinationError::EmptyPart`], [`TooLong`](DestinationError::TooLong) or
    /// [`Control`](DestinationError::Control).
    pub fn reply(token: &str) -> Result<Self, DestinationError> {
        if token.is_empty() {
            Err(DestinationError::EmptyPart)
        } else if token.len() > Self::MAX_BYTES {
            Err(DestinationError::TooLong)
        } else if token.chars().any(char::is_control) {
            Err(DestinationError::Control)
        } else {
            Ok(Self(Text::from(format!("reply/{token}"))))
        }
    }

    /// Whether only the server can name it: [`user`](Self::user) and [`reply`](Self::reply).
    /// Patterns never match it, and it remembers nothing.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !self.0.starts_with('/')
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

    /// A copy with memory of its own, for what outlives the frame that named it.
    pub(crate) fn detached(&self) -> Self {
        Self(self.0.detached())
    }

    /// This very name in other memory.
    pub(crate) fn moved_to(&self, memory: Text) -> Self {
        debug_assert_eq!(self.0, memory);
        Self(memory)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands after the prefix of a name that is right but for wildcards.
pub(crate) fn path_of(name: &str) -> Result<&str, DestinationError> {
    if name.len() > Destination::MAX_BYTES {
        return Err(DestinationError::TooLong);
    }
    let Some(path) = Destination::PREFIXES
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
    else {
        return Err(DestinationError::UnknownPrefix);
    };
    if path.split('/').any(str::is_empty) {
        Err(DestinationError::EmptyPart)
    } else if path.chars().any(char::is_control) {
        Err(DestinationError::Control)
    } else {
        Ok(path)
    }
}

pub(crate) fn is_wildcard(part: &str) -> bool {
    part == "*" || part == "**"
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
            "/topic/a*b",
        ] {
            let destination = Destination::parse(name).unwrap();
            assert_eq!(destination.as_str(), name);
            assert!(!destination.is_private());
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
        let at = "x".repeat(Destination::MAX_BYTES);
        assert!(Destination::reply(&at).is_ok());
        let over = Destination::reply(&format!("{at}x"));
        assert_eq!(over, Err(DestinationError::TooLong));
    }

    #[test]
    fn private_destinations_differ_by_session_and_are_not_named_by_a_text() {
        let mine = Destination::user(1, "/queue/x").unwrap();
        let reply = Destination::reply("token").unwrap();
        assert_ne!(mine, Destination::user(2, "/queue/x").unwrap());
        for private in [mine, reply] {
            assert!(private.is_private());
            assert_eq!(
                refused(private.as_str()),
                DestinationError::UnknownPrefix,
                "{private}"
            );
        }
    }

    #[test]
    fn a_private_destination_is_refused_for_the_same_faults() {
        let wildcard = Destination::user(1, "/queue/*");
        assert_eq!(wildcard, Err(DestinationError::Wildcard));
        let elsewhere = Destination::user(1, "/other/x");
        assert_eq!(elsewhere, Err(DestinationError::UnknownPrefix));
        assert_eq!(Destination::reply(""), Err(DestinationError::EmptyPart));
        assert_eq!(Destination::reply("a\n"), Err(DestinationError::Control));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(name in ".{0,600}") {
            if let Ok(destination) = Destination::parse(name.clone()) {
                prop_assert_eq!(destination.as_str(), name.as_str());
            }
            let _ = Destination::user(7, &name);
            let _ = Destination::reply(&name);
        }
    }
}
