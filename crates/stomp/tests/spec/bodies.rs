//! What follows the blank line.

use stomp::Version::{V1_0, V1_1, V1_2};
use stomp::{Command, DecodeError, Frame, Item, Limits};

use crate::support::{decode, error, frame};

/// STOMP 1.2, Body.
#[test]
fn content_length_counts_octets_and_lets_nul_pass() {
    let frame = frame(
        V1_2,
        b"SEND\ndestination:/a\ncontent-length:5\n\na\0b\0\xff\0",
    );
    assert_eq!(&frame.body[..], b"a\0b\0\xff");
}

/// STOMP 1.2, Header content-length.
#[test]
fn without_content_length_the_first_nul_ends_the_frame() {
    let (items, error) = decode(V1_2, b"SEND\ndestination:/a\n\nab\0\n");
    let sent = Frame::new(Command::Send)
        .header("destination", "/a")
        .body("ab");
    assert_eq!((items, error), (vec![Item::Frame(sent), Item::Beat], None));
}

/// STOMP 1.2, Header content-length.
#[test]
fn after_content_length_octets_nul_must_follow() {
    let fault = error(V1_2, b"SEND\ndestination:/a\ncontent-length:1\n\nab\0");
    assert_eq!(fault, DecodeError::JunkAfterBody(1));
}

/// STOMP 1.2, Header content-length.
#[test]
fn content_length_is_a_number() {
    for value in ["", "x", "-1", "+1", "1.0", "0x1", "1 1"] {
        let bytes = format!("SEND\ndestination:/a\ncontent-length:{value}\n\na\0");
        assert_eq!(
            error(V1_2, bytes.as_bytes()),
            DecodeError::BadContentLength(value.into())
        );
    }
    assert_eq!(frame(V1_2, b"SEND\ncontent-length: 1 \n\na\0").body, "a");
}

/// STOMP 1.2, Header content-length: a number past every integer is just too large.
#[test]
fn content_length_does_not_overflow() {
    let too_large = DecodeError::FrameTooLarge(Limits::default().frame);
    for value in [u64::MAX.to_string(), "9".repeat(100)] {
        let bytes = format!("SEND\ndestination:/a\ncontent-length:{value}\n\n");
        assert_eq!(error(V1_2, bytes.as_bytes()), too_large);
    }
}

/// STOMP 1.2, Body.
#[test]
fn only_send_message_and_error_may_have_a_body() {
    for command in Command::ALL {
        let plain = format!("{command}\n\nx\0");
        let counted = format!("{command}\ncontent-length:1\n\nx\0");
        for version in [V1_1, V1_2] {
            if command.allows_body() {
                assert_eq!(frame(version, plain.as_bytes()).body, "x");
                assert_eq!(frame(version, counted.as_bytes()).body, "x");
            } else {
                assert_eq!(
                    error(version, plain.as_bytes()),
                    DecodeError::UnexpectedBody(command)
                );
                assert_eq!(
                    error(version, counted.as_bytes()),
                    DecodeError::UnexpectedBody(command)
                );
            }
        }
    }
}

/// STOMP 1.0, SUBSCRIBE: the body is ignored.
#[test]
fn version_1_0_ignores_a_body_that_has_no_place() {
    let (items, error) = decode(V1_0, b"SUBSCRIBE\ndestination:/a\n\n\n\0\n");
    let subscribe = Frame::new(Command::Subscribe).header("destination", "/a");
    assert_eq!(
        (items, error),
        (vec![Item::Frame(subscribe), Item::Beat], None)
    );
}
