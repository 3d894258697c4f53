//! Many destinations by one name, and what can be subscribed to.

use core::fmt;

use stomp::Text;

use crate::destination::{is_wildcard, path_of};
use crate::{Destination, DestinationError};

/// A name with wildcards: `*` stands for one part between slashes, and `**`, which must be the
/// last part, for the rest: one part or more.
///
/// So `/topic/*/news` matches `/topic/a/news`, and `/topic/a/**` matches `/topic/a/b` and
/// `/topic/a/b/c` but not `/topic/a`. A star among other letters, as in `/topic/a*`, is a letter.
/// No pattern matches a private destination.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(Text);

impl Pattern {
    /// The most parts that a pattern may have after `/topic/` or `/queue/`. Each part may cost a
    /// node of the broker's tree.
    pub const MAX_PARTS: usize = 32;

    /// Whether the pattern stands for this destination.
    #[must_use]
    pub fn matches(&self, destination: &Destination) -> bool {
        if destination.is_private() {
            return false;
        }
        let mut names = destination.as_str().split('/');
        for part in self.0.split('/') {
            match (part, names.next()) {
                ("**", rest) => return rest.is_some(),
                ("*", Some(_)) => {}
                (part, Some(name)) if part == name => {}
                (_, Some(_) | None) => return false,
            }
        }
        names.next().is_none()
    }

    /// The whole pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts in order, the prefix among them: `topic`, `*`, `news`.
    pub(crate) fn parts(&self) -> core::str::Split<'_, char> {
        self.0.strip_prefix('/').unwrap_or(&self.0).split('/')
    }

    pub(crate) fn detached(&self) -> Self {
        Self(self.0.detached())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can be subscribed to: one destination, or all that match a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// One destination.
    Destination(Destination),
    /// All destinations that match. Whether a client may ask for that is the server's decision.
    Pattern(Pattern),
}

impl Target {
    /// Takes a name, with wildcards or without.
    ///
    /// # Errors
    ///
    /// [`DestinationError`] says what is wrong with it; it is never
    /// [`Wildcard`](DestinationError::Wildcard).
    pub fn parse(name: impl Into<Text>) -> Result<Self, DestinationError> {
        let name = name.into();
        let path = path_of(&name)?;
        if !path.split('/').any(is_wildcard) {
            return Destination::parse(name).map(Self::Destination);
        }
        let parts = path.split('/').count();
        if parts > Pattern::MAX_PARTS {
            Err(DestinationError::TooManyParts)
        } else if path.split('/').take(parts - 1).any(|part| part == "**") {
            Err(DestinationError::AfterRest)
        } else {
            Ok(Self::Pattern(Pattern(name)))
        }
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Destination(destination) => destination.as_str(),
            Self::Pattern(pattern) => pattern.as_str(),
        }
    }
}

impl From<Destination> for Target {
    fn from(destination: Destination) -> Self {
        Self::Destination(destination)
    }
}

impl From<Pattern> for Target {
    fn from(pattern: Pattern) -> Self {
        Self::Pattern(pattern)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(name: &str) -> Pattern {
        match Target::parse(name.to_owned()) {
            Ok(Target::Pattern(pattern)) => pattern,
            other => panic!("{name}: {other:?}"),
        }
    }

    fn matched(name: &str, destination: &str) -> bool {
        let destination = Destination::parse(destination.to_owned()).unwrap();
        pattern(name).matches(&destination)
    }

    #[test]
    fn a_star_is_one_part() {
        assert!(matched("/topic/*", "/topic/a"));
        assert!(matched("/topic/*/b", "/topic/a/b"));
        assert!(!matched("/topic/*", "/topic/a/b"));
        assert!(!matched("/topic/*/b", "/topic/a"));
        assert!(!matched("/topic/*", "/queue/a"));
    }

    #[test]
    fn two_stars_are_one_part_or_more() {
        assert!(matched("/topic/a/**", "/topic/a/b"));
        assert!(matched("/topic/a/**", "/topic/a/b/c"));
        assert!(matched("/topic/*/b/**", "/topic/a/b/c/d"));
        assert!(!matched("/topic/a/**", "/topic/a"));
        assert!(!matched("/topic/a/**", "/topic/b/c"));
    }

    #[test]
    fn a_star_among_letters_is_a_letter() {
        let target = Target::parse("/topic/a*").unwrap();
        assert!(matches!(target, Target::Destination(_)));
    }

    #[test]
    fn no_pattern_reaches_what_is_private() {
        for name in ["/topic/**", "/queue/**", "/queue/*/**"] {
            let private = Destination::user(1, "/queue/x").unwrap();
            assert!(!pattern(name).matches(&private));
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        let refused = |name: &'static str| Target::parse(name).unwrap_err();
        assert_eq!(refused("/**"), DestinationError::UnknownPrefix);
        assert_eq!(refused("/*/a"), DestinationError::UnknownPrefix);
        assert_eq!(refused("/topic/**/a"), DestinationError::AfterRest);
        assert_eq!(refused("/topic/**/**"), DestinationError::AfterRest);
        assert_eq!(refused("/topic/*//a"), DestinationError::EmptyPart);
        assert_eq!(refused("/topic/*/\u{7}"), DestinationError::Control);
    }

    #[test]
    fn the_limit_of_parts_holds_at_its_edge() {
        let at = format!("/topic/{}*", "a/".repeat(Pattern::MAX_PARTS - 1));
        assert!(Target::parse(at.clone()).is_ok());
        let over = Target::parse(format!("{at}/a"));
        assert_eq!(over, Err(DestinationError::TooManyParts));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(name in "(/topic|/queue)?(/[ab*.]{0,3}|.){0,40}") {
            if let Ok(target) = Target::parse(name.clone()) {
                prop_assert_eq!(target.as_str(), name.as_str());
            }
        }
    }
}
