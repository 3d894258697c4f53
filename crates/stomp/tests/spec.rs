//! The rules of the specification for octets, one test each, named after the rule.

mod support;

use stomp::Version::{V1_0, V1_1, V1_2};
use stomp::{BEAT, Command, DecodeError, Decoder, Frame, Item, Limits, Version, encode};
use support::{decode, error, frame};

const VERSIONS: [Version; 3] = [V1_0, V1_1, V1_2];

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

/// STOMP 1.2, STOMP Frames.
#[test]
fn header_names_are_case_sensitive() {
    let frame = frame(V1_2, b"SEND\nDestination:/a\n\n\0");
    assert_eq!(frame.headers.get("destination"), None);
    assert_eq!(frame.headers.get("Destination"), Some("/a"));
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

/// Stricter than the grammar: a NUL before the blank line is a blank line forgotten.
#[test]
fn a_frame_without_blank_line_is_refused_at_once() {
    assert_eq!(
        error(V1_2, b"SEND\ndestination:/a\0"),
        DecodeError::NulInHead
    );
    assert_eq!(error(V1_2, b"SEND\0"), DecodeError::NulInHead);
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

/// STOMP 1.2, Protocol Negotiation.
#[test]
fn the_highest_common_version_is_chosen() {
    assert_eq!(Version::negotiate(Some("1.0,1.1,1.2")), Some(V1_2));
    assert_eq!(Version::negotiate(Some("1.1,1.0")), Some(V1_1));
    assert_eq!(Version::negotiate(Some(" 1.0 , 1.1 ,2.0")), Some(V1_1));
    assert_eq!(Version::negotiate(None), Some(V1_0));
    assert_eq!(Version::negotiate(Some("2.1,1.3")), None);
    assert_eq!(Version::negotiate(Some("")), None);
}

/// The WebSocket names of the versions.
#[test]
fn every_subprotocol_is_a_version() {
    let versions = stomp::SUBPROTOCOLS.map(Version::from_subprotocol);
    assert_eq!(versions, [Some(V1_2), Some(V1_1), Some(V1_0)]);
    assert_eq!(Version::from_subprotocol("chat"), None);
}
