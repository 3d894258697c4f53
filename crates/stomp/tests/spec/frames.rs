//! Where a frame begins and ends, and its first line.

use stomp::Version::V1_2;
use stomp::{BEAT, Command, DecodeError, Decoder, Frame, Item, Limits};

use crate::VERSIONS;
use crate::support::{decode, error, frame};

/// STOMP 1.2, STOMP Frames.
#[test]
fn a_frame_is_command_headers_blank_line_body_and_nul() {
    let bytes = b"SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\0";
    let expected = Frame::new(Command::Send)
        .header("destination", "/queue/a")
        .header("content-type", "text/plain")
        .body("hello queue a");
    for version in VERSIONS {
        assert_eq!(frame(version, bytes), expected);
    }
}

/// STOMP 1.2, Frames and Headers.
#[test]
fn all_commands_are_known() {
    for command in Command::ALL {
        let bytes = format!("{command}\n\n\0");
        assert_eq!(frame(V1_2, bytes.as_bytes()), Frame::new(command));
        assert_eq!(Command::parse(command.as_str()), Some(command));
    }
}

/// STOMP 1.2, STOMP Frames.
#[test]
fn commands_are_case_sensitive() {
    assert_eq!(
        error(V1_2, b"send\ndestination:/a\n\n\0"),
        DecodeError::UnknownCommand("send".into())
    );
}

/// STOMP 1.2, Augmented BNF: EOL is LF or CR LF. Granted to older versions too.
#[test]
fn lines_may_end_in_cr_lf() {
    let expected = Frame::new(Command::Send)
        .header("destination", "/a")
        .body("x\r\n");
    for version in VERSIONS {
        assert_eq!(
            frame(version, b"SEND\r\ndestination:/a\r\n\r\nx\r\n\0"),
            expected
        );
        assert_eq!(
            frame(version, b"SEND\r\ndestination:/a\n\r\nx\r\n\0"),
            expected
        );
    }
}

/// STOMP 1.2, STOMP Frames: NUL may be followed by line endings. They are heart-beats as well.
#[test]
fn line_endings_between_frames_are_beats() {
    let receipt = || Item::Frame(Frame::new(Command::Receipt));
    let (items, error) = decode(V1_2, b"\n\r\nRECEIPT\n\n\0\n\nRECEIPT\n\n\0");
    assert_eq!(
        items,
        [
            Item::Beat,
            Item::Beat,
            receipt(),
            Item::Beat,
            Item::Beat,
            receipt()
        ]
    );
    assert_eq!(error, None);
}

/// STOMP 1.2, Heart-beating.
#[test]
fn a_beat_is_one_line_feed() {
    assert_eq!(BEAT, b"\n");
    assert_eq!(decode(V1_2, BEAT), (vec![Item::Beat], None));
}

/// Stricter than the grammar: a NUL before the blank line is a blank line forgotten.
#[test]
fn a_frame_without_blank_line_is_refused_at_once() {
    assert_eq!(
        error(V1_2, b"SEND\ndestination:/a\0"),
        DecodeError::NulInHead
    );
    assert_eq!(error(V1_2, b"SEND\0"), DecodeError::NulInHead);
}

/// An error is final: no octet after it is looked at.
#[test]
fn after_an_error_nothing_is_decoded() {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(b"NONSENSE\nreceipt:7\n\n\0");
    let first = decoder.next();
    decoder.push(b"SEND\ndestination:/a\n\n\0");
    assert_eq!(first, Err(DecodeError::UnknownCommand("NONSENSE".into())));
    assert_eq!(decoder.next(), first);
    assert_eq!(decoder.buffered(), 0);
}

/// The frame in error may still be named in an answer (STOMP 1.2, ERROR).
#[test]
fn the_receipt_of_a_bad_frame_is_known() {
    for bytes in [
        "NONSENSE\nreceipt:7\n\n\0",
        "SEND\nno colon\nreceipt:7\n\n\0",
        "SEND\nreceipt:7\na:\\t\n\n\0",
        "SEND\nreceipt:7\ncontent-length:x\n\n\0",
        "SEND\nreceipt:7\ncontent-length:1\n\nab\0",
        "SEND\nreceipt:7\ncontent-length:99999999\n\n",
        "SUBSCRIBE\nreceipt:7\n\nbody\0",
    ] {
        let mut decoder = Decoder::new(Limits::default());
        decoder.set_version(V1_2);
        decoder.push(bytes.as_bytes());
        assert!(decoder.next().is_err(), "{bytes:?}");
        assert_eq!(
            decoder.failed_receipt().map(|id| id.as_str()),
            Some("7"),
            "{bytes:?}"
        );
    }
}
