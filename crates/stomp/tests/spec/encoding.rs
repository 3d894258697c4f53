//! The octets that we write.

use stomp::Version::V1_2;
use stomp::{Command, Frame, encode};

use crate::VERSIONS;

/// stomp-websocket 2.3.3 looks for LF LF.
#[test]
fn frames_are_written_with_lf_alone() {
    let receipt = Frame::new(Command::Receipt).header("receipt-id", "77");
    for version in VERSIONS {
        assert_eq!(encode(&receipt, version), "RECEIPT\nreceipt-id:77\n\n\0");
    }
}

/// STOMP 1.2, Header content-length; Spring writes it also for an empty body.
#[test]
fn send_message_and_error_always_say_their_length() {
    for command in [Command::Send, Command::Message, Command::Error] {
        let empty = format!("{command}\ncontent-length:0\n\n\0");
        assert_eq!(encode(&Frame::new(command), V1_2), empty);
        let korean = format!("{command}\ncontent-length:6\n\n안녕\0");
        assert_eq!(encode(&Frame::new(command).body("안녕"), V1_2), korean);
    }
    assert_eq!(encode(&Frame::new(Command::Receipt), V1_2), "RECEIPT\n\n\0");
}

/// A wrong length would break every frame after this one.
#[test]
fn a_given_content_length_keeps_its_place_and_is_put_right() {
    let frame = Frame::new(Command::Send)
        .header("content-length", "99")
        .header("destination", "/a")
        .header("content-length", "98")
        .body("hi");
    assert_eq!(
        encode(&frame, V1_2),
        "SEND\ncontent-length:2\ndestination:/a\n\nhi\0"
    );
}

/// STOMP 1.2, Body.
#[test]
fn a_body_that_may_not_be_is_not_written() {
    let frame = Frame::new(Command::Subscribe).header("id", "0").body("x");
    assert_eq!(encode(&frame, V1_2), "SUBSCRIBE\nid:0\n\n\0");
}
