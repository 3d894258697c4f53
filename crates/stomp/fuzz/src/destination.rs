//! Names of destinations: taken as they are or refused with one reason, by the documented rules.

use broker::{Destination, DestinationError};

/// The name, in UTF-8.
pub fn check(data: &[u8]) {
    let Ok(name) = std::str::from_utf8(data) else {
        return;
    };
    match Destination::parse(name.to_owned()) {
        Ok(destination) => {
            assert_eq!(destination.as_str(), name);
            assert_eq!(Destination::parse(destination.text()), Ok(destination));
            assert_eq!(why_not(name), None, "{name:?} should have been refused");
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(why_not(name), Some(error), "{name:?}");
        }
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
    } else if parts.contains(&"*") || parts.contains(&"**") {
        Some(DestinationError::Wildcard)
    } else if name.contains(char::is_control) {
        Some(DestinationError::Control)
    } else {
        None
    }
}
