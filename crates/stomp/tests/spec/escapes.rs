//! What a backslash means in a header, in each version.

use stomp::Version::{V1_0, V1_1, V1_2};
use stomp::{Command, DecodeError, Frame, encode};

use crate::VERSIONS;
use crate::support::{error, frame};

/// STOMP 1.0 has no escapes.
#[test]
fn version_1_0_leaves_backslashes_alone() {
    let frame = frame(V1_0, b"SEND\na\\c:\\n\\t\\\\\n\n\0");
    assert_eq!(frame.headers.get("a\\c"), Some("\\n\\t\\\\"));
}

/// STOMP 1.1, Value Encoding.
#[test]
fn version_1_1_unescapes_lf_colon_and_backslash_in_names_and_values() {
    let frame = frame(V1_1, b"SEND\na\\cb:1\\n2\\c3\\\\4\n\n\0");
    assert_eq!(frame.headers.get("a:b"), Some("1\n2:3\\4"));
}

/// STOMP 1.2, Value Encoding.
#[test]
fn version_1_2_unescapes_cr_too() {
    assert_eq!(
        frame(V1_2, b"SEND\na:1\\r\\n2\n\n\0").headers.get("a"),
        Some("1\r\n2")
    );
    assert_eq!(
        error(V1_1, b"SEND\na:1\\r\n\n\0"),
        DecodeError::UndefinedEscape(Some('r'))
    );
}

/// STOMP 1.2, Value Encoding.
#[test]
fn undefined_escapes_are_fatal() {
    for version in [V1_1, V1_2] {
        assert_eq!(
            error(version, b"SEND\na:\\t\n\n\0"),
            DecodeError::UndefinedEscape(Some('t'))
        );
        assert_eq!(
            error(version, b"SEND\na:x\\\n\n\0"),
            DecodeError::UndefinedEscape(None)
        );
        assert_eq!(
            error(version, "SEND\n\\철:x\n\n\0".as_bytes()),
            DecodeError::UndefinedEscape(Some('철'))
        );
    }
}

/// STOMP 1.2, Value Encoding: CONNECT and CONNECTED are not escaped; STOMP goes with CONNECT.
#[test]
fn frames_that_connect_are_not_escaped() {
    for command in [Command::Connect, Command::Stomp, Command::Connected] {
        let bytes = format!("{command}\npasscode:a\\b:c\\n\n\n\0");
        let expected = Frame::new(command).header("passcode", "a\\b:c\\n");
        for version in VERSIONS {
            assert_eq!(frame(version, bytes.as_bytes()), expected);
            assert_eq!(encode(&expected, version), bytes);
        }
    }
}

/// STOMP 1.1 and 1.2, Value Encoding.
#[test]
fn headers_are_escaped_as_the_version_wants() {
    let frame = Frame::new(Command::Receipt).header("a:b", "1\n2:3\\4\r5");
    assert_eq!(
        encode(&frame, V1_2),
        "RECEIPT\na\\cb:1\\n2\\c3\\\\4\\r5\n\n\0"
    );
    assert_eq!(
        encode(&frame, V1_1),
        "RECEIPT\na\\cb:1\\n2\\c3\\\\4 5\n\n\0"
    );
    assert_eq!(encode(&frame, V1_0), "RECEIPT\na b:1 2:3\\4 5\n\n\0");
}

/// A value can never add a header to a frame, or end it.
#[test]
fn what_cannot_be_said_becomes_a_space() {
    let name = "x\nuser-name:admin\n\n\0";
    let connected = Frame::new(Command::Connected).header("user-name", name);
    for version in VERSIONS {
        assert_eq!(
            encode(&connected, version),
            "CONNECTED\nuser-name:x user-name:admin   \n\n\0"
        );
    }
    let message = Frame::new(Command::Receipt)
        .header("a", "b\0c")
        .header("", "nameless");
    assert_eq!(encode(&message, V1_2), "RECEIPT\na:b c\n\n\0");
}
