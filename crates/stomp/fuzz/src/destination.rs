//! Names of destinations and patterns: taken as they are or refused with one reason, and matched,
//! by the documented rules.

use broker::{Destination, DestinationError, Pattern, Target};

/// A name, and after a NUL another, both in UTF-8.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (name, other) = text.split_once('\0').unwrap_or((text, ""));
    check_destination(name);
    check_private(name);
    match Target::parse(name.to_owned()) {
        Ok(target) => {
            assert_eq!(target.as_str(), name);
            assert_eq!(
                why_no_target(name),
                None,
                "{name:?} should have been refused"
            );
            if let Target::Pattern(pattern) = target {
                check_pattern(&pattern, other);
            }
        }
        Err(error) => assert_eq!(why_no_target(name), Some(error), "{name:?}"),
    }
}

fn check_destination(name: &str) {
    match Destination::parse(name.to_owned()) {
        Ok(destination) => {
            assert_eq!(destination.as_str(), name);
            assert!(!destination.is_private());
            assert_eq!(Target::parse(destination.text()), Ok(destination.into()));
            assert_eq!(
                why_no_destination(name),
                None,
                "{name:?} should have been refused"
            );
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(why_no_destination(name), Some(error), "{name:?}");
        }
    }
}

/// What a text makes of a private destination, no text makes again.
fn check_private(name: &str) {
    for private in [Destination::user(7, name), Destination::reply(name)] {
        let Ok(private) = private else { continue };
        assert!(private.is_private());
        let text = private.text();
        assert!(Target::parse(text).is_err(), "a client can name {private}");
    }
}

fn check_pattern(pattern: &Pattern, other: &str) {
    if let Ok(destination) = Destination::parse(other.to_owned()) {
        let parts: Vec<&str> = pattern.as_str().split('/').collect();
        let names: Vec<&str> = other.split('/').collect();
        assert_eq!(
            pattern.matches(&destination),
            covers(&parts, &names),
            "{pattern} {other}"
        );
    }
    if let Ok(private) = Destination::user(7, other) {
        assert!(!pattern.matches(&private));
    }
}

/// The rules of the documentation, one after the other, with no regard to speed.
fn why_not(name: &str) -> Option<DestinationError> {
    if name.len() > Destination::MAX_BYTES {
        return Some(DestinationError::TooLong);
    }
    let parts: Vec<&str> = name.split('/').collect();
    let ["", "topic" | "queue", parts @ ..] = &parts[..] else {
        return Some(DestinationError::UnknownPrefix);
    };
    if parts.is_empty() {
        Some(DestinationError::UnknownPrefix)
    } else if parts.contains(&"") {
        Some(DestinationError::EmptyPart)
    } else if name.contains(char::is_control) {
        Some(DestinationError::Control)
    } else {
        None
    }
}

fn why_no_destination(name: &str) -> Option<DestinationError> {
    let wild = name.split('/').any(|part| part == "*" || part == "**");
    why_not(name).or_else(|| wild.then_some(DestinationError::Wildcard))
}

fn why_no_target(name: &str) -> Option<DestinationError> {
    if why_no_destination(name) != Some(DestinationError::Wildcard) {
        return why_not(name);
    }
    let parts: Vec<&str> = name.split('/').skip(2).collect();
    if parts.len() > Pattern::MAX_PARTS {
        Some(DestinationError::TooManyParts)
    } else if parts.iter().rev().skip(1).any(|part| *part == "**") {
        Some(DestinationError::AfterRest)
    } else {
        None
    }
}

fn covers(parts: &[&str], names: &[&str]) -> bool {
    match (parts, names) {
        ([], []) => true,
        (["**"], [_, ..]) => true,
        (["*", parts @ ..], [_, names @ ..]) => covers(parts, names),
        ([part, parts @ ..], [name, names @ ..]) => part == name && covers(parts, names),
        _ => false,
    }
}
