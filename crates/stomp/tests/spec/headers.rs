//! The lines between command and body.

use stomp::DecodeError;
use stomp::Version::V1_2;

use crate::VERSIONS;
use crate::support::{error, frame};

/// STOMP 1.2, STOMP Frames.
#[test]
fn header_names_are_case_sensitive() {
    let frame = frame(V1_2, b"SEND\nDestination:/a\n\n\0");
    assert_eq!(frame.headers.get("destination"), None);
    assert_eq!(frame.headers.get("Destination"), Some("/a"));
}

/// STOMP 1.2, Repeated Header Entries.
#[test]
fn the_first_of_repeated_headers_counts() {
    let frame = frame(V1_2, b"MESSAGE\nfoo:World\nfoo:Hello\n\n\0");
    assert_eq!(frame.headers.get("foo"), Some("World"));
    assert_eq!(frame.headers.len(), 2);
    assert_eq!(
        frame
            .headers
            .iter()
            .map(|(_, value)| value.as_str())
            .collect::<Vec<_>>(),
        ["World", "Hello"]
    );
}

/// STOMP 1.2, Value Encoding.
#[test]
fn spaces_around_header_values_are_kept() {
    assert_eq!(
        frame(V1_2, b"SEND\na: b \n\n\0").headers.get("a"),
        Some(" b ")
    );
}

/// STOMP 1.2, Augmented BNF: a header has a name and a colon, and may have an empty value.
#[test]
fn a_header_is_a_name_a_colon_and_a_value() {
    assert_eq!(frame(V1_2, b"SEND\na:\n\n\0").headers.get("a"), Some(""));
    assert_eq!(
        error(V1_2, b"SEND\nab\n\n\0"),
        DecodeError::HeaderWithoutColon("ab".into())
    );
    assert_eq!(
        error(V1_2, b"SEND\n:b\n\n\0"),
        DecodeError::HeaderWithoutName
    );
}

/// The grammar forbids it, but stomp-websocket 2.3.3 escapes nothing.
#[test]
fn a_bare_colon_in_a_header_value_is_taken() {
    for version in VERSIONS {
        assert_eq!(
            frame(version, b"SEND\na:b:c\n\n\0").headers.get("a"),
            Some("b:c")
        );
    }
}

/// STOMP 1.2, Value Encoding: headers are UTF-8.
#[test]
fn headers_are_utf_8() {
    let korean = "SEND\ndestination:/topic/철수\n\n\0";
    assert_eq!(
        frame(V1_2, korean.as_bytes()).headers.get("destination"),
        Some("/topic/철수")
    );
    assert_eq!(error(V1_2, b"SEND\na:\xff\n\n\0"), DecodeError::NotUtf8);
}
